"""The stand-in as a process of its own, with an app's manifest; and its page in docs/, which has to be complete."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from playground.slack.expect import Expectation
from playground.slack.faults import FaultKind
from playground.slack.state import ChangeKind
from tests.playground.slack_door import Door

PAGE = Path(__file__).parents[2] / "docs/slack-stand-in.md"
MANIFEST = {
    "features": {"slash_commands": [{"command": "/watch", "description": "x", "should_escape": False}]},
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
}


async def test_it_runs_alone_with_a_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(yaml.safe_dump(MANIFEST))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground.slack", "--manifest", str(manifest), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        assert ready["ready"]
        client = AsyncWebClient(cast.BOT_TOKEN, base_url=f"{ready['url']}/api/")
        await client.chat_postMessage(channel=cast.INCIDENTS, text="hello")
        with pytest.raises(SlackApiError) as refused:
            await client.users_list()
        assert refused.value.response["needed"] == "users:read"
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_a_manifest_makes_the_app() -> None:
    app = cast.from_manifest(MANIFEST)
    assert (app.scopes, app.bot_events, app.commands) == (
        ("chat:write", "commands"),
        ("app_mention",),
        {"/watch": False},
    )


async def test_the_page_names_everything_there_is(slack: SlackStandIn) -> None:
    page = PAGE.read_text()
    said = set(re.findall(r"[\w.\-/]+", page))
    endpoints = {route.path for route in slack.control.routes()}
    assert endpoints <= said, endpoints - said
    assert set(Expectation.__dataclass_fields__) <= said
    assert {*get_args(FaultKind), *get_args(ChangeKind)} <= said
    assert {user.id for user in slack.state.users.values()} | set(slack.state.channels) | set(
        slack.state.groups
    ) <= said


async def test_direct_conversations(slack: SlackStandIn, door: Door) -> None:
    sent = await door.act(cast.PRIYA, "message", cast.WATCHKEEPER, text="@watchkeeper status")
    assert sent["message"]["channel"].startswith("D")
    again = await door.act(cast.PRIYA, "message", cast.WATCHKEEPER, text="again")
    assert again["message"]["channel"] == sent["message"]["channel"]
    assert (await door.act(cast.TOM, "message", sent["message"]["channel"], text="x"))["error"] == "not_in_channel"
