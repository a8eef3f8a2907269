"""What people can say to the watch: each command looks at the folded incidents, makes one engine call and answers.

Slash command and mention end here. Nothing is posted in the channel: what a command changes is an entry, and the
narrator shows it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

from bot.declaring import Declaring
from bot.grammar import ABOUT_INCIDENTS, WHOLE, Call, Unknown, first_word, parse
from bot.halting import Halting
from bot.line import Line, incident_meant, needs
from bot.looking import Looks
from bot.ordering import Orders
from bot.requests import Requests
from bot.scenery import Scenery
from bot.steering import STEERS, Steers
from bot.views import answers
from bot.views.answers import Reply
from bot.votes import Votes
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Moved
from engine.incident import State
from engine.ledger import Draft
from engine.model import Kind, Measure, Question
from engine.oversight.decisions import EVERYWHERE, VoteKind, Word
from engine.oversight.questions import QuestionRule
from engine.published import SYSTEM
from engine.store.messages import Messages

Command = Callable[[Call, Line], Awaitable[str | Reply]]


class Watch:
    """The commands."""

    def __init__(
        self,
        desk: Desk,
        votes: Votes,
        catalogue: Catalogue,
        looks: Looks,
        scenery: Scenery,
        halting: Halting,
        *,
        declaring: Declaring,
        symptom: Callable[[State], Awaitable[Measure | None]],
        partners: Mapping[str, QuestionRule],
        command: str,
    ) -> None:
        """`symptom`: the alert's own measure. `partners`: name → its rule."""
        self._desk = desk
        self._votes = votes
        self._halting = halting
        self._declaring = declaring
        self.requests = Requests(desk, catalogue, scenery, symptom)
        self._steers = Steers(desk)
        self._partners = partners
        self._command = command
        self._channel = looks.channel
        self._messages = Messages(desk.ledger.db)
        self._words = self._commands(looks, Orders(desk, votes, looks, scenery, command))

    def _commands(self, looks: Looks, orders: Orders) -> Mapping[str, Command]:
        return {
            **looks.words,
            "mirror": orders.obey,
            "show": self._show,
            "ask": self._ask,
            "note": self._note,
            "run": self._run,
            "approve": partial(self._decide, Kind.APPROVAL),
            "veto": partial(self._decide, Kind.VETO),
            "withdraw": partial(self._decide, Kind.WITHDRAWAL),
            "close": self._close,
            "open": self._open,
            **dict.fromkeys(STEERS, self._steer),
            "halt": self._halt,
            "resume": self._resume,
        }

    async def obey(self, line: Line) -> str | Reply:
        """Do what the line says; the answer for the person alone."""
        call = parse(line.text, await self.incident_of(line.channel, line.thread))
        if isinstance(call, Unknown):
            return answers.unknown_word(line.command(self._command), call.word, call.nearest)
        return await self.do(call, line)

    async def do(self, call: Call, line: Line) -> str | Reply:
        """What a line, a button or a form asks for; the answer for the person alone."""
        if call.word in ABOUT_INCIDENTS and not await self._may_look(call, line):
            return answers.members_only(self._channel)
        return await self._words[call.word](call, line)

    async def _may_look(self, call: Call, line: Line) -> bool:
        """As for the App Home; of one incident also whoever is in a channel that it has for itself."""
        one = call.incident if call.word not in WHOLE else None
        return (await self._votes.person(line.user, one)).may_look

    async def incident_of(self, channel: str, thread: str | None) -> int | None:
        """The incident whose thread this is, or whose channel."""
        place = await self._messages.at(channel, thread) if thread else None
        if place is None:
            return await self._messages.whose_channel(channel)
        return place.incident if place.incident != SYSTEM else None

    async def _show(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        url = await self._votes.stands(state.number)
        if not url:
            actor = await self._desk.people.pseudonym(person)
            await self._desk.ledger.append(state.number, Draft("surfaced", Kind.SURFACED, {}, actor))
        return answers.shown(state, self._channel, url)

    async def _ask(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        partner, question = first_word(call.rest)
        if not question:
            return needs(line, self._command, "ask", "The question" if partner else "The partner")
        if partner not in self._partners:
            return answers.unknown_partner(partner, sorted(self._partners))
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if state.closed:
            return answers.already_closed(state)
        rule = self._partners[partner]
        asked = Question(key="asked", source=partner, by="partner", question=question, seconds=rule.seconds)
        actor = await self._desk.people.pseudonym(person)
        payload = {"question": asked.to_json(), "person": actor}
        hold = rule.hold()
        if hold is not None:
            draft = Draft(f"ask/{line.event}", Kind.HELD, {**hold.to_json(), **payload}, actor)
            await self._desk.ledger.append(state.number, draft)
            return answers.question_held(partner, state.label, hold.seconds, approval=hold.policy == "approval")
        draft = Draft(f"ask/{line.event}", Kind.ASKED, payload, actor)
        entry = (await self._desk.ledger.append(state.number, draft)).entry
        return answers.asked(partner, state.label, entry.at + timedelta(seconds=rule.seconds))

    async def _note(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        if not call.rest:
            return needs(line, self._command, "note", "The text")
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        actor = await self._desk.people.pseudonym(person)
        draft = Draft(f"note/{line.event}", Kind.NOTE, {"says": call.rest}, actor)
        entry = (await self._desk.ledger.append(state.number, draft)).entry
        return answers.noted(state.label, entry.n)

    async def _steer(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        actor, command = await self._desk.people.pseudonym(person), line.command(self._command)
        return await self._steers.obey(call, state, actor, line.event, command)

    async def _run(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        return await self.requests.run(state, call.rest, await self._votes.person(line.user), line.event)

    async def _decide(self, kind: VoteKind, call: Call, line: Line) -> str | Reply:
        if call.incident is None or call.entry is None:
            waiting = await self._votes.waiting()
            return answers.which_proposal(waiting, line.command(self._command), call.word)
        word = Word(
            kind=kind,
            person=await self._votes.person(line.user),
            surface="command",
            place=EVERYWHERE if kind == Kind.WITHDRAWAL else "commands",
            event=line.event,
            event_at=await self._desk.ledger.now(),
            reason=call.rest,
        )
        return await self._votes.vote(call.incident, call.entry, word)

    async def _halt(self, call: Call, line: Line) -> str:
        if not call.rest:
            return needs(line, self._command, "halt", "The reason")
        return await self._halting.halt(await self._votes.person(line.user), call.rest, line.event)

    async def _resume(self, call: Call, line: Line) -> str:
        return await self._halting.resume(await self._votes.person(line.user), line.event)

    async def _open(self, call: Call, line: Line) -> str | Reply:
        if not call.rest:
            return needs(line, self._command, "open", "What is wrong")
        return await self._declaring.said(call.rest, line)

    async def _close(self, call: Call, line: Line) -> str:
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if no := not_closed(state, line.command(self._command)):
            return no
        actor = await self._desk.people.pseudonym(person)
        draft = Draft(f"closed/{state.round}", Kind.CLOSED, {"how": "person", "says": call.rest}, actor, expect=state.n)
        try:
            await self._desk.ledger.append(state.number, draft)
        except Moved:
            return answers.moved(state)
        return answers.closed(await self._desk.incidents.state(state.number))


def not_closed(state: State, command: str) -> str:
    """Why nobody can close it now, and what to do; empty where a person can."""
    if state.closed:
        return answers.already_closed(state)
    busy = [d for d in state.proposals.values() if d.status in ("waiting", "started", "running")]
    return answers.busy(command, busy[0]) if busy else ""
