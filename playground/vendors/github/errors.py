"""GitHub's refusals, with the words of its bodies; nothing else raises an HTTP status in this stand-in.

Refusal
  400 bad_json · 401 bad_credentials, unauthenticated · 403 forbidden, primary_limit, secondary_limit (or 429)
  404 not_found · 410 deleted · 422 validation_failed, wrong_type
"""

from collections.abc import Mapping
from typing import Any

DOCS = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer that is a no: status, body, and headers of its own."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {"message": message, **more, "documentation_url": DOCS, "status": str(status)}


def bad_json() -> Refusal:
    """The body is not JSON."""
    return Refusal(400, "Problems parsing JSON")


def bad_credentials() -> Refusal:
    """The token is not known."""
    return Refusal(401, "Bad credentials")


def unauthenticated() -> Refusal:
    """There is no token, and the call needs one."""
    return Refusal(401, "Requires authentication")


def forbidden(message: str) -> Refusal:
    """The token or the repository does not allow it."""
    return Refusal(403, message)


def not_found(message: str = "Not Found") -> Refusal:
    """It is not there, or it is not for these eyes: GitHub does not say which."""
    return Refusal(404, message)


def deleted() -> Refusal:
    """The issue was there and was deleted."""
    return Refusal(410, "This issue was deleted")


def validation_failed(*errors: Mapping[str, str]) -> Refusal:
    """A field is missing, too long, or taken."""
    return Refusal(422, "Validation Failed", errors=[dict(error) for error in errors])


def wrong_type(name: str, value: Any, wanted: str) -> Refusal:
    """A field has another type than it should."""
    return Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not {wanted}.")


def primary_limit(account_id: int) -> Refusal:
    """The hour's requests are used up; the rate limit headers say until when."""
    return Refusal(403, f"API rate limit exceeded for user ID {account_id}.")


def secondary_limit(status: int, retry_after: int) -> Refusal:
    """Too much at once, by a limit that GitHub does not publish."""
    words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refusal(status, words, headers={"Retry-After": str(retry_after)})
