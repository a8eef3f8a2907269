"""The shared HTTP client and the one judge of what an answer means.

Reads may be repeated: whatever failed for now is `Retryable`. A write is sent once: what was refused is `Permanent` or
`Retryable`, what may have taken effect is `Ambiguous` (a time-out, a cut connection, a 5xx, a redirect, an answer that
cannot be read). Nothing here repeats a request, follows a redirect or puts a header, a query or a secret into an error.
"""

import asyncio
import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from engine.errors import Ambiguous, Permanent, Retryable, WatchkeeperError
from engine.words import one_line

# Built once, at import: it reads files and costs 25 ms, which the event loop must not pay for every client.
TLS = httpx.create_ssl_context()
MAX_BYTES = 4 * 1024 * 1024
MAX_WAIT = 3600.0
CONNECTIONS = 20
Words = Callable[[bytes, Sequence[str]], str]
_UNUSABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is cut at the limit, then `whole` is false."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` when it is cut or is not JSON."""
        if not self.whole:
            raise ValueError("the answer is too large")
        return json.loads(self.body)


class Client(httpx.AsyncClient):
    """A client whose requests wait here for one of its connections.

    In httpcore's pool each that waits is compared with every connection whenever one is free: two hundred at once would
    cost as much time there as all that they are for.
    """

    def __init__(self, headers: Mapping[str, str] | None, kept: int) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=kept)
        super().__init__(verify=TLS, headers=headers, follow_redirects=False, limits=limits)
        self.turn = asyncio.Semaphore(CONNECTIONS)


def client(headers: Mapping[str, str] | None = None, *, keep_alive: bool = True) -> Client:
    """A client over the shared TLS context; it follows no redirect.

    Without `keep_alive` each request has its own connection: a kept one that the server has just closed cannot be told
    from a request that was cut after it was sent.
    """
    return Client(headers, 10 if keep_alive else 0)


async def read(
    http: Client,
    url: str,
    *,
    who: str,
    seconds: float,
    secrets: Sequence[str] = (),
    also: Container[int] = (),
    words: Words | None = None,
    **request: Any,
) -> Answer:
    """One GET that must answer 2xx, or one of `also`. Raises `Retryable` or `Permanent`, which show no `secrets`.

    `words` finds what an error body says where `said` would not.
    """
    exchange = _Exchange()
    try:
        answer = await exchange.run(http, "GET", url, seconds, request)
    except _UNUSABLE as err:
        raise Permanent(f"{who}: the address cannot be used ({_name(err)})") from err
    except (httpx.HTTPError, TimeoutError) as err:
        raise Retryable(f"{who} does not answer ({_name(err)})") from err
    if answer.status in also:
        return answer
    refusal = judge(who, answer.status, answer.headers, (words or said)(answer.body, secrets))
    if isinstance(refusal, Ambiguous):
        raise Retryable(f"{who} answered {answer.status}", after=retry_after(answer.headers))
    if refusal is not None:
        raise refusal
    return answer


async def write(
    http: Client,
    method: str,
    url: str,
    *,
    who: str,
    seconds: float,
    secrets: Sequence[str] = (),
    words: Words | None = None,
    **request: Any,
) -> Answer:
    """One request that changes something; a 2xx comes back. Raises `Retryable`, `Permanent` or `Ambiguous`."""
    exchange = _Exchange()
    try:
        answer = await exchange.run(http, method, url, seconds, request)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as err:
        if not exchange.sent:
            raise Retryable(f"{who} could not be reached, nothing was sent ({_name(err)})") from err
        raise Ambiguous(f"{who} did not answer after the request was sent ({_name(err)})") from err
    if refusal := judge(who, answer.status, answer.headers, (words or said)(answer.body, secrets)):
        raise refusal
    return answer


def said(body: bytes, secrets: Sequence[str] = ()) -> str:
    """The one sentence of a JSON error body, cut and without the `secrets`; empty where there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, Mapping):
        return ""
    found = next((document[key] for key in ("message", "error", "detail", "reason") if key in document), "")
    text = one_line(found) if isinstance(found, str) else ""
    for secret in secrets:
        text = text.replace(secret, "[REDACTED]") if secret else text
    return text if len(text) <= 200 else f"{text[:199]}…"


def judge(who: str, status: int, headers: Mapping[str, str], said: str = "") -> WatchkeeperError | None:
    """What a status means for a write; None for 2xx. The names in `headers` are in lower case.

    Definitely not done: 307, 308 and every 4xx. Of the rest nobody can tell.
    """
    words = f": {said}" if said else ""
    if 200 <= status < 300:
        return None
    if status in {307, 308}:
        return Permanent(f"{who} answered {status}: it has moved, and redirects are not followed")
    if status in {408, 425, 429}:
        return Retryable(f"{who} answered {status}, not now{words}", after=retry_after(headers))
    if 400 <= status < 500:
        return Permanent(f"{who} refused with {status}{words}")
    return Ambiguous(f"{who} answered {status}; it may have taken effect{words}")


def retry_after(headers: Mapping[str, str], default: float = 5.0) -> float:
    """Seconds to wait by `Retry-After` (seconds or a date) or `X-RateLimit-Reset`, at most an hour."""
    text = headers.get("retry-after", "")
    reset = headers.get("x-ratelimit-reset", "")
    if text.isdecimal():
        return min(float(text), MAX_WAIT)
    if text:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return default
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max((aware - datetime.now(UTC)).total_seconds(), 0.0), MAX_WAIT)
    if reset.isdecimal() and headers.get("x-ratelimit-remaining") == "0":
        return min(max(float(reset) - datetime.now(UTC).timestamp() + 1.0, 0.0), MAX_WAIT)
    return default


class _Exchange:
    """One request and its answer; `sent` tells whether a first byte of the request was handed to the network."""

    def __init__(self) -> None:
        self.sent = False

    async def run(self, http: Client, method: str, url: str, seconds: float, request: Mapping[str, Any]) -> Answer:
        body = bytearray()
        # Connecting and the TLS hand-shake have this limit each; together they end before ours does, because httpx
        # leaves a socket open when it is cancelled in the middle of a hand-shake.
        limits = httpx.Timeout(seconds, connect=0.45 * seconds)
        stream = http.stream(method, url, timeout=limits, extensions={"trace": self._trace}, **request)
        # httpx' own limits are per read; a server that drips one byte at a time passes them for ever.
        async with asyncio.timeout(seconds), http.turn, stream as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    break
        whole = len(body) <= MAX_BYTES
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(body[:MAX_BYTES]), whole)

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        # https://www.encode.io/httpcore/extensions/#trace
        if event.endswith("send_request_headers.started"):
            self.sent = True


def _name(err: Exception) -> str:
    return type(err).__name__
