"""The arguments of one Web API call, whatever way they came: query, form and JSON are one thing to Slack.

slack_sdk for Python sends queries and JSON, the one for JavaScript forms whose values are JSON strings.
"""

import json
from typing import Any

from aiohttp import web

from playground.slack.errors import SlackError, invalid_arguments
from playground.slack.model import Json


async def read(request: web.Request) -> Json:
    """Everything the caller sent, JSON over form over query; SlackError `invalid_json` or `json_not_object`."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            body = json.loads(raw or b"{}")
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return given | body
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given |= await request.post()
    return given


class Args:
    """Typed access; a missing or malformed value raises `SlackError` in Slack's words."""

    def __init__(self, given: Json) -> None:
        self.given = given

    def has(self, name: str) -> bool:
        """Whether it was sent at all, even as an empty list."""
        return self.given.get(name) is not None

    def required(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def text(self, name: str) -> str:
        """A string, empty if it was not sent."""
        value = self.given.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A boolean in any of Slack's spellings."""
        return str(self.given.get(name, "")).lower() in ("1", "true")

    def whole(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`; larger ones are cut, others are `invalid_limit`-like argument errors."""
        value = self.text(name)
        if not value:
            return default
        if not value.isdigit() or int(value) < 1:
            raise invalid_arguments(f"must be a positive integer [json-pointer:/{name}]")
        return min(int(value), most)

    def structure(self, name: str, error: str) -> Any:
        """A list or object, sent as JSON or as a string of JSON; None if it was not sent."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as cause:
            raise SlackError(error) from cause
