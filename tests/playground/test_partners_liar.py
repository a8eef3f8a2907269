"""The liar breaks its word in every promised way, as a real MCP client sees it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from playground.partners.liar import HOSTILE, OVERSIZED, Liar

QUESTION = dict.fromkeys(("question", "service", "since", "until"), "x")


async def call_liar(liar: Liar, way: str) -> Any:
    async with Client(f"{liar.url}/{way}", read_timeout_seconds=1) as client:
        return await client.call_tool("investigate", QUESTION)


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with Liar() as running:
        yield running


async def test_the_liar_keeps_its_word_on_one_path(liar: Liar) -> None:
    result = await call_liar(liar, "honest")
    assert (result.is_error, result.structured_content["says"]) == (False, "nothing found")
    assert liar.asked["honest"] == 1


@pytest.mark.parametrize(
    ("way", "failure"),
    [
        ("schema", RuntimeError),
        ("text", RuntimeError),
        ("hang", MCPError),
        ("rpc-error", MCPError),
        ("500", MCPError),
        ("not-json", MCPError),
        ("cut", Exception),
    ],
)
async def test_the_liar_breaks_its_word(liar: Liar, way: str, failure: type[Exception]) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        await call_liar(liar, way)
    assert isinstance(_innermost(raised.value), failure)
    assert liar.asked[way] >= 1


async def test_the_liar_does_not_even_shake_hands(liar: Liar) -> None:
    # The client's own read timeout does not bound its probe, which waits for ten seconds: the asker has to.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await call_liar(liar, "mute")
    assert liar.asked["mute"] >= 1


def _innermost(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


async def test_the_liar_fails_shouts_and_floods(liar: Liar) -> None:
    assert (await call_liar(liar, "error")).is_error
    hostile = (await call_liar(liar, "hostile")).structured_content
    assert hostile["says"] == hostile["examples"][0] == HOSTILE
    assert (await call_liar(liar, "oversized")).structured_content["says"] == OVERSIZED


async def test_the_liar_hides_its_tool(liar: Liar) -> None:
    async with Client(f"{liar.url}/no-tool", read_timeout_seconds=1) as client:
        assert (await client.list_tools()).tools == []
