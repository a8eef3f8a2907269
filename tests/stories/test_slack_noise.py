"""How much stands in the channel: long answers as files, quiet threads, what stays out of it, the pinned summary."""

from itertools import chain
from pathlib import Path

import pytest

from playground.person import Slack
from playground.slack import cast
from playground.slack.model import File
from tests.stories.crash import watched
from tests.stories.light import LightWorld

LINES = [
    f"2026-11-24T02:05:{n:02d}Z ERROR checkout KeyError 'currency' order=ord_ABC{n:03d}XYZ {'x' * 150}"
    for n in range(60)
]


def files(world: LightWorld) -> list[tuple[str, File]]:
    """Every file that people see, with the thread in which they see it."""
    shown = chain.from_iterable(room.messages.values() for room in world.stand_in.state.channels.values())
    return [(str(m.thread_ts), file) for m in shown if not m.deleted for file in m.files if "INC-" in file.name]


async def test_a_long_answer_is_a_file_below_its_finding(world: LightWorld, slack: Slack) -> None:
    world.shop.log_lines = LINES
    await world.ship_bad_release()
    finding = await slack.expects("412 of 430", "full answer: ", "kB file", event_type="watchkeeper_finding")
    [(thread, file)] = files(world)
    assert thread == finding.thread
    assert file.title.startswith("logs: full answer, INC-2041")
    text = (file.content or b"").decode()
    assert text.count("KeyError 'currency'") == 60
    assert "ord_ABC" not in text
    assert "[REDACTED:ORDER_ID]" in text
    n = next(e.n for e in (await world.ledger()).kinds("finding") if e.published["payload"]["evidence"])
    code, said = await world.runs("ledger", "show", f"2041/{n}", "--evidence")
    assert (code, said) == (0, text)


async def test_a_file_that_slack_refuses_leaves_the_line_that_says_where_it_is(stage: LightWorld, slack: Slack) -> None:
    stage.stand_in.app.scopes = tuple(scope for scope in stage.stand_in.app.scopes if scope != "files:write")
    stage.shop.log_lines = LINES
    await stage.start()
    await stage.ship_bad_release()
    await slack.expects("shortened; full answer, ", "`watchkeeper ledger show 2041/", "--evidence`")
    await stage.card()
    assert files(stage) == []
    assert "missing_scope" in stage.says()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_file_is_there_once_after_a_kill(moment: str, tmp_path: Path) -> None:
    async with watched(tmp_path) as world:
        world.shop.log_lines = LINES
        point = world.stand_in.faults.kill_at(f"{moment} files.completeUploadExternal", world.bot.pid)
        await world.ship_bad_release()
        await world.slack.expects("412 of 430", "kB file", event_type="watchkeeper_finding", within=25)
        card = await world.card()
        await world.slack.person(cast.PRIYA).reacts("✅", card)
        await world.ends()
        assert point.fired
        assert world.starts == 2
        assert len(files(world)) == 1
