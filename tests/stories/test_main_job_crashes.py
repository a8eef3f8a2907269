"""`kill -9` before and after each post to Slack; then the story ends as if nothing had been."""

from pathlib import Path

import pytest

from tests.stories.crash import Point, killed_around, slack

POINTS = (
    slack("apps.connections.open"),
    slack("chat.postMessage", "root"),
    slack("chat.postMessage", "plan"),
    slack("chat.postMessage#2", "finding"),
    slack("chat.postMessage", "correlation"),
    slack("chat.postMessage", "proposal"),
    slack("chat.postEphemeral"),
    slack("chat.postMessage", "verification"),
    slack("chat.postMessage", "closed"),
)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_before_and_after_a_post_to_slack(point: Point, tmp_path: Path) -> None:
    await killed_around(point, tmp_path)
