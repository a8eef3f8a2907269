"""What a test or a person lets go wrong at a vendor's stand-in: answers refused, late, lost, or a client killed.

Kinds of faults (`at` is when the call's own effect happens):
    down            503                                                        at: never
    error           `status` (502)                                             at: never
    html            `status` (502) with a page of HTML instead of JSON         at: never
    unauthorized    401 in the vendor's words                                  at: never
    missing         404 in the vendor's words                                  at: never
    hang            no answer until the client gives up                        at: never
    cut             the connection is cut                                      at: never
    half            half of the answer, then the connection is cut             at: before it
    slow            the answer, `delay` seconds later                          at: after them
    error-after, html-after, hang-after, cut-after   the same                  at: before it
    late            the connection is cut                                      at: `delay` seconds later
Each vendor adds the kinds of its own limits (GitHub's are `secondary-limit` and `primary-limit`).

A fault or a kill point names its call, as the log does (`POST comment`), never a number over all calls: workers that
run beside each other change that order. `POST comment#2` is the second such call since the fault was set.
"""

import os
import re
import signal
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

COMMON = (
    "down", "error", "html", "unauthorized", "missing", "hang", "cut", "half", "slow",
    "error-after", "html-after", "hang-after", "cut-after", "late",
)  # fmt: skip
Moment = Literal["before", "after"]
ANY = "*"
_CALL = re.compile(r"(\*|(?:GET|POST|PUT|PATCH|DELETE) [a-z_]+)(?:#([1-9]\d*))?")


class Nonsense(ValueError):
    """What was asked for cannot be set; the words say why."""


@dataclass
class Target:
    """Which calls are meant: by name, by a text in the request's body, from the nth such call on."""

    call: str
    contains: str = ""
    nth: int = 1
    seen: int = 0

    @classmethod
    def named(cls, name: str, contains: str = "") -> "Target":
        """Read `POST comment`, `POST comment#2` or `*`; raises Nonsense."""
        parsed = _CALL.fullmatch(name.strip())
        if parsed is None:
            raise Nonsense("a call reads METHOD noun[#n], as in the log, or *")
        return cls(parsed[1], contains, int(parsed[2] or 1))

    def reached(self, call: str, body: str) -> bool:
        """Count a call if it is one of those meant; true from the nth on."""
        if self.call not in (ANY, call) or self.contains not in body:
            return False
        self.seen += 1
        return self.seen >= self.nth


@dataclass
class Fault:
    """One thing that goes wrong `left` times, or until it is cleared when `left` is None."""

    id: int
    kind: str
    target: Target
    left: int | None
    status: int | None
    retry_after: int
    delay: float

    @property
    def takes_effect(self) -> bool:
        """Whether the call does its work although the client does not hear of it."""
        return self.kind.endswith("-after")

    @property
    def plain(self) -> str:
        """The kind, whether its effect comes first or never: `error` for `error-after`."""
        return self.kind.removesuffix("-after")


@dataclass
class KillPoint:
    """SIGKILL to `pid` when a call arrives (`before`: without effect) or is done (`after`: without answer)."""

    id: int
    moment: Moment
    target: Target
    pid: int
    fired: bool = False

    def fire(self) -> None:
        """Kill, once; a process that is gone already is as dead as it should be."""
        self.fired = True
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@dataclass
class Faults:
    """Everything that is set to go wrong; `own` are the kinds that only this vendor has."""

    own: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    kill_points: list[KillPoint] = field(default_factory=list)
    _last_id: int = 0

    def add(
        self,
        kind: str,
        call: str = ANY,
        *,
        contains: str = "",
        times: int | None = 1,
        status: int | None = None,
        retry_after: int = 60,
        delay: float = 1.0,
    ) -> Fault:
        """Let a call go wrong `times` times (None: until cleared); raises Nonsense for an unknown kind or call."""
        if kind not in (known := COMMON + self.own):
            raise Nonsense(f"a kind is one of {', '.join(known)}")
        self._last_id += 1
        fault = Fault(self._last_id, kind, Target.named(call, contains), times, status, retry_after, delay)
        self.faults.append(fault)
        return fault

    def kill_at(self, point: str, pid: int, contains: str = "") -> KillPoint:
        """Set a kill point such as `before POST issue` or `after POST comment#2`; raises Nonsense."""
        moment, _, call = point.strip().partition(" ")
        if moment not in get_args(Moment):
            raise Nonsense("a point begins with before or after")
        if pid <= 1 or pid == os.getpid():
            raise Nonsense("neither the stand-in itself nor process 1 can be killed")
        self._last_id += 1
        target = Target.named(call, contains)
        kill = KillPoint(self._last_id, "before" if moment == "before" else "after", target, pid)
        self.kill_points.append(kill)
        return kill

    def clear(self, fault_id: int | None = None) -> None:
        """Take one fault or kill point away, or all."""
        self.faults = [fault for fault in self.faults if fault_id not in (None, fault.id)]
        self.kill_points = [kill for kill in self.kill_points if fault_id not in (None, kill.id)]

    def next_fault(self, call: str, body: str) -> Fault | None:
        """Take the first fault that is due for a call; a used-up one is gone."""
        for fault in self.faults:
            if fault.target.reached(call, body):
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self.faults.remove(fault)
                return fault
        return None

    def due_kills(self, call: str, body: str) -> list[KillPoint]:
        """Take the kill points that a call reaches; each fires once."""
        return [kill for kill in self.kill_points if not kill.fired and kill.target.reached(call, body)]

    def as_json(self) -> dict[str, Any]:
        """Everything that is set, for the control door and the page."""
        return {"faults": [asdict(fault) for fault in self.faults], "kill": [asdict(k) for k in self.kill_points]}
