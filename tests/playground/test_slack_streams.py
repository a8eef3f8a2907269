"""Streamed messages: chunks, states, a person's Stop, and what Slack refuses meanwhile."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from tests.playground.slack_door import Door

Json = dict[str, Any]
ROOM = cast.INCIDENTS
TO = {"recipient_user_id": cast.PRIYA, "recipient_team_id": cast.TEAM}


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.fixture
async def root(client: AsyncWebClient) -> str:
    return str((await client.chat_postMessage(channel=ROOM, text="root"))["ts"])


async def start(client: AsyncWebClient, root: str, **more: Any) -> str:
    return str((await client.chat_startStream(channel=ROOM, thread_ts=root, **(TO | more)))["ts"])


def task(name: str, status: str, **more: Any) -> Json:
    return {"type": "task_update", "id": name, "title": f"{name}: what changed?", "status": status} | more


def words(block: Json) -> str:
    return str(block["elements"][0]["elements"][0]["text"])


async def test_slack_sdks_stream_writes_one_message(client: AsyncWebClient, door: Door, root: str) -> None:
    stream = await client.chat_stream(channel=ROOM, thread_ts=root, buffer_size=8, **TO)
    await stream.append(markdown_text="**5 of 6** ")
    running = await door.expect(thread_ts=root, contains="**5 of 6** ")
    assert running["streaming"] == {"state": "in_progress", "recipient": cast.PRIYA, "by": ""}
    await stream.append(markdown_text="sources answered")
    done = await stream.stop(blocks=[{"type": "divider"}], metadata={"event_type": "plan", "event_payload": {}})
    message = done["message"]
    assert [block["type"] for block in message["blocks"]] == ["markdown", "divider"]
    assert message["blocks"][0]["text"] == message["text"] == "**5 of 6** sources answered"
    assert (message["streaming_state"], message["metadata"]["event_type"]) == ("completed", "plan")


async def test_a_plan_keeps_its_tasks_by_id(client: AsyncWebClient, door: Door, root: str) -> None:
    chunks = [{"type": "plan_update", "title": "Investigating"}, task("logs", "in_progress", details="read ")]
    ts = await start(client, root, task_display_mode="plan", chunks=chunks)
    more = [task("logs", "complete", details="430", output="96 %"), task("releases", "pending")]
    await client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="And then.", chunks=more)
    plan, text = (await door.expect(ts=ts))["blocks"]
    assert (plan["type"], plan["title"], text["text"]) == ("plan", "Investigating", "And then.")
    logs, releases = plan["tasks"]
    assert (logs["status"], words(logs["details"]), words(logs["output"])) == ("complete", "read 430", "96 %")
    assert releases["task_id"] == "releases"


async def test_a_timeline_shows_tasks_between_text_and_blocks(client: AsyncWebClient, door: Door, root: str) -> None:
    ts = await start(client, root, markdown_text="Looking.")
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    for chunk in (task("logs", "pending"), {"type": "blocks", "blocks": [table]}, task("logs", "error")):
        await client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="", chunks=[chunk])
    blocks = (await door.expect(ts=ts))["blocks"]
    assert [block["type"] for block in blocks] == ["markdown", "task_card", "table"]
    assert blocks[1]["status"] == "error"


async def test_meanwhile_the_message_is_not_to_be_touched(client: AsyncWebClient, root: str) -> None:
    ts = await start(client, root, markdown_text="x")
    assert await error(client.chat_update(channel=ROOM, ts=ts, text="y")) == "streaming_state_conflict"
    assert await error(client.chat_delete(channel=ROOM, ts=ts)) == "cant_delete_message"
    await client.chat_stopStream(channel=ROOM, ts=ts)
    gone = "message_not_in_streaming_state"
    assert await error(client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="y")) == gone
    assert await error(client.chat_stopStream(channel=ROOM, ts=ts)) == gone
    assert await error(client.chat_stopStream(channel=ROOM, ts=root)) == gone
    await client.chat_update(channel=ROOM, ts=ts, text="y")


async def test_the_person_it_is_written_for_may_stop_it(client: AsyncWebClient, door: Door, root: str) -> None:
    ts = await start(client, root, markdown_text="x")
    assert (await door.act(cast.TOM, "stop", ts=ts))["error"] == "not_visible"
    assert (await door.act(cast.PRIYA, "stop", ts=ts))["ok"]
    assert (await door.act(cast.PRIYA, "stop", ts=ts))["error"] == "not_streaming"
    assert (await door.expect(ts=ts))["streaming"]["by"] == cast.PRIYA
    assert await error(client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="y")) == "stopped_by_user"
    assert await error(client.chat_stopStream(channel=ROOM, ts=ts)) == "stopped_by_user"
    await client.chat_update(channel=ROOM, ts=ts, text="Stopped by Priya Raman.")


async def test_a_stream_lives_five_minutes(client: AsyncWebClient, slack: SlackStandIn, root: str) -> None:
    ts = await start(client, root, markdown_text="x")
    slack.clock.scale = 1_000_000_000
    late = client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="y")
    assert await error(late) == "message_not_in_streaming_state"
    await client.chat_update(channel=ROOM, ts=ts, text="y")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"recipient_user_id": ""}, "missing_recipient_user_id"),
        ({"recipient_team_id": ""}, "missing_recipient_team_id"),
        ({"recipient_user_id": "U000"}, "user_not_found"),
        ({"channel": "C000"}, "channel_not_found"),
        ({"channel": cast.SUPPORT}, "not_in_channel"),
        ({"thread_ts": "1.000000"}, "thread_not_found"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"task_display_mode": "table"}, "invalid_arguments"),
        ({"chunks": [task("a", "done")]}, "invalid_chunks"),
        ({"chunks": [task("a", "pending", output="x" * 257)]}, "invalid_chunks"),
        ({"chunks": [{"type": "picture"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "blocks", "blocks": [{"type": "input"}]}]}, "invalid_blocks"),
        ({"chunks": {"type": "blocks"}}, "invalid_chunks"),
    ],
)
async def test_what_cannot_be_streamed(client: AsyncWebClient, root: str, given: Json, code: str) -> None:
    arguments = {"channel": ROOM, "thread_ts": root, **TO} | given
    assert await error(client.api_call("chat.startStream", json=arguments)) == code


async def test_a_stream_of_its_own_and_in_a_direct_conversation(client: AsyncWebClient, door: Door) -> None:
    alone = await client.api_call("chat.startStream", json={"channel": ROOM, **TO})
    assert (await door.expect(ts=alone["ts"]))["thread_ts"] is None
    direct = (await client.conversations_open(users=cast.PRIYA))["channel"]["id"]
    assert (await client.api_call("chat.startStream", json={"channel": direct}))["ok"]
    assert await error(client.chat_appendStream(channel=ROOM, ts=alone["ts"], markdown_text="")) == "no_text"


async def test_starts_are_rarer_than_appends(client: AsyncWebClient, door: Door, root: str) -> None:
    await door.post("limits", on=True)
    stamps = [await start(client, root, markdown_text="x") for _ in range(20)]
    assert await error(client.chat_startStream(channel=ROOM, thread_ts=root, **TO)) == "ratelimited"
    for _ in range(30):
        await client.chat_appendStream(channel=ROOM, ts=stamps[0], markdown_text="y")
