"""Several workspaces install the app: pages, states, sealed tokens, their exchange, their end, and who is not home.

The stand-in gives out the codes and tokens; on both databases where it is about rows.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import uvicorn
from cryptography.fernet import Fernet
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette
from typing_extensions import override

from bot.commands_manifest import INSTALL_EVENTS
from bot.doctor_slack import SCOPES, look_at_slack
from bot.installations import AHEAD, STATE_LIVES, Installations, States, sealing_key
from bot.rows import Row
from bot.settings import load
from bot.settings_slack import OAuth
from bot.slack import Slack
from bot.workspaces import SeveralWorkspaces
from engine.errors import ConfigError, Retryable
from engine.ports import SystemClock
from engine.store.database import Database, connect
from playground.demo.world import app_of_the_manifest
from playground.slack import SlackStandIn, cast
from tests.bot.test_doors import Failing, House
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger

BAKERY = "T07BAKERY01"
HALF_A_DAY = 43_200
Json = dict[str, Any]


class Shop(House):
    """One replica: its workspaces, with their store, and its pages served."""

    def __init__(self, stand_in: SlackStandIn, database: Database, key: Fernet, url: str, home: str = "") -> None:
        base = f"{stand_in.url}/api/"
        super().__init__(stand_in, Slack("", base), Failing(database))
        self.db = database
        self.states = States(database)
        self.store = Installations(database, key)
        oauth = OAuth.model_validate(
            {"client_id": cast.CLIENT_ID, "client_secret": cast.CLIENT_SECRET, "url": url, "home": home}
        )
        self.workspaces = SeveralWorkspaces(oauth, base, self.store, self.states, self.slack)
        self.url = url

    async def token(self, team: str = cast.TEAM) -> str | None:
        bot = await self.store.async_find_bot(enterprise_id=None, team_id=team)
        return bot.bot_token if bot else None

    async def installs(self, http: aiohttp.ClientSession, team: str = cast.TEAM) -> int:
        """A person installs, as a browser does it; the last page's status."""
        self.stand_in.installs.team = team
        back, cookie = await self.comes_back(http)
        async with http.get(back, headers={"Cookie": cookie}) as page:
            return page.status

    async def comes_back(self, http: aiohttp.ClientSession) -> tuple[str, str]:
        """As far as Slack's answer: the address that it leads back to, and the browser's cookie."""
        async with http.get(f"{self.url}/slack/install", allow_redirects=False) as out:
            assert out.status == 302
            cookie = out.headers["Set-Cookie"].partition(";")[0]
            to_slack = out.headers["Location"]
        async with http.get(to_slack, allow_redirects=False) as back:
            return back.headers["Location"], cookie

    async def until_none(self, team: str) -> None:
        async with asyncio.timeout(10):
            while await self.token(team) is not None:  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.01)

    async def handled(self) -> None:
        """Everything that was stored is done."""
        async with asyncio.timeout(10):
            while await self.inbox.waiting():  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.01)

    @override
    def app(self) -> AsyncApp:
        return self.workspaces.listening(self.doors(), "/watch")

    async def sends(self, body: Json) -> tuple[int, str]:
        """What Slack sends, to a listening app."""
        answer = await self.app().async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        return answer.status, str(answer.body)


class Served:
    """Where the pages are before there are any: uvicorn wants the routes first, the shop wants the address first."""

    def __init__(self) -> None:
        self.app = Starlette()
        self.server = uvicorn.Server(
            uvicorn.Config(self.app, port=0, log_config=None, access_log=False, lifespan="off")
        )

    async def begin(self) -> str:
        self.serving = asyncio.create_task(self.server.serve())
        while not self.server.started:  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(0.01)
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    async def end(self) -> None:
        self.server.should_exit = True
        await self.serving


@pytest.fixture
async def stand_in() -> AsyncIterator[SlackStandIn]:
    app = app_of_the_manifest()
    async with SlackStandIn(replace(app, bot_events=(*app.bot_events, *INSTALL_EVENTS))) as running:
        yield running


BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
async def database(request: pytest.FixtureRequest, database_url: DatabaseUrl) -> AsyncIterator[Database]:
    """With the real clock: Slack says in seconds from now how long a token lives."""
    found = await asyncio.to_thread(connect, database_url(getattr(request, "param", "sqlite")), SystemClock())
    yield found
    await found.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def shop(database: Database, stand_in: SlackStandIn) -> AsyncIterator[Shop]:
    served = Served()
    found = await asyncio.to_thread(Shop, stand_in, database, KEY, await served.begin())
    served.app.router.routes.extend(found.workspaces.routes)
    yield found
    await found.slack.close()
    await served.end()


