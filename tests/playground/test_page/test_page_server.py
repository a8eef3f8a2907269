"""The page's server: its files, its feed, its door. The browser's side is in test_page_browser.py."""

import asyncio
import copy
import re

import pytest
from aiohttp import ClientSession, WSMsgType, web

from playground.page import server
from playground.page.world import Refused, WorldState
from playground.serving import listening

EMPTY: WorldState = {
    "incident": None,
    "incidents": [],
    "entries": [],
    "chain": "intact",
    "records": {},
    "faults": [{"name": "GitHub answers 503", "short": "GitHub", "key": "github_down", "on": False}],
    "release": {"current": "2026.11.24-2", "bad": False, "run": None},
    "shop": {"healthy": True, "error_rate": 0.002},
}


class Shop:
    """A world of one shop: a release that can be bad, and one fault."""

    def __init__(self):
        self.now = copy.deepcopy(EMPTY)
        self.reads = 0
        self.unreadable = False

    async def state(self):
        self.reads += 1
        if self.unreadable:
            raise OSError("the store is gone")
        return self.now

    async def ship_bad_release(self):
        if self.now["release"]["bad"]:
            raise Refused("The bad release is live already.")
        self.now["release"] = {"current": "2026.11.24-3", "bad": True, "run": None}

    async def switch_fault(self, key, *, on):
        fault = next((fault for fault in self.now["faults"] if fault["key"] == key), None)
        if fault is None:
            raise Refused(f"There is no fault {key}.")
        fault["on"] = on


@pytest.fixture
async def shop():
    return Shop()


@pytest.fixture
async def url(shop):
    app = web.Application()
    server.add_page(app, shop)
    async with listening(app) as address:
        yield address


@pytest.fixture
async def http():
    async with ClientSession() as session:
        yield session


async def test_the_page_and_every_file_it_names_are_served_and_nothing_else(url, http):
    async with http.get(url + "/") as answer:
        html = await answer.text()
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    named = set(re.findall(r'(?:href|src)="(/[^"#]+)"', html))
    assert {"/page/app.js", "/page/style.css"} <= named
    seen: set[str] = set()
    while named - seen:
        path = (named - seen).pop()
        seen.add(path)
        async with http.get(url + path) as answer:
            assert answer.status == 200, path
            named |= {f"/page/{name}" for name in re.findall(r'from "\./([\w.]+)"', await answer.text())}
    assert seen == {f"/page/{file.name}" for file in server.STATIC.iterdir() if file.suffix != ".html"}
    for outside in ("/page/server.py", "/page/..%2Fserver.py", "/page/none.js"):
        async with http.get(url + outside) as answer:
            assert answer.status == 404, outside


def test_nothing_is_loaded_from_outside_and_no_text_is_parsed_as_html():
    for file in server.STATIC.iterdir():
        text = file.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), file.name
        assert not re.search(r"(?:src|href)=\"https?:|url\(|@import|from \"https?:", text), file.name


async def test_a_page_gets_the_state_at_once_and_then_only_changes(url, http, shop):
    async with http.ws_connect(url + "/page/world") as feed:
        assert await feed.receive_json(timeout=2) == EMPTY
        with pytest.raises(asyncio.TimeoutError):
            await feed.receive(timeout=3 * server.PUSH_SECONDS)
    async with http.ws_connect(url + "/page/world") as feed:
        await feed.receive_json(timeout=2)
        shop.now["shop"] = {"healthy": False, "error_rate": 0.073}
        assert (await feed.receive_json(timeout=2))["shop"]["error_rate"] == 0.073


async def test_two_pages_are_both_told_however_late_one_came(url, http, shop):
    async with http.ws_connect(url + "/page/world") as early:
        await early.receive_json(timeout=2)
        shop.now["chain"] = "broken"
        async with http.ws_connect(url + "/page/world") as late:
            assert (await late.receive_json(timeout=2))["chain"] == "broken"
            assert (await early.receive_json(timeout=2))["chain"] == "broken"
            shop.now["chain"] = "intact"
            assert (await late.receive_json(timeout=2))["chain"] == "intact"
            assert (await early.receive_json(timeout=2))["chain"] == "intact"


async def test_a_world_that_cannot_be_read_lets_the_pages_go_and_they_may_come_back(url, http, shop, caplog):
    async with http.ws_connect(url + "/page/world") as feed:
        await feed.receive_json(timeout=2)
        shop.unreadable = True
        assert (await feed.receive(timeout=2)).type is WSMsgType.CLOSE
    assert "could not be read" in caplog.text
    shop.unreadable = False
    async with http.ws_connect(url + "/page/world") as feed:
        assert await feed.receive_json(timeout=2) == EMPTY


async def test_the_door_does_what_it_knows_and_says_what_it_refuses(url, http, shop):
    async def do(order):
        async with http.post(url + "/page/do", json=order) as answer:
            return answer.status, await answer.json()

    assert await do({"do": "ship_bad_release"}) == (200, {"ok": True})
    assert shop.now["release"]["bad"]
    refused = {"ok": False, "error": "refused", "detail": "The bad release is live already."}
    assert await do({"do": "ship_bad_release"}) == (409, refused)
    assert await do({"do": "fault", "key": "github_down", "on": True}) == (200, {"ok": True})
    assert shop.now["faults"][0]["on"]
    for nonsense in ({"do": "fault", "key": "github_down", "on": "yes"}, {"do": "rm"}, [], None, "ship_bad_release"):
        assert (await do(nonsense))[0] == 400, nonsense
    async with http.post(url + "/page/do", data=b"{") as answer:
        assert answer.status == 400


async def test_another_site_in_the_same_browser_is_refused(url, http, shop):
    foreign = {"Origin": "https://elsewhere.example"}
    async with http.post(url + "/page/do", json={"do": "ship_bad_release"}, headers=foreign) as answer:
        assert answer.status == 403
    async with http.get(url + "/page/world", headers=foreign) as answer:
        assert answer.status == 403
    assert not shop.now["release"]["bad"]
    async with http.post(url + "/page/do", json={"do": "ship_bad_release"}, headers={"Origin": url}) as answer:
        assert answer.status == 200
