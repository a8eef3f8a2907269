"""How much stands in the channel: long answers as files, quiet threads, what stays out of it, the pinned summary."""

from collections.abc import Awaitable, Callable
from itertools import chain
from pathlib import Path

import pytest

from playground.partners.liar import Liar
from playground.person import Person, Slack
from playground.slack import cast
from playground.slack.model import File, Message
from tests.stories.crash import watched
from tests.stories.light import LightWorld, until

LINES = [
    f"2026-11-24T02:05:{n:02d}Z ERROR checkout KeyError 'currency' order=ord_ABC{n:03d}XYZ {'x' * 150}"
    for n in range(60)
]


def files(world: LightWorld) -> list[tuple[str, File]]:
    """Every file that people see, with the thread in which they see it."""
    shown = chain.from_iterable(room.messages.values() for room in world.stand_in.state.channels.values())
    return [(str(m.thread_ts), file) for m in shown if not m.deleted for file in m.files if "INC-" in file.name]


def told(world: LightWorld) -> list[tuple[str, Message]]:
    """The bot's messages with what each is, oldest first."""
    messages = world.stand_in.state.channels[cast.INCIDENTS].messages.values()
    kinds = [(str((m.metadata or {}).get("event_type", "")) or ("file" if m.files else ""), m) for m in messages]
    return [(kind.removeprefix("watchkeeper_"), message) for kind, message in kinds if kind and not message.deleted]


def pins(world: LightWorld) -> Callable[[], Awaitable[list[str]]]:
    """What is pinned in the channel."""

    async def look() -> list[str]:
        return [m.ts for m in world.stand_in.state.channels[cast.INCIDENTS].messages.values() if m.pin]

    return look


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


async def test_a_quiet_thread_has_what_adds_up_and_what_is_decided(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    stage.tree["incidents"]["thread"] = "quiet"
    stage.shop.log_lines = LINES
    await stage.start()
    card = await stage.proposed()
    await slack.expects("KeyError: 'currency'", "Release 2026.11.24-3", event_type="watchkeeper_plan")
    await priya.types("/watch ask logs and now?")
    await slack.expects("asked by Priya Raman", event_type="watchkeeper_finding")
    await priya.reacts("✅", card)
    await stage.ends()
    shown = ["root", "plan", "correlation", "proposal", "finding", "file", "verification", "closed"]
    assert [kind for kind, _ in told(stage)] == shown


async def test_a_slight_incident_stays_out_until_a_person_asks_for_it(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    stage.tree["incidents"]["min_severity"] = "SEV1"
    async with Liar() as liar:
        stage.tree["partners"]["logs"] |= {"url": f"{liar.url}/error"}
        await stage.start()
        await stage.ship_bad_release()
        await stage.entered("not_proposed")
    await stage.all_mirrored()
    assert told(stage) == []
    await priya.types("/watch list")
    await priya.is_told("1 open: INC-2041 SEV2 major, checkout", "not in the channel, `/watch show 2041`")
    await priya.types("/watch show 2041")
    await priya.is_told("INC-2041 is shown in #incidents from now on.")
    root = await slack.expects("of requests fail", event_type="watchkeeper_root")
    await slack.expects("No likely cause", thread_ts=root.ts)
    await priya.types("/watch show")
    await priya.is_told("INC-2041 stands in #incidents already.")
    await priya.types("/watch list")
    await priya.is_told("1 open: INC-2041", lacks=["not in the channel"])


async def test_a_slight_incident_is_shown_at_once_when_a_decision_waits(stage: LightWorld, slack: Slack) -> None:
    stage.tree["incidents"]["min_severity"] = "SEV1"
    await stage.start()
    await stage.proposed()
    _, root = told(stage)[0]
    assert "a decision is needed" in (root.versions[0].text if root.versions else root.text)


async def test_the_summary_is_pinned_until_the_incident_is_reopened(
    stage: LightWorld, slack: Slack, priya: Person
) -> None:
    await stage.start()
    await priya.reacts("✅", await stage.proposed())
    await stage.ends()
    summary = await slack.expects("INC-2041 closed: resolved", event_type="watchkeeper_closed")
    await until(pins(stage), lambda pinned: pinned == [summary.ts], 15, "the summary is pinned")
    await stage.alert_fires()
    await stage.entered("reopened")
    await until(pins(stage), lambda pinned: pinned == [], 15, "nothing is pinned")
    await stage.kill()
    await stage.start()
    await priya.types("/watch close 2041 a false alarm")
    [again] = await until(pins(stage), lambda pinned: len(pinned) == 1, 15, "the new summary is pinned")
    assert again != summary.ts
