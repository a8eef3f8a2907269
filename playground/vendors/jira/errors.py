"""Jira's refusals, with the words of its bodies; nothing else raises an HTTP status in this stand-in.

Refusal
  400 invalid (messages), field_errors · 401 unauthenticated · 403 forbidden · 404 not_found · 413 too_many_comments
  429 too_fast, with Retry-After in seconds or as a date
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any


class Refusal(Exception):
    """An answer that is a no: status, body, and headers of its own."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {'; '.join(messages)}{dict(errors or {}) or ''}")
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {"errorMessages": list(messages), "errors": dict(errors or {})}


def invalid(message: str) -> Refusal:
    """The request as a whole is not one."""
    return Refusal(400, message)


def field_error(name: str, message: str) -> Refusal:
    """One field is missing, wrong or too long."""
    return Refusal(400, errors={name: message})


def unauthenticated() -> Refusal:
    """No account, or a wrong token."""
    return Refusal(
        401,
        "Client must be authenticated to access this resource.",
        headers={"WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fshop.atlassian.net"'},
    )


def forbidden(message: str) -> Refusal:
    """The account lacks a right, and knows of the thing."""
    return Refusal(403, message)


def no_issue() -> Refusal:
    """It is not there, or it is not for these eyes: Jira does not say which."""
    return Refusal(404, "Issue does not exist or you do not have permission to see it.")


def no_comment(number: str) -> Refusal:
    """The comment is not there."""
    return Refusal(404, f"Can not find a comment for the id: {number}.")


def no_property(key: str) -> Refusal:
    """The property is not there."""
    return Refusal(404, f"The property '{key}' does not exist.")


def not_found() -> Refusal:
    """There is no such resource."""
    return Refusal(404, "null for uri: this address")


def too_many_comments(most: int) -> Refusal:
    """An issue is full."""
    return Refusal(413, f"The issue has reached the limit of {most} comments.")


def too_fast(seconds: int, *, dated: bool = False, status: int = 429) -> Refusal:
    """Slow down; until when is said in seconds or as a date, both are allowed in HTTP."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    headers = {
        "Retry-After": format_datetime(until, usegmt=True) if dated else str(seconds),
        "X-RateLimit-Limit": "350",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{until:%Y-%m-%dT%H:%MZ}",
        "RateLimit-Reason": "jira-burst-based",
    }
    return Refusal(status, "Rate limit exceeded.", headers=headers)
