"""Every configured connector, made and not yet connected; `bot.app` makes them, and they begin and end together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import ConfigError
from engine.memory import Memory
from engine.ports import Action, AlertSource, Partner, Reasoner, Tool


@dataclass(frozen=True, slots=True)
class Connectors:
    """By the kind of the port, and by the name that the configuration gives."""

    alerts: Mapping[str, AlertSource]
    tools: Mapping[str, Tool]
    partners: Mapping[str, Partner]
    memory: Mapping[str, Memory]
    actions: Mapping[str, Action]
    reasoner: Reasoner

    @property
    def notices(self) -> Sequence[ConfigError]:
        """What its files name and nobody configured: no fault, but something that people should know."""
        found: Sequence[ConfigError] = getattr(self.reasoner, "notices", ())  # a reasoner need not have files
        return found

    async def start(self) -> None:
        """Begin what the first question would otherwise wait for."""
        for group in (self.tools, self.partners):
            for connector in group.values():
                await connector.start()

    async def aclose(self) -> None:
        """Give back what they hold."""
        for group in (self.tools, self.partners, self.memory, self.actions):
            for connector in group.values():
                await connector.aclose()
