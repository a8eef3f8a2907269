"""Who we are at PagerDuty and what its priorities are called: asked once, and again by the doctor."""

import re
from collections.abc import Mapping

from connectors.memory.pagerduty.client import Client
from connectors.memory.pagerduty.config import PagerDutyConfig
from engine.errors import Permanent
from engine.memory import TicketState


class Directory:
    """The user that notes are written as, and the priorities by name."""

    def __init__(self, name: str, config: PagerDutyConfig) -> None:
        self._name = name
        self._config = config
        self._us = ""
        self._priorities: Mapping[str, str] | None = None

    def forget(self) -> None:
        """Ask anew: users leave, priorities are renamed."""
        self._us, self._priorities = "", None

    def us(self, client: Client) -> str:
        """The id of our user: only this user's notes are ours. Raises `Permanent` where there is none."""
        if not self._us:
            account = self._config.account.lower()
            users = client.every("users", "users", {"query": account})
            found = [one["id"] for one in users if str(one.get("email", "")).lower() == account]
            if not found:
                raise Permanent(f"{self._name}: there is no user {self._config.account}")
            self._us = str(found[0])
        return self._us

    def priority(self, client: Client, state: TicketState) -> str:
        """The id of the priority for the severity in the labels; empty where none is configured or known."""
        severities = [label[:4] for label in state.labels if re.match(r"SEV\d\b", label)]
        name = next((self._config.priorities[one] for one in severities if one in self._config.priorities), "")
        return self._known(client).get(name, "") if name else ""

    def missing(self, client: Client) -> list[str]:
        """The configured priorities that PagerDuty does not have."""
        if not self._config.priorities:
            return []
        known = self._known(client)
        return [name for name in self._config.priorities.values() if name not in known]

    def _known(self, client: Client) -> Mapping[str, str]:
        if self._priorities is None:
            self._priorities = {one["name"]: one["id"] for one in client.every("priorities", "priorities", {})}
        return self._priorities
