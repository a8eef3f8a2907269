"""A request URL instead of Socket Mode: the challenge, the signature, answers, and events that come again."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.serving import listening
from playground.slack import SlackStandIn, cast
from playground.slack.clock import Clock
from tests.playground.running import eventually
from tests.playground.slack_door import Door

Json = dict[str, Any]


class Listener:
    """A bare app behind a URL: keeps every request, answers the challenge, then what it is told to answer."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.answers: list[web.Response] = []

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "challenge" in body:
            return web.json_response({"challenge": json.loads(body)["challenge"]})
        self.requests.append((headers, body))
        return self.answers.pop(0) if self.answers else web.Response()

    async def heard(self, count: int) -> list[tuple[dict[str, str], str]]:
        async def look() -> list[tuple[dict[str, str], str]]:
            return self.requests

        return await eventually(look, lambda seen: len(seen) >= count)


@asynccontextmanager
async def serving(slack: SlackStandIn) -> AsyncIterator[Listener]:
    listener, app = Listener(), web.Application()
    app.router.add_post("/slack/events", listener.handle)
    async with listening(app) as url:
        await slack.request_url.verify(f"{url}/slack/events")
        yield listener


async def test_bolt_over_http_takes_events_commands_and_presses(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    app = AsyncApp(client=client, signing_secret=cast.SIGNING_SECRET)
    pressed: list[Json] = []

    @app.event("message")
    async def message(event: Json) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    @app.command("/watch")
    async def watch(ack: AsyncAck, command: Json) -> None:
        await ack(f"asked: {command['text']}")

    @app.action("go")
    async def go(ack: AsyncAck, body: Json) -> None:
        pressed.append(body)
        await ack()

    async with listening(app.web_app("/slack/events")) as url:
        assert (await door.post("http", url=f"{url}/slack/events"))["url"] == f"{url}/slack/events"
        said = slack.people.message(cast.PRIYA, "incidents", "hello")
        await door.expect(ts=said.ts, reaction="eyes")
        assert (await door.act(cast.PRIYA, "command", text="/watch status & more"))["acked"]
        await door.expect(ephemeral_to=cast.PRIYA, contains="asked: status &amp; more")
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        blocks = [{"type": "actions", "elements": [button]}]
        ts = (await client.chat_postMessage(channel=cast.INCIDENTS, text="x", blocks=blocks))["ts"]
        assert (await door.act(cast.PRIYA, "click", ts=ts, action_id="go"))["acked"]
        assert pressed[0]["user"]["id"] == cast.PRIYA
        await door.post("http", url="")
        assert (await door.act(cast.PRIYA, "command", text="/watch x"))["reason"] == "connection_failed"


async def test_every_request_is_signed(slack: SlackStandIn) -> None:
    async with serving(slack) as listener:
        slack.people.message(cast.PRIYA, "incidents", "größer")
        await slack.people.command(cast.PRIYA, "incidents", "/watch status").outcome
        await listener.heard(2)
    for headers, body in listener.requests:
        base = f"v0:{headers['x-slack-request-timestamp']}:{body}".encode()
        digest = hmac.new(cast.SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
        assert headers["x-slack-signature"] == f"v0={digest}"
        assert "x-slack-retry-num" not in headers
    forms = [body for headers, body in listener.requests if headers["content-type"].startswith("application/x-www")]
    assert parse_qs(forms[0])["command"] == ["/watch"]


class Hasty(Clock):
    """Redelivers within a second, and still gives an answer its three seconds."""

    def wait(self, seconds: float) -> float:
        return seconds if seconds <= 3 else seconds / 1000


async def test_an_event_that_is_refused_comes_again_with_number_and_reason() -> None:
    async with SlackStandIn(clock=Hasty()) as slack, serving(slack) as listener:
        listener.answers = [web.Response(status=500) for _ in range(3)]
        slack.people.message(cast.PRIYA, "incidents", "hello")
        seen = await listener.heard(4)
        ids = {json.loads(body)["event_id"] for _, body in seen}
        numbers = [(headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for headers, _ in seen]
        assert len(ids) == 1
        assert numbers == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
        listener.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
        slack.people.message(cast.PRIYA, "incidents", "only once")
        slack.people.message(cast.PRIYA, "incidents", "next")
        texts = [json.loads(body)["event"]["text"] for _, body in (await listener.heard(6))[4:]]
        assert texts == ["only once", "next"]


async def test_a_command_is_not_sent_again_and_its_person_is_told(slack: SlackStandIn, door: Door) -> None:
    async with serving(slack) as listener:
        listener.answers = [web.Response(status=503)]
        answer = await door.act(cast.PRIYA, "command", text="/watch status")
        assert (answer["acked"], answer["reason"], len(listener.requests)) == (False, "http_error", 1)
        await door.expect(ephemeral_to=cast.PRIYA, contains='/watch failed with the error "http_service_error"')
        listener.answers = [web.Response(text="plain words")]
        assert (await door.act(cast.PRIYA, "command", text="/watch status"))["acked"]
        await door.expect(ephemeral_to=cast.PRIYA, contains="plain words")


async def test_a_url_has_to_answer_the_challenge(slack: SlackStandIn, door: Door) -> None:
    async def deaf(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/", deaf)
    async with listening(app) as url:
        refused = await door.post("http", url=url)
    assert (door.status, refused["error"]) == (409, "url_not_verified")
    assert (await door.post("http", url=url))["detail"] == "connection_failed"
    assert slack.request_url.url == ""
    with pytest.raises(KeyError):
        (await door.post("http"))["url"]
    assert door.status == 400
