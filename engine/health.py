"""Whether a partner answers: how fast, how often it was silent in a row over all incidents, until when it is skipped.

Pure: answers in, standing out. It reads no entries (that is `engine.recent`) and asks nobody.
"""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.model import Kind, Silence

# Reasons for which a silence is not the partner's own: it was not asked, or its answer was not waited for.
NOT_ITS_OWN = frozenset({"skipped", "stopped", "expired"})


@dataclass(frozen=True, slots=True)
class SkipRule:
    """After so many silences in a row a partner is skipped for `seconds`; 0 means never."""

    after: int = 3
    seconds: float = 600.0


@dataclass(frozen=True, slots=True, order=True)
class Heard:
    """One answer, or one silence, of a partner; `seconds` is how long an answer took."""

    at: datetime
    incident: int
    n: int
    silent: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one partner stands now. `times` are the seconds of its answers, shortest first."""

    rule: SkipRule
    silences: int = 0  # in a row, up to now
    since: datetime | None = None  # when the first of them was given up
    skip_end: datetime | None = None  # when it may be asked again; it may lie in the past
    times: tuple[float, ...] = ()

    def quantile(self, share: float) -> float:
        """The seconds within which this share of its answers came (nearest rank); only where there is one."""
        return self.times[min(len(self.times) - 1, int(share * len(self.times)))]


@dataclass(slots=True)
class Health:
    """The answers of every partner; what is older than `forget` is told to forget."""

    rules: Mapping[str, SkipRule] = field(default_factory=dict)
    _heard: dict[str, list[Heard]] = field(default_factory=dict)
    _places: set[tuple[int, int]] = field(default_factory=set)

    def take(self, incident: int, entry: int, kind: str, at: datetime, payload: Mapping[str, Any]) -> None:
        """Note what came back from a partner, in whatever order; the same entry twice counts once."""
        silent = kind == Kind.SILENT
        if (incident, entry) in self._places or (silent and payload.get("reason") in NOT_ITS_OWN):
            return
        self._places.add((incident, entry))
        seconds = 0.0 if silent else float(payload.get("seconds") or 0.0)
        insort(self._heard.setdefault(str(payload["source"]), []), Heard(at, incident, entry, silent, seconds))

    def forget(self, before: datetime) -> None:
        """Drop what is older, but for the silences that still count in a row."""
        for partner, known in self._heard.items():
            row = len(known) - _in_a_row(known)
            self._heard[partner] = [h for i, h in enumerate(known) if h.at >= before or i >= row]
        self._places = {(h.incident, h.n) for known in self._heard.values() for h in known}

    def standing(self, partner: str) -> Standing:
        """How it stands."""
        known, rule = self._heard.get(partner, []), self.rules.get(partner, SkipRule())
        times = tuple(sorted(h.seconds for h in known if not h.silent))
        silences = _in_a_row(known)
        since = known[-silences].at if silences else None
        return Standing(rule, silences, since, self.skip_end(partner), times)

    def skip_end(self, partner: str) -> datetime | None:
        """When a partner that was silent too often may be asked again; None for any other. Cheap, and in the past too.

        It stands before every question of a plan.
        """
        rule, known = self.rules.get(partner), self._heard.get(partner, [])
        if rule is None or not rule.after or _in_a_row(known, most=rule.after) < rule.after:
            return None
        return known[-1].at + timedelta(seconds=rule.seconds)

    def silence(self, silence: Silence) -> Silence:
        """The same with its place among the silences in a row, as people read it beside the message."""
        rule = self.rules.get(silence.source)
        if rule is None or silence.reason in NOT_ITS_OWN:
            return silence
        told = {"in_a_row": _in_a_row(self._heard.get(silence.source, [])) + 1}
        return silence.model_copy(update=told | {"skip_after": rule.after, "skip_for": rule.seconds})


def _in_a_row(known: list[Heard], most: int | None = None) -> int:
    silences = 0
    for heard in reversed(known):
        if not heard.silent or silences == most:
            break
        silences += 1
    return silences
