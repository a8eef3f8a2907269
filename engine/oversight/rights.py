"""Who may decide at this moment: the people that are listed, the members of a group, and whoever is on call.

It reads the chat for a group's members, at most so old; it judges nobody.
"""

from collections.abc import Iterable
from datetime import datetime

from engine.catalogue import Catalogue
from engine.incident import Decided, Held
from engine.oversight.rules import Deciders
from engine.ports import Chat


class Rights:
    """The refs behind the configuration's words."""

    def __init__(self, catalogue: Catalogue, chat: Chat, max_age: float) -> None:
        """`max_age`: how old, in seconds, the knowledge of a group's members may be."""
        self._catalogue = catalogue
        self._chat = chat
        self._max_age = max_age

    async def approvers(self, decided: Decided, now: datetime) -> frozenset[str]:
        """Whoever may approve this proposal at `now`, as far as the schedule goes; groups are read now."""
        terms = self._catalogue.terms(decided.proposal)
        return await self._refs([terms.approvers], now) if terms else frozenset()

    async def vetoers(self, decided: Decided, now: datetime) -> frozenset[str] | None:
        """Whoever may veto it; None where every full member of the channel may."""
        terms = self._catalogue.terms(decided.proposal)
        return await self._refs([terms.veto], now) if terms and terms.veto else None

    async def senders(self, held: Held) -> frozenset[str] | None:
        """Whoever may let a held question go; None where every full member of the channel may: in its veto window."""
        hold = held.hold
        if hold.policy == "veto_window":
            return None
        return await self._members(hold.approvers_mention) | set(hold.approvers)

    async def of_action(self, action: str, now: datetime) -> frozenset[str]:
        """Whoever may approve this action under some rule, or always."""
        return await self._refs(self._catalogue.policy.deciders(self._catalogue.actions[action].terms, action), now)

    async def of_any(self, now: datetime) -> frozenset[str]:
        """Whoever may approve at least one action."""
        return frozenset().union(*[await self.of_action(name, now) for name in self._catalogue.actions])

    async def _refs(self, deciders: Iterable[Deciders], now: datetime) -> frozenset[str]:
        found: set[str] = set()
        for one in deciders:
            found |= {*one.people, *await self._members(one.group)}
            if one.on_call:
                found |= await self._on_call(one.on_call, now)
        return frozenset(found)

    async def _on_call(self, name: str, now: datetime) -> frozenset[str]:
        """The person on call; in a gap the schedule's group, so that somebody is."""
        shift, schedule = self._catalogue.policy.on_call(name, now), self._catalogue.policy.schedules.get(name)
        if shift is not None:
            return frozenset({shift.user})
        return await self._members(schedule.group) if schedule else frozenset()

    async def _members(self, group: str) -> frozenset[str]:
        return await self._chat.group(group, self._max_age) if group else frozenset()
