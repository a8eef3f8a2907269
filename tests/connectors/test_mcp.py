"""Partners over MCP: a deadline that holds, answers that are tamed, and every broken promise told as what it is."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.partners.mcp import McpConfig, McpPartner
from engine.errors import Permanent, Retryable
from engine.redact import Gate
from playground.partners.liar import Liar
from tests.connectors.outside import CUT, HANG, SECRET, closed_port, outside, reply

GATE = Gate()
QUESTION = GATE.clean("what do the failed requests have in common?")
CONTEXT = GATE.tree(
    {
        "service": "checkout",
        "environment": "production",
        "since": "2026-11-24T01:37:00Z",
        "until": "2026-11-24T02:07:00Z",
    }
)
# A partner as a child process, written by hand: it answers as the tool's name says.
CHILD = """
import json, os, sys, time
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask:
        continue
    if ask["method"] == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
        result["serverInfo"] = {"name": "child", "version": "1"}
    elif ask["method"] == "tools/list":
        result = {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in ("pid", "die", "env", "echo")]}
    elif ask["method"] == "tools/call":
        name = ask["params"]["name"]
        if ask["params"]["arguments"].get("question") == "hang":
            time.sleep(60)
        if name == "die":
            os._exit(1)
        says = os.environ.get("PARTNER_KEY", "") + os.environ.get("SLACK_BOT_TOKEN", "")
        says = says if name == "env" else str(os.getpid())
        says = json.dumps(ask["params"]["arguments"]) if name == "echo" else says
        result = {"content": [{"type": "text", "text": says}]}
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], "error": {"code": -32601, "message": "no"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], "result": result}), flush=True)
"""


@asynccontextmanager
async def partner(**settings: Any) -> AsyncIterator[McpPartner]:
    asked = McpPartner("logs", McpConfig.model_validate({"tool": "investigate", "role": "log specialist", **settings}))
    try:
        yield asked
    finally:
        await asked.aclose()


def child(tool: str, **settings: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": ("-c", CHILD), "tool": tool, **settings}


@asynccontextmanager
async def liar(way: str, **settings: Any) -> AsyncIterator[McpPartner]:
    async with Liar() as server, partner(url=f"{server.url}/{way}", **settings) as asked:
        yield asked


async def test_an_honest_answer() -> None:
    async with liar("honest") as asked:
        found = await asked.ask(QUESTION, CONTEXT, 5)
        assert (found.source, found.role, found.question) == ("logs", "log specialist", QUESTION)
        assert found.says == "nothing found"
        assert found.confidence == 1.0
        assert found.window
        assert found.window.since.isoformat() == "2026-11-24T01:37:00+00:00"


@pytest.mark.parametrize(
    ("way", "kind", "words"),
    [
        ("schema", Permanent, "in a form that it does not declare"),
        ("text", Permanent, "in a form that it does not declare"),
        ("error", Permanent, "logs failed: "),
        ("rpc-error", Permanent, "logs failed: "),
        ("500", Retryable, "500"),
        ("cut", Retryable, "logs "),
        ("not-json", (Permanent, Retryable), "logs "),
    ],
)
async def test_a_broken_promise_is_told(way: str, kind: Any, words: str) -> None:
    async with liar(way) as asked:
        with pytest.raises(kind, match=words):
            await asked.ask(QUESTION, CONTEXT, 5)


@pytest.mark.parametrize("way", ["hang", "mute"])
async def test_the_deadline_holds(way: str) -> None:
    async with liar(way) as asked:
        began = time.perf_counter()
        with pytest.raises(TimeoutError, match=r"did not answer in 0\.5 s"):
            await asked.ask(QUESTION, CONTEXT, 0.5)
        assert time.perf_counter() - began < 1.0


async def test_one_that_hangs_does_not_hold_up_another_question() -> None:
    async with liar("slow") as asked:
        late, found = await asyncio.gather(
            asked.ask(QUESTION, CONTEXT, 0.3), asked.ask(QUESTION, CONTEXT, 5), return_exceptions=True
        )
        assert isinstance(late, TimeoutError)
        assert not isinstance(found, BaseException)
        assert found.says == "nothing found"


async def test_hostile_text_is_only_text() -> None:
    async with liar("hostile") as asked:
        found = await asked.ask(QUESTION, CONTEXT, 5)
        assert not {c for c in found.says if ord(c) < 32 and c not in "\t\n"}
        assert not set(found.says) & set("\u202e\u2066\x1b\x07\x7f")
        assert all(link.url.startswith(("http://", "https://")) for link in found.links)


async def test_an_oversized_answer_is_cut() -> None:
    async with liar("oversized") as asked:
        found = await asked.ask(QUESTION, CONTEXT, 5)
        assert len(found.says) == 40_000
        assert found.says.endswith("…")


async def test_an_answer_without_end_is_refused() -> None:
    huge = reply(200, {"jsonrpc": "2.0", "id": 1, "result": "x" * 5_000_000})
    async with outside(huge) as world, partner(url=f"{world.url}/mcp") as asked:
        with pytest.raises((Retryable, Permanent)):
            await asked.ask(QUESTION, CONTEXT, 5)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(401), Permanent),
        (reply(403), Permanent),
        (reply(404), Permanent),
        (reply(421), Permanent),
        (reply(429), Retryable),
        (reply(503, {"error": SECRET}), Retryable),
        (CUT, Retryable),
        (HANG, TimeoutError),
    ],
)
async def test_every_refusal_has_its_class_and_never_shows_the_token(answer: bytes, kind: Any) -> None:
    async with outside(answer) as world, partner(url=f"{world.url}/mcp", token=SECRET) as asked:
        with pytest.raises(kind) as told:
            await asked.ask(QUESTION, CONTEXT, 1)
        assert SECRET not in str(told.value)
        assert world.requests[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_a_partner_that_comes_up_later_is_asked_again() -> None:
    async with Liar() as server:
        url = server.url
    async with partner(url=f"{url}/honest") as asked:
        with pytest.raises(Retryable):
            await asked.ask(QUESTION, CONTEXT, 2)
        async with Liar(port=int(url.rpartition(":")[2])):
            assert (await asked.ask(QUESTION, CONTEXT, 2)).says == "nothing found"


async def test_a_partner_that_restarted_is_asked_again_at_once() -> None:
    async with Liar() as server:
        port = int(server.url.rpartition(":")[2])
        asked = McpPartner("logs", McpConfig.model_validate({"url": f"{server.url}/honest", "tool": "investigate"}))
        await asked.ask(QUESTION, CONTEXT, 5)
    async with Liar(port=port):
        assert (await asked.ask(QUESTION, CONTEXT, 5)).says == "nothing found"
    await asked.aclose()


async def test_nobody_listens() -> None:
    async with partner(url=closed_port()) as asked:
        with pytest.raises(Retryable, match="cannot be reached"):
            await asked.ask(QUESTION, CONTEXT, 2)


async def test_a_child_process_answers_and_stays() -> None:
    async with partner(**child("pid")) as asked:
        one, two = await asked.ask(QUESTION, CONTEXT, 10), await asked.ask(QUESTION, CONTEXT, 10)
        assert one.says == two.says
        assert one.says.isdigit()


async def test_a_child_that_hangs_is_killed_and_the_next_question_starts_another() -> None:
    async with partner(**child("pid")) as asked:
        first = int((await asked.ask(QUESTION, CONTEXT, 10)).says)
        with pytest.raises(TimeoutError):
            await asked.ask(GATE.clean("hang"), CONTEXT, 0.5)
        second = int((await asked.ask(QUESTION, CONTEXT, 10)).says)
        assert second != first
    assert not _runs(first)
    assert not _runs(second)


async def test_a_child_that_dies_is_told() -> None:
    async with partner(**child("die")) as asked:
        with pytest.raises(Retryable):
            await asked.ask(QUESTION, CONTEXT, 10)


async def test_a_child_gets_its_own_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", SECRET)
    async with partner(**child("env", env={"PARTNER_KEY": "given"})) as asked:
        assert (await asked.ask(QUESTION, CONTEXT, 10)).says == "given"


async def test_a_command_that_is_not_there_is_told() -> None:
    async with partner(command="/nowhere/partner") as asked:
        with pytest.raises(Permanent, match="cannot be started"):
            await asked.ask(QUESTION, CONTEXT, 5)


async def test_arguments_are_what_the_configuration_says() -> None:
    arguments = {"q": "{question} ({service})", "from": "{since}", "limit": 3, "odd": "{nothing}", "json": "{x: 1}"}
    async with partner(**child("echo", arguments=arguments)) as asked:
        found = await asked.ask(GATE.clean("why {service}?"), CONTEXT, 10)
        assert json.loads(found.says) == {
            "q": "why {service}? (checkout)",  # what is filled in is not read as a template again
            "from": "2026-11-24T01:37:00Z",
            "limit": 3,
            "odd": "…",
            "json": "{x: 1}",
        }


async def test_the_answer_in_a_few_words_comes_from_the_facts() -> None:
    async with liar("honest", short="{error}") as asked:
        assert (await asked.ask(QUESTION, CONTEXT, 5)).short == ""
    async with liar("honest", short="Nothing") as asked:
        assert (await asked.ask(QUESTION, CONTEXT, 5)).short == "Nothing"


def test_settings_name_one_way() -> None:
    for wrong in ({}, {"url": "http://127.0.0.1/", "command": "x"}):
        with pytest.raises(ValueError, match="either `url` or `command`"):
            McpConfig.model_validate({"tool": "t", **wrong})


def _runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
