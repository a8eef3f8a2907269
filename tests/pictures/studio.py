"""The light world with a camera in front of it, and its people by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser

from playground.demo.world import app_of_the_manifest
from playground.person import Person, Slack
from playground.slack import cast
from tests.pictures.camera import Camera, SlackWithPage, camera
from tests.stories.light import LightWorld

ROOT = {"event_type": "watchkeeper_root"}
CARD = {"event_type": "watchkeeper_proposal"}
QUESTION = {"event_type": "watchkeeper_question"}
RESTART = "/watch run restart-database checkout-db looks like the pool is exhausted"


@dataclass
class Studio:
    """A world in which Watchkeeper has not been started yet."""

    world: LightWorld
    camera: Camera
    slack: Slack

    @property
    def priya(self) -> Person:
        return self.slack.person(cast.PRIYA)

    @property
    def maya(self) -> Person:
        return self.slack.person(cast.MAYA)

    @property
    def ben(self) -> Person:
        return self.slack.person(cast.BEN)

    @property
    def tom(self) -> Person:
        return self.slack.person(cast.TOM)

    @property
    def sam(self) -> Person:
        return self.slack.person(cast.SAM)


@asynccontextmanager
async def studio(browser: Browser, folder: Path) -> AsyncIterator[Studio]:
    """A fresh world; Priya Raman is on call for checkout until 08:00."""
    with TemporaryDirectory(prefix="watchkeeper-pictures-") as data:
        world = LightWorld(Path(data))
        world.stand_in = SlackWithPage(app_of_the_manifest())
        async with world, camera(browser, world.stand_in.url, folder) as seen:
            now = datetime.now(UTC)
            ends = now.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=now.hour >= 8)
            shift = {"user": cast.PRIYA, "from": (ends - timedelta(days=1)).isoformat(), "until": ends.isoformat()}
            world.tree["on_call"] = {"checkout": {"shifts": [shift]}}
            yield Studio(world, seen, world.slack)
