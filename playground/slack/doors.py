"""How the control door answers: JSON in, JSON out, and which refusal has which status. It knows no endpoint."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from playground.slack.errors import Refused
from playground.slack.model import Json
from playground.slack.wire import dumps


def posted(run: Callable[[Json], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A JSON body in, `{"ok": true, …}` out; what is missing in it is named with 400, what Slack refuses with 409."""

    async def handler(request: web.Request) -> web.Response:
        try:
            given: Any = json.loads(await request.read() or b"{}")
            return answer({"ok": True, **await run(given)})
        except Refused as refused:
            return answer({"ok": False, "error": refused.code, "detail": refused.detail}, 409)
        except (KeyError, TypeError, ValueError) as error:
            return answer({"ok": False, "error": "invalid_request", "detail": f"{type(error).__name__}: {error}"}, 400)

    return handler


def answer(body: Json, status: int = 200) -> web.Response:
    """An answer as JSON."""
    return web.Response(text=dumps(body), status=status, content_type="application/json")
