"""Check every request and answer against GitHub's own description of its API; needs openapi-core, a test's dependency.

The description is GitHub's OpenAPI document, https://github.com/github/rest-api-description, whole or in part. Answers
that a fault has spoiled are not checked, nor statuses that the document does not list for a call, such as 401.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.responses.exceptions import ResponseFinderError

SERVER = "https://api.github.com"


@dataclass
class Sent:
    """A request as openapi-core wants it, as if it had gone to GitHub."""

    method: str
    path: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters
    host_url: str = SERVER


@dataclass
class Given:
    """An answer as openapi-core wants it."""

    data: bytes | None
    status_code: int
    content_type: str
    headers: dict[str, Any] = field(default_factory=dict)


class Contract:
    """The description, read once a process; `violations` in words, in the order of the calls."""

    def __init__(self, path: Path) -> None:
        self._document = _read(path)
        self.violations: list[str] = []
        self.checked = 0

    def check(self, request: web.Request, body: bytes, response: web.Response) -> None:
        """Check one exchange."""
        sent = Sent(
            request.method.lower(),
            request.path,
            body or None,
            request.headers.get("Content-Type", "application/json"),
            RequestParameters(query=dict(request.query), header=dict(request.headers)),
        )
        given = Given(_bytes(response), response.status, response.content_type, dict(response.headers))
        self.checked += 1
        try:
            self._document.validate_request(sent)
        except OpenAPIError as failed:
            self._note(request, "request", failed)
            return
        try:
            self._document.validate_response(sent, given)
        except ResponseFinderError as failed:
            if response.status < 400:
                self._note(request, f"answer {response.status}", failed)
        except OpenAPIError as failed:
            self._note(request, f"answer {response.status}", failed)

    def _note(self, request: web.Request, what: str, failed: OpenAPIError) -> None:
        cause = failed.__cause__ or failed
        details = "; ".join(str(error) for error in getattr(cause, "schema_errors", ())) or str(cause)
        self.violations.append(f"{request.method} {request.path}, {what}: {details[:500]}")


@cache
def _read(path: Path) -> OpenAPI:
    return OpenAPI.from_dict(_with_nulls(json.loads(path.read_text("utf-8"))))


def _bytes(response: web.Response) -> bytes | None:
    return response.body if isinstance(response.body, bytes) else None


def _with_nulls(part: Any) -> Any:
    """Let a nullable enumeration be null.

    OpenAPI 3.0.3 wants null among the values then; GitHub's document leaves it out, and GitHub answers null, for
    instance as the state_reason of an open issue.
    """
    if isinstance(part, list):
        return [_with_nulls(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {name: _with_nulls(value) for name, value in part.items()}
    if part.get("nullable") is True and isinstance(part.get("enum"), list) and None not in part["enum"]:
        part["enum"] = [*part["enum"], None]
    return part
