"""The tickets of every record, read back: one round a backend, and the gate's way to read one again."""

from collections.abc import Coroutine, Mapping
from typing import Any

from prometheus_client import CollectorRegistry

from bot.inbox import Inbox
from bot.memory_door import MemoryDoor
from bot.settings import Settings
from engine.desk import Desk
from engine.durable.readback import Readback
from engine.durable.rounds import Rounds
from engine.errors import Retryable
from engine.hearing import Hearing
from engine.memory import Memory
from engine.oversight.decisions import Decisions
from engine.ports import Chat


class Tickets:
    """By the backend's name; see `engine.ports.Tickets`."""

    def __init__(
        self,
        desk: Desk,
        memory: Mapping[str, Memory],
        decisions: Decisions,
        chat: Chat,
        settings: Settings,
        inbox: Inbox,
        registry: CollectorRegistry,
    ) -> None:
        """`registry`: where the door counts what it takes."""
        hearing = Hearing(desk, decisions, chat, settings.mapped_people, settings.timing.membership)
        every = {name: section.read_every for name, section in settings.memory.items()}
        self._rounds = {
            name: Rounds(Readback(backend, desk, hearing), desk, every[name]) for name, backend in memory.items()
        }
        self.door = MemoryDoor(memory, inbox, self.hinted, registry)

    def runs(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on until it is cancelled."""
        return [rounds.run() for rounds in self._rounds.values()]

    async def reread(self, incident: int, backend: str) -> bool:
        """See `engine.ports.Tickets`."""
        rounds = self._rounds.get(backend)
        if rounds is None:
            raise Retryable(f"the record {backend}, in which it was approved, is no longer configured")
        return await rounds.reread(incident)

    async def hinted(self, backend: str, ticket: str) -> None:
        """Wait until this ticket was read; at once where the record is no longer configured."""
        if (rounds := self._rounds.get(backend)) is not None:
            await rounds.hinted(ticket)
