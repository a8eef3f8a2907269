"""The log specialist: an MCP server over HTTP that says what failed requests have in common; it never writes a log.

    /mcp       streamable HTTP, one tool: investigate(question, service, since, until), times in ISO 8601
    /q/{id}    the lines behind an answer, text/plain; ?first=3 shows only as many
    /healthz   200
Its lines hold order ids and mail addresses as the log does: masking them is the asker's duty.
"""

import argparse
import asyncio
import hashlib
import json
import socket
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typing_extensions import override

from playground.partners.answer import Answer, Link, Window, clock, parsed, percent
from playground.partners.findings import Line, Pattern, as_text, find_pattern
from playground.partners.log_lines import episode_start, lines_between
from playground.serving import HOST, serve

KEPT_QUERIES = 100
EXAMPLES = 3
# Below this share the most frequent failure is not what the failed requests have in common.
COMMON_FROM = 0.5


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: who starts this service decides when it ends."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class LogSpecialist:
    """The running server; it reads `log` anew for every question."""

    def __init__(self, log: Path, port: int = 0) -> None:
        self._log = log
        self._socket = socket.create_server((HOST, port))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._queries: OrderedDict[str, tuple[str, list[Line]]] = OrderedDict()
        self._mcp = MCPServer(
            "logs", instructions="Says what the failed requests of a service have in common.", log_level="WARNING"
        )
        self._mcp.add_tool(self.investigate)
        self._mcp.custom_route("/q/{query}", ["GET"])(self._show_query)
        self._mcp.custom_route("/healthz", ["GET"])(self._show_health)

    async def __aenter__(self) -> Self:
        config = uvicorn.Config(self._mcp.streamable_http_app(), log_level="warning", timeout_graceful_shutdown=1)
        self._server = QuietServer(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._serving
        self._socket.close()

    async def investigate(self, question: str, service: str, since: str, until: str) -> Answer:
        """Say what the failed requests of a service have in common, between two times (ISO 8601)."""
        return await asyncio.to_thread(self._investigate, question, service, parsed(since), parsed(until))

    def _investigate(self, question: str, service: str, since: datetime, until: datetime) -> Answer:
        lines = (line for line in lines_between(self._log, since, until) if line.get("service") == service)
        requests, pattern = find_pattern(lines)
        window = Window.between(since, until)
        span = f"{clock(since)} to {clock(until)} UTC"
        if pattern is None:
            says = f"No failed request of `{service}` among {requests:,}, {span}."
            return Answer(says=says, facts={"requests": requests, "failed": 0}, window=window)
        url = self._keep(f"{question}\n{service}, {span}", pattern.matching)
        first = episode_start(self._log, until, error=pattern.error, release=pattern.release)
        facts = pattern.facts() | {"first_seen": first["time"] if first else None}
        examples = _spread(pattern.matching, EXAMPLES)
        return Answer(
            says=_sentence(pattern, first),
            facts=facts,
            window=window,
            confidence=pattern.confidence if pattern.share >= COMMON_FROM else None,
            links=[
                Link(text=f"{len(examples)} example lines", url=f"{url}?first={EXAMPLES}"),
                Link(text=f"all {len(pattern.matching):,}", url=url),
            ],
            examples=[as_text(line) for line in examples],
        )

    def _keep(self, asked: str, lines: list[Line]) -> str:
        name = hashlib.sha256(f"{asked}\n{lines}".encode()).hexdigest()[:12]
        self._queries[name] = (asked, lines)
        self._queries.move_to_end(name)
        while len(self._queries) > KEPT_QUERIES:
            self._queries.popitem(last=False)
        return f"{self.url}/q/{name}"

    async def _show_query(self, request: Request) -> Response:
        kept = self._queries.get(request.path_params["query"])
        if kept is None:
            return PlainTextResponse(f"No such query; the last {KEPT_QUERIES} are kept.\n", 404)
        asked, lines = kept
        first = request.query_params.get("first", "")
        shown = _spread(lines, int(first)) if first.isdigit() else lines
        head = "".join(f"# {row}\n" for row in [*asked.splitlines(), f"{len(shown)} of {len(lines)} lines"])
        return PlainTextResponse(head + "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in shown))

    async def _show_health(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")


def _sentence(pattern: Pattern, first: Line | None) -> str:
    matching, failed, share = len(pattern.matching), pattern.failed, percent(pattern.share)
    count = f"{matching:,} of {failed:,} failed requests ({share})"
    if pattern.share < COMMON_FROM:
        return f"The failed requests have little in common: the most frequent is `{pattern.error}` in {count}."
    on = "every one" if pattern.one_release else f"{pattern.releases[pattern.release]:,}"
    seen = f" First seen {clock(parsed(first['time']))} UTC." if first else ""
    return f"`{pattern.error}` in {count}, {on} on release {pattern.release}.{seen}"


def _spread(lines: list[Line], count: int) -> list[Line]:
    """Take `count` lines, from the first to the last, evenly apart."""
    if count >= len(lines) or count < 2:
        return lines[:count]
    return [lines[place * (len(lines) - 1) // (count - 1)] for place in range(count)]


def main() -> None:
    """Run the log specialist as a process."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--log", type=Path, required=True, help="the shop's log")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(LogSpecialist(asked.log, asked.port))


if __name__ == "__main__":
    main()