KEY_BYTES = Fernet.generate_key()
KEY = Fernet(KEY_BYTES)


@BOTH
async def test_a_workspace_installs_and_its_token_is_sealed(shop: Shop, http: aiohttp.ClientSession) -> None:
    await shop.workspaces.follow()
    assert shop.workspaces.missing
    assert await shop.installs(http) == 200
    token = await shop.token()
    assert token in shop.stand_in.installs.grants
    row = await shop.db.read(lambda tx: tx.one("SELECT * FROM workspace"))
    assert row is not None
    assert token is not None
    assert token not in str(row), "whoever reads the database cannot speak as the bot"
    await shop.workspaces.follow()
    assert not shop.workspaces.missing
    await shop.slack.open()
    assert (shop.slack.team_id, shop.slack.token) == (cast.TEAM, token)


async def test_an_installation_asks_for_the_manifests_scopes_and_comes_back_here(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{shop.url}/slack/install", allow_redirects=False) as out:
        asked = parse_qs(urlsplit(out.headers["Location"]).query)
        assert "HttpOnly" in out.headers["Set-Cookie"]
        assert "Secure" in out.headers["Set-Cookie"]
    assert sorted(asked["scope"][0].split(",")) == sorted(SCOPES)
    assert asked["redirect_uri"] == [f"{shop.url}/slack/oauth_redirect"]
    assert asked["client_id"] == [cast.CLIENT_ID]


@pytest.mark.parametrize("case", ["another browser", "made up", "used before", "cancelled", "wrong code"])
async def test_nothing_is_installed_that_was_not_asked_for_here(
    shop: Shop, http: aiohttp.ClientSession, case: str
) -> None:
    back, cookie = await shop.comes_back(http)
    status = {"used before": 401, "cancelled": 200, "wrong code": 401}.get(case, 400)
    if case == "another browser":
        cookie = ""
    if case == "made up":
        back, cookie = back.partition("state=")[0] + "state=mine", "slack-app-oauth-state=other"
    if case == "cancelled":
        back = f"{shop.url}/slack/oauth_redirect?error=access_denied"
    if case == "wrong code":
        back = back.replace("code=", "code=0")
    if case == "used before":
        assert await shop.states.async_consume(parse_qs(urlsplit(back).query)["state"][0])
    async with http.get(back, headers={"Cookie": cookie}) as page:
        assert page.status == status
    assert await shop.token() is None


async def test_a_state_is_good_once_and_for_ten_minutes(
    database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock
) -> None:
    states = States((await open_ledger(database_url("sqlite"))).db)
    first, second, third = [await states.async_issue() for _ in range(3)]
    assert await states.async_consume(first)
    assert not await states.async_consume(first)
    await clock.advance(STATE_LIVES)
    assert await states.async_consume(second)
    await clock.advance(1)
    assert not await states.async_consume(third)
    assert not await states.async_consume("")


async def test_slack_away_in_the_middle_installs_nothing_and_says_so(shop: Shop, http: aiohttp.ClientSession) -> None:
    back, cookie = await shop.comes_back(http)
    shop.stand_in.control.down = True
    async with http.get(back, headers={"Cookie": cookie}) as page:
        assert (page.status, "Try again" in await page.text()) == (503, True)
    assert await shop.token() is None


@BOTH
async def test_a_token_is_exchanged_before_it_ends_and_by_one_replica_alone(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    other = await asyncio.to_thread(Shop, shop.stand_in, shop.db, KEY, shop.url)
    installs = shop.stand_in.installs
    installs.lives = AHEAD - 60
    await shop.installs(http)
    await shop.workspaces.follow()
    first = await shop.token()
    installs.lives = HALF_A_DAY
    await asyncio.gather(shop.workspaces.rotate(), other.workspaces.rotate())
    assert installs.exchanges == 1
    second = await shop.token()
    assert second != first
    for replica in (shop, other):
        await replica.workspaces.follow()
        assert replica.slack.token == second
        await replica.workspaces.rotate()
    assert installs.exchanges == 1, "it has half a day before it"
    await other.slack.open()
    await other.slack.close()


async def test_a_token_that_ended_while_nobody_ran_is_exchanged_at_the_start(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    shop.stand_in.installs.lives = 1
    await shop.installs(http)
    ended = await shop.token()
    shop.stand_in.installs.grants[str(ended)].ends = 1.0
    shop.stand_in.installs.lives = HALF_A_DAY
    running = asyncio.create_task(shop.workspaces.run())
    await shop.workspaces.opened()
    await shop.slack.open()
    assert shop.slack.token not in ("", ended)
    running.cancel()


@BOTH
async def test_an_exchange_that_fails_is_tried_again_and_never_loses_the_token(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    shop.stand_in.installs.lives = 60
    await shop.installs(http)
    held = await shop.token()
    shop.stand_in.control.down = True
    await shop.workspaces.rotate()
    shop.stand_in.control.down = False
    assert await shop.token() == held
    await shop.workspaces.rotate()
    assert shop.stand_in.installs.exchanges == 0, "claimed, so that two do not try at once"
    await shop.db.write(lambda tx: tx.run("UPDATE workspace SET refreshing_until = 1"))  # a minute later
    shop.stand_in.installs.lives = HALF_A_DAY
    await shop.workspaces.rotate()
    assert (shop.stand_in.installs.exchanges, await shop.token() != held) == (1, True)


@BOTH
async def test_who_uninstalls_is_forgotten_and_may_come_back(shop: Shop, http: aiohttp.ClientSession) -> None:
    for team in (cast.TEAM, BAKERY):
        await shop.installs(http, team)
    await shop.workspaces.follow()
    old = await shop.token()
    app = shop.app()
    events: list[Json] = []
    shop.stand_in.courier.deliver = lambda kind, payload, **_: events.append(payload)  # type: ignore[method-assign, assignment, return-value]
    shop.stand_in.installs.uninstall(cast.TEAM)
    assert [event["event"]["type"] for event in events] == ["tokens_revoked", "app_uninstalled"]
    for event in events:
        assert (await app.async_dispatch(AsyncBoltRequest(body=event, mode="socket_mode"))).status == 200
    await shop.until_none(cast.TEAM)
    assert await shop.token(BAKERY) is not None
    await shop.workspaces.follow()
    assert (shop.workspaces.missing, shop.workspaces.home) == (True, cast.TEAM), "the bakery does not become home"
    shop.slack.use(str(old))
    with pytest.raises(Retryable, match="token"):
        await shop.slack.open()
    await shop.slack.close()

    await shop.installs(http)
    assert await shop.store.first() == cast.TEAM
    late = events[1] | {"event_id": "EvLATE", "event_time": 1_700_000_000}
    await app.async_dispatch(AsyncBoltRequest(body=late, mode="socket_mode"))
    await shop.handled()
    assert await shop.token() not in (None, old), "news from before the installation say nothing about it"
    await shop.workspaces.follow()
    assert not shop.workspaces.missing


async def test_a_persons_revoked_token_is_not_the_bots(shop: Shop, http: aiohttp.ClientSession) -> None:
    await shop.installs(http)
    await shop.workspaces.follow()
    event = {"type": "tokens_revoked", "tokens": {"oauth": [cast.PRIYA], "bot": []}}
    body = {"type": "event_callback", "team_id": cast.TEAM, "event_id": "E", "event_time": 4e9, "event": event}
    assert (await shop.sends(body))[0] == 200
    await shop.handled()
    assert await shop.token() is not None


def spoken(kind: str, team: str) -> Json:
    """Somebody of this workspace asks."""
    if kind == "command":
        return {"command": "/watch", "text": "list", "team_id": team, "trigger_id": "1.1", "user_id": "U07BAKER001"} | {
            "channel_id": "C07BAKERY01"
        }
    if kind == "mention":
        event = {"type": "app_mention", "user": "U07BAKER001", "text": "list", "channel": "C07BAKERY01", "ts": "1.1"}
        return {"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": event}
    if kind == "reaction":
        item = {"type": "message", "channel": "C07BAKERY01", "ts": "1.1"}
        event = {"type": "reaction_added", "user": "U07BAKER001", "reaction": "no_entry", "item": item}
        return {"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": {**event, "event_ts": "1.1"}}
    return {"type": "shortcut", "callback_id": "any", "trigger_id": "1.1"} | {
        "team": {"id": team},
        "user": {"id": "U07BAKER001", "team_id": team},
    }


@pytest.mark.parametrize("kind", ["command", "mention", "reaction", "shortcut"])
async def test_people_of_another_workspace_are_told_where_the_watch_stands_and_no_more(
    shop: Shop, http: aiohttp.ClientSession, kind: str
) -> None:
    for team in (cast.TEAM, BAKERY):
        await shop.installs(http, team)
    await shop.workspaces.follow()
    status, body = await shop.sends(spoken(kind, BAKERY))
    await shop.handled()
    says = "This watch stands in the workspace *Shop*. From here nothing can be read or decided."
    said = [(s["team"], s["method"], s["channel"], s["text"]) for s in shop.stand_in.installs.said]
    assert (status, body) == (200, says if kind == "command" else "")
    assert said == {
        "mention": [(BAKERY, "chat.postEphemeral", "C07BAKERY01", says)],
        "shortcut": [(BAKERY, "chat.postMessage", "U07BAKER001", says)],
    }.get(kind, [])
    assert (shop.watch.lines, await shop.inbox.parked()) == ([], [])


async def test_at_home_people_are_heard_and_a_stranger_is_not(shop: Shop, http: aiohttp.ClientSession) -> None:
    await shop.installs(http)
    await shop.workspaces.follow()
    await shop.slack.open()
    home = spoken("command", cast.TEAM) | {"channel_id": cast.INCIDENTS, "user_id": cast.PRIYA}
    assert (await shop.sends(home))[0] == 200
    await shop.until(lambda: shop.watch.lines == ["list"])
    await shop.handled()
    await shop.sends(spoken("command", "T07STRANGER"))
    assert shop.watch.lines == ["list"]
    assert shop.inbox.puts == 1, "whoever did not install is not even stored"


async def test_home_is_the_one_that_the_configuration_names(shop: Shop, http: aiohttp.ClientSession) -> None:
    named = await asyncio.to_thread(Shop, shop.stand_in, shop.db, KEY, shop.url, BAKERY)
    await shop.installs(http)
    await named.workspaces.follow()
    assert named.workspaces.missing, "the shop installed first, and is not home"
    await shop.installs(http, BAKERY)
    await named.workspaces.follow()
    assert named.slack.token == await shop.token(BAKERY)


async def test_the_doctor_says_who_installed_and_looks_with_the_token_of_home(
    shop: Shop, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    key = tmp_path / "data/slack.key"

    async def rows(home: str = "") -> list[Row]:
        oauth = f"{{client_id: '1', client_secret: s, url: '{shop.url}'{f', home: {home}' if home else ''}}}"
        slack = f"{{mode: http, signing_secret: s, base_url: '{shop.stand_in.url}/api/', oauth: {oauth}}}"
        text = f"slack: {slack}\nledger: {{url: '{shop.db.url}'}}\n"
        path = tmp_path / "watchkeeper.yaml"
        await asyncio.to_thread(path.write_text, text)
        return await look_at_slack(await asyncio.to_thread(load, path, {}))

    [nobody] = await rows()
    assert (nobody.verdict, nobody.says) == ("FAIL", "nobody has installed the app yet")
    assert f"open {shop.url}/slack/install" in nobody.mend
    for team in (cast.TEAM, BAKERY):
        await shop.installs(http, team)
    [keyless] = await rows()
    assert keyless.verdict == "FAIL"
    assert "no key that can be read" in keyless.says
    await asyncio.to_thread(sealing_key, key)
    [foreign] = await rows()
    assert foreign.says == "the tokens in the ledger's database were sealed with another key"
    await asyncio.to_thread(key.write_bytes, KEY_BYTES)
    first, slack, scopes, channel, *_ = await rows()
    assert (first.verdict, first.says) == (
        "warn",
        f"2 workspaces: Shop and Bakery; home is {cast.TEAM}, because it was the first",
    )
    assert (slack.verdict, scopes.verdict, channel.verdict) == ("ok", "ok", "ok")
    assert (await rows(cast.TEAM))[0].verdict == "ok"
    assert (await rows("T07NOBODY00"))[0].says == "the home workspace T07NOBODY00 has not installed the app"


async def test_another_key_opens_nothing_and_says_how_to_mend_it(
    shop: Shop, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await shop.installs(http)
    path = tmp_path / "keys" / "slack.key"
    other = Installations(shop.db, await asyncio.to_thread(sealing_key, path))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="sealed with another key") as caught:
        await other.async_find_bot(enterprise_id=None, team_id=cast.TEAM)
    assert "install anew" in caught.value.mend
    path.write_text("no key")
    with pytest.raises(ConfigError, match="no key that can be read"):
        await asyncio.to_thread(sealing_key, path)
