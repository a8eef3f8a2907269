"""Slack's way of saying no: an error code and what goes with it. It decides nothing."""

from typing import Any


class SlackError(Exception):
    """A documented Web API error code, with the fields Slack puts beside it (`needed`, `response_metadata` …)."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class Refused(Exception):
    """A person cannot do this in Slack: the code says which rule, `detail` says it in words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def invalid_arguments(*messages: str) -> SlackError:
    """The error for a missing or malformed argument, worded and placed as Slack does."""
    marked = [f"[ERROR] {message}" for message in messages]
    return SlackError("invalid_arguments", response_metadata={"messages": marked})
