"""Slack's limits and Slack's markup: the only file that knows them. Every view builds its blocks and its texts here.

It makes text from outside harmless (`outside`, `code`, `quote`, `plain`) and blocks that Slack takes. It knows no
incident. Limits: https://docs.slack.dev/reference/block-kit/blocks; the total of a message is undocumented, reports
begin at 13,200 characters of text and at 11,341 beside much structure (slackapi/bolt-js#2509, #2867), so `fit` counts
the structure too.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.words import utc

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000
HEADER, SECTION, FIELD, CONTEXT_TEXT = 150, 3000, 2000, 2000
FIELDS, CONTEXTS, ACTIONS, ROWS, COLUMNS = 10, 10, 25, 100, 20
BUTTON, ACCESSIBLE, CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 75, 75, 100, 300, 30
MODAL_TITLE, MODAL_BUTTON, PRIVATE, OPTION, OPTION_VALUE, INPUT_LABEL, PLACEHOLDER = 24, 24, 3000, 75, 150, 2000, 150
OVERFLOW, OPTIONS = 5, 100
LABEL, MOMENTS, AXIS, ALT, CHUNK = 20, 20, 50, 2000, 256
FALLBACK = 3000  # chat.update takes 4,000 characters of text

_JOINER = "\u2060"  # invisible; it parts what Slack would otherwise read as an emoji name or a quote
_CODE = re.compile(r"(?<![\w`])`([^`]+)`(?![\w`])")
_EMOJI_NAME = re.compile(r":(?=[^:\s]*[a-z])(?=[a-z0-9_+'-]+:)")
_UNFINISHED = re.compile(r"(?:&[a-z]{0,4}|<[^<>]*)$")
_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "'"})


def clip(text: str, most: int) -> str:
    """The text, cut with `…` where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def clip_mrkdwn(text: str, most: int) -> str:
    """As `clip`, for text with markup: no entity, token or code span is left open."""
    if len(text) <= most:
        return text
    cut = _UNFINISHED.sub("", text[: most - 2])
    return cut.rstrip() + ("`…" if cut.rpartition("\n")[2].count("`") % 2 else "…")


def escape(text: str) -> str:
    """The three characters that Slack's markup begins with, so that no mention, link or date can be written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def visible(text: str) -> str:
    """Without control and direction characters, which can make a text look like another one; line breaks stay."""
    return "".join(
        c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") or c == "\u200d"
    )


def one_line(text: str, most: int = SECTION) -> str:
    """Every run of white space becomes one space; U+00A0 stays."""
    joined = re.sub(r"[^\S\u00a0]+", " ", text[: most * 4])
    return clip(visible(joined).strip(), most)


def _calm(text: str) -> str:
    """No bold, strike, italics or emoji name comes from outside; names such as `error_rate` stay as they are."""
    calmed = escape(text.translate(_LOOKALIKES))
    calmed = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", "\u02cd", calmed)
    return _EMOJI_NAME.sub(f":{_JOINER}", calmed)


def outside(text: str, most: int = 600) -> str:
    """Text from outside as one harmless line; only a pair of backticks keeps its meaning, code."""
    line = one_line(text, most)
    pieces = _CODE.split(line)
    return "".join(f"`{escape(piece)}`" if i % 2 else _calm(piece) for i, piece in enumerate(pieces))


def paragraphs(text: str, most: int = 1500) -> str:
    """As `outside`, with its line breaks (runs of them become one)."""
    lines = [outside(line, most) for line in clip(text.strip(), most).splitlines()]
    return "\n".join(f"{_JOINER}{line}" if line.startswith("&gt;") else line for line in lines if line)


def plain(text: str, most: int = SECTION) -> str:
    """Text from outside for places without markup (headers, tables, tasks): one line, no backticks, no emoji names."""
    return _EMOJI_NAME.sub(f":{_JOINER}", _untagged(one_line(text.replace("`", ""), most)))


def _untagged(text: str) -> str:
    """Places without markup are not parsed; should one ever be, it still mentions nobody."""
    return re.sub(r"<(?=[!@#])", f"<{_JOINER}", text)


def code(text: object, most: int = 200) -> str:
    """A name that a machine knows, in code font."""
    line = one_line(str(text), most).replace("`", "'")
    return f"`{escape(line)}`" if line else "–"


def quote(text: str, most: int = 1000) -> str:
    """Somebody's words as a quoted block."""
    return "\n".join(f">{line}" for line in paragraphs(text, most).splitlines())


