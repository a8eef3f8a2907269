"""`kill -9` at the ledger's commits: the n-th time that the process asks the disk to be sure, seen by strace."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.stories.crash import ends_well, play, watched

COMMITS = ((9, 14), (19, 24), (29, 34), (39, 44), (49, 54))


@pytest.mark.parametrize("commits", COMMITS, ids=str)
async def test_killed_at_a_commit(commits: tuple[int, int], tmp_path: Path) -> None:
    if not await _traceable():
        pytest.skip("strace is not installed, or this machine does not let it trace")
    await asyncio.gather(*(_killed_at_commit(n, tmp_path / str(n)) for n in commits))


async def _killed_at_commit(n: int, folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir)
    async with watched(folder, *_strace(folder / "strace", f"inject=fdatasync:signal=KILL:when={n}")) as world:
        await play(world)
        await ends_well(world)


def _strace(log: Path, inject: str) -> list[str]:
    # -D: strace is the child, so that the process that we started and kill is Watchkeeper itself.
    program = shutil.which("strace") or "strace"
    return [program, "-D", "-f", "-qq", "-o", str(log), "-e", "trace=fdatasync", "-e", inject]


async def _traceable() -> bool:
    command = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "true"]
    try:
        tried = await asyncio.create_subprocess_exec("strace", *command, stderr=asyncio.subprocess.DEVNULL)
    except FileNotFoundError:
        return False
    return await tried.wait() == 0
