"""Slack as the engine asks it: whether it is there, the reactions on a card, who a person is, who is in a group."""

import asyncio
from collections.abc import Mapping

import structlog
from typing_extensions import override

from bot.complaint import Complaint
from bot.slack import Slack
from engine.errors import Permanent, Retryable
from engine.model import Person
from engine.ports import Chat
from engine.store.messages import Messages

log = structlog.get_logger()
RETRY = 2.0


class SlackChat(Chat):
    """See `engine.ports.Chat`; people are judged as members of the channels in which an incident stands."""

    def __init__(self, slack: Slack, messages: Messages) -> None:
        self._slack = slack
        self._messages = messages
        self.channel = ""

    async def open(self, name: str) -> str:
        """The id of the incident channel, once Slack answers; until then nobody can be judged."""
        complaint = Complaint()
        while True:
            try:
                await self._slack.open()
                self.channel = await self._slack.channel_id(name)
            except (Retryable, Permanent) as err:
                if complaint.is_news(str(err)):
                    log.warning("Slack cannot be used yet", says=str(err))
                await self._slack.close()
                await asyncio.sleep(RETRY)
            else:
                return self.channel

    @override
    async def reactions(self, incident: int, proposal: int) -> Mapping[str, frozenset[str]] | None:
        placed = await self._messages.of(incident)
        card = placed.get(f"proposal/{proposal}") or placed.get(f"question/{proposal}")
        if card is None or card.ts is None:
            return None
        try:
            return await self._slack.reactions(card.channel, card.ts)
        except Permanent as err:  # what cannot be read again is not now, and for people to see
            raise Retryable(str(err)) from err

    @override
    async def person(self, ref: str, max_age: float, incident: int | None = None) -> Person:
        if not self.channel:
            raise Retryable("Slack cannot be used yet, so nobody can be judged")
        user = ref.removeprefix("slack:")
        person = await self._slack.person(user, max_age, self.channel)
        own = await self._messages.own_channel(incident) if incident is not None and not person.in_channel else ""
        if not own:
            return person
        try:
            return await self._slack.person(user, max_age, own)
        except Permanent as err:  # a channel that ended makes nobody a member
            log.info("the members of a channel cannot be read", says=str(err))
            return person

    @override
    async def group(self, group: str, max_age: float) -> frozenset[str]:
        return await self._slack.group(group, max_age)
