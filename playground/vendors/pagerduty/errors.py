"""PagerDuty's refusals, with the words and codes of its bodies; nothing else raises an HTTP status in this stand-in.

Refusal
  400 bad_arguments, duplicate_key, no_from, unknown_requester · 401 bad_credentials · 403 access_denied
  404 not_found · 429 too_fast
The codes are those that PagerDuty's own clients and their issue trackers show.
"""

from collections.abc import Mapping


class Refusal(Exception):
    """An answer that is a no: status, body, and headers of its own."""

    def __init__(
        self, status: int, code: int, message: str, *errors: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = dict(headers or {})
        said: dict[str, object] = {"message": message, "code": code}
        self.body = {"error": said | {"errors": list(errors)} if errors else said}


def bad_arguments(*errors: str) -> Refusal:
    """A field is missing, of another type, or too long."""
    return Refusal(400, 2001, "Invalid Input Provided", *errors)


def duplicate_key() -> Refusal:
    """An open incident of the service has this key."""
    words = "Open incident with matching dedup key already exists on this service"
    return Refusal(400, 2002, "Arguments Caused Error", words)


def no_from() -> Refusal:
    """A write names nobody."""
    return Refusal(400, 2016, 'You must specify a user\'s email address in the "From" header to perform this action')


def unknown_requester() -> Refusal:
    """The From header names nobody of this account."""
    return Refusal(400, 1008, "Requester User Not Found")


def bad_credentials() -> Refusal:
    """The key is not known."""
    return Refusal(401, 2006, "Authentication failed")


def access_denied() -> Refusal:
    """A key that may only read asked for more, or a user without the right."""
    return Refusal(403, 2010, "Access Denied")


def not_found() -> Refusal:
    """It is not there, or not for this key."""
    return Refusal(404, 2100, "Not Found")


def too_fast(limit: int, seconds: int) -> Refusal:
    """The minute's requests are used up; the headers say for how many seconds more."""
    headers = {"ratelimit-limit": str(limit), "ratelimit-remaining": "0", "ratelimit-reset": str(seconds)}
    return Refusal(429, 2020, "Rate Limit Exceeded", headers=headers)
