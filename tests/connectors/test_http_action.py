"""An action over HTTP: sent once, with its operation id, its arguments safe, its outcome in the protocol's classes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectors.actions.http import HttpAction, HttpActionConfig
from engine.errors import Ambiguous, Permanent, Retryable, Unsupported
from engine.redact import Gate
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, closed_port, outside, reply

ARGUMENTS = Gate().tree({"service": "checkout", "from": "2026.11.24-3", "to": "2026.11.24-2"})
BODY = {"service": "{service}", "to": "{to}", "note": "by {op}", "n": 1, "list": ["{from}"]}


@asynccontextmanager
async def action(base: str, **settings: Any) -> AsyncIterator[HttpAction]:
    defaults: dict[str, Any] = {"url": f"{base}/rollback", "body": BODY, "seconds": 1, "token": SECRET}
    one = HttpAction("rollback-release", HttpActionConfig.model_validate(defaults | settings))
    try:
        yield one
    finally:
        await one.aclose()


async def test_what_is_sent() -> None:
    async with outside(reply(202, {"run": 8846, "status": "running"})) as world, action(world.url) as one:
        outcome = await one.run("op-1", ARGUMENTS)
        assert (outcome.status, outcome.run) == ("running", "8846")
        (request,) = world.requests
        assert (request.method, request.path) == ("POST", "/rollback")
        assert request.json == {
            "service": "checkout",
            "to": "2026.11.24-2",
            "note": "by op-1",
            "n": 1,
            "list": ["2026.11.24-3"],
        }
        assert request.headers["idempotency-key"] == request.headers["x-operation-id"] == "op-1"
        assert request.headers["authorization"] == f"Bearer {SECRET}"


async def test_what_people_read_is_what_is_sent_but_for_its_secrets() -> None:
    async with outside(reply(200, {})) as world:
        url = f"{world.url}/{{service}}/rollback?key={SECRET}"
        async with action(world.url, url=url, body=BODY | {"signed": SECRET}) as one:
            shown = one.request("op-1", ARGUMENTS)
            await one.run("op-1", ARGUMENTS)
        (sent,) = world.requests
        assert shown.method == sent.method
        assert f"http://{shown.address}" == f"{world.url}/checkout/rollback"
        assert json.loads(shown.body) == sent.json | {"signed": "[REDACTED:SECRET]"}
        assert SECRET not in str(shown)
        with pytest.raises(Permanent, match="to; nothing was sent"):
            one.request("op-1", Gate().tree({"service": "checkout", "from": "1"}))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"status": "succeeded", "message": "6 of 6 pods"}, "succeeded"),
        (200, {"status": "Done"}, "succeeded"),
        (200, {"status": "failed"}, "failed"),
        (200, {}, "succeeded"),
        (202, {}, "running"),
        (204, b"", "succeeded"),
    ],
)
async def test_what_the_target_says(status: int, body: object, expected: str) -> None:
    async with outside(reply(status, body)) as world, action(world.url) as one:
        assert (await one.run("op-1", ARGUMENTS)).status == expected


@pytest.mark.parametrize(
    "answer",
    [
        *(reply(status, {"error": "x"}) for status in (300, 301, 302, 303, 500, 502, 503, 504, 599)),
        reply(503, {}, {"Retry-After": "1"}),
        reply(200, b"<html>maintenance</html>"),
        reply(200, b"{"),
        reply(200, [1]),
        reply(200, {"status": "perhaps"}),
        reply(200, {"status": 5}),
        reply(200, b"[" * 100_000),
        CUT,
        HANG,
        DRIP,
    ],
)
async def test_what_may_have_happened_is_ambiguous_and_never_sent_twice(answer: bytes) -> None:
    async with outside(answer) as world, action(world.url) as one:
        with pytest.raises(Ambiguous):
            await one.run("op-1", ARGUMENTS)
        assert len(world.requests) == 1


@pytest.mark.parametrize("status", [307, 308, *range(400, 419), 422, 425, 429, 451])
async def test_what_was_refused_did_not_happen(status: int) -> None:
    answer = reply(status, {"error": f"no, {SECRET}"}, {"Location": "/elsewhere", "Retry-After": "1"})
    async with outside(answer) as world, action(world.url) as one:
        with pytest.raises(Permanent) as told:
            await one.run("op-1", ARGUMENTS)
        assert SECRET not in str(told.value)
        assert len(world.requests) == 1


async def test_what_never_left_did_not_happen() -> None:
    async with action(closed_port()) as one:
        with pytest.raises(Permanent, match="nothing was sent"):
            await one.run("op-1", ARGUMENTS)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b?c#d", "/x/a%2Fb%3Fc%23d/y"),
        ("ä {to}", "/x/%C3%A4%20%7Bto%7D/y"),
        ("@host:1", "/x/%40host%3A1/y"),
        (True, "/x/true/y"),
    ],
)
async def test_a_value_stays_inside_its_place_in_an_address(value: object, path: str) -> None:
    async with outside(reply(200, {})) as world, action(world.url, url=f"{world.url}/x/{{v}}/y", body=None) as one:
        await one.run("op-1", Gate().tree({"v": value}))
        assert world.requests[0].path == path


@pytest.mark.parametrize("value", ["", ".", "..", None])
async def test_a_value_that_leads_elsewhere_is_refused(value: object) -> None:
    async with outside(reply(200, {})) as world, action(world.url, url=f"{world.url}/x/{{v}}/y", body=None) as one:
        with pytest.raises(Permanent, match="nothing was sent"):
            await one.run("op-1", Gate().tree({"v": value}))
        assert world.requests == []


async def test_a_missing_argument_is_named_and_nothing_is_sent() -> None:
    async with outside(reply(200, {})) as world, action(world.url) as one:
        with pytest.raises(Permanent, match="needs the argument service, to"):
            await one.run("op-1", Gate().tree({"from": "x"}))
        assert world.requests == []


async def test_a_value_is_data_in_a_body() -> None:
    async with outside(reply(200, {})) as world, action(world.url, body={"to": "{to}", "n": "{n}"}) as one:
        await one.run("op-1", Gate().tree({"to": '", "admin": true, "x": "{op}', "n": 3}))
        assert world.requests[0].json == {"to": '", "admin": true, "x": "{op}', "n": 3}


async def test_the_state_is_read_by_its_paths() -> None:
    answer = reply(200, {"release": "3", "pods": [{"release": "3"}], "deep": {"a": {"b": 1}}, "tree": {"x": []}})
    fields = {"release": "release", "first": "pods.0.release", "b": "deep.a.b", "none": "pods.9.x", "tree": "tree"}
    async with (
        outside(answer) as world,
        action(world.url, state_url=f"{world.url}/state?of={{service}}", state_fields=fields) as one,
    ):
        state = await one.state(ARGUMENTS)
        assert state == {"release": "3", "first": "3", "b": 1, "none": None, "tree": '{"x": []}'}
        assert world.requests[0].path == "/state?of=checkout"
        world.says(reply(500))
        with pytest.raises(Retryable):
            await one.state(ARGUMENTS)
        world.says(reply(200, b"<html>"))
        with pytest.raises(Retryable):
            await one.state(ARGUMENTS)
    async with action(world.url) as one:
        assert await one.state(ARGUMENTS) == {}


async def test_a_dry_run_says_what_would_change_and_carries_no_operation_id() -> None:
    answer = reply(200, {"pods": 6, "settings": 0, "migration": False})
    settings = {
        "dry_run_says": "{pods} pods change image, {settings} settings change; {to} runs then.",
        "dry_run_needs": {"migration": False},
    }
    async with (
        outside(answer) as world,
        action(world.url, dry_run_url=f"{world.url}/rollback?dry_run=1", body={"to": "{to}"}, **settings) as one,
    ):
        preview = await one.preview(ARGUMENTS)
        assert preview
        assert preview.says == "6 pods change image, 0 settings change; 2026.11.24-2 runs then."
        assert preview.passed
        assert "idempotency-key" not in world.requests[0].headers
        world.says(reply(200, {"pods": 6, "settings": 0, "migration": True}))
        preview = await one.preview(ARGUMENTS)
        assert preview
        assert not preview.passed
        world.says(reply(409, {"error": "another run is not finished"}))
        preview = await one.preview(ARGUMENTS)
        assert preview
        assert not preview.passed
        assert "another run is not finished" in preview.says
        for fault in (reply(500), CUT, reply(200, b"<html>"), reply(429)):
            world.says(fault)
            with pytest.raises(Retryable):
                await one.preview(ARGUMENTS)
    async with action(world.url) as one:
        assert await one.preview(ARGUMENTS) is None


async def test_looking_for_an_operation() -> None:
    async with (
        outside(reply(200, {"status": "succeeded", "done": 6, "of": 6})) as world,
        action(world.url, status_url=f"{world.url}/rollback/{{op}}", idempotency="lookup") as one,
    ):
        outcome = await one.look("op/1", ARGUMENTS)
        assert outcome
        assert outcome.facts == {"status": "succeeded", "done": 6, "of": 6}
        assert world.requests[0].path == "/rollback/op%2F1"
        world.says(reply(404))
        assert await one.look("op-1", ARGUMENTS) is None
        for fault in (reply(500), reply(200, b"<html>"), reply(200, {}), reply(200, {"status": "?"}), CUT, HANG):
            world.says(fault)
            with pytest.raises(Retryable):
                await one.look("op-1", ARGUMENTS)
    async with action(world.url) as one:
        with pytest.raises(Unsupported):
            await one.look("op-1", ARGUMENTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x/"},
        {"url": "http://{host}/"},
        {"url": "http:///x"},
        {"idempotency": "lookup"},
        {"idempotency": "lookup", "status_url": "http://x/none"},
        {"unknown": 1},
    ],
)
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        HttpActionConfig.model_validate({"url": "http://127.0.0.1/x"} | wrong)