def spoken(text: str, most: int = 600) -> str:
    """Text from outside for the line that phones and screen readers take: as `outside`, without code font."""
    return outside(text.replace("`", ""), most)


def as_spoken(markup: str) -> str:
    """A line of ours without bold, code font, links and dates: each token reads as its fallback."""
    bare = re.sub(r"<[^<>|]+\|([^<>]+)>", r"\1", markup)
    return re.sub(r"[*`]", "", bare)


def said(text: str, most: int = 300) -> str:
    """Somebody's words inside a sentence."""
    return f"“{outside(text, most)}”"


def saying(text: str, most: int = 300) -> str:
    """Somebody's words at the end of a sentence: a full stop follows unless they have one."""
    words = said(text, most)
    return words if words[-2] in ".!?…" else f"{words}."


def link(url: str, label: str) -> str:
    """A link with a label of ours or from outside; the label alone where the address is none that a browser opens."""
    text = _calm(one_line(label.replace("`", ""), 150))
    if not re.fullmatch(r"https?://[^\s\x00-\x1f]{1,2000}", url):
        return text
    safe = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace("`", "%60")
    return f"<{safe}|{text}>"


def mention(user_id: str) -> str:
    """A person, who is pinged in a new message and not by an edit."""
    return f"<@{user_id}>"


def channel(channel_id: str) -> str:
    """A channel, as a link to it."""
    return f"<#{channel_id}>"


def group_mention(group_id: str) -> str:
    """A user group."""
    return f"<!subteam^{group_id}>"


def date(at: datetime, *, seconds: bool = False) -> str:
    """Date and time in the reader's zone, with the UTC time where the token is not drawn."""
    form = "{date_short} {time_secs}" if seconds else "{date_short} {time}"
    return f"<!date^{int(at.timestamp())}^{form}|{utc(at, seconds=seconds)}>"


def time(at: datetime, *, seconds: bool = False) -> str:
    """The time of day in the reader's zone; the fallback has the date too."""
    form = "{time_secs}" if seconds else "{time}"
    return f"<!date^{int(at.timestamp())}^{form}|{utc(at, seconds=seconds)}>"


def plain_object(text: str, most: int) -> Block:
    """Text without markup, as Slack's elements take it."""
    return {"type": "plain_text", "text": clip(text, most) or "–", "emoji": True}


def mrkdwn(text: str, most: int) -> Block:
    """Text with markup, as Slack's blocks take it."""
    # verbatim: Slack makes no link or mention of its own from a bare address or name
    return {"type": "mrkdwn", "text": clip_mrkdwn(text, most) or "–", "verbatim": True}


def header(text: str) -> Block:
    """The title of a message, at most 150 characters of plain text."""
    return {"type": "header", "text": plain_object(text, HEADER)}


def section(*lines: str) -> Block:
    """One or more lines of mrkdwn, at most 3,000 characters; empty lines are left out."""
    return {"type": "section", "text": mrkdwn("\n".join(line for line in lines if line), SECTION)}


def fields(*pairs: tuple[str, str]) -> Block:
    """Labels with values, two in a row, at most ten; a pair without a value is left out."""
    shown = [mrkdwn(f"*{label}*\n{value}", FIELD) for label, value in pairs if value]
    return {"type": "section", "fields": shown[:FIELDS]}


def context(*texts: str) -> Block:
    """The small line at the foot: up to ten pieces; empty ones are left out."""
    shown = [mrkdwn(text, CONTEXT_TEXT) for text in texts if text]
    return {"type": "context", "elements": shown[:CONTEXTS]}


def divider() -> Block:
    """A thin line between two parts."""
    return {"type": "divider"}


def actions(*elements: Block) -> Block:
    """One row of buttons."""
    return {"type": "actions", "elements": list(elements[:ACTIONS])}


