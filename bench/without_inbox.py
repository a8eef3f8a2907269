"""The peer of `slash_burst`: Watchkeeper as it is, except that nothing is stored before it is acknowledged.

It exists to say what the inbox costs. It loses what it acknowledged when it is killed, so nobody may run it.
"""

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from typing_extensions import override

from bot.app import Watchkeeper
from bot.inbox import Inbox
from bot.settings import Settings, load


class NoInbox(Inbox):
    """Takes everything and keeps nothing."""

    @override
    async def put(self, key: str, source: str, body: bytes) -> bool:
        return True

    @override
    async def done(self, key: str, note: Any = None) -> None:
        return None


class WithoutInbox(Watchkeeper):
    """The bot whose Slack doors lead past the inbox; they are made after this, when Slack is there."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._inbox = NoInbox(self._database, self.desk.lease.process)


def main() -> None:
    """`python -m bench.without_inbox watchkeeper.yaml`."""
    settings = load(Path(sys.argv[1]), os.environ)
    keeper = WithoutInbox(settings)
    config = uvicorn.Config(
        keeper.asgi(), host=settings.web.host, port=settings.web.port, log_config=None, access_log=False
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
