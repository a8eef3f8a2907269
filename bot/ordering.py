"""`mirror retry`, `skip` and `new`: what a person decides about a record that refused an entry for good."""

from collections.abc import Mapping
from typing import Literal

from bot.grammar import Call, first_word
from bot.line import Line, incident_meant, needs
from bot.looking import Looks
from bot.scenery import Scenery
from bot.views import answers
from bot.views.scene import Record
from bot.votes import Votes
from engine.desk import Desk
from engine.incident import State
from engine.ledger import Draft
from engine.model import Kind

How = Literal["retry", "skip", "new"]
_HOWS: Mapping[str, How] = {"retry": "retry", "skip": "skip", "new": "new"}


class Orders:
    """Turns the words into an entry that the mirror obeys; anything else only looks."""

    def __init__(self, desk: Desk, votes: Votes, looks: Looks, scenery: Scenery, command: str) -> None:
        self._desk = desk
        self._votes = votes
        self._looks = looks
        self._scenery = scenery
        self._command = command

    async def obey(self, call: Call, line: Line) -> str:
        """`mirror 2041` looks, `mirror 2041 skip github <reason>` decides."""
        word, rest = first_word(call.rest)
        how = _HOWS.get(word.lower())
        if how is None:
            return await self._looks.mirror(call, line)
        state = await incident_meant(self._desk, call, line, self._command)
        if isinstance(state, str):
            return state
        person = await self._votes.person(line.user)
        if not person.may_speak:
            return answers.outsider()
        if not person.in_channel:
            return answers.not_in_channel()
        name, says = first_word(rest)
        records = (await self._scenery.scene(state)).records
        record = next((one for one in records if name.lower() in (one.backend.lower(), one.label.lower())), None)
        if record is None:
            return answers.no_such_record(name, [one.backend for one in records])
        if not record.parked:
            return answers.nothing_refused(state, record)
        if how == "skip" and not says:
            return needs(line, self._command, "mirror", "The reason")
        actor = await self._desk.people.pseudonym(person)
        return await self._order(state, record, how, says, actor, line.event)

    async def _order(self, state: State, record: Record, how: How, says: str, actor: str, event: str) -> str:
        n = record.acked + 1
        payload = {"backend": record.backend, "label": record.label, "how": how, "entry": n, "says": says}
        draft = Draft(f"order/{event}", Kind.RECORD_ORDERED, payload, actor, cause=n)
        await self._desk.ledger.append(state.number, draft)
        return answers.record_ordered(state, record, how, n)
