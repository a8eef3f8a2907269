"""What goes to and fro: a JSON object, comma-separated lists, a page, properties, and the answer as Jira writes it."""

import json
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from playground.vendors.jira.errors import invalid
from playground.vendors.jira.model import Json

Item = TypeVar("Item")


async def obj(request: web.Request) -> Json:
    """The body as an object; Refusal 400."""
    try:
        asked = await request.json()
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise invalid("There was an error parsing JSON. Check that your request body is valid.")
    return asked


def listed(request: web.Request, name: str) -> list[str]:
    """A parameter that may be repeated and may hold commas."""
    return [part.strip() for value in request.query.getall(name, []) for part in value.split(",") if part.strip()]


def whole(request: web.Request, name: str, default: int) -> int:
    """A parameter that is a whole number; Refusal 400 for any other value."""
    given = request.query.get(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise invalid(f"The value '{given}' of '{name}' is not one.")
    return int(given)


def page(request: web.Request, items: list[Item], most: int) -> tuple[list[Item], int, int]:
    """Cut one page out: what is on it, where it begins, how long it may be."""
    at, size = whole(request, "startAt", 0), min(max(whole(request, "maxResults", most), 1), 5000)
    return items[at : at + size], at, size


def properties_of(asked: Json) -> dict[str, Any]:
    """The properties that a new issue or comment brings; Refusal 400."""
    given = asked.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and one.get("key") for one in given):
        raise invalid("The properties are not a list of keys and values.")
    return {one["key"]: one.get("value") for one in given}


def say(body: Any, status: int = 200) -> web.Response:
    """An answer in UTF-8, whose characters are not escaped: which is what counts where a size has a limit."""
    return web.json_response(body, status=status, dumps=partial(json.dumps, ensure_ascii=False))
