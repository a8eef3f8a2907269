"""`kill -9` before and after each edit, reaction and look-up at Slack; then the story ends as if nothing had been."""

from pathlib import Path

import pytest

from tests.stories.crash import Point, killed_around, slack

POINTS = (
    slack("chat.update#2", "root"),
    slack("chat.update", "root", "Closed, resolved"),
    slack("chat.update", "plan"),
    slack("chat.getPermalink"),
    slack("chat.update", "proposal"),
    slack("reactions.add"),
    slack("reactions.get"),
    slack("users.info"),
    slack("conversations.members"),
    slack("chat.update", "verification"),
    slack("chat.update", "closed"),
    slack("pins.add"),
)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_before_and_after_another_call_to_slack(point: Point, tmp_path: Path) -> None:
    await killed_around(point, tmp_path)
