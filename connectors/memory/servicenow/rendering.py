"""What of an incident goes into which field, and within which ceilings: pure.

Labels, which ServiceNow lacks, stand in `correlation_display`: `Watchkeeper; incident; SEV2 major; service: checkout;`.
Journal fields show what stands between [code] and [/code] as HTML, so neither is left as it is.
https://www.servicenow.com/docs, Journal field type
"""

import re
from collections.abc import Mapping, Sequence

from connectors.marker import last_line, plain
from connectors.memory.servicenow.config import ServiceNowConfig
from connectors.plain_text import from_markdown
from engine.errors import Permanent
from engine.memory import Note, TicketState
from engine.words import one_line

MAX_TITLE, MAX_LABELS = 160, 100
MARKER = 400  # characters that the last line may take
OURS = "Watchkeeper;"
_CODE = re.compile(r"\[(?=/?code\])", re.IGNORECASE)
_SEVERITY = re.compile(r"SEV\d\b")


def text_of(note: Note) -> str:
    """The words of a note, without its marker."""
    return plain(_CODE.sub("[\u2060", from_markdown(note.text)))


def written(note: Note, most: int, who: str) -> str:
    """A note as it is written. Raises `Permanent` above `most`; Java, which counts there, counts UTF-16 units."""
    text = f"{text_of(note)}\n{last_line(note)}"
    if (length := len(text.encode("utf-16-le")) // 2) > most:
        raise Permanent(f"{who} takes {most:,} characters; entry {note.n} has {length:,}")
    return text


def room(most: int) -> int:
    """The longest text of a note that always fits: a character counts at most two."""
    return (most - MARKER) // 2


def looks(state: TicketState, config: ServiceNowConfig) -> dict[str, str]:
    """Title, labels and what the severity sets, as fields."""
    title, labels = one_line(state.title), [one_line(label) for label in state.labels]
    severity = next((found[0] for label in labels if (found := _SEVERITY.match(label))), "")
    return {
        "short_description": title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…",
        "correlation_display": _joined(labels),
        **config.severity.get(severity, {}),
    }


def difference(row: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The fields of `wanted` that are otherwise now."""
    return {name: value for name, value in wanted.items() if row.get(name, "") != value}


def _joined(labels: Sequence[str]) -> str:
    """What fits; a label is whole or not there."""
    joined = OURS
    for label in labels:
        more = f" {label.replace(';', ',')};"
        joined += more if len(joined) + len(more) <= MAX_LABELS else ""
    return joined
