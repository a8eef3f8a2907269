"""The world outside at its worst: a raw HTTP server on 127.0.0.1 that answers exactly what a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

CUT, HANG, DRIP = b"<cut>", b"<hang>", b"<drip>"
SECRET = "s3cr3t-t0k3n-0123456789"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Outside:
    """Answers in the order given, the last one for ever; what came in is in `requests`."""

    url: str = ""
    answers: list[bytes] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def says(self, *answers: bytes) -> None:
        self.answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await _request(reader))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer == CUT:
                writer.transport.abort()
            elif answer == HANG:
                await reader.read()  # until the client goes away
            elif answer == DRIP:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not reader.at_eof() and not writer.transport.is_closing():
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left, as some tests have it
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def reply(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer; what is no bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/json" if not isinstance(body, bytes) else "text/html"
    fields = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + (b"" if status in {204, 304} else content)


@asynccontextmanager
async def outside(*answers: bytes) -> AsyncIterator[Outside]:
    world = Outside(answers=list(answers) or [reply(200, {})])
    server = await asyncio.start_server(world.serve, "127.0.0.1", 0)
    world.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield world
    finally:
        server.close()
        await server.wait_closed()


def closed_port() -> str:
    """An address where nobody listens."""
    import socket  # noqa: PLC0415

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"
