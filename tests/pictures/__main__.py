"""`make pictures`: play the incidents and write docs/pictures/*.png. Words after it name the stories to play."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tests.pictures import proposals, surfaces
from tests.pictures.camera import chromium
from tests.pictures.incident import incident
from tests.pictures.studio import Studio, studio

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
STORIES: Mapping[str, Callable[[Studio], Awaitable[None]]] = {
    "incident": incident,
    "two_people": proposals.two_people,
    "requested": proposals.requested,
    "expired": proposals.expired,
    "denied": proposals.denied,
    "observed": proposals.observed,
    "automatic": proposals.automatic,
    "frozen": proposals.frozen,
    "halted": proposals.halted,
    "failed": proposals.failed,
    "no_effect": proposals.no_effect,
    "steered": surfaces.steered,
    "looked_at": surfaces.looked_at,
    "refused": surfaces.refused,
    "recovered": surfaces.recovered,
    "declared": surfaces.declared,
    "own_channel": surfaces.own_channel,
    "no_channel": surfaces.no_channel,
}


async def main(wanted: list[str]) -> None:
    """Play what is wanted, or everything."""
    async with chromium() as browser:
        for name in wanted or STORIES:
            begun = time.monotonic()
            async with studio(browser, FOLDER) as stage:
                await STORIES[name](stage)
                print(f"{name}: {len(stage.camera.taken)} pictures, {time.monotonic() - begun:.0f} s")


asyncio.run(main(sys.argv[1:]))
