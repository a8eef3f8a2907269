"""What one process knows of an incident's messages in the chat. It sends nothing."""

from dataclasses import dataclass, field
from typing import Any

from engine.model import Owner
from engine.store.messages import Posted

AGAIN = 2.0  # seconds, after Slack refused for now


@dataclass(slots=True)
class Stream:
    """One message that is being written: since when, and what it shows, by the name of each chunk."""

    since: float
    sent: dict[str, dict[str, Any]]


@dataclass(slots=True)
class Told:
    """What this process knows of one incident's messages since it adopted the incident."""

    owner: Owner
    rows: dict[str, Posted] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    ask_link: dict[str, float] = field(default_factory=dict)  # slot → when its link is asked for again
    edited: dict[str, float] = field(default_factory=dict)
    turns: dict[str, float] = field(default_factory=dict)  # slot → when its next edit may be sent
    seeded: set[str] = field(default_factory=set)
    kept: dict[str, str] = field(default_factory=dict)  # part of its own channel → what this process made of it
    taken: dict[str, float] = field(default_factory=dict)  # name of a channel → since when it is taken and not seen
    lost: str = ""  # why its own channel takes no messages any more
    pinned: dict[str, bool] = field(default_factory=dict)  # slot → what this process made of its pin
    refused: dict[str, str] = field(default_factory=dict)  # slot → digest that Slack will not take
    not_sent: set[str] = field(default_factory=set)  # slots whose last post was definitely not done
    unsure: dict[str, float] = field(default_factory=dict)  # slot → since when something late may change it
    streams: dict[str, Stream] = field(default_factory=dict)  # slot → what this process writes there
    sweep_at: float | None = None
    to_ask: set[int] = field(default_factory=set)  # proposals whose vetoer is to be asked for the reason
