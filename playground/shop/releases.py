"""The deployment service of the shop: what runs, what ran before, and the way there and back; it serves no customers.

    GET  /state                  {"service", "release": null while pods differ, "previous", "pods": [{"pod", "release",
                                 "state"}], "running": run or null}
    GET  /releases?service=&since=   newest first, `since` in ISO 8601: [{"run", "kind": "deploy" | "rollback",
                                 "service", "release", "previous", "began", "ended", "status", "pods",
                                 "change": {"number", "title", "author", "files": [name], "migration"},
                                 "canary": {"orders", "errors", "with_currency", "at"} or null}]
    POST /deploy                 {"service", "release"} → 202 progress
    POST /rollback[?dry_run=1]   {"service", "to", "from", "operation_id"} → 202 progress, 200 for an operation id that
                                 is known: the same run, not a second one. `to` is the release before when left out.
                                 `from`, when given, must be what runs on every pod. The operation id may come in the
                                 header `Idempotency-Key` instead. A dry run answers 200 and changes nothing:
                                 {"service", "from", "to", "pods", "changes": [{"pod", "from", "to"}], "settings": 0,
                                 "migration", "seconds", "undo"}
    GET  /rollback/{operation}   progress
    GET  /runs/{run}             progress
    GET  /changes/{number}       the change as a diff, text/plain
    GET  /healthz                200

Progress: {"run": "8842", "kind", "status": "running" | "succeeded" | "failed", "done": 2, "of": 6, "from", "to",
"message", "operation_id", "began", "ended"}. Times are ISO 8601 in UTC. Refusals are {"error": words}:
400 (no JSON object), 404 (service, run, operation), 409 (another run is not finished; `from` is not what runs; an
operation id that came with other arguments), 422 (a release or an operation id is missing or not known), 502 (shop).
"""

import argparse
import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web

from playground.serving import listening, serve
from playground.shop.catalogue import change_of, difference, files_between
from playground.shop.rollout import Run, ShopPods, roll, stamp
from playground.shop.shop import SERVICE

FIRST_RUN = 8840


class Refused(web.HTTPException):
    """An answer that is a no, with its words as JSON."""

    def __init__(self, status: int, words: str) -> None:
        self.status_code = status
        super().__init__(text=json.dumps({"error": words}), content_type="application/json")


