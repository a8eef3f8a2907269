"""A second SDK, Bolt for JavaScript, runs unmodified against the stand-in: it is not shaped after Python's SDK."""

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.slack import SlackStandIn, cast
from tests.playground.slack_door import Door

SOURCES = Path(__file__).parent / "bolt_js"
CACHE = Path(__file__).parents[2] / ".tools"


@pytest.fixture(scope="module")
def bolt_js() -> Path:
    """The app beside its installed packages; installed once for each version of the lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed, so Bolt for JavaScript cannot run")
    lock = (SOURCES / "package-lock.json").read_bytes()
    home = CACHE / f"bolt_js-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (home / "installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, home)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, timeout=110)
        if done.returncode:
            pytest.skip(f"npm could not install Bolt for JavaScript: {done.stderr.strip()[-300:]}")
        (home / "installed").touch()
    shutil.copy(SOURCES / "app.js", home)
    return home / "app.js"


@pytest.fixture
async def javascript(slack: SlackStandIn, door: Door, bolt_js: Path) -> AsyncIterator[None]:
    """The app as a process of its own, connected."""
    process = await asyncio.create_subprocess_exec(
        "node", str(bolt_js), f"{slack.url}/api/", cast.BOT_TOKEN, cast.APP_TOKEN, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await door.get("sockets", staying="1", timeout="30")
        assert door.status == 200
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.usefixtures("javascript")
async def test_bolt_for_javascript_answers_people(slack: SlackStandIn, door: Door) -> None:
    answer = await door.act(cast.PRIYA, "command", text="/watch status @maya")
    assert answer["acked"], answer
    await door.expect(ephemeral_to=cast.PRIYA, contains="JavaScript heard: status <@U07MAYA0003|maya>")

    asked = await door.act(cast.PRIYA, "mention", text="hello")
    card = await door.expect(thread_ts=asked["message"]["ts"], contains="A card from *JavaScript*")
    assert card["metadata"] == {"event_type": "js_card", "event_payload": {"incident": "INC-2041"}}

    await door.act(cast.MAYA, "react", ts=card["ts"], name="eyes")
    await door.expect(ts=card["ts"], reaction="eyes", reaction_by=cast.WATCHKEEPER)

    assert (await door.act(cast.PRIYA, "click", ts=card["ts"], action_id="js_press"))["acked"]
    await door.expect(ts=card["ts"], contains="JavaScript was pressed", edited="true")
    await door.expect(ephemeral_to=cast.PRIYA, contains="pressed by you")
    refused = [call for call in (await door.get("log"))["calls"] if call["result"] != "ok"]
    assert refused == []


@pytest.mark.usefixtures("javascript")
async def test_bolt_for_javascript_comes_back_after_a_disconnect(door: Door) -> None:
    await door.post("disconnect", reason="refresh_requested", close_after=0.1)
    # Its SDK leaves a hole before it is back; whoever types in it is told so by Slack.
    await door.get("sockets", staying="1", timeout="30")
    assert door.status == 200
    assert (await door.act(cast.PRIYA, "command", text="/watch again"))["acked"]
