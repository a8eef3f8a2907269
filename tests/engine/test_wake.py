"""Followers are woken once for many changes, never miss one, and only hear of what they follow."""

import asyncio
from collections.abc import Iterable

from engine.wake import Hub


async def test_a_change_between_the_look_and_the_wait_is_not_lost() -> None:
    """Do not weaken 10: the handle is taken before the look."""
    hub = Hub()
    watch = hub.watch()
    hub.wake([7])  # came while the follower was still looking
    assert await watch.changed(5) == {7}


async def test_many_changes_are_one_waking() -> None:
    hub = Hub()
    watch = hub.watch()
    for incident in (1, 2, 1, 3):
        hub.wake([incident])
    assert await watch.changed(5) == {1, 2, 3}
    assert await watch.changed(0) == set()


async def test_a_change_while_it_waits_wakes_at_once() -> None:
    hub = Hub()
    waiting = asyncio.create_task(hub.watch(2).changed())
    await asyncio.sleep(0)
    hub.wake([1])
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.wake([1, 2, 3])
    assert await asyncio.wait_for(waiting, 5) == {2}


async def test_nothing_happened_is_an_answer_too() -> None:
    assert await Hub().watch().changed(0.01) == set()


async def test_a_handle_that_was_given_back_hears_nothing() -> None:
    hub = Hub()
    watch = hub.watch()
    hub.unwatch(watch)
    hub.unwatch(watch)
    hub.wake([1])
    assert await watch.changed(0) == set()


async def test_a_follower_that_is_cancelled_keeps_what_it_has_not_seen() -> None:
    hub = Hub()
    watch = hub.watch()
    waiting = asyncio.create_task(watch.changed())
    await asyncio.sleep(0)
    waiting.cancel()
    hub.wake([1])
    await asyncio.gather(waiting, return_exceptions=True)
    assert await watch.changed(0) == {1}


async def test_other_processes_are_told_of_our_news_only() -> None:
    hub = Hub()
    told: list[set[int]] = []

    def tell(incidents: Iterable[int]) -> None:
        told.append(set(incidents))

    hub.outward = tell
    watch = hub.watch()
    hub.wake([1, 2])
    hub.wake([])
    hub.wake([3], outward=False)
    assert told == [{1, 2}]
    assert await watch.changed(0) == {1, 2, 3}
