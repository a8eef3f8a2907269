"""`make demo-check`, whole: what it measures at the end holds, the tickets beside the chain among it."""

from pathlib import Path

from playground.demo.check import check
from playground.demo.world import DemoWorld


async def test_the_scripted_story_ends_with_everything_in_its_place(tmp_path: Path) -> None:
    async with DemoWorld(tmp_path / "data") as world:
        report = await check(world)
    assert report.state == "closed"
    assert set(report.mirrored.values()) == {report.entries}
