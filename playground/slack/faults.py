"""What a test lets go wrong: a process killed around a call, an answer that is slow, wrong, lost, or never comes.

A fault names its call by method, never by a counter over all calls: parallel workers change the order of calls.
"""

import asyncio
import os
import re
import signal
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from aiohttp import web

from playground.slack.errors import Refused
from playground.slack.model import Json
from playground.slack.wire import Answer, dumps

FaultKind = Literal["429", "500", "timeout", "reset", "lost-answer", "refuse"]
_POINT = re.compile(r"(before|after) (?:(?:POST|GET) )?([\w.]+)(?:#(\d+))?")


@dataclass(frozen=True, slots=True)
class Match:
    """Narrows a fault to calls of one method whose arguments contain a text or a metadata `event_type`."""

    method: str
    contains: str = ""
    event_type: str = ""

    def fits(self, method: str, given: Json) -> bool:
        """Whether this call is meant."""
        if method != self.method:
            return False
        if not (self.contains or self.event_type):
            return True
        text = dumps({key: value for key, value in given.items() if key != "token"})
        wanted = (self.contains, self.event_type and f'"event_type":"{self.event_type}"')
        # JavaScript's SDK sends structures as strings of JSON, whose quotes are escaped once more.
        return all(want in text.replace('\\"', '"') for want in wanted)


@dataclass(slots=True)
class KillPoint:
    """SIGKILL `pid` before or after the `nth` matching call from now on."""

    id: int
    when: str
    match: Match
    nth: int
    pid: int
    seen: int = 0
    fired: bool = False


@dataclass(slots=True)
class Fault:
    """Spoil the next `left` matching calls."""

    match: Match
    kind: FaultKind
    left: int
    retry_after: int
    error: str = ""  # Slack's word, with `refuse`


class Faults:
    """Every fault that is set; `around` is asked by each call."""

    def __init__(self) -> None:
        self.kills: list[KillPoint] = []
        self.faults: list[Fault] = []
        self.closing = asyncio.Event()

    def kill_at(self, point: str, pid: int, contains: str = "", event_type: str = "") -> KillPoint:
        """Set a point such as `before POST chat.postMessage` or `after chat.update#3`; else Refused."""
        parsed = _POINT.fullmatch(point.strip())
        if parsed is None:
            raise Refused("invalid_point", "a point reads: before|after [POST|GET] METHOD[#n]")
        if pid <= 1 or pid == os.getpid():
            raise Refused("invalid_pid", "neither the stand-in itself nor pid 1 can be killed")
        when, method, nth = parsed.groups()
        kill = KillPoint(len(self.kills) + 1, when, Match(method, contains, event_type), int(nth or 1), pid)
        self.kills.append(kill)
        return kill

    def spoil(self, kind: str, match: Match, times: int = 1, retry_after: int = 1, error: str = "") -> Fault:
        """Set a fault; Refused for an unknown kind."""
        for known in get_args(FaultKind):
            if kind == known:
                fault = Fault(match, known, times, retry_after, error)
                self.faults.append(fault)
                return fault
        raise Refused("invalid_kind", f"kind is one of {', '.join(get_args(FaultKind))}")

    def clear(self) -> None:
        """Forget every fault and every kill point that has not fired."""
        self.faults.clear()
        self.kills = [kill for kill in self.kills if kill.fired]

    @asynccontextmanager
    async def around(self, method: str, given: Json, request: web.Request) -> AsyncIterator[Answer | None]:
        """Run the call inside; yields an answer to give instead of running it, or None.

        Raises ConnectionResetError when the connection has been cut.
        """
        kills = self._counted(method, given)
        if self._kill(kills, "before"):
            cut(request)
        fault = self._next(method, given)
        match fault:
            case Fault(kind="429"):
                wait = {"Retry-After": str(fault.retry_after)}
                yield Answer({"ok": False, "error": "ratelimited"}, 429, wait)
            case Fault(kind="refuse"):
                yield Answer({"ok": False, "error": fault.error or "access_denied"})
            case Fault(kind="500"):
                yield Answer({"ok": False, "error": "internal_error"}, 500)
            case Fault(kind="timeout"):
                await self.closing.wait()
                cut(request)
            case Fault(kind="reset"):
                cut(request)
            case Fault(kind="lost-answer"):
                yield None
                cut(request)
            case _:
                yield None
        if self._kill(kills, "after"):
            cut(request)

    def _counted(self, method: str, given: Json) -> list[KillPoint]:
        due = []
        for kill in self.kills:
            if not kill.fired and kill.match.fits(method, given):
                kill.seen += 1
                if kill.seen == kill.nth:
                    due.append(kill)
        return due

    def _kill(self, kills: list[KillPoint], when: str) -> bool:
        due = [kill for kill in kills if kill.when == when]
        for kill in due:
            kill.fired = True
            os.kill(kill.pid, signal.SIGKILL)
        return bool(due)

    def _next(self, method: str, given: Json) -> Fault | None:
        for fault in self.faults:
            if fault.match.fits(method, given):
                fault.left -= 1
                if fault.left <= 0:
                    self.faults.remove(fault)
                return fault
        return None


def cut(request: web.Request) -> None:
    """Reset the caller's connection (RST, not FIN); always raises ConnectionResetError."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    raise ConnectionResetError
