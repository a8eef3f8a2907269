"""The commands that only look: `help`, `status`, `list`, `why`, `mirror`, `partners`. They append nothing."""

from collections.abc import Awaitable, Callable, Mapping

from bot.grammar import LOOKING, WORDS, Call
from bot.inbox import Inbox
from bot.line import Line, incident_meant, needs
from bot.overview import Overview
from bot.scenery import Scenery
from bot.views import answers
from bot.views.noise import kept_out
from bot.views.parts import outside
from bot.votes import Votes
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.history import History
from engine.incident import State
from engine.ledger import label, moment
from engine.model import Reason
from engine.published import SYSTEM

NEAREST = 3  # incidents that an answer tells


class Looks:
    """What a person asks to see."""

    def __init__(
        self,
        desk: Desk,
        votes: Votes,
        catalogue: Catalogue,
        inbox: Inbox,
        scenery: Scenery,
        overview: Overview,
        command: str,
        channel: str,
        history: History,
    ) -> None:
        """`channel`: for the help."""
        self._desk = desk
        self._votes = votes
        self._catalogue = catalogue
        self._inbox = inbox
        self._scenery = scenery
        self._overview = overview
        self._command = command
        self._history = history
        self.channel = channel.removeprefix("#")
        self.words: Mapping[str, Callable[[Call, Line], Awaitable[str]]] = {
            "help": self.help,
            "status": self.status,
            "list": self.list,
            "why": self.why,
            "history": self.history,
            "mirror": self.mirror,
            "partners": self.partners,
        }

    async def help(self, call: Call, line: Line) -> str:
        """Only what this person may do here."""
        person = await self._votes.person(line.user)
        mine = [a for a in self._catalogue.actions if person.ref in await self._votes.decisions.allowed(a)]
        hidden = set() if person.in_channel else {"veto", "halt"}
        hidden |= set() if mine else {"resume"}
        hidden |= set() if mine or await self._votes.may_send(person) else {"approve"}
        if person.may_speak:
            shown = WORDS.keys() - hidden
        else:
            shown, mine = set(LOOKING if person.may_look else ("help",)), []
        words = {w: usage for w, usage in WORDS.items() if w in shown}
        return answers.helped(person.name, self.channel, self._command, words, mine)

    async def status(self, call: Call, line: Line) -> str:
        """Where one incident stands."""
        state = await incident_meant(self._desk, call, line, self._command)
        return state if isinstance(state, str) else answers.status(state, await self._scenery.scene(state))

    async def list(self, call: Call, line: Line) -> str:
        """What is open, and what could not be read."""
        states = await self._desk.incidents.open()
        hidden = [
            s.number for s in states if kept_out(s, self._scenery.noise) and not await self._votes.stands(s.number)
        ]
        said = answers.listing(states, await self._scenery.scene(State(SYSTEM)), hidden)
        parked = await self._inbox.parked()
        return "\n".join([said, *(answers.unread(source, why) for source, why in parked[:3])])

    async def history(self, call: Call, line: Line) -> str:
        """How it was handled before; for members, since people's reasons are in it."""
        if not (await self._votes.person(line.user)).may_speak:
            return answers.outsider()
        return answers.history(await self._history.look(call.rest), call.rest, NEAREST, outside)

    async def mirror(self, call: Call, line: Line) -> str:
        """How far each record is with one incident, and what keeps it."""
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        return answers.mirror(state, await self._scenery.scene(state), await self._overview.lags(state.number))

    async def partners(self, call: Call, line: Line) -> str:
        """How each partner stands."""
        return answers.partners(await self._overview.partners(), await self._desk.ledger.now())

    async def why(self, call: Call, line: Line) -> str:
        """Why an alert, an incident or an entry is what it is."""
        if call.incident is None:
            return (
                await self._why_alert(call.rest)
                if call.rest
                else needs(line, self._command, "why", "The alert's name or a number")
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
        would = next((p for e, p in state.observed if e.n == call.entry), None)
        if would is not None:
            return answers.why_observed(f"{call.incident}/{call.entry}", would)
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
