"""One process from its start to its end: serve until SIGTERM or Ctrl-C, and say how it ended.

It decides nothing, and knows neither Slack nor the ledger.
"""

import signal
from types import FrameType

import structlog
import uvicorn

from bot.app import Watchkeeper
from bot.settings import Settings

log = structlog.get_logger()
SECONDS = 5  # for answers that are under way


class _Told(BaseException):
    """The process was told to stop. No `Exception`, so that nothing on the way takes it for a fault."""


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C. The exit code: 0 when told to stop, 1 when it could not begin or a part failed."""
    keeper = Watchkeeper(settings)
    config = uvicorn.Config(
        keeper.asgi(),
        host=settings.web.host,
        port=settings.web.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SECONDS,
    )
    server = uvicorn.Server(config)
    # uvicorn stops cleanly on a signal, then raises it once more for whoever was there before: that is this one.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, _told)
    told = False
    try:
        server.run()
    except _Told:
        told = True
    except SystemExit:  # uvicorn's own way to say that it could not begin; it has logged why
        told = False
    if keeper.failed or not told:
        return 1
    log.info("the watch has ended")
    return 0


def _told(_: int, __: FrameType | None) -> None:
    raise _Told