class Releases:
    """The running service. `seconds` is what one roll through all pods takes."""

    def __init__(self, shop_url: str, *, seconds: float = 4.0, port: int = 0) -> None:
        self.url = ""
        self._shop_url = shop_url
        self._seconds = seconds
        self._port = port
        self._runs: list[Run] = []
        self._rolling: asyncio.Task[None] | None = None
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        await self._running.enter_async_context(session)
        self._pods = ShopPods(session, self._shop_url)
        await self._remember_first()
        self.url = await self._running.enter_async_context(listening(self._app(), self._port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rolling is not None:
            self._rolling.cancel()
            await asyncio.gather(self._rolling, return_exceptions=True)
        await self._running.aclose()

    async def _remember_first(self) -> None:
        # The shop was running before this service looked: what it runs was deployed the day before.
        pods = await self._pods.listed()
        release = pods[0]["release"]
        began = datetime.now(UTC) - timedelta(days=1)
        first = Run(FIRST_RUN, "deploy", release, None, len(pods), began, began + timedelta(minutes=4), "succeeded")
        self._runs.append(replace(first, done=len(pods), message=f"{len(pods)} of {len(pods)} pods run {release}"))

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/state", self._show_state),
                web.get("/releases", self._list_releases),
                web.post("/deploy", self._deploy),
                web.post("/rollback", self._roll_back),
                web.get("/rollback/{operation}", self._show_rollback),
                web.get("/runs/{run}", self._show_run),
                web.get("/changes/{number}", self._show_change),
                web.get("/healthz", self._show_health),
            ]
        )
        return app

    async def _show_health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _show_state(self, request: web.Request) -> web.Response:
        pods = await self._read_pods()
        active = self._active()
        state = {
            "service": SERVICE,
            "release": _common_release(pods),
            "previous": self._previous(pods),
            "pods": pods,
            "running": active.progress() if active else None,
        }
        return web.json_response(state)

    async def _list_releases(self, request: web.Request) -> web.Response:
        if request.query.get("service", SERVICE) != SERVICE:
            return web.json_response([])
        try:
            since = datetime.fromisoformat(request.query.get("since", "1970-01-01T00:00:00Z"))
        except ValueError:
            raise Refused(422, "since is not a time in ISO 8601") from None
        if since.tzinfo is None:
            raise Refused(422, "since has no time zone")
        chosen = [run for run in reversed(self._runs) if run.began >= since]
        return web.json_response(await asyncio.to_thread(lambda: [_as_history(run) for run in chosen]))

    async def _deploy(self, request: web.Request) -> web.Response:
        asked = await _object(request)
        self._check(asked, "release")
        pods = await self._read_pods()
        run = self._begin("deploy", asked["release"], _common_release(pods) or self._runs[-1].release, len(pods))
        return web.json_response(run.progress(), status=202)

    async def _roll_back(self, request: web.Request) -> web.Response:
        asked = await _object(request)
        operation = request.headers.get("Idempotency-Key") or asked.get("operation_id")
        pods = await self._read_pods()
        dry = request.query.get("dry_run") == "1"
        # From here to the new run nothing is awaited, so two requests with one operation id cannot both find none.
        known = None if dry else self._by_operation(operation)
        if known is not None:
            if asked.get("to") not in (None, known.release):
                raise Refused(409, "this operation id came with other arguments")
            return web.json_response(known.progress())
        asked.setdefault("to", self._previous(pods))
        self._check(asked, "to")
        current = _common_release(pods)
        if asked.get("from") not in (None, current):
            raise Refused(409, f"the release is {current or 'not the same on all pods'}, not {asked['from']}")
        if dry:
            return web.json_response(self._dry_run(pods, current, asked["to"]))
        if not operation:
            raise Refused(422, "an operation id is missing")
        run = self._begin("rollback", asked["to"], current or self._runs[-1].release, len(pods), operation)
        return web.json_response(run.progress(), status=202)

    def _dry_run(self, pods: list[dict[str, str]], current: str | None, to: str) -> dict[str, Any]:
        replaced = current or self._runs[-1].release
        return {
            "service": SERVICE,
            "from": current,
            "to": to,
            "pods": len(pods),
            "changes": [{"pod": p["pod"], "from": p["release"], "to": to} for p in pods if p["release"] != to],
            "settings": 0,
            "migration": change_of(replaced).migration,
            "seconds": self._seconds,
            "undo": f"deploy {replaced} again",
        }

    async def _show_rollback(self, request: web.Request) -> web.Response:
        run = self._by_operation(request.match_info["operation"])
        if run is None:
            raise Refused(404, "no such operation")
        return web.json_response(run.progress())

    async def _show_run(self, request: web.Request) -> web.Response:
        for run in self._runs:
            if str(run.number) == request.match_info["run"]:
                return web.json_response(run.progress())
        raise Refused(404, "no such run")

    async def _show_change(self, request: web.Request) -> web.Response:
        for run in reversed(self._runs):
            if run.previous and str(change_of(run.release).number) == request.match_info["number"]:
                text = await asyncio.to_thread(difference, run.previous, run.release)
                return web.Response(text=text)
        raise Refused(404, "no such change was deployed here")

    def _check(self, asked: dict[str, Any], name: str) -> None:
        if asked.get("service") != SERVICE:
            raise Refused(404, "no such service")
        try:
            change_of(str(asked.get(name)))
        except KeyError:
            raise Refused(422, f"{name} is missing or not a known release") from None
        active = self._active()
        if active is not None:
            raise Refused(409, f"run {active.number} is not finished: {active.done} of {active.of} pods")

    def _begin(
        self, kind: Literal["deploy", "rollback"], release: str, replaced: str, pods: int, operation: str | None = None
    ) -> Run:
        number = self._runs[-1].number + 1
        run = Run(number, kind, release, replaced, pods, operation=operation)
        self._runs.append(run)
        self._rolling = asyncio.create_task(roll(run, self._pods, self._seconds))
        return run

    async def _read_pods(self) -> list[dict[str, str]]:
        try:
            return await self._pods.listed()
        except (aiohttp.ClientError, TimeoutError):
            raise Refused(502, "the shop does not answer") from None

    def _previous(self, pods: list[dict[str, str]]) -> str | None:
        """Tell what ran before the release that runs now: the target of a roll-back without `to`."""
        current = _common_release(pods) or self._runs[-1].release
        return next((run.previous for run in reversed(self._runs) if run.release == current), None)

    def _active(self) -> Run | None:
        return self._runs[-1] if self._runs[-1].status == "running" else None

    def _by_operation(self, operation: str | None) -> Run | None:
        return next((run for run in self._runs if operation and run.operation == operation), None)


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Refused(400, "the body is a JSON object")
    return asked


def _common_release(pods: list[dict[str, str]]) -> str | None:
    """Tell the release that every pod runs and is up with; None while they differ."""
    releases = {pod["release"] for pod in pods}
    return releases.pop() if len(releases) == 1 and all(pod["state"] == "up" for pod in pods) else None


def _as_history(run: Run) -> dict[str, Any]:
    """Describe a run with the change it brought; reads the sources of both releases."""
    change = change_of(run.release)
    return {
        "run": str(run.number),
        "kind": run.kind,
        "service": SERVICE,
        "release": run.release,
        "previous": run.previous,
        "began": stamp(run.began),
        "ended": stamp(run.ended),
        "status": run.status,
        "pods": run.done,
        "change": {
            "number": change.number,
            "title": change.title,
            "author": change.author,
            "files": files_between(run.previous, run.release) if run.previous else [],
            "migration": change.migration,
        },
        "canary": run.canary.as_json() if run.canary else None,
    }


def main() -> None:
    """Run the deployment service as a process."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--shop", required=True, help="the shop's URL")
    arguments.add_argument("--seconds", type=float, default=4.0, help="time of one roll through all pods")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = arguments.parse_args()
    serve(Releases(asked.shop, seconds=asked.seconds, port=asked.port))


if __name__ == "__main__":
    main()
