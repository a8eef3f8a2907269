"""`python -m playground` as a person starts it: the headless check, Ctrl-C, and a death without a word."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.stories.light import until

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def _demo(*arguments: str, data: Path) -> AsyncIterator[Process]:
    """The demo as a process; ended in any case."""
    command = [sys.executable, "-m", "playground", "--data", str(data), *arguments]
    demo = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    try:
        yield demo
    finally:
        if demo.returncode is None:
            demo.terminate()
            await demo.communicate()


async def test_the_check_ends_in_one_json_line(tmp_path: Path) -> None:
    async with _demo("--check", data=tmp_path / "data") as demo:
        out, told = await demo.communicate()
    assert demo.returncode == 0, told.decode()
    report = json.loads(out)
    assert out.count(b"\n") == 1
    assert report["incident"] == "INC-2041"
    assert report["state"] == "closed"
    assert report["mirrored"] == {"github": report["entries"], "files": report["entries"]}
    assert report["entries"] >= 18
    assert 5 < report["seconds"] < 60


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_every_program_ends_with_the_demo(end: signal.Signals, tmp_path: Path) -> None:
    async with _demo(data=tmp_path / "data") as demo:
        assert demo.stdout is not None
        first = await asyncio.wait_for(demo.stdout.readline(), 30)
        assert first.startswith(b"The demo is at http://127.0.0.1:")
        async with aiohttp.ClientSession(first.decode().rpartition(" ")[2].strip()) as page:
            await _switches_faults(page)
            async with page.ws_connect("/page/world"):  # a person who is still looking changes nothing
                started = await asyncio.to_thread(_descendants, demo.pid)
                assert len(started) >= 6  # shop, traffic, deployment, log specialist, Watchkeeper, monitor, and theirs
                demo.send_signal(end)
                _, told = await demo.communicate()
        assert demo.returncode == (0 if end != signal.SIGKILL else -signal.SIGKILL), told.decode()
        assert told == b""

    async def left() -> list[str]:
        return await asyncio.to_thread(_still_there, started)

    assert await until(left, lambda found: not found, 10, "nothing is left") == []


async def test_the_end_of_watchkeeper_is_said(tmp_path: Path) -> None:
    async with _demo(data=tmp_path / "data") as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        first = await asyncio.wait_for(demo.stdout.readline(), 30)
        started = await asyncio.to_thread(_descendants, demo.pid)
        [bot] = [pid for pid in started if " -m bot run " in "".join(await asyncio.to_thread(_still_there, {pid}))]
        address = first.decode().rpartition(" ")[2].strip()
        async with aiohttp.ClientSession(address) as page, page.ws_connect("/page/world") as told:
            assert "ended" not in await told.receive_json(timeout=5)
            os.kill(bot, signal.SIGKILL)
            async with asyncio.timeout(10):
                while "ended" not in (now := await told.receive_json()):
                    pass
        assert now["ended"].startswith("Watchkeeper ended (signal 9).")
        line = await asyncio.wait_for(demo.stderr.readline(), 10)
        assert b"Watchkeeper ended (signal 9); its log is " in line
        demo.terminate()
        await demo.communicate()
    assert demo.returncode == 0


async def _switches_faults(page: aiohttp.ClientSession) -> None:
    """Every fault can be switched, and one stays on: a program that is stopped must end with the rest."""
    async with page.ws_connect("/page/world") as told:
        faults = (await told.receive_json(timeout=5))["faults"]
        assert [fault["on"] for fault in faults] == [False] * 4
    for key, on in [(fault["key"], on) for fault in faults for on in (True, False)] + [("logs_hang", True)]:
        async with page.post("/page/do", json={"do": "fault", "key": key, "on": on}) as response:
            assert response.status == 200
    async with page.post("/page/do", json={"do": "fault", "key": "no_such", "on": True}) as response:
        assert response.status == 409
    async with page.ws_connect("/page/world") as told:
        now = (await told.receive_json(timeout=5))["faults"]
    assert [fault["key"] for fault in now if fault["on"]] == ["logs_hang"]


async def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    async with _demo("--check", data=tmp_path) as demo:
        out, told = await demo.communicate()
    assert demo.returncode == 1
    assert out == b""
    assert b"has other things in it" in told
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["thesis.txt"]


async def test_a_port_that_cannot_be_had_is_said_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for asked, words in (
            (port, f"{port} is in use on 127.0.0.1"),
            ("22222222", "0 to 65535"),
            ("http", "0 to 65535"),
        ):
            async with _demo("--port", asked, data=tmp_path / "data") as demo:
                out, told = await demo.communicate()
            assert demo.returncode == 2
            assert out == b""
            assert words in told.decode()
            assert b"Traceback" not in told


def _descendants(pid: int) -> set[int]:
    """Every process that this one started, and theirs."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended while we looked
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def _still_there(pids: set[int]) -> list[str]:
    """Those of them that have not ended, by their command lines."""
    commands = {pid: Path(f"/proc/{pid}/cmdline") for pid in pids}
    return [words for pid, path in commands.items() if path.exists() and (words := path.read_text().replace("\0", " "))]
