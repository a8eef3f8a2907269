"""Requests to Jira's REST API, each sent once, and what their answers mean in the classes of the ports.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro · the limits are in the answers: 429 with Retry-After.
Surprises: an error says `errorMessages` or `errors` by field, never one sentence; some reads are a POST. A login page
answers 200 in HTML: that is no answer of Jira's.
"""

import base64
import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from connectors import http
from connectors.answer import tamed
from connectors.memory.jira.config import JiraConfig
from engine.errors import Ambiguous, Permanent, Retryable

API = "/rest/api/3"


class TooMuch(Retryable):
    """An answer that is larger than we read; less may be asked for."""


class Calls:
    """The two clients of one backend; a connection is kept for reads only: a write must not be lost in a dead one."""

    def __init__(self, who: str, config: JiraConfig) -> None:
        token = config.token.get_secret_value()
        basic = base64.b64encode(f"{config.email}:{token}".encode()).decode()
        scheme = f"Basic {basic}" if config.email else f"Bearer {token}"
        headers = {"Authorization": scheme, "Accept": "application/json"}
        self._who = who
        self._root = str(config.url).rstrip("/") + API
        self._seconds = float(config.seconds)
        self._secrets = (token, basic)
        self._reads = http.client(headers)
        self._writes = http.client(headers, keep_alive=False)

    async def get(self, path: str, *, also: Container[int] = (), **params: Any) -> Any:
        """Read one thing as JSON, None for a status of `also`. Raises `Retryable` or `Permanent`."""
        answer = await http.read(
            self._reads,
            self._root + path,
            who=self._who,
            seconds=self._seconds,
            secrets=self._secrets,
            also=also,
            words=refusal,
            params=params,
        )
        return None if answer.status in also else self._json(answer)

    async def ask(self, path: str, asked: Mapping[str, Any], **params: Any) -> Any:
        """Read by a POST, which changes nothing. Raises `Retryable` or `Permanent`."""
        try:
            answer = await self._post("POST", path, self._reads, json=asked, params=params)
        except Ambiguous as err:
            raise Retryable(str(err)) from err
        return self._json(answer)

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> http.Answer:
        """Change something, once. Raises `Retryable`, `Permanent` or `Ambiguous`."""
        sent = {} if body is None else {"json": body}
        return await self._post(method, path, self._writes, **sent)

    async def aclose(self) -> None:
        """Give both connections back."""
        await self._reads.aclose()
        await self._writes.aclose()

    def made(self, answer: http.Answer) -> str:
        """The id of what a write has made. Raises `Ambiguous` where the answer names none."""
        try:
            made = answer.json()["id"]
        except (ValueError, RecursionError, KeyError, TypeError):
            made = None
        if not isinstance(made, str) or not made.isdecimal():
            raise Ambiguous(f"{self._who} took a write and answered with something that is not Jira's")
        return made

    async def _post(self, method: str, path: str, client: Any, **request: Any) -> http.Answer:
        return await http.write(
            client,
            method,
            self._root + path,
            who=self._who,
            seconds=self._seconds,
            secrets=self._secrets,
            words=refusal,
            **request,
        )

    def _json(self, answer: http.Answer) -> Any:
        if not answer.whole:
            raise TooMuch(f"{self._who} answered with more than {http.MAX_BYTES:,} bytes")
        try:
            return answer.json()
        except (ValueError, RecursionError) as err:
            raise Retryable(f"{self._who} answered with something that is not Jira's") from err


def refusal(body: bytes, secrets: Sequence[str]) -> str:
    """What Jira's error says: its messages, then each field with its own; without the `secrets`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, Mapping):
        return ""
    messages, fields = document.get("errorMessages"), document.get("errors")
    parts = [one for one in messages if isinstance(one, str)] if isinstance(messages, list) else []
    parts += [f"{name}: {one}" for name, one in fields.items()] if isinstance(fields, Mapping) else []
    text = tamed("; ".join(parts), 400)
    for secret in secrets:
        text = text.replace(secret, "[REDACTED]") if secret else text
    return tamed(text, 200) if text else http.said(body, secrets)


def shaped(who: str, document: object, name: str) -> list[Mapping[str, Any]]:
    """The list of objects `name` in an answer. Raises `Retryable` where it is none: then nothing was read."""
    found = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Retryable(f"{who} answered with something that is not Jira's: no {name}")
    return found


def gone(who: str, key: str) -> Permanent:
    """The refusal for a ticket that is not there, or not for our account."""
    return Permanent(f"{who} refused with 404: issue {key} does not exist, or this account may not see it")
