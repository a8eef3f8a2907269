"""How Slack's events reach us, as the wiring sees it: a WebSocket of ours, or a request URL of Slack's.

Both hand the same payloads to the same listeners; neither knows what they mean.
"""

from collections.abc import Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry
from slack_bolt.async_app import AsyncApp
from starlette.routing import BaseRoute

from bot.request_url import RequestUrl
from bot.settings_slack import Slack
from bot.socket_mode import SocketMode


class Receiver(Protocol):
    """One way to us."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """What it needs at the HTTP door."""
        ...

    async def connected(self) -> bool:
        """Whether events can arrive now."""
        ...

    async def run(self, app: AsyncApp) -> None:
        """Hand over to this app until cancelled."""
        ...


def receiver(slack: Slack, registry: CollectorRegistry) -> Receiver:
    """The one that `slack.mode` names; it opens nothing yet."""
    if slack.mode == "http":
        return RequestUrl(slack.signing_secret.get_secret_value(), registry)
    return SocketMode(slack.app_token.get_secret_value())
