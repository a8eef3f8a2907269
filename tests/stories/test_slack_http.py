"""Slack over HTTP: the main job by signed requests at one URL, and nothing else gets in there."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
import time
from contextlib import closing
from urllib.parse import urlencode

import pytest

from playground.person import Person, Slack
from playground.slack import cast
from tests.stories.light import LightWorld

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def http(stage: LightWorld) -> LightWorld:
    """Watchkeeper on watch without a socket, and Slack told its URL, which it has verified."""
    del stage.tree["slack"]["app_token"]
    stage.tree["slack"] |= {"mode": "http", "signing_secret": cast.SIGNING_SECRET}
    await stage.start()
    await stage.slack.tell("http", url=f"{stage.url}/slack/events")
    return stage


async def post(world: LightWorld, body: str, *, secret: str = cast.SIGNING_SECRET, age: int = 0, **more: str) -> int:
    """Send what Slack would, or what somebody else would; the status of the answer."""
    sent_at = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), f"v0:{sent_at}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json" if body.startswith("{") else FORM,
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={digest}",
    }
    async with world.http.post(f"{world.url}/slack/events", data=body, headers=headers | more) as answer:
        return answer.status


async def counted(world: LightWorld, outcome: str) -> float:
    """How many requests of Slack ended so."""
    async with world.http.get(f"{world.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    found = [line for line in lines if line.startswith(f'watchkeeper_slack_requests_total{{outcome="{outcome}"}}')]
    return float(found[0].split()[-1]) if found else 0.0


async def kept(world: LightWorld) -> int:
    """How many deliveries of Slack are in the inbox, handled ones included."""

    def look() -> int:
        with closing(sqlite3.connect(f"file:{world.folder}/watchkeeper.db?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM inbox WHERE source = 'slack'").fetchone()[0])

    return await asyncio.to_thread(look)


def mentioned(text: str, thread: str) -> str:
    event = {"type": "app_mention", "user": cast.PRIYA, "text": f"<@{cast.WATCHKEEPER}> {text}", "ts": "1.1"}
    place = {"channel": cast.INCIDENTS, "thread_ts": thread, "event_ts": "1.1"}
    return json.dumps({"type": "event_callback", "team_id": cast.TEAM, "event_id": "Ev07TWICE", "event": event | place})


def command(text: str, trigger: str) -> str:
    fields = {"command": "/watch", "text": text, "user_id": cast.PRIYA, "channel_id": cast.INCIDENTS}
    return urlencode({**fields, "team_id": cast.TEAM, "trigger_id": trigger})


async def test_people_decide_over_http_and_not_one_socket_is_opened(
    http: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    card = await http.proposed()
    await maya.types("/watch status 2041")
    await maya.is_told("Needs a decision")
    before = await kept(http)
    forged = command("halt everything", "1.forged")
    assert await post(http, forged, secret="guessed") == 401
    assert await post(http, forged, age=310) == 401, "signed by Slack, recorded by somebody, and sent again"
    assert (await counted(http, "denied"), await kept(http)) == (2, before), "it is counted, and not kept"
    said = mentioned("note three shops report failed payments", card.thread)
    for more in ({}, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}):
        assert await post(http, said, **more) == 200
        await priya.is_told("Recorded in INC-2041")
    await priya.presses("Approve", card, confirm=True)
    await slack.expects("Approved", "Priya Raman", "1 of 1", ts=card.ts)
    incident = await http.ends()
    assert incident.closed
    assert len(incident.kinds("note")) == 1
    assert len(http.shop.effects) == 1
    assert not [call for call in http.stand_in.api.log if call["method"] == "apps.connections.open"]


async def test_a_workspace_installs_the_app_and_decides_there(
    stage: LightWorld, slack: Slack, priya: Person, maya: Person
) -> None:
    """No token in the configuration; the alert comes before anybody has installed, and is shown to whoever does."""
    stage.stand_in.installs.lives = 60  # it is exchanged at once, while everything goes on
    del stage.tree["slack"]["app_token"], stage.tree["slack"]["bot_token"]
    oauth = {"client_id": cast.CLIENT_ID, "client_secret": cast.CLIENT_SECRET, "url": stage.url}
    stage.tree["slack"] |= {"mode": "http", "signing_secret": cast.SIGNING_SECRET, "oauth": oauth}
    await stage.start(wait=False)
    await stage.ship_bad_release()
    async with stage.http.get(f"{stage.url}/readyz") as answer:
        assert (await answer.json())["slack"] == "not connected"
    async with stage.http.get(f"{stage.url}/slack/install", allow_redirects=False) as out:
        cookie, there = out.headers["Set-Cookie"].partition(";")[0], out.headers["Location"]
    async with stage.http.get(there, allow_redirects=False) as back:
        home = back.headers["Location"]
    stage.stand_in.installs.lives = 43_200
    async with stage.http.get(home, headers={"Cookie": cookie}) as page:
        assert page.status == 200, await page.text()
    card = await stage.card()
    await slack.tell("http", url=f"{stage.url}/slack/events")
    await maya.types("/watch status 2041")
    await maya.is_told("Needs a decision")
    elsewhere = command("halt everything", "2.elsewhere").replace(cast.TEAM, "T07BAKERY01")
    assert await post(stage, elsewhere) == 200, "not installed there: dropped"
    await priya.reacts("✅", card)
    await slack.expects("Approved", "Priya Raman", "1 of 1", ts=card.ts)
    assert (await stage.ends()).closed


async def test_a_yes_while_nobody_listens_comes_again_and_counts_once(
    http: LightWorld, slack: Slack, priya: Person
) -> None:
    card = await http.proposed()
    await http.kill()
    http.stand_in.clock.scale = 15  # Slack's next minute is four seconds
    await priya.reacts("✅", card)
    await http.start()
    await slack.expects("Approved", "Priya Raman", "1 of 1", ts=card.ts, within=30)
    incident = await http.ends()
    assert len(incident.kinds("approval")) == len(incident.kinds("started")) == 1
    assert len(http.shop.effects) == 1
