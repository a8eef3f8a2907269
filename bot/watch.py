"""What people can say to the watch: each command looks at the folded incidents, makes one engine call and answers.

Slash command and mention end here. Nothing is posted in the channel: what a command changes is an entry, and the
narrator shows it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.grammar import LOOKING, WORDS, Call, Unknown, parse
from bot.halting import Halting
from bot.inbox import Inbox
from bot.requested import arguments_of, second_times
from bot.scenery import Scenery
from bot.steering import STEERS, Steers
from bot.views import answers
from bot.votes import Votes
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Moved, Permanent, Retryable
from engine.incident import State
from engine.ledger import Draft, label, moment
from engine.model import Kind, Measure, ProposalDraft, Question, Reason
from engine.oversight.decisions import EVERYWHERE, VoteKind, Word
from engine.oversight.questions import QuestionRule
from engine.published import SYSTEM
from engine.store.messages import Messages


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a person: the text without command or mention, who, the delivery's id, and where."""

    text: str
    user: str
    event: str
    channel: str
    thread: str | None = None

    def command(self, slash: str) -> str:
        """What to write here: Slack offers no slash command in a thread."""
        return "@watchkeeper" if self.thread else slash


class Watch:
    """The commands."""

    def __init__(
        self,
        desk: Desk,
        votes: Votes,
        catalogue: Catalogue,
        inbox: Inbox,
        scenery: Scenery,
        halting: Halting,
        *,
        symptom: Callable[[State], Awaitable[Measure | None]],
        partners: Mapping[str, QuestionRule],
        command: str,
        channel: str,
    ) -> None:
        """`symptom`: the alert's own measure. `partners`: name → its rule. `channel`: for the help."""
        self._desk = desk
        self._votes = votes
        self._catalogue = catalogue
        self._inbox = inbox
        self._scenery = scenery
        self._halting = halting
        self._symptom = symptom
        self._steers = Steers(desk, command)
        self._partners = partners
        self._command = command
        self._channel = channel.removeprefix("#")
        self._messages = Messages(desk.ledger.db)
        self._words: Mapping[str, Callable[[Call, Line], Awaitable[str]]] = {
            "help": self._help,
            "status": self._status,
            "list": self._list,
            "why": self._why,
            "ask": self._ask,
            "note": self._note,
            "run": self._run,
            "approve": partial(self._decide, Kind.APPROVAL),
            "veto": partial(self._decide, Kind.VETO),
            "withdraw": partial(self._decide, Kind.WITHDRAWAL),
            "close": self._close,
            **dict.fromkeys(STEERS, self._steer),
            "halt": self._halt,
            "resume": self._resume,
        }

    async def obey(self, line: Line) -> str:
        """Do what the line says; the answer for the person alone."""
        call = parse(line.text, await self.incident_of(line.channel, line.thread))
        if isinstance(call, Unknown):
            return answers.unknown_word(line.command(self._command), call.word, call.nearest)
        return await self._words[call.word](call, line)

    async def incident_of(self, channel: str, thread: str | None) -> int | None:
        """The incident whose thread this is."""
        place = await self._messages.at(channel, thread) if thread else None
        return place.incident if place and place.incident != SYSTEM else None

    async def _help(self, call: Call, line: Line) -> str:
        person = await self._votes.person(line.user)
        mine = [
            a.name for a in self._catalogue.actions.values() if person.ref in await self._votes.decisions.allowed(a)
        ]
        hidden = set() if person.in_channel else {"veto", "halt"}
        words = {w: WORDS[w] for w in WORDS if w in LOOKING or (person.may_speak and w not in hidden)}
        return answers.helped(person.name, self._channel, self._command, words, mine if person.may_speak else [])

    async def _one(self, call: Call, line: Line) -> State | str:
        """The incident that is meant: by its number, or the only open one; else what to type."""
        if call.incident is not None:
            state = await self._desk.incidents.state(call.incident)
            return state if state.n and state.number != SYSTEM else answers.no_incident(call.incident)
        states = await self._desk.incidents.open()
        if len(states) == 1:
            return states[0]
        first, _, rest = WORDS[call.word].partition(" ")
        example = f"{first} {states[0].number} {rest.removeprefix('[2041]').strip()}" if states else ""
        return answers.which_incident(states, line.command(self._command), example.strip())

    async def _status(self, call: Call, line: Line) -> str:
        state = await self._one(call, line)
        return state if isinstance(state, str) else answers.status(state, await self._scenery.scene(state))

    async def _list(self, call: Call, line: Line) -> str:
        states = await self._desk.incidents.open()
        said = answers.listing(states, await self._scenery.scene(State(SYSTEM)))
        parked = await self._inbox.parked()
        return "\n".join([said, *(answers.unread(source, why) for source, why in parked[:3])])

    async def _why(self, call: Call, line: Line) -> str:
        if call.incident is None:
            return (
                await self._why_alert(call.rest)
                if call.rest
                else self._needs(line, "why", "The alert's name or a number")
            )
        state = await self._desk.incidents.state(call.incident)
        if not state.n or (state.number == SYSTEM and call.entry is None):
            return answers.no_incident(call.incident)
        if call.entry is None:
            return answers.status(state, await self._scenery.scene(state))
        decided, entry = state.proposals.get(call.entry), state.entry(call.entry)
        if decided is not None:
            known = self._catalogue.actions.get(decided.proposal.action)
            allowed = await self._votes.decisions.approvers(decided) or frozenset()
            rule = known.rule if known else ""
            return answers.why_proposal(decided, await self._scenery.scene(state), rule, len(allowed))
        if entry is not None:
            return answers.why_entry(entry, state, await self._scenery.scene(state))
        return answers.unknown_number(f"{call.incident}/{call.entry}", await self._votes.waiting())

    async def _why_alert(self, name: str) -> str:
        notes = [n for n in await self._inbox.notes() if str(n["name"]).lower() == name.lower()]
        if not notes:
            return answers.unknown_alert(name)
        newest = notes[0]
        incident = label(newest["incident"]) if newest["incident"] else ""
        reason = Reason(newest["reason"]) if newest["reason"] else None
        return answers.why_alert(str(newest["name"]), moment(newest["at"]), incident, reason)

    def _needs(self, line: Line, word: str, missing: str) -> str:
        return answers.needs(line.command(self._command), WORDS[word], missing)

    async def _ask(self, call: Call, line: Line) -> str:
        state = await self._one(call, line)
        if isinstance(state, str):
            return state
        partner, _, question = call.rest.partition(" ")
        if not partner or not question.strip():
            return self._needs(line, "ask", "The question" if partner else "The partner")
        if partner not in self._partners:
            return answers.unknown_partner(partner, sorted(self._partners))
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if state.closed:
            return answers.already_closed(state)
        rule = self._partners[partner]
        asked = Question(key="asked", source=partner, by="partner", question=question.strip(), seconds=rule.seconds)
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
        state = await self._one(call, line)
        if isinstance(state, str):
            return state
        if not call.rest:
            return self._needs(line, "note", "The text")
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        actor = await self._desk.people.pseudonym(person)
        draft = Draft(f"note/{line.event}", Kind.NOTE, {"says": call.rest}, actor)
        entry = (await self._desk.ledger.append(state.number, draft)).entry
        return answers.noted(state.label, entry.n)

    async def _steer(self, call: Call, line: Line) -> str:
        state = await self._one(call, line)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        return await self._steers.obey(call, state, await self._desk.people.pseudonym(person), line.event)

    async def _run(self, call: Call, line: Line) -> str:
        state = await self._one(call, line)
        if isinstance(state, str):
            return state
        name, _, rest = call.rest.partition(" ")
        known = self._catalogue.actions.get(name)
        if known is None:
            missing = "it is not in the catalogue" if name else "the action is missing"
            return answers.not_proposed(name or "run", missing, sorted(self._catalogue.actions))
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if state.closed:
            return answers.already_closed(state)
        arguments, why = arguments_of(known, rest)
        why = " ".join([*second_times(state, name), why]).strip()
        actor = await self._desk.people.pseudonym(person)
        return await self._propose(
            state, ProposalDraft(action=name, arguments=arguments, why=why, requester=actor), line
        )

    async def _propose(self, state: State, draft: ProposalDraft, line: Line) -> str:
        key = f"run/{line.event}"
        try:
            whole = draft.model_copy(update={"measure": await self._symptom(state)})
            proposal = await self._catalogue.propose(whole, key, state.number, self._desk.ledger)
        except (Permanent, Retryable) as err:
            return answers.not_proposed(draft.action, str(err))
        actor = str(draft.requester)
        done = await self._desk.ledger.append(state.number, Draft(key, Kind.PROPOSED, proposal.to_json(), actor))
        state = await self._desk.incidents.state(state.number)
        return answers.requested(state.proposals[done.entry.n], await self._scenery.scene(state))

    async def _decide(self, kind: VoteKind, call: Call, line: Line) -> str:
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
            return self._needs(line, "halt", "The reason")
        return await self._halting.halt(await self._votes.person(line.user), call.rest, line.event)

    async def _resume(self, call: Call, line: Line) -> str:
        return await self._halting.resume(await self._votes.person(line.user), line.event)

    async def _close(self, call: Call, line: Line) -> str:
        state = await self._one(call, line)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if state.closed:
            return answers.already_closed(state)
        busy = [d for d in state.proposals.values() if d.status in ("waiting", "started", "running")]
        if busy:
            return answers.busy(line.command(self._command), busy[0])
        actor = await self._desk.people.pseudonym(person)
        draft = Draft(f"closed/{state.round}", Kind.CLOSED, {"how": "person", "says": call.rest}, actor, expect=state.n)
        try:
            await self._desk.ledger.append(state.number, draft)
        except Moved:
            return answers.moved(state)
        return answers.closed(await self._desk.incidents.state(state.number))
