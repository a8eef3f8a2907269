"""People with a script: each reads what Slack shows to them and acts as a person can, by the stand-in's control door.

Nothing of the bot is read here, neither its ledger nor its metadata: only words, reactions and buttons.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from playground.slack import cast

EMOJI = {"✅": "white_check_mark", "⛔": "no_entry", "👍": "+1", "👀": "eyes"}
CHANNEL = "incidents"
Json = dict[str, Any]


class NotSeen(AssertionError):
    """What was waited for did not appear; the words are what was there instead."""


class NotAllowed(Exception):
    """Slack would not let this person do that; the words are Slack's."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One message as somebody sees it. `words` is its text and everything in its blocks."""

    ts: str
    thread: str
    words: str
    message: Json = field(repr=False)

    def __contains__(self, words: str) -> bool:
        return _plain(words) in self.words

    @property
    def buttons(self) -> list[str]:
        """What can be pressed, by the words on it."""
        return [words for words, _ in _buttons(self.message["blocks"]) if words]

    @property
    def menu(self) -> list[str]:
        """What can be chosen behind `⋯`, by its words."""
        return [words for words, _, _ in _entries(self.message["blocks"])]


class Slack:
    """What everybody sees; `look` and `expects` take what `GET /control/expect` takes."""

    def __init__(self, url: str, session: aiohttp.ClientSession, channel: str = CHANNEL) -> None:
        self._url = url
        self._session = session
        self.channel = channel

    async def expects(self, *words: str, within: float = 15, lacks: Sequence[str] = (), **more: str) -> Sight:
        """Wait for a message with all these words and none of `lacks`. Raises `NotSeen`."""
        query = [("contains", word) for word in words] + [("lacks", word) for word in lacks]
        query += [("channel", self.channel), ("timeout", f"{within:g}"), *more.items()]
        timeout = aiohttp.ClientTimeout(total=within + 5)
        async with self._session.get(f"{self._url}/control/expect", params=query, timeout=timeout) as response:
            answer = await response.json()
        if response.status != 200:
            raise NotSeen(_missed(words, more, answer))
        return _sight(answer["message"])

    async def form(self, user: str, *words: str, within: float = 10) -> Json:
        """Wait for a modal in front of somebody, with all these words. Raises `NotSeen`."""
        query = [("contains", word) for word in words] + [("user", user), ("timeout", f"{within:g}")]
        timeout = aiohttp.ClientTimeout(total=within + 5)
        async with self._session.get(f"{self._url}/control/view", params=query, timeout=timeout) as response:
            answer: Json = await response.json()
        if response.status != 200:
            raise NotSeen(f"no form with {', '.join(map(repr, words))}; there was: {answer.get('there')}")
        view: Json = answer["view"]
        return view

    async def shows(self) -> list[Sight]:
        """Every message of the channel that is not deleted, what only one person sees left out."""
        async with self._session.get(f"{self._url}/control/messages", params={"channel": self.channel}) as response:
            answer = await response.json()
        return [_sight(m) for m in answer["messages"] if not m["deleted"] and not m["ephemeral_to"]]

    async def tell(self, door: str, /, **body: Any) -> Json:
        """Use the control door: `tell("down", on=True)`. Raises `NotAllowed`."""
        timeout = aiohttp.ClientTimeout(total=30)
        async with self._session.post(f"{self._url}/control/{door}", json=body, timeout=timeout) as response:
            answer: Json = await response.json()
        if not answer["ok"]:
            raise NotAllowed(f"{answer['error']}: {answer.get('detail', '')}")
        return answer

    async def home(self, user: str, *words: str, within: float = 10, lacks: Sequence[str] = ()) -> "Sight":
        """Wait for this person's Home tab to have all these words and none of `lacks`. Raises `NotSeen`."""
        query = [("contains", word) for word in words] + [("user", user), ("on", "home"), ("timeout", f"{within:g}")]
        deadline = time.monotonic() + within
        while True:
            async with self._session.get(f"{self._url}/control/view", params=query) as response:
                answer = await response.json()
            if response.status != 200:
                raise NotSeen(f"no Home with {', '.join(map(repr, words))}; there was: {await self._home_now(user)}")
            view = answer["view"]
            seen = Sight(view["hash"], "", _plain("\n".join(_texts(view["blocks"]))), view)
            if not any(word in seen for word in lacks):
                return seen
            if time.monotonic() > deadline:
                raise NotSeen(f"the Home still has one of {', '.join(map(repr, lacks))}: {seen.words!r}")
            await asyncio.sleep(0.05)

    async def _home_now(self, user: str) -> str:
        query = {"user": user, "on": "home", "timeout": "0"}
        async with self._session.get(f"{self._url}/control/view", params=query) as response:
            answer = await response.json()
        return repr("\n".join(_texts(answer["view"]["blocks"]))) if response.status == 200 else "none"

    def person(self, user: str) -> "Person":
        """Somebody of the storyboard, by id."""
        return Person(self, user)


