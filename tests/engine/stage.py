"""A stage for the protocol's tests: a desk on a real database, people, and a target that really has effects.

The target is an HTTP server; `effects` holds what took effect, by operation id. What goes wrong is said per request.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from aiohttp import web
from typing_extensions import override

from connectors.actions.http import HttpAction, HttpActionConfig
from engine.catalogue import Catalogue, CatalogueAction
from engine.desk import Desk
from engine.errors import Permanent, Retryable
from engine.fold import Incidents
from engine.incident import Decided, State
from engine.lease import Lease
from engine.ledger import Draft, Ledger
from engine.model import Entry, Kind, Owner, Person, ProposalDraft
from engine.oversight.act import Act, Guard, Start
from engine.oversight.decisions import Answer, Decisions, VoteKind, Word
from engine.oversight.questions import QuestionRule, Questions
from engine.oversight.recheck import Recheck
from engine.oversight.recover import Recovery
from engine.oversight.rules import Policy
from engine.people import People
from engine.ports import Chat, Clock
from playground.serving import listening
from tests.ledgers import change

Wrong = Literal["lost-answer", "late", "refused", "busy", "cut", "html"]
PRIYA, MAYA, TOM = (Person(ref=f"slack:U0{name}", name=name) for name in ("PRIYA", "MAYA", "TOM"))
GUARD = Guard(send=0.3, late_write=0.3)


class Target:
    """`wrong` holds what goes wrong with the next sends; `land()` lets what is late take effect."""

    def __init__(self, honours_key: bool = False) -> None:
        self.url = ""
        self.effects: list[str] = []
        self.sends: list[str] = []
        self.wrong: deque[Wrong] = deque()
        self.runs_for = 0
        self.release = "3"
        self.blind = False
        self._honours_key = honours_key
        self._late: list[str] = []

    def land(self) -> None:
        for op in self._late:
            self._take_effect(op)
        self._late.clear()

    def _take_effect(self, op: str) -> None:
        if not (self._honours_key and op in self.effects):
            self.effects.append(op)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        op = request.headers["Idempotency-Key"]
        self.sends.append(op)
        wrong = self.wrong.popleft() if self.wrong else None
        match wrong:
            case "refused":
                return web.json_response({"message": "not allowed"}, status=403)
            case "busy":
                return web.json_response({"message": "later"}, status=429)
            case "late":
                self._late.append(op)
            case "lost-answer" | "html":
                self._take_effect(op)
            case "cut":
                pass
            case None:
                self._take_effect(op)
                return web.json_response({"status": "running" if self.runs_for else "succeeded"})
        if wrong == "html":
            return web.Response(text="<html>", status=502)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _look(self, request: web.Request) -> web.StreamResponse:
        if self.blind:
            return web.json_response({}, status=503)
        if request.match_info["op"] not in self.effects:
            return web.json_response({}, status=404)
        self.runs_for -= 1
        return web.json_response({"status": "running" if self.runs_for > 0 else "succeeded", "message": "done"})

    async def _state(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"release": self.release})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Target"]:
        app = web.Application()
        routes = [
            web.post("/act", self._act),
            web.get("/{service}/op/{op}", self._look),
            web.get("/state", self._state),
        ]
        app.add_routes(routes)
        async with listening(app) as url:
            self.url = url
            yield self


@dataclass
class Room(Chat):
    """Who is in the channel, and what stands on the card; `down` is a chat that does not answer."""

    people: dict[str, Person] = field(default_factory=lambda: {p.ref: p for p in (PRIYA, MAYA, TOM)})
    groups: dict[str, set[str]] = field(default_factory=dict)
    on_card: dict[str, set[str]] | None = field(default_factory=dict)
    down: bool = False
    asked_ages: list[float] = field(default_factory=list)

    @override
    async def reactions(self, incident: int, proposal: int) -> Mapping[str, frozenset[str]] | None:
        self._up()
        return None if self.on_card is None else {name: frozenset(refs) for name, refs in self.on_card.items()}

    @override
    async def person(self, ref: str, max_age: float, incident: int | None = None) -> Person:
        self._up()
        self.asked_ages.append(max_age)
        if ref not in self.people:
            raise Permanent("user_not_found")
        return self.people[ref]

    @override
    async def group(self, group: str, max_age: float) -> frozenset[str]:
        self._up()
        self.asked_ages.append(max_age)
        return frozenset(self.groups.get(group, set()))

    def _up(self) -> None:
        if self.down:
            raise Retryable("Slack does not answer")


class Office:
    """One process: a desk with everything that decides and acts."""

    def __init__(self, ledger: Ledger, clock: Clock, room: Room, action: HttpAction, guard: Guard = GUARD) -> None:
        self.ledger, self.room, self.action = ledger, room, action
        self.desk = Desk(ledger, Incidents(ledger), Lease(ledger.db, clock), People(ledger.db), clock)
        self.approvers = (PRIYA.ref, MAYA.ref)
        self.quorum = 1
        self.undo = ""
        self.policy = Policy()
        self.remind_before = timedelta(0)
        self.guard = guard

    @property
    def catalogue(self) -> Catalogue:
        roll_back = CatalogueAction(
            name="roll-back",
            action=self.action,
            arguments={"service": {"type": "string"}},
            title="roll back {service}",
            what="roll back {service}",
            where="{service}",
            undo=self.undo,
            approvers=self.approvers,
            group="S0TEAM",
            quorum=self.quorum,
            expires=timedelta(seconds=600),
        )
        return Catalogue({"roll-back": roll_back}, self.ledger.gate, self.policy)

    @property
    def decisions(self) -> Decisions:
        return Decisions(self.desk, self.catalogue, self.room, 60.0)

    @property
    def recheck(self) -> Recheck:
        return Recheck(self.ledger, self.desk.people, self.room, self.decisions, 60.0)

    @property
    def act(self) -> Act:
        return Act(self.desk, self.catalogue, self.recheck, self.guard)

    def questions(self, **rules: QuestionRule) -> Questions:
        return Questions(self.desk, self.recheck, rules)

    @property
    def recovery(self) -> Recovery:
        return Recovery(self.desk, self.catalogue, self.guard)

    async def opened(self) -> int:
        """A new incident of this process."""
        await self.desk.lease.renew()
        owner = Owner(self.desk.lease.process, 1)
        incident = await self.ledger.transact(lambda book: book.open_incident(2041, owner))
        self.desk.lease.opened(incident)
        return incident

    async def proposed(
        self,
        incident: int,
        key: str = "proposed/1",
        expires: timedelta | None = None,
        requester: str | None = None,
    ) -> int:
        """A proposal that waits; its number."""
        draft = ProposalDraft(action="roll-back", arguments={"service": "checkout"}, requester=requester)
        proposal = await self.catalogue.propose(draft, key, incident, self.ledger)
        if expires is not None:
            proposal = proposal.model_copy(update={"expires_at": await self.ledger.now() + expires})
        done = await self.ledger.append(incident, Draft(key, Kind.PROPOSED, proposal.to_json(), "responder"))
        return done.entry.n

    async def says(
        self,
        incident: int,
        proposal: int,
        person: Person = PRIYA,
        kind: VoteKind = Kind.APPROVAL,
        *,
        surface: Literal["reaction", "button", "command"] = "button",
        **more: Any,
    ) -> Answer:
        """One word; as a reaction it also stands on the card, or no longer does."""
        at = more.pop("at", None) or await self.ledger.now()
        event = more.pop("event", None) or f"{person.name}/{kind}/{surface}/{at.timestamp():.6f}"
        places = {"reaction": "white_check_mark@1", "button": "card", "command": "commands"}
        place = more.pop("place", places[surface])
        if surface == "reaction" and self.room.on_card is not None and kind == Kind.APPROVAL:
            self.room.on_card.setdefault("white_check_mark", set()).add(person.ref)
        return await self.decisions.say(incident, proposal, Word(kind, person, surface, place, event, at, **more))

    async def state(self, incident: int) -> State:
        return await self.desk.incidents.state(incident)

    async def decided(self, incident: int, proposal: int) -> Decided:
        return (await self.state(incident)).proposals[proposal]

    async def start(self, incident: int, proposal: int) -> Start | None:
        """One try at the gate from what is true now."""
        state = await self.state(incident)
        return await self.act.start(state, state.proposals[proposal])

    async def send(self, incident: int, proposal: int, start: Start) -> None:
        await self.act.send(incident, await self.decided(incident, proposal), start)

    async def recover(self, incident: int, proposal: int) -> None:
        decided = await self.decided(incident, proposal)
        assert decided.started is not None
        await asyncio.wait_for(self.recovery.recover(incident, decided, decided.started), 20)

    async def kinds(self, incident: int) -> list[str]:
        return [entry.kind for entry in await self.ledger.entries(incident)]

    async def last(self, incident: int, kind: Kind) -> Entry:
        return [entry for entry in await self.ledger.entries(incident) if entry.kind == kind][-1]


def action_at(url: str, idempotency: Literal["key", "lookup", "none"], seconds: float = 2.0) -> HttpAction:
    """The real connector, towards a target."""
    options: dict[str, Any] = {
        "url": f"{url}/act",
        "idempotency": idempotency,
        "state_url": f"{url}/state",
        "state_fields": {"release": "release"},
        "seconds": seconds,
    }
    if idempotency != "none":
        options["status_url"] = f"{url}/{{service}}/op/{{op}}"
    return HttpAction("roll-back", HttpActionConfig.model_validate(options))


async def approved(office: Office) -> tuple[int, int, Start]:
    """An incident, its proposal, and the start that is ours to send."""
    incident = await office.opened()
    proposal = await office.proposed(incident)
    await office.says(incident, proposal)
    start = await office.start(incident, proposal)
    assert start is not None
    return incident, proposal, start


async def adopts(heir: Office, dead: Office) -> list[int]:
    """The other one's lease ran out a moment ago."""
    await change(dead.ledger, "UPDATE process SET lease_until = {now} - 1 WHERE id = :id", id=dead.desk.lease.process)
    return await heir.desk.lease.adopt()
