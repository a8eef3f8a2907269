"""What Watchkeeper uses of pdpyras 5.4, which has no types of its own."""

from collections.abc import Callable
from typing import Any

from requests import Response

class PDClientError(Exception): ...

class APISession:
    url: str
    timeout: float
    max_network_attempts: int
    hooks: dict[str, list[Callable[..., None]]]
    def __init__(
        self, api_key: str, default_from: str | None = None, auth_type: str = "token", debug: bool = False
    ) -> None: ...
    def request(self, method: str, url: str, **request: Any) -> Response: ...
    def close(self) -> None: ...
