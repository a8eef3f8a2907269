"""How answers leave the stand-in: compact JSON with Slack's headers. It knows no method."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from playground.slack.errors import SlackError
from playground.slack.model import Json


def dumps(value: Any) -> str:
    """JSON as short as it gets, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, its HTTP status and headers; `result` is what the log keeps of it."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def result(self) -> str:
        """`ok` or the error code."""
        return "ok" if self.body.get("ok") else str(self.body.get("error"))

    def response(self) -> web.Response:
        """As aiohttp sends it."""
        return web.Response(
            text=dumps(self.body), status=self.status, headers=self.headers, content_type="application/json"
        )


def scope_headers(scopes: tuple[str, ...]) -> dict[str, str]:
    """What the token may do, as Slack tells on every reply to a valid token."""
    return {"x-oauth-scopes": ",".join(scopes)} if scopes else {}


def refusal(error: SlackError, scopes: tuple[str, ...] = ()) -> Answer:
    """An error as Slack answers it: HTTP 200, except for 429 with its `Retry-After` in whole seconds."""
    headers = scope_headers(scopes)
    fields = dict(error.fields)
    if error.code == "ratelimited":
        headers["Retry-After"] = str(fields.pop("retry_after", 1))
        return Answer({"ok": False, "error": error.code}, 429, headers)
    return Answer({"ok": False, "error": error.code, **fields}, 200, headers)


def summary(value: Any) -> Any:
    """A value short enough for a log line."""
    if isinstance(value, str):
        return value if len(value) <= 200 else f"{value[:199]}…"
    if isinstance(value, list):
        return f"[{len(value)} items]"
    return value
