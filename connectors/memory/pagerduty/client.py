"""PagerDuty's REST API through pdpyras, one request at a time and never twice; it knows no incident of ours.

https://developer.pagerduty.com/api-reference · https://github.com/PagerDuty/pdpyras
Surprises: pdpyras repeats a request whose answer is late up to three times, sleeps out a 429 without bound (a limit of
0 repeats means "without limit"), and follows a 307 with the body. A hook of `requests` sees each answer before pdpyras
does, and what is no 2xx ends there. pdpyras is no longer developed; its successor `pagerduty` names everything alike.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from requests import Response

from connectors.answer import tamed

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", 'The package "pdpyras" is deprecated')
    from pdpyras import APISession, PDClientError

__all__ = ["Abandoned", "Answered", "Client", "Json", "PDClientError"]

Json = dict[str, Any]
PAGE = 100
# The description of the API demands both headers of every request, also of one without a body.
_HEADERS = {"Content-Type": "application/json"}


class Answered(Exception):
    """PagerDuty said no, or sent us elsewhere; `said` are its words, `headers` have names in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str], said: str) -> None:
        super().__init__(str(status))
        self.status = status
        self.headers = headers
        self.said = said


class Abandoned(Exception):
    """Whoever asked has given up; a request that was not sent by then is not sent any more."""


class Client:
    """One connection, for one thread. `account` is the From header: the email address of who writes."""

    def __init__(self, url: str, token: str, account: str, seconds: int) -> None:
        self._session = APISession(token, default_from=account)
        self._session.url = url
        self._session.timeout = seconds
        self._session.max_network_attempts = 0
        self._session.hooks["response"] = [_insist]
        self._abandoned = False

    def abandon(self) -> None:
        """Send nothing from now on; a request that is under way ends by its own limit. From any thread."""
        self._abandoned = True

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def ask(self, method: str, path: str, body: Json | None = None, params: Json | None = None) -> Json:
        """One request; the object that came back, empty for 204. Raises `Answered`, `Abandoned`, PDClientError."""
        if self._abandoned:
            raise Abandoned
        answer = self._session.request(method, path, json=body, params=params, headers=_HEADERS)
        said = {} if answer.status_code == 204 else answer.json()
        if not isinstance(said, dict):
            raise TypeError(f"{type(said).__name__} instead of an object")
        return said

    def every(self, name: str, path: str, params: Json) -> Iterator[Json]:
        """The things of a list that comes in pages (developer.pagerduty.com, pagination)."""
        offset, more = 0, True
        while more:
            page = self.ask("GET", path, params={**params, "limit": PAGE, "offset": offset})
            yield from page[name]
            more, offset = bool(page["more"]), offset + PAGE


def _insist(response: Response, *_: object, **__: object) -> None:
    if 200 <= response.status_code < 300:
        return
    headers = {name.lower(): value for name, value in response.headers.items()}
    # The body is read here, in the thread that waits for it.
    raise Answered(response.status_code, headers, _said(response.content))


def _said(content: bytes) -> str:
    try:
        error = json.loads(content)["error"]
        parts = [error["message"], *error.get("errors", [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return tamed("; ".join(part for part in parts if isinstance(part, str)), 200)
