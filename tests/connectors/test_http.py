"""The one judge of HTTP answers: every status has its class, for reads and for writes."""

import asyncio

import httpx
import pytest
from aiohttp import web

from connectors import http
from engine.errors import Ambiguous, Permanent, Retryable
from playground.serving import listening
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, closed_port, outside, reply

STATUSES = sorted({*range(300, 309), *range(400, 452), *range(500, 512), 599} - {304})


async def send(url: str, seconds: float = 5) -> http.Answer:
    async with http.client({"Authorization": f"Bearer {SECRET}"}, keep_alive=False) as client:
        return await http.write(client, "POST", url, who="target", seconds=seconds, secrets=[SECRET], content=b"{}")


async def fetch(url: str, seconds: float = 5) -> http.Answer:
    async with http.client() as client:
        return await http.read(client, url, who="target", seconds=seconds, secrets=[SECRET])


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
async def test_a_2xx_comes_back(status: int) -> None:
    async with outside(reply(status, {"a": 1})) as world:
        assert (await send(world.url)).status == status
        assert (await fetch(world.url)).status == status


async def test_every_other_status_has_its_class() -> None:
    async with outside() as world:
        for status in STATUSES:
            world.says(reply(status, {"message": f"no, {SECRET}"}))
            with pytest.raises((Retryable, Permanent, Ambiguous)) as write:
                await send(world.url)
            with pytest.raises((Retryable, Permanent)) as read:
                await fetch(world.url)
            soon = status in {408, 425, 429}
            definite = soon or 400 <= status < 500 or status in {307, 308}
            expected = Retryable if soon else Permanent if definite else Ambiguous
            assert write.type is expected, status
            assert read.type is (Permanent if expected is Permanent else Retryable), status
            assert SECRET not in f"{write.value}{read.value}"
            assert str(status) in str(write.value)
        assert len(world.requests) == 2 * len(STATUSES)  # nothing was repeated, nothing was followed


@pytest.mark.parametrize("fault", [CUT, HANG, DRIP])
async def test_what_was_cut_or_took_too_long_may_have_happened(fault: bytes) -> None:
    async with outside(fault) as world:
        with pytest.raises(Ambiguous):
            await send(world.url, seconds=0.2)
        with pytest.raises(Retryable):
            await fetch(world.url, seconds=0.2)


@pytest.mark.parametrize("url", [closed_port(), "https://127.0.0.1:1/"], ids=["http", "https"])
async def test_what_never_left_was_not_done(url: str) -> None:
    with pytest.raises(Retryable, match="nothing was sent"):
        await send(url)


async def test_a_tls_hand_shake_that_fails_sent_nothing() -> None:
    async with outside(reply(200)) as world:
        with pytest.raises(Retryable, match="nothing was sent"):
            await send(world.url.replace("http:", "https:"))


async def test_what_a_client_has_no_connection_for_waits_before_the_pool() -> None:
    arrived, begun, full, go_on = 0, 0, asyncio.Event(), asyncio.Event()

    async def held(_: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == http.CONNECTIONS:
            full.set()
        await go_on.wait()
        return web.json_response({})

    async def begins(_: httpx.Request) -> None:
        nonlocal begun
        begun += 1

    app = web.Application()
    app.add_routes([web.get("/", held)])
    async with listening(app) as url, http.client() as client:
        client.event_hooks = {"request": [begins]}
        more = http.CONNECTIONS + 10
        reads = [asyncio.create_task(http.read(client, url, who="target", seconds=20)) for _ in range(more)]
        await asyncio.wait_for(full.wait(), 20)
        assert begun == http.CONNECTIONS
        go_on.set()
        assert [(await one).status for one in reads] == [200] * more
    assert begun == more


async def test_a_large_answer_is_cut() -> None:
    async with outside(reply(200, b"x" * (http.MAX_BYTES + 1))) as world:
        answer = await fetch(world.url)
        assert (len(answer.body), answer.whole) == (http.MAX_BYTES, False)
        with pytest.raises(ValueError, match="too large"):
            answer.json()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "999999"}, http.MAX_WAIT),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, 5),
        ({"retry-after": "-3"}, 5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, 0),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "0"}, 5),
        ({}, 5),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert http.retry_after(headers) == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": {}}', b"\xff", b"[" * 9_999])
def test_an_error_body_that_says_nothing_says_nothing(body: bytes) -> None:
    assert http.said(body) == ""


def test_an_error_body_is_one_short_line() -> None:
    assert http.said(b'{"error": "a\\nb"}') == "a b"
    assert len(http.said(b'{"detail": "' + b"x" * 5_000 + b'"}')) == 200
