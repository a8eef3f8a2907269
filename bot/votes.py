"""A word on a proposal, from whatever surface: which proposal it means, what was recorded, what the person is told."""

from dataclasses import replace

import structlog

from bot.scenery import Scenery
from bot.slack import Slack
from bot.views import answers
from bot.views.answers import Reply
from bot.views.scene import Scene
from engine.desk import Desk
from engine.errors import Permanent
from engine.incident import Decided, State
from engine.model import Kind, Person, Verdict
from engine.oversight.decisions import Answer, Decisions, Word
from engine.ports import Chat
from engine.store.messages import Messages

log = structlog.get_logger()


class Votes:
    """Buttons, reactions and commands end here, so that the same word has the same effect everywhere."""

    def __init__(
        self, desk: Desk, decisions: Decisions, slack: Slack, chat: Chat, scenery: Scenery, max_age: float
    ) -> None:
        """`max_age`: how old, in seconds, what is known of a person may be."""
        self.decisions = decisions
        self._desk = desk
        self._slack = slack
        self._chat = chat
        self._scenery = scenery
        self._max_age = max_age
        self._messages = Messages(desk.ledger.db)

    async def person(self, user: str, incident: int | None = None) -> Person:
        """Who that is, as policy sees them: a member of the incident channel, or of this incident's own, or not."""
        return await self._chat.person(f"slack:{user}", self._max_age, incident)

    async def stands(self, incident: int, slot: str = "root") -> str:
        """Where one of the incident's messages stands, as a link; empty where it has none."""
        posted = (await self._messages.of(incident)).get(slot)
        return await self._slack.permalink(posted.channel, posted.ts) if posted and posted.ts else ""

    async def place_of(self, incident: int) -> tuple[str, str | None] | None:
        """Where the incident is spoken of: its own channel, which has no thread, or the thread of its root."""
        if home := (await self._desk.incidents.state(incident)).home:
            return home, None
        root = (await self._messages.of(incident)).get("root")
        return (root.channel, root.ts) if root and root.ts else None

    async def proposal_at(self, channel: str, ts: str, *, anywhere: bool) -> tuple[int, int] | None:
        """The proposal, or the held question, that a message speaks of. An approval counts on the recorded card only.

        A veto counts `anywhere`: on the root while a proposal waits, and on a copy of ours that the ledger does not
        know, by its metadata.
        """
        place = await self._messages.at(channel, ts)
        if place is not None and place.slot.startswith(("proposal/", "question/")):
            return place.incident, int(place.slot.partition("/")[2])
        if not anywhere:
            return None
        if place is not None and place.slot == "root":
            waiting = (await self._desk.incidents.state(place.incident)).waiting
            return (place.incident, waiting[-1].n) if waiting else None
        message = None if place else await self._slack.message(channel, ts)
        if message is None or message.get("bot_id") != self._slack.bot_id:
            return None
        payload = message.get("metadata", {}).get("event_payload", {})
        incident, proposal = str(payload.get("incident", "")).removeprefix("INC-"), payload.get("proposal")
        proposal = proposal or payload.get("question")
        return (int(incident), int(proposal)) if incident.isdigit() and proposal else None

    @staticmethod
    def entry_value(value: str) -> tuple[int, int]:
        """`2041/6` as incident and entry. Raises `Permanent`."""
        incident, _, n = value.partition("/")
        if not (incident.isdigit() and n.isdigit()):
            raise Permanent("a button of another version was pressed")
        return int(incident), int(n)

    @staticmethod
    def button_value(value: str) -> tuple[int, int, str]:
        """`2041/19@9f2c41d7` as incident, proposal and the digest it was drawn with. Raises `Permanent`."""
        numbers, _, digest = value.partition("@")
        incident, _, proposal = numbers.partition("/")
        if not (incident.isdigit() and proposal.isdigit() and digest):
            raise Permanent("a button of another version was pressed")
        return int(incident), int(proposal), digest

    async def vote(self, incident: int, proposal: int, word: Word, digest: str = "") -> str | Reply:
        """Record a word on a proposal; what counted, or why not, for the person alone."""
        if not word.person.in_channel:
            word = replace(word, person=await self._chat.person(word.person.ref, self._max_age, incident))
        answer = await self.decisions.say(incident, proposal, word, digest)
        if answer.verdict == Verdict.STALE and digest:
            current = answer.state.current
            url = await self.stands(incident, f"proposal/{current.n}") if current else ""
            return answers.stale(f"{incident}/{proposal}", current, url)
        n = answer.entry.n if answer.entry else 0
        twins = answer.state.twins(answer.decided.proposal) if answer.decided else ()
        others = tuple(f"{incident}/{d.n}" for d in twins if d.n != proposal)
        said = answers.Said(answer.word.kind, word.surface, word.event_at, answer.actor, word.reason, n, others)
        scene = await self._named(await self._scenery.scene(answer.state))
        if answer.ask is not None and answer.ask.held is not None:
            names = await self.names(await self.decisions.approvers(answer.ask.held) or frozenset())
            return answers.question_voted(answer.verdict, answer.ask, said, scene, names)
        if answer.decided is None and any(entry.n == proposal for entry, _ in answer.state.observed):
            return answers.only_observed(f"{incident}/{proposal}")
        if answer.decided is None:
            return answers.unknown_number(f"{incident}/{proposal}", await self.waiting())
        return await self._on_proposal(answer, answer.decided, said, scene)

    async def _on_proposal(self, answer: Answer, decided: Decided, said: answers.Said, scene: Scene) -> str | Reply:
        if answer.verdict == Verdict.NOT_A_PERSON:
            return ""  # an app reads no answer; the thread says it
        if answer.verdict == Verdict.DECIDED and (newer := answer.state.successor(decided)):
            url = await self.stands(answer.state.number, f"proposal/{newer.n}")
            return answers.stale(f"{answer.state.number}/{decided.n}", newer, url, said.way)
        names = await self.names(await self.decisions.approvers(decided) or frozenset())
        reply = answers.voted(answer.verdict, decided, said, scene, names)
        return self._with_form(reply, answer) if said.surface == "button" else reply

    @staticmethod
    def _with_form(reply: str | Reply, answer: Answer) -> str | Reply:
        """A click carries a trigger, so what asks for a veto's reason can be the form itself."""
        cast = next((c for c in answer.decided.votes if c.entry == answer.entry), None) if answer.decided else None
        if isinstance(reply, str) or answer.decided is None or cast is None or cast.kind != Kind.VETO:
            return reply
        return replace(reply, form=answers.veto_form(answer.state, answer.decided, cast))

    async def _named(self, scene: Scene) -> Scene:
        """With whoever is on call by name: an answer mentions nobody."""
        named = {}
        for schedule, shift in scene.on_call.items():
            names = await self.names(frozenset({shift.ref} if shift.ref else ()))
            named[schedule] = replace(shift, name=names[0] if names else "")
        return replace(scene, on_call=named)

    async def waiting(self) -> list[str]:
        """`2041/19` of every proposal and held question that waits, in every open incident."""
        return [f"{s.number}/{n}" for s in await self._desk.incidents.open() for n in waiting_in(s)]

    async def may_send(self, person: Person) -> bool:
        """Whether a question is held now that goes by this person's leave."""
        asks = [ask for state in await self._desk.incidents.open() for ask in state.holding]
        senders = [await self.decisions.approvers(ask.held) for ask in asks if ask.held is not None]
        return any(refs is None or person.ref in refs for refs in senders)

    async def names(self, refs: frozenset[str]) -> list[str]:
        """These people by name; one whom Slack does not know is left out, the word is on the record already."""
        found = []
        for ref in sorted(refs):
            try:
                found.append((await self._chat.person(ref, 600.0)).name)
            except Permanent as err:
                log.info("an approver is nobody", ref=ref, says=str(err))
        return found


def waiting_in(state: State) -> list[int]:
    """The entries of an incident that people decide about: proposals, and questions that are held."""
    return sorted([*(d.n for d in state.waiting), *(a.held.n for a in state.holding if a.held is not None)])
