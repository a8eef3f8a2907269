"""`kill -9` before and after each call to GitHub, the partners, the measure and what acts."""

from pathlib import Path

import pytest

from tests.stories.crash import Point, github, killed_around, shop

POINTS = (
    github("POST issue"),
    github("POST comment", "seq=2 "),
    github("POST comment", "kind=approval"),
    github("POST comment", "kind=closed"),
    github("GET issue"),
    github("PATCH issue"),
    shop("logs tools/call"),
    shop("releases tools/call"),
    shop("POST dry-run"),
    shop("GET state#2"),
    shop("POST act"),
    shop("GET status"),
    shop("GET metrics#8"),
)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_killed_before_and_after_a_call(point: Point, tmp_path: Path) -> None:
    await killed_around(point, tmp_path)
