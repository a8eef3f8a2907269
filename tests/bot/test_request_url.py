"""`/slack/events`: what is signed and fresh is stored and acknowledged, everything else is refused and not kept.

A real Bolt app with its real inbox behind the HTTP door, by uvicorn; the stand-in delivers, or a forger does.
"""

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from urllib.parse import urlencode

import aiohttp
import pytest
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from bot.request_url import WINDOW, RequestUrl, verify
from bot.slack import Slack
from engine.errors import Denied
from playground.demo.world import app_of_the_manifest
from playground.slack import SlackStandIn, cast
from tests.bot.test_doors import Failing, House
from tests.conftest import DatabaseUrl, OpenLedger
from tests.playground.test_slack_http import Hasty

FORM = "application/x-www-form-urlencoded"


class Url:
    """The running door, with a clock of its own."""

    def __init__(self, house: House, http: aiohttp.ClientSession) -> None:
        self.house = house
        self.http = http
        self.now = int(time.time())
        self.registry = CollectorRegistry()
        self.door = RequestUrl(cast.SIGNING_SECRET, self.registry, lambda: self.now)
        self.url = ""

    def signed(self, body: bytes, secret: str = cast.SIGNING_SECRET) -> dict[str, str]:
        sent_at = str(self.now)
        digest = hmac.new(secret.encode(), f"v0:{sent_at}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": f"v0={digest}"}

    async def post(self, body: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        data = body.encode()
        kind = {"Content-Type": "application/json" if body.startswith("{") else FORM}
        given = kind | dict(self.signed(data) if headers is None else headers)
        async with self.http.post(self.url, data=io.BytesIO(data), headers=given) as answer:
            return answer.status, await answer.text()

    def counted(self, outcome: str) -> float:
        return self.registry.get_sample_value("watchkeeper_slack_requests_total", {"outcome": outcome}) or 0.0


@pytest.fixture
async def url(database_url: DatabaseUrl, open_ledger: OpenLedger) -> AsyncIterator[Url]:
    ledger = await open_ledger(database_url("sqlite"))
    async with SlackStandIn(app_of_the_manifest(), clock=Hasty()) as stand_in, aiohttp.ClientSession() as http:
        slack = Slack(stand_in.app.bot_token, f"{stand_in.url}/api/")
        await slack.open()
        found = Url(House(stand_in, slack, Failing(ledger.db)), http)
        served = Starlette(routes=found.door.routes)
        server = uvicorn.Server(uvicorn.Config(served, port=0, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(0.01)
        found.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/slack/events"
        yield found
        server.should_exit = True
        await serving
        await slack.close()


@pytest.fixture
async def heard(url: Url) -> AsyncIterator[Url]:
    """With an app that listens, and Slack told where."""
    listening = asyncio.create_task(url.door.run(url.house.app()))
    await url.house.until(lambda: url.door._app is not None)
    await url.house.stand_in.request_url.verify(url.url)
    yield url
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


def command(text: str) -> str:
    fields = {"command": "/watch", "text": text, "user_id": cast.PRIYA, "channel_id": cast.INCIDENTS}
    return urlencode({**fields, "team_id": cast.TEAM, "trigger_id": "1.1", "response_url": "http://127.0.0.1:9/"})


def mention(text: str) -> str:
    event = {"type": "app_mention", "user": cast.PRIYA, "text": text, "channel": cast.INCIDENTS, "ts": "1.1"}
    return json.dumps({"type": "event_callback", "team_id": cast.TEAM, "event_id": "Ev1", "event": event})


async def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(heard: Url) -> None:
    house = heard.house
    house.inbox.failures = 1
    house.stand_in.people.mention(cast.PRIYA, "incidents", "status")
    await house.until(lambda: house.answers == ["Heard."])
    assert (house.inbox.puts, house.watch.lines) == (2, ["status"])
    assert (heard.counted("failed"), heard.counted("accepted")) == (1, 1)


async def test_nothing_is_acknowledged_before_it_is_stored(heard: Url) -> None:
    house = heard.house
    house.inbox.may_store.clear()
    typed = house.stand_in.people.command(cast.PRIYA, "incidents", "/watch status")
    await house.until(lambda: house.inbox.puts == 1)
    assert not typed.outcome.done()
    assert house.watch.lines == []
    house.inbox.may_store.set()
    assert (await typed.outcome).acked
    await house.until(lambda: house.answers == ["Heard."])


async def test_what_comes_twice_is_handled_once_whatever_its_headers_say(heard: Url) -> None:
    body = mention("status")
    retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert await heard.post(body) == (200, "")
    await heard.house.until(lambda: heard.house.answers == ["Heard."])
    for more in (retry, {"X-Watchkeeper-Replay": "1"}):
        assert await heard.post(body, heard.signed(body.encode()) | more) == (200, "")
    assert (heard.house.watch.lines, heard.house.inbox.puts) == (["status"], 3)


@pytest.mark.parametrize(
    ("secret", "age", "status"),
    [
        (cast.SIGNING_SECRET, WINDOW, 200),
        (cast.SIGNING_SECRET, -WINDOW, 200),
        (cast.SIGNING_SECRET, WINDOW + 1, 401),
        (cast.SIGNING_SECRET, -WINDOW - 1, 401),
        ("guessed", 0, 401),
    ],
)
async def test_only_what_slack_signed_lately_gets_in(heard: Url, secret: str, age: int, status: int) -> None:
    body = command("halt everything")
    headers = heard.signed(body.encode(), secret)
    heard.now += age
    assert (await heard.post(body, headers))[0] == status
    refused = status == 401
    assert (heard.counted("denied"), heard.house.inbox.puts) == (int(refused), int(not refused))


async def test_another_body_under_a_good_signature_is_refused(heard: Url) -> None:
    assert (await heard.post(command("halt"), heard.signed(command("list").encode())))[0] == 401
    assert heard.house.inbox.puts == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=1"},
        {"x-slack-request-timestamp": "1"},
        {"x-slack-request-timestamp": "", "x-slack-signature": ""},
        {"x-slack-request-timestamp": "soon", "x-slack-signature": "v0=1"},
        {"x-slack-request-timestamp": "9" * 5000, "x-slack-signature": "v0=1"},
        {"x-slack-request-timestamp": "\u0661", "x-slack-signature": "v0=1"},
        {"x-slack-request-timestamp": "1", "x-slack-signature": "v0=\u00e9"},
    ],
)
def test_a_strange_signature_is_refused_and_breaks_nothing(headers: dict[str, str]) -> None:
    with pytest.raises(Denied):
        verify(b"secret", headers, b"\xff\x00", 1.0)


async def test_a_signed_body_that_is_no_text_is_refused(heard: Url) -> None:
    data = b"\xff\xfe"
    headers = heard.signed(data) | {"Content-Type": FORM}
    async with heard.http.post(heard.url, data=data, headers=headers) as answer:
        assert answer.status == 400
    assert heard.counted("unreadable") == 1


async def test_a_body_over_the_cap_is_not_read_on(heard: Url) -> None:
    assert (await heard.post("{" + " " * 4_000_000))[0] == 413
    assert (heard.counted("too_large"), heard.house.inbox.puts) == (1, 0)


async def test_before_anybody_listens_the_url_is_known_and_the_rest_is_sent_again(url: Url) -> None:
    """Slack asks for its challenge when the app is made, which is before the first start is complete."""
    asked = json.dumps({"type": "url_verification", "challenge": "c-1", "token": "t"})
    assert await url.post(asked) == (200, '{"challenge":"c-1"}')
    assert (await url.post(asked, url.signed(asked.encode(), "guessed")))[0] == 401
    assert (await url.post(mention("status")))[0] == 503
    assert not await url.door.connected()
