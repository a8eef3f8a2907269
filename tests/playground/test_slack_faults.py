"""What a test may let go wrong, seen from the side that suffers it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackStandIn, cast
from tests.playground.slack_door import Door, bolt

ROOM = cast.INCIDENTS

CALLER = """
import asyncio, sys
from slack_sdk.web.async_client import AsyncWebClient

async def main(url, token):
    client = AsyncWebClient(token, base_url=url, retry_handlers=[])
    sys.stdin.readline()
    ts = (await client.chat_postMessage(channel="C07INCIDENTS", text="root"))["ts"]
    for text in ("one", "two", "three"):
        metadata = {"event_type": "edit_" + text, "event_payload": {}}
        await client.chat_update(channel="C07INCIDENTS", ts=ts, text=text, metadata=metadata)

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def caller(slack: SlackStandIn) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that posts a message and edits it three times, once it is told to begin."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CALLER, f"{slack.url}/api/", cast.BOT_TOKEN, stdin=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("point", "narrowed", "left"),
    [
        ("before POST chat.postMessage", {}, []),
        ("after chat.postMessage", {}, ["root"]),
        ("before chat.update#2", {}, ["one"]),
        ("after POST chat.update#2", {}, ["two"]),
        ("before chat.update", {"event_type": "edit_three"}, ["two"]),
        ("after chat.update", {"contains": "one"}, ["one"]),
    ],
)
async def test_a_process_is_killed_around_the_call(
    slack: SlackStandIn, door: Door, point: str, narrowed: dict[str, str], left: list[str]
) -> None:
    async with caller(slack) as process:
        await door.post("kill", point=point, pid=process.pid, **narrowed)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    there = await door.get("messages", channel="incidents")
    assert [message["text"] for message in there["messages"]] == left
    kills = (await door.get("faults"))["kills"]
    assert [kill["fired"] for kill in kills] == [True]
    assert (await door.get("log"))["calls"][-1]["result"].endswith("connection cut")


async def test_a_kill_point_has_to_make_sense(door: Door) -> None:
    for point, pid, error in (("during chat.update", 4711, "invalid_point"), ("after chat.update", 1, "invalid_pid")):
        assert (await door.post("kill", point=point, pid=pid))["error"] == error
        assert door.status == 409
    await door.post("kill", point="after chat.update")
    assert door.status == 400


async def test_429_is_waited_for(client: AsyncWebClient, door: Door) -> None:
    await door.post("fault", method="chat.postMessage", kind="429", times=2, retry_after=0)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="refused")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert caught.value.response.headers["Retry-After"] == "0"
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await client.chat_postMessage(channel=ROOM, text="waited")
    there = await door.get("messages", channel="incidents")
    assert [message["text"] for message in there["messages"]] == ["waited"]


@pytest.mark.parametrize(("kind", "posted"), [("reset", 0), ("lost-answer", 1)])
async def test_a_connection_is_cut_before_or_after(client: AsyncWebClient, door: Door, kind: str, posted: int) -> None:
    await door.post("fault", method="chat.postMessage", kind=kind, contains="this one")
    await client.chat_postMessage(channel=ROOM, text="another")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=ROOM, text="this one")
    await client.chat_postMessage(channel=ROOM, text="this one, again")
    texts = [message["text"] for message in (await door.get("messages", channel="incidents"))["messages"]]
    assert texts.count("this one") == posted


async def test_500_and_no_answer_at_all(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    await door.post("fault", method="chat.postMessage", kind="500")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x")
    assert caught.value.response.status_code == 500
    await door.post("fault", method="chat.postMessage", kind="timeout")
    client.timeout = 1
    with pytest.raises(asyncio.TimeoutError):
        await client.chat_postMessage(channel=ROOM, text="x")
    assert slack.state.channels[ROOM].messages == {}
    assert (await door.post("fault", method="chat.postMessage", kind="flood"))["error"] == "invalid_kind"


async def test_when_slack_is_down_nothing_answers_and_old_tickets_stay_dead(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    ticket = (await client.apps_connections_open(app_token=cast.APP_TOKEN))["url"]
    app = AsyncApp(client=client)

    @app.event("message")
    async def message() -> None:
        """Take it."""

    async with bolt(slack, app) as handler:
        old = handler.client.wss_uri
        await door.post("down", on=True)
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.auth_test()
        await door.post("down", on=False)
        async with aiohttp.ClientSession() as session:
            for dead in (old, ticket):
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await session.ws_connect(dead)
        # What slack_sdk itself needs seconds for: forget the dead ticket, ask for a new one.
        handler.client.wss_uri = None
        await handler.client.connect()
        await door.get("sockets", staying="1")
        assert door.status == 200


async def test_reset_ends_every_fault(client: AsyncWebClient, door: Door) -> None:
    await door.post("fault", method="auth.test", kind="500", times=100)
    await door.post("plan", paid=False)
    await door.post("reset")
    await client.auth_test()
    await client.usergroups_list()
    assert (await door.get("faults"))["faults"] == []
