"""What a view may know besides the incident itself: names, records, places of messages, the moment.

A view is a pure function of a `State` and a `Scene`; it asks nobody and touches nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.views.chart import Chart
from bot.views.noise import EVERYTHING, Noise
from engine.model import Entry, Person
from engine.oversight.freezes import Frozen


@dataclass(frozen=True, slots=True)
class Record:
    """How far one backend is: with one incident, or with all of them.

    `waits_until` and `trouble` are set while it does not take writes: so many `tries`, the first of them at `since`.
    `lag`: seconds from an entry to its note, as of late; None where nothing was noted.
    """

    backend: str  # "github"
    label: str  # "GitHub"
    acked: int = 0
    total: int = 0
    ticket: str = ""  # "GitHub #318"
    url: str = ""
    trouble: str = ""
    waits_until: datetime | None = None
    parked: bool = False
    incident: int = 0  # 0: all of them
    since: datetime | None = None
    tries: int = 0
    lag: float | None = None

    @property
    def behind(self) -> int:
        """Entries that are not there yet."""
        return max(0, self.total - self.acked)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call by one schedule: a person until the end of the shift, or in a gap the group that stands in.

    `name` is set where it was looked up, for a line in which nobody shall be mentioned.
    """

    ref: str = ""
    until: datetime | None = None
    group: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """The surroundings of one rendering."""

    now: datetime
    people: Mapping[str, Person] = field(default_factory=dict)  # by pseudonym
    records: tuple[Record, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)  # slot of a message → permalink
    command: str = "/watch"
    halted: Entry | None = None  # the halt in force
    approvers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # operation id → refs listed as approvers
    vetoers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the same of a veto's own list
    on_call: Mapping[str, OnCall] = field(default_factory=dict)  # by the schedule's name
    watch: OnCall | None = None  # who is on call for this incident
    listed: str = ""  # ref of the first person who may approve anything
    frozen: Mapping[int, Frozen] = field(default_factory=dict)  # by proposal: the freeze in force for it
    freezes: tuple[Frozen, ...] = ()  # in force now, whatever they are for
    changes_at: datetime | None = None  # when time alone changes any of this next
    noise: Noise = EVERYTHING
    standing: frozenset[str] = frozenset()  # slots of what stands in the chat

    def mention(self, actor: str) -> str:
        """`<@U…>` for a person of the chat, else the plain name. For edits and for whoever must act."""
        person = self.people.get(actor)
        return f"<@{person.user_id}>" if person and person.ref.startswith("slack:") else self.name(actor)

    def name(self, actor: str) -> str:
        """The plain name, which pings nobody; a part of Watchkeeper is called as it is."""
        if not actor.startswith("person:"):
            return actor
        person = self.people.get(actor)
        return person.name if person else "a person whose name was deleted"


@dataclass(frozen=True, slots=True)
class File:
    """What is uploaded in place of a message: the whole answer that is kept under the digest `evidence`."""

    name: str  # "INC-2041-11-logs"
    evidence: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it should stand. `slot` names it in its incident, `seq` is the entry it is true up to.

    `in_thread` is False for the root and for halts. `seeds` are the reactions the bot puts on it itself. It was not
    posted before `since`; None stands for the incident's first entry. With a `file` the text is the file's title.
    `charts` are those that its blocks draw. `place` is a channel and a thread elsewhere. `written_for` is whom it may
    be streamed for while it grows (a user's id).
    """

    slot: str
    text: str
    blocks: list[dict[str, Any]]
    event_type: str
    seq: int
    in_thread: bool = True
    broadcast: bool = False
    seeds: tuple[str, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    file: File | None = None
    charts: tuple[Chart, ...] = ()
    place: tuple[str, str] | None = None
    written_for: str = ""