def button(text: str, action_id: str, value: str, *, style: str = "", url: str = "", says: str = "") -> Block:
    """A button; `says` is what a screen reader reads in place of a text that is too short alone."""
    made: Block = {"type": "button", "text": plain_object(text, BUTTON), "action_id": action_id, "value": value}
    made |= {"style": style} if style else {}
    made |= {"url": url} if url else {}
    return made | ({"accessibility_label": clip(says, ACCESSIBLE)} if says else {})


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """The menu behind `⋯`: up to five (text, value)."""
    shown = [{"text": plain_object(text, OPTION), "value": value} for text, value in options[:OVERFLOW]]
    return {"type": "overflow", "action_id": action_id, "options": shown}


def confirm(title: str, text: str, yes: str, *, danger: bool = False) -> Block:
    """What a person is asked before a click counts; `text` is mrkdwn."""
    made: Block = {
        "title": plain_object(title, CONFIRM_TITLE),
        "text": mrkdwn(text, CONFIRM_TEXT),
        "confirm": plain_object(yes, CONFIRM_BUTTON),
        "deny": plain_object("Not now", CONFIRM_BUTTON),
    }
    return made | ({"style": "danger"} if danger else {})


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> Block:
    """Plain cells under a head; columns in `numbers` stand to the right. More rows than Slack takes are counted."""
    body = [list(row) for row in rows[: ROWS - 2]]
    if len(rows) > len(body):
        body.append([f"and {len(rows) - len(body)} more", *["–"] * (len(head) - 1)])
    cells = [[{"type": "raw_text", "text": plain(cell, 300) or "–"} for cell in row] for row in [list(head), *body]]
    settings = [{"is_wrapped": True, "align": "right" if i in numbers else "left"} for i in range(len(head))]
    return {"type": "table", "rows": cells, "column_settings": settings[:COLUMNS]}


def line_chart(
    id_: str, title: str, axes: tuple[str, str], moments: Sequence[str], lines: Mapping[str, Sequence[float]]
) -> Block:
    """Lines over the same moments, whose labels all differ; `axes` are the words at the values and at the moments.

    https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block: at most 20 moments and six lines.
    """
    labels = [clip(_untagged(label), LABEL) for label in moments[:MOMENTS]]
    series = [
        {
            "name": clip(plain(name), LABEL),
            "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=False)],
        }
        for name, values in lines.items()
    ]
    axis = {"categories": labels, "y_label": clip(plain(axes[0]), AXIS), "x_label": clip(plain(axes[1]), AXIS)}
    chart = {"type": "line", "series": series, "axis_config": axis}
    return {"type": "data_visualization", "block_id": id_, "title": clip(plain(title), AXIS), "chart": chart}


def image(id_: str, file: str, title: str, alt: str) -> Block:
    """A picture that was uploaded; `alt` says what it shows."""
    shown = {"type": "image", "block_id": id_, "slack_file": {"id": file}, "alt_text": plain(alt, ALT)}
    return {**shown, "title": plain_object(title, CONTEXT_TEXT)}


def preformatted(text: str, most: int = 2000) -> Block:
    """Lines as they came, without any markup."""
    body = _untagged(clip(visible(text.expandtabs(2)), most)) or "–"
    piece = {"type": "text", "text": body}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [piece]}]}


def plan(title: str, tasks: Sequence[Block]) -> Block:
    """The progress of several tasks; each is a `task`."""
    return {"type": "plan", "title": plain(title, HEADER), "tasks": list(tasks)}


def task(id_: str, title: str, status: str, output: str, links: Sequence[tuple[str, str]] = ()) -> Block:
    """One task: `status` is pending, in_progress, complete or error; `links` are (text, address)."""
    text = {"type": "text", "text": plain(output, 500) or "–"}
    body = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [text]}]}
    made: Block = {"type": "task_card", "task_id": id_, "title": plain(title, 150), "status": status, "output": body}
    sources = [{"type": "url", "url": url, "text": plain(label, 75)} for label, url in links if url.startswith("http")]
    return made | ({"sources": sources} if sources else {})


def size(blocks: Sequence[Block]) -> int:
    """Characters of the whole message, structure included: an upper bound of what Slack counts."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
