"""Check every request and answer against the vendor's own description of its API; needs openapi-core, for tests only.

The description is the vendor's OpenAPI document, whole or in part. Answers that a fault has spoiled are not checked,
nor refusals with a status that the document does not list for a call, nor the calls that it leaves out, by their names.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.responses.exceptions import ResponseFinderError
from werkzeug.datastructures import ImmutableMultiDict


@dataclass
class Sent:
    """A request as openapi-core wants it, as if it had gone to the vendor."""

    method: str
    path: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters
    host_url: str


@dataclass
class Given:
    """An answer as openapi-core wants it."""

    data: bytes | None
    status_code: int
    content_type: str
    headers: dict[str, Any] = field(default_factory=dict)


class Contract:
    """The description, read once a process; `violations` in words, in the order of the calls.

    `server` is the address that the document names, `beyond` the names of the calls that it leaves out, and `mended`
    puts right what the vendor itself does otherwise than its document says.
    """

    def __init__(
        self,
        path: Path,
        server: str,
        beyond: frozenset[str] = frozenset(),
        mended: Callable[[Any], Any] | None = None,
    ) -> None:
        self._document = _read(path, mended)
        self._server = server
        self._beyond = beyond
        self.violations: list[str] = []
        self.checked = 0

    def check(self, call: str, request: web.Request, body: bytes, response: web.Response) -> None:
        """Check one exchange."""
        if call in self._beyond:
            return
        sent = Sent(
            request.method.lower(),
            request.path,
            body or None,
            request.headers.get("Content-Type", "application/json"),
            RequestParameters(query=ImmutableMultiDict(request.query.items()), header=dict(request.headers)),
            self._server,
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
def _read(path: Path, mended: Callable[[Any], Any] | None) -> OpenAPI:
    document = _with_nulls(json.loads(path.read_text("utf-8")))
    return OpenAPI.from_dict(mended(document) if mended else document)


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