class Person:
    """One member of the workspace."""

    def __init__(self, slack: Slack, user: str) -> None:
        self.user = user
        self.name = cast.users()[user].real_name
        self._slack = slack

    async def reacts(self, emoji: str, on: Sight) -> None:
        """Put an emoji on a message."""
        await self._act("react", ts=on.ts, name=EMOJI.get(emoji, emoji))

    async def takes_back(self, emoji: str, on: Sight) -> None:
        """Remove one's emoji."""
        await self._act("unreact", ts=on.ts, name=EMOJI.get(emoji, emoji))

    async def presses(self, button: str, on: Sight, *, confirm: bool = False) -> None:
        """Press the button with these words on it. Raises `NotAllowed`, also when no such button is there."""
        found = dict(_buttons(on.message["blocks"]))
        if button not in found:
            raise NotAllowed(f"there is no button {button!r}, only {', '.join(found) or 'none'}")
        where = {"on": "home"} if on.message.get("type") == "home" else {"ts": on.ts}
        await self._act("click", action_id=found[button], confirm=confirm, **where)

    async def picks(self, entry: str, on: Sight) -> None:
        """Choose the entry with these words from the menu behind `⋯`. Raises `NotAllowed` when none has it."""
        found = {words: (action, value) for words, action, value in _entries(on.message["blocks"])}
        if entry not in found:
            raise NotAllowed(f"no menu has {entry!r}, only {', '.join(found) or 'none is there'}")
        action, value = found[entry]
        await self._act("click", ts=on.ts, action_id=action, value=value)

    async def uses(self, shortcut: str, on: Sight | None = None) -> None:
        """Choose a shortcut by its callback id: on a message, or from anywhere."""
        await self._act("shortcut", callback_id=shortcut, ts=on.ts if on else "")

    async def types(self, text: str, thread: str = "") -> None:
        """Write in the channel, or in a thread; what begins with `/` is a command."""
        await self._act("message", text=text, thread_ts=thread)

    async def mentions(self, text: str, thread: str = "") -> None:
        """Write `@watchkeeper …`."""
        await self._act("mention", text=text, thread_ts=thread)

    async def opens_home(self) -> None:
        """Open the app's Home tab."""
        await self._act("open_home")

    async def sees_home(self, *words: str, within: float = 10, lacks: Sequence[str] = ()) -> Sight:
        """Wait for one's Home tab to have all these words and none of `lacks`; it is not opened for that."""
        return await self._slack.home(self.user, *words, within=within, lacks=lacks)

    async def is_told(self, *words: str, within: float = 10, lacks: Sequence[str] = (), **more: str) -> Sight:
        """Wait for an answer that this person alone sees; `more` as for `Slack.expects`."""
        return await self._slack.expects(*words, within=within, lacks=lacks, ephemeral_to=self.user, **more)

    async def sees_form(self, *words: str, within: float = 10) -> Json:
        """Wait for a modal in front of this person that shows all these words. Raises `NotSeen`."""
        return await self._slack.form(self.user, *words, within=within)

    async def enters(self, **values: Any) -> None:
        """Enter this into the form and submit it; by block, a list where several can be chosen."""
        await self._act("submit", values=values)

    async def leaves_form(self) -> None:
        """Close the form without submitting it."""
        await self._act("close")

    async def _act(self, do: str, **more: Any) -> None:
        await self._slack.tell("act", **{"as": self.user, "do": do, "channel": self._slack.channel, **more})


def _sight(message: Json) -> Sight:
    words = "\n".join([message["text"], *_texts(message["blocks"])])
    return Sight(message["ts"], message["thread_ts"] or message["ts"], _plain(words), message)


def _texts(thing: Any) -> list[str]:
    """Every text in blocks, as it is written."""
    if isinstance(thing, list):
        return [text for inner in thing for text in _texts(inner)]
    if not isinstance(thing, dict):
        return []
    own = [thing["text"]] if isinstance(thing.get("text"), str) else []
    return own + [text for key, inner in thing.items() if key != "text" or not own for text in _texts(inner)]


def _buttons(thing: Any) -> list[tuple[str, str]]:
    """Words and action id of everything that can be pressed."""
    if isinstance(thing, list):
        return [button for inner in thing for button in _buttons(inner)]
    if not isinstance(thing, dict):
        return []
    if "action_id" in thing:
        return [(str(thing.get("text", {}).get("text", "")), thing["action_id"])]
    return [button for inner in thing.values() for button in _buttons(inner)]


def _entries(thing: Any) -> list[tuple[str, str, str]]:
    """Words, action id and value of every entry of a menu."""
    if isinstance(thing, list):
        return [entry for inner in thing for entry in _entries(inner)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "overflow":
        return [(str(o["text"]["text"]), thing["action_id"], o["value"]) for o in thing["options"]]
    return [entry for inner in thing.values() for entry in _entries(inner)]


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _missed(words: Sequence[str], more: Json, answer: Json) -> str:
    there = "\n".join(f"  {_sight(message).words!r}" for message in answer.get("there", []))
    return f"nobody saw {', '.join(map(repr, words))} {more or ''}; there was:\n{there or '  nothing'}"
