"""`python -m playground`: the demo in the browser; with `--check` the same headless, ending in one JSON line.

Everything that is written lies in one folder, made anew for each run. Ctrl-C ends every process that was started.
"""

import argparse
import asyncio
import errno
import fcntl
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TextIO

from playground.demo.check import Failed, as_json, check, say
from playground.demo.children import DidNotStart
from playground.demo.world import DemoWorld
from playground.person import NotSeen
from playground.serving import HOST, until_stopped

MADE_HERE = ".made-by-the-demo"
LOCK = ".lock"
LAST_PORT = 65535


def main() -> None:
    """Read the arguments and run."""
    arguments = argparse.ArgumentParser(prog="python -m playground", description=__doc__.partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="play the story headless; stdout is one JSON line")
    arguments.add_argument("--data", type=Path, default=Path(".demo"), help="folder for what is written (.demo)")
    arguments.add_argument("--port", type=_port, default=0, help="of the page, 0 to 65535; 0 takes a free one")
    asked = arguments.parse_args()
    try:
        folder, lock = fresh(asked.data.absolute())
        with lock:
            code = asyncio.run(_check(folder) if asked.check else _demo(folder, asked.port))
    except (DidNotStart, Failed, NotSeen, OSError) as failed:
        if isinstance(failed, OSError) and failed.errno == errno.EADDRINUSE:
            arguments.error(f"argument --port: {asked.port} is in use on {HOST}; 0 takes a free one")
        sys.exit(str(failed))
    except KeyboardInterrupt:  # before the demo waits for it
        code = 130
    sys.exit(code)


def _port(text: str) -> int:
    """A number of a port, for argparse, which says what is wrong and exits with 2."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port; a port is 0 to {LAST_PORT}")
    return int(text)


def fresh(folder: Path) -> tuple[Path, TextIO]:
    """An empty folder for one run, below `folder`, and the open file that keeps others from removing it.

    Of earlier runs, only those that have ended are removed. Raises OSError for a folder with other things in it.
    """
    mark = folder / MADE_HERE
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise FileExistsError(f"{folder} has other things in it; name another folder with --data")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for old in folder.glob("run-*"):
        with (old / LOCK).open("a") as lock:
            if _locked(lock):
                shutil.rmtree(old)
    run = Path(tempfile.mkdtemp(prefix=f"run-{time.strftime('%H%M%S')}-", dir=folder))
    lock = (run / LOCK).open("a")
    _locked(lock)
    return run, lock


def _locked(lock: TextIO) -> bool:
    """Whether the file could be locked: its run has ended, or is ours."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _demo(folder: Path, port: int) -> int:
    async with DemoWorld(folder, port=port) as world:
        print(f"The demo is at {world.url}\nIts data lie in {folder}\nCtrl-C ends it.", flush=True)
        stopped, ended = asyncio.create_task(until_stopped()), asyncio.create_task(world.bot.process.wait())
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            say(f"Watchkeeper ended ({world.bot.ended}); its log is {world.bot.log}")
        await stopped
        ended.cancel()
    return 0


async def _check(folder: Path) -> int:
    say(f"the data lie in {folder}")
    story = asyncio.create_task(_story(folder))
    stopped = asyncio.create_task(until_stopped())
    await asyncio.wait((story, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not story.done():
        story.cancel()
        await asyncio.gather(story, return_exceptions=True)
        return 130
    stopped.cancel()
    print(json.dumps(story.result()))
    return 0


async def _story(folder: Path) -> dict[str, object]:
    began = time.monotonic()
    async with DemoWorld(folder) as world:
        say(f"everything runs after {time.monotonic() - began:.1f} s; the page is at {world.url}")
        return as_json(await check(world))


if __name__ == "__main__":
    main()
