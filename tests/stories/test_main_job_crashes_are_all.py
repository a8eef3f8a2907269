"""The crash stories leave out no call: what a whole story sends out is a point where it is killed, or exempt here."""

from collections.abc import Iterator
from pathlib import Path

from tests.stories.crash import play, watched
from tests.stories.light import LightWorld
from tests.stories.test_main_job_crashes import POINTS as POSTS
from tests.stories.test_main_job_crashes_edits import POINTS as EDITS
from tests.stories.test_main_job_crashes_elsewhere import POINTS as ELSEWHERE

# Where it arrives, its name there, and for a message its kind.
Call = tuple[str, str, str]
POINTS = {(point.at, point.call.partition("#")[0], point.contains if point.at == "slack" else "") for point in
          (*POSTS, *EDITS, *ELSEWHERE)}  # fmt: skip
HANDSHAKE = "opens a session with a partner: nothing is kept of it, and every start opens its own"
EXEMPT: dict[Call, str] = {
    ("slack", "auth.test", ""): "asks who we are; every start and every look at Slack's health asks again",
    ("slack", "conversations.list", ""): "finds the channel's id; read at every start, nothing is kept",
    ("slack", "usergroups.users.list", ""): "reads who may approve, beside conversations.members and users.info",
    **{
        ("shop", f"{partner} {method}", ""): HANDSHAKE
        for partner in ("logs", "releases")
        for method in ("server/discover", "initialize", "notifications/initialized", "tools/list")
    },
}
# When a ticket is read depends on the moment, so a story may end before one of them.
READING: dict[Call, str] = {
    ("github", call, ""): "reads what people wrote; what it finds is keyed by what it read, and every start reads again"
    for call in ("GET user", "GET issues", "GET comments", "GET comment", "GET reactions")
}


async def test_every_call_of_a_whole_story_is_a_point_or_exempt(tmp_path: Path) -> None:
    async with watched(tmp_path) as world:
        await play(world)
        await world.all_mirrored()
        assert world.starts == 1
        sent = set(_sent(world))
    assert sent - POINTS - EXEMPT.keys() - READING.keys() == set(), "neither killed around nor exempt"
    assert (POINTS | EXEMPT.keys()) - sent == set(), "points and exemptions of calls that are not made"
    assert POINTS & (EXEMPT.keys() | READING.keys()) == set()


def _sent(world: LightWorld) -> Iterator[Call]:
    for entry in world.stand_in.api.log:
        metadata = entry["args"].get("metadata") or {}
        yield "slack", entry["method"], metadata.get("event_type", "")
    for call in world.github.calls:
        yield "github", call.call, ""
    for name in world.shop.calls.log:
        yield "shop", name, ""
