"""An incident's state as the fields of an issue: summary, labels without spaces, priority; and which are ours.

Pure. https://support.atlassian.com/jira-software-cloud/docs/add-labels-to-an-issue: a label holds no space; it and a
summary end at 255 characters.
"""

import re
from collections.abc import Mapping
from typing import Any

from connectors.memory.jira.config import JiraConfig
from engine.memory import TicketState
from engine.words import one_line

MAX_CHARS = 255
_SEVERITY = re.compile(r"SEV\d\b")


def wanted(config: JiraConfig, state: TicketState) -> dict[str, Any]:
    """Summary, labels and, where the severity has one, priority."""
    fields: dict[str, Any] = {"summary": cut(state.title), "labels": [label(one) for one in state.labels]}
    if name := priority(config, state):
        fields["priority"] = {"name": name}
    return fields


def priority(config: JiraConfig, state: TicketState) -> str:
    """The priority of the state's severity, or an empty text."""
    severities = (found.group() for one in state.labels if (found := _SEVERITY.match(one)))
    return config.priorities.get(next(severities, ""), "")


def label(text: str) -> str:
    """`service: checkout` as `service-checkout`."""
    return cut(re.sub(r":?\s+", "-", one_line(text)))


def changes(config: JiraConfig, present: Mapping[str, Any], state: TicketState) -> dict[str, Any]:
    """What must be written so that the issue is as wanted; labels that people added stay, our old values go."""
    fields = wanted(config, state)
    there = [one for one in present.get("labels") or [] if isinstance(one, str)]
    fields["labels"] += [one for one in there if one not in fields["labels"] and not _replaced(one, state)]
    named = present.get("priority")
    if isinstance(named, Mapping) and fields.get("priority", {}).get("name") == named.get("name"):
        fields.pop("priority", None)
    if fields["summary"] == present.get("summary"):
        del fields["summary"]
    if set(fields["labels"]) == set(there):
        del fields["labels"]
    return fields


def _replaced(present: str, state: TicketState) -> bool:
    """Whether a label is an earlier value of one of ours: `SEV2-major`, `service-checkout`."""
    families = [one.partition(": ")[0] for one in state.labels if ": " in one]
    severe = any(_SEVERITY.match(one) for one in state.labels) and _SEVERITY.match(present)
    return bool(severe) or any(present.startswith(f"{label(family)}-") for family in families)


def cut(text: str) -> str:
    """One line of at most 255 characters as Jira counts them, in UTF-16."""
    line = one_line(text)
    if len(line.encode("utf-16-le")) // 2 <= MAX_CHARS:
        return line
    kept = line.encode("utf-16-le")[: 2 * (MAX_CHARS - 1)].decode("utf-16-le", "ignore")
    return f"{kept}…"
