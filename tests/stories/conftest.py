"""The cast and the stage of the stories."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[LightWorld]:
    """A light world in which Watchkeeper has not been started yet: change `tree`, then `await stage.start()`."""
    async with LightWorld(tmp_path) as world:
        yield world


@pytest.fixture
async def world(stage: LightWorld) -> LightWorld:
    """A light world with Watchkeeper on watch."""
    await stage.start()
    return stage


@pytest.fixture
def slack(stage: LightWorld) -> Slack:
    return stage.slack


@pytest.fixture
def priya(slack: Slack) -> Person:
    return slack.person(cast.PRIYA)


@pytest.fixture
def maya(slack: Slack) -> Person:
    return slack.person(cast.MAYA)


@pytest.fixture
def ben(slack: Slack) -> Person:
    return slack.person(cast.BEN)


@pytest.fixture
def tom(slack: Slack) -> Person:
    return slack.person(cast.TOM)


@pytest.fixture
def sam(slack: Slack) -> Person:
    return slack.person(cast.SAM)
