"""`idle_memory`: what the bot's process keeps in memory while nothing happens."""

import asyncio
from pathlib import Path

from bench.figure import Figure, Pair, figure
from bench.site import Json, Site
from playground.demo.world import DemoWorld

SETTLES = 3.0  # seconds from ready to the reading


async def idle_memory(site: Site, pairs: int = 3) -> Figure:
    """The demo's own Watchkeeper, three starts; megabytes (10⁶ bytes) of resident memory."""
    taken = []
    for turn in range(pairs):
        async with DemoWorld(site.folder / f"demo-{turn}") as world:
            await asyncio.sleep(SETTLES)
            value = await asyncio.to_thread(resident, world.bot.pid)
        bare = await site.bot(f"no-connectors-{turn}", _without_connectors)
        await asyncio.sleep(SETTLES)
        taken.append(Pair(value, await asyncio.to_thread(resident, bare.child.pid)))
        site.kill(bare)
    return figure(
        "idle_memory",
        "MB",
        taken,
        "Resident memory of the bot's process in the demo, with all its connectors, three seconds after it is ready. "
        "Floor: the same process with no connector but the playbooks.",
    )


def _without_connectors(tree: Json) -> None:
    for section in ("alerts", "tools", "partners", "memory", "actions"):
        tree[section] = {}


def resident(pid: int) -> float:
    """Megabytes of resident memory, by the kernel."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kib) * 1024 / 1_000_000
