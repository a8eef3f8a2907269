"""The HTTP session under pysnow: one limit of time, no redirect, nothing repeated, and only ServiceNow's own answers.

https://www.servicenow.com/docs, Table API and OAuth inbound: Client Credentials
Surprises: pysnow loses the words of a refusal and takes a list that ends in an error for a whole one; both are judged
here. A transaction that ran too long answers 200 with `result` and `error`; a sleeping instance 200 with a page.
"""

import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from typing_extensions import override

from connectors.memory.servicenow.config import ServiceNowConfig
from connectors.sent import nothing_was_sent
from engine.errors import Permanent, Retryable

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_EARLY = 30.0  # seconds before its end that a token is exchanged


class Answered(Exception):
    """A status other than 2xx, with the words of the refusal."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"{response.status_code}")
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.said = _said(response)


class Foreign(Exception):
    """A 2xx that is not the answer of a Table API that did what was asked."""


class Session(requests.Session):
    """What pysnow sends through. `until` is the moment of the monotonic clock after which nothing leaves any more."""

    def __init__(self, config: ServiceNowConfig) -> None:
        super().__init__()
        self.until = 0.0
        self._seconds = config.seconds
        # An auth of its own also keeps requests from looking for one in ~/.netrc.
        if config.password is not None:
            self.auth = HTTPBasicAuth(config.user.encode(), config.password.get_secret_value().encode())
        else:
            self.auth = Bearer(config, self)

    @override
    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """One request whose answer is ServiceNow's. Raises `Answered`, `Foreign` and what requests raises."""
        response = self.exchange(str(method), str(url), **kwargs)
        if isinstance(self.auth, Bearer):
            self.auth.judged(response.status_code)
        if not 200 <= response.status_code < 300:
            raise Answered(response)
        try:
            said = response.json()
        except ValueError as err:
            raise Foreign("no JSON") from err
        if not isinstance(said, Mapping) or "result" not in said or "error" in said:
            raise Foreign("no result, or one that was broken off")
        return response

    def exchange(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """One request, whatever its answer. Raises `Retryable` when it is too late to send it."""
        kwargs |= {"timeout": self._seconds, "allow_redirects": False}
        return super().request(method, url, **kwargs)

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The last moment before the network: a token may have taken long."""
        if time.monotonic() > self.until:
            raise Retryable("the sender was too slow, nothing was sent")
        return super().send(request, **kwargs)


class Bearer(AuthBase):
    """An OAuth token for client credentials, fetched when it is needed and exchanged before it ends."""

    def __init__(self, config: ServiceNowConfig, session: Session) -> None:
        secret = config.client_secret
        self._form = {
            "grant_type": "client_credentials",
            "client_id": config.client_id,
            "client_secret": secret.get_secret_value() if secret else "",
        }
        self._url = f"{config.base}/oauth_token.do"
        self._session = session
        self._token = ""
        self._ends = 0.0
        self._worked = False

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._token or time.monotonic() > self._ends:
            self._fetch()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def judged(self, status: int) -> None:
        """A token that worked and works no longer was revoked: the next request fetches another."""
        if status != 401:
            self._worked = True
        elif self._worked:
            self._token = ""
            raise Retryable("the OAuth token was revoked; the next attempt fetches another")

    def _fetch(self) -> None:
        """Whatever happens here, the request itself was not sent."""
        try:
            answer = self._session.exchange("POST", self._url, data=self._form, headers=_FORM, auth=_Open())
        except requests.RequestException as err:
            way = "could not be reached" if nothing_was_sent(err) else "did not answer"
            raise Retryable(f"oauth_token.do {way}, nothing was sent ({type(err).__name__})") from err
        if answer.status_code in (400, 401, 403):
            raise Permanent(f"oauth_token.do refused client_id and client_secret with {answer.status_code}")
        try:
            said = answer.json()
            token, lives = said["access_token"], float(said["expires_in"])
        except (ValueError, KeyError, TypeError) as err:
            raise Retryable(f"oauth_token.do answered {answer.status_code} without a token, nothing was sent") from err
        self._token, self._ends, self._worked = str(token), time.monotonic() + lives - _EARLY, False


class _Open(AuthBase):
    """No credentials in a header: the form has them."""

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _said(response: requests.Response) -> str:
    try:
        error = response.json()["error"]
        parts = [error["message"], error["detail"]]
    except (ValueError, KeyError, TypeError):
        return ""
    return ": ".join(part for part in parts if isinstance(part, str) and part)
