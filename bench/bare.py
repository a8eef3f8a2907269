"""The floor: the least program that keeps what it is told before it answers, and then does the one thing asked of it.

    /watch …           stored durably, then acknowledged
    a reaction         stored durably, acknowledged, then a POST to `--target`; with `--edits` its message is edited
    POST /alert        stored durably, answered 202, then a message to `--channel`

Stored durably means: one row, one commit, `synchronous=FULL`, on a worker thread. It judges nothing and
retries nothing.
"""

import argparse
import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from playground.serving import listening, serve


class Bare:
    """One connection to Slack, one file, one HTTP route."""

    def __init__(self, slack: str, file: str, target: str, channel: str, *, edits: bool) -> None:
        self.url = ""
        self._slack = slack
        self._file = file
        self._target = target
        self._channel = channel
        self._edits = edits
        self._thread = ThreadPoolExecutor(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Bare"]:
        """Connect, then serve."""
        self._thread.submit(self._open).result()
        app = web.Application()
        app.router.add_post("/alert", self._alert)
        async with aiohttp.ClientSession() as self._http, self._http.ws_connect(await self._ticket()) as self._ws:
            self._soon(self._listen())
            async with listening(app) as self.url:
                yield self
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._thread.submit(self._database.close).result()
        self._thread.shutdown()

    def _open(self) -> None:
        self._database = sqlite3.connect(self._file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def _insert(self, body: str) -> None:
        self._database.execute("INSERT INTO inbox (body) VALUES (?)", (body,))

    async def _keep(self, body: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._insert, body)

    async def _call(self, method: str, token: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {os.environ[token]}"}
        async with self._http.post(f"{self._slack}/api/{method}", json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def _ticket(self) -> str:
        return str((await self._call("apps.connections.open", "SLACK_APP_TOKEN"))["url"])

    async def _listen(self) -> None:
        async for frame in self._ws:
            envelope = json.loads(frame.data)
            if "envelope_id" in envelope:
                self._soon(self._take(envelope, frame.data))

    async def _take(self, envelope: dict[str, Any], frame: str) -> None:
        await self._keep(frame)
        await self._ws.send_str(json.dumps({"envelope_id": envelope["envelope_id"]}))
        event = envelope["payload"].get("event", {})
        if event.get("type") == "reaction_added":
            await self._answer(event["item"])

    async def _answer(self, item: dict[str, Any]) -> None:
        if self._edits:
            await self._call("chat.update", "SLACK_BOT_TOKEN", channel=item["channel"], ts=item["ts"], text="approved")
            return
        async with self._http.post(self._target, json={}) as response:
            await response.read()

    async def _alert(self, request: web.Request) -> web.Response:
        body = await request.text()
        await self._keep(body)
        summary = json.loads(body)["alerts"][0]["annotations"]["summary"]
        self._soon(self._post(summary))
        return web.Response(status=202)

    async def _post(self, text: str) -> None:
        await self._call("chat.postMessage", "SLACK_BOT_TOKEN", channel=self._channel, text=text)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def main() -> None:
    """Run until told to stop; one JSON line says where."""
    arguments = argparse.ArgumentParser(prog="python -m bench.bare", description=__doc__.partition("\n")[0])
    for name in ("slack", "file", "target", "channel"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--edits", action="store_true")
    asked = arguments.parse_args()
    serve(Bare(asked.slack, asked.file, asked.target, asked.channel, edits=asked.edits).running())


if __name__ == "__main__":
    main()
