"""Slack's rates: who shares a bucket, a burst and then a queue, and what a Retry-After closes. No real time passes."""

import asyncio

import pytest

from bot.rates import BURST, Buckets
from tests.clock import MovableClock

POST, EDIT = "chat.postMessage", "chat.update"


@pytest.fixture
def buckets(clock: MovableClock) -> Buckets:
    return Buckets(clock)


def burst(buckets: Buckets, method: str, channel: str = "C1") -> None:
    """Take all that may be taken at once."""
    assert [buckets.place(method, channel) for _ in range(BURST[method])] == [0.0] * BURST[method]


async def test_posts_are_counted_for_each_channel(buckets: Buckets) -> None:
    burst(buckets, POST)
    assert buckets.place(POST, "C1") > 0
    assert buckets.place(POST, "C2") == 0


async def test_edits_are_counted_for_the_whole_workspace(buckets: Buckets) -> None:
    burst(buckets, EDIT)
    assert buckets.place(EDIT, "C2") > 0
    assert buckets.place("reactions.add", "C2") == 0, "another method has its own"


@pytest.mark.parametrize(("method", "pause"), [(POST, 1.0), (EDIT, 1.2)])
async def test_after_a_burst_each_has_a_turn_of_its_own(
    buckets: Buckets, clock: MovableClock, method: str, pause: float
) -> None:
    """Sixty posts a minute are one a second, fifty edits one in 1.2 s."""
    burst(buckets, method)
    assert [buckets.place(method, "C1") for _ in range(3)] == pytest.approx([pause, 2 * pause, 3 * pause])
    await clock.advance(3 * pause)
    assert buckets.place(method, "C1") == pytest.approx(pause)


async def test_what_is_not_used_comes_back_up_to_a_burst(buckets: Buckets, clock: MovableClock) -> None:
    burst(buckets, POST)
    await clock.advance(3600)
    burst(buckets, POST)
    assert buckets.place(POST, "C1") == pytest.approx(1.0)


async def test_whoever_takes_waits_for_its_turn(buckets: Buckets, clock: MovableClock) -> None:
    burst(buckets, POST)
    turn = asyncio.create_task(buckets.take(POST, "C1"))
    await clock.advance(0.9)
    assert not turn.done()
    await clock.advance(0.2)
    assert turn.done()


async def test_a_retry_after_closes_this_channel_for_as_long_as_slack_says(
    buckets: Buckets, clock: MovableClock
) -> None:
    buckets.closed(POST, "C1", 30)
    assert buckets.place(POST, "C1") == pytest.approx(30)
    assert buckets.place(POST, "C2") == 0
    await clock.advance(29)
    assert buckets.place(POST, "C1") == pytest.approx(1)
    await clock.advance(1)
    assert buckets.place(POST, "C1") == 0


async def test_a_retry_after_of_an_edit_closes_edits_everywhere(buckets: Buckets) -> None:
    buckets.closed(EDIT, "C1", 30)
    assert buckets.place(EDIT, "C2") == pytest.approx(30)


async def test_a_stream_begins_at_once_or_not_at_all(buckets: Buckets, clock: MovableClock) -> None:
    """Twenty a minute: where none is left, the message is edited instead, and nobody waits."""
    start = "chat.startStream"
    taken = [buckets.take_now(start) for _ in range(BURST[start] + 5)]
    assert taken.count(True) == BURST[start]
    await clock.advance(2.9)
    assert not buckets.take_now(start)
    await clock.advance(0.2)
    assert buckets.take_now(start)
    await clock.advance(60)
    buckets.closed(start, "C1", 30)
    assert not buckets.take_now(start)
