"""ServiceNow's refusals, with the words of its bodies; nothing else raises an HTTP status in this stand-in.

Refusal
  400 bad_json, invalid_table · 401 unauthenticated · 403 forbidden, data_policy · 404 no_record · 429 rate_limit
"""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An answer that is a no: status, body, and headers of its own."""

    def __init__(
        self, status: int, message: str, detail: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {"error": {"message": message, "detail": detail}, "status": "failure"}


def bad_json() -> Refusal:
    """The body is not a JSON object."""
    return Refusal(400, "Exception while reading request", "The payload is not valid JSON")


def invalid_table(name: str) -> Refusal:
    """There is no such table, or it is not for the Table API."""
    return Refusal(400, f"Invalid table {name}")


def unauthenticated() -> Refusal:
    """No credentials, or wrong ones, or a token that has ended."""
    headers = {"WWW-Authenticate": 'BASIC realm="Service-now"'}
    return Refusal(401, "User Not Authenticated", "Required to provide Auth information", headers)


def forbidden(what: str) -> Refusal:
    """An access rule says no: `what` is Insert or Update."""
    return Refusal(403, "Operation Failed", f"ACL Exception {what} Failed due to security constraints")


def not_authorized() -> Refusal:
    """The roles do not reach the table at all."""
    return Refusal(403, "User Not Authorized", "Failed API level ACL Validation")


def data_policy(field: str) -> Refusal:
    """A field is mandatory in the state that was asked for."""
    return Refusal(403, "Operation Failed", f"Data Policy Exception: {field} is mandatory")


def no_record() -> Refusal:
    """It is not there, or it is not for these eyes: ServiceNow does not say which."""
    return Refusal(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def rate_limit(per_hour: int, retry_after: int, headers: Mapping[str, str]) -> Refusal:
    """The hour's requests are used up."""
    detail = f"Rate limit of {per_hour} requests per hour for Table API exceeded"
    return Refusal(429, "Rate limit exceeded", detail, {**headers, "Retry-After": str(retry_after)})
