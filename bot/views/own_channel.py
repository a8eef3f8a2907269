"""The channel that an incident has for itself: its name, what stands in its header, and the line when there is none."""

import re

from bot.views.fit import message
from bot.views.parts import as_spoken, channel, clip, code, outside, section, spoken
from bot.views.phase import Phase, phase
from bot.views.places import entries
from bot.views.root import title
from bot.views.scene import Message, Scene
from bot.views.status import status
from engine.incident import State
from engine.model import Entry, OwnChannel
from engine.words import upper_first, utc

NAME, HEADER = 80, 250  # characters that Slack takes of a channel's name, and of its topic or purpose


def channel_name(state: State, pattern: str, again: int = 1) -> str:
    """The name as Slack takes it: lower case, digits, `-` and `_`. `again` is 2 where the first one is taken."""
    triage = state.triage
    words = {
        "number": str(state.number),
        "service": triage.service if triage else "",
        "severity": triage.severity.value if triage else "",
    }
    text = re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], ""), pattern).lower()
    plain = re.sub(r"[^a-z0-9_]+", "-", text).strip("-")
    end = f"-{again}" if again > 1 else ""
    return f"{plain[: NAME - len(end)].rstrip('-')}{end}"


def topic(state: State, scene: Scene) -> str:
    """Severity, title and how it stands; what changes every few seconds is left to the messages."""
    now = phase(state)
    stands = upper_first(now.words)
    if now in (Phase.NEEDS_DECISION, Phase.CLOSED):
        stands = as_spoken(status(state, scene))
    end = ""
    own = state.own_channel
    if state.closed and own and own.archive_after is not None:
        end = f" · archived {utc(state.closed.at + own.lasts)} unless it is reopened"
    return clip(f"{title(state)} · {stands}{end}", HEADER)


def purpose(state: State, op: str) -> str:
    """What the channel is for; by the operation it is known as ours after an unknown outcome."""
    return clip(f"{state.label}: its findings and decisions. Opened by Watchkeeper, operation {op}.", HEADER)


def bookmarks(state: State, scene: Scene) -> list[tuple[str, str]]:
    """Titles and addresses: the root message in the shared channel, and every ticket."""
    root = scene.links.get("root", "")
    found = [(f"{state.label} in the shared channel", root)] if root else []
    return found + [(record.ticket, record.url) for record in scene.records if record.url.startswith("http")]


def own_channel_message(state: State, scene: Scene, entry: Entry) -> Message | None:
    """Why the messages stand here and not in a channel of their own; None where they do stand there."""
    own = OwnChannel.model_validate(entry.payload)
    if own.state not in ("refused", "lost"):
        return None
    why, head = outside(own.says, 200), "*No channel of its own*"
    rest = "Everything goes on here."
    if own.state == "lost":
        head = f"*{channel(own.id)} takes no messages any more*"
        rest = "Everything goes on here; a card that stands there is decided by "
        rest += f"{code(f'{scene.command} approve <number>')} or {code('veto')}."
    text = f"{as_spoken(head)}: {spoken(own.says)}. {as_spoken(rest)} {state.label}, {entries([entry.n])}."
    blocks = [section(f"{head}: {why}. {rest.rstrip('.')} · {entries([entry.n])}")]
    payload = {"incident": state.label}
    return message(f"channel/{entry.n}", text, blocks, "watchkeeper_channel", entry.n, payload=payload)
