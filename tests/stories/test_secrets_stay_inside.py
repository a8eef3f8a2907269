"""What looks like a secret comes in with the alert and with people's words, and leaves nowhere."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from playground.person import Person, Slack
from playground.slack.model import Json
from tests.stories.light import LightWorld

# As it stands in the words, what must not be seen of it, and the mask that is seen instead.
SECRETS = (
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_16C7e42F", "[REDACTED:GITHUB_TOKEN]"),
    ("password=hunter2222", "hunter2222", "[REDACTED:PASSWORD]"),
    ("order ord_7H2K9QX4", "ord_7H2K9QX4", "[REDACTED:ORDER_ID]"),
    ("jana.kowalski@example.com", "jana.kowalski", "[REDACTED:EMAIL]"),
)
WORDS = ", ".join(words for words, _, _ in SECRETS)
_DATA = re.compile(r" data=([\w=+/-]+) -->")


async def test_nothing_that_leaves_holds_a_secret(stage: LightWorld, slack: Slack, priya: Person, tom: Person) -> None:
    stage.annotations = {"summary": f"7.3 % of requests fail: {WORDS}", "description": f"seen with {WORDS}"}
    await stage.start()
    card = await stage.proposed()
    await tom.types(f"/watch note 2041 the customer wrote {WORDS}")
    await tom.is_told("Recorded in INC-2041")
    await tom.types(f"/watch ask logs what happened to {WORDS}?")
    await tom.is_told("Asked `logs` in INC-2041")
    await stage.entered("finding", 6)
    await tom.types(f"/watch run restart-database checkout-db {WORDS}")
    await slack.expects("restart database checkout-db", "0 of 2")
    await tom.types(f"/watch nonsense {WORDS}")
    await tom.is_told("is not a command")
    await tom.types(f"/watch veto {await _newest(slack)} {WORDS}")
    await slack.expects("Vetoed", "Tom Becker")
    await priya.reacts("✅", card)
    await stage.ends()

    left = {
        "slack": list(_told_slack(stage)),
        "github": list(_told_github(stage)),
        "files": list(_written(stage.folder / "records")),
        "shop": stage.shop.calls.bodies,
        "log": [stage.says()],
    }
    for where, texts in left.items():
        assert texts, where
        for _, secret, _ in SECRETS:
            assert [text[:2000] for text in texts if secret in text] == [], f"{secret} in {where}"
    for where in ("slack", "github", "files", "shop"):
        for _, _, mask in SECRETS:
            assert any(mask in text for text in left[where]), f"no {mask} in {where}"


async def _newest(slack: Slack) -> str:
    card = await slack.expects("restart database checkout-db", "0 of 2")
    return card.words.partition("Proposal ")[2].partition(":")[0]


def _told_slack(world: LightWorld) -> Iterator[str]:
    """Every call's arguments, and every message of the bot with all that it ever said, whoever may see it."""
    yield from (_json(call) for call in world.stand_in.api.log)
    for channel in world.stand_in.state.channels.values():
        for message in channel.messages.values():
            if message.bot is not None:
                yield _json(message.as_slack(metadata=True))
                yield from (_json(asdict(version)) for version in message.versions)


def _told_github(world: LightWorld) -> Iterator[str]:
    """Every issue and comment, and what is packed into their markers."""
    for issue in world.github.snapshot()["issues"]:
        yield _json(issue)
        for text in (issue["body"], *(comment["body"] for comment in issue["comments"])):
            yield from (zlib.decompress(base64.b64decode(data)).decode() for data in _DATA.findall(text))


def _written(folder: Path) -> Iterator[str]:
    yield from (path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
