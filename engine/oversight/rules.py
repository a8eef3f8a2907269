"""The terms that a proposal is decided under: who, how many, until when, who may veto, and in which mode. Pure.

An action has terms of its own; the first rule that matches what is proposed, and where, overrides them field by field.
Of several modes the lowest holds: observe < review < auto. It judges no vote: that is `policy.py`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from engine.model import Mode, Risk
from engine.oversight.freezes import Frozen, Span, Weekly
from engine.oversight.on_call import Schedule, Shift
from engine.published import canonical

_ORDER = (Mode.OBSERVE, Mode.REVIEW, Mode.AUTO)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule is chosen by. `service` is the one that the action touches, where it says so."""

    action: str
    risk: Risk
    service: str = ""
    severity: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """What a rule, or a freeze, is for: patterns (`restart-*`), any of which must match; an empty field fits all."""

    action: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    def matches(self, facts: Facts) -> bool:
        """Whether every field fits."""
        return all(
            not patterns or any(fnmatchcase(str(getattr(facts, name)), pattern) for pattern in patterns)
            for name, patterns in self._fields()
        )

    def fits_incident(self, facts: Facts) -> bool:
        """Whether the fields fit that an incident has before anything is proposed."""
        return replace(self, action=(), risk=()).matches(facts)

    @property
    def words(self) -> str:
        """`action restart-*, severity SEV1 or SEV2`; empty where it is for everything."""
        return ", ".join(f"{name} {' or '.join(patterns)}" for name, patterns in self._fields() if patterns)

    def _fields(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        names = ("action", "service", "severity", "risk", "environment")
        return [(name, getattr(self, name)) for name in names]


@dataclass(frozen=True, slots=True)
class Deciders:
    """`people` are refs, `group` a user group's id, `name` what people call them, `on_call` a schedule's name."""

    people: tuple[str, ...] = ()
    group: str = ""
    name: str = ""
    on_call: str = ""

    @property
    def nobody(self) -> bool:
        """Whether the list is empty."""
        return not (self.people or self.group or self.on_call)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one proposal. `veto` is None where every full member of the channel may stop it."""

    approvers: Deciders
    quorum: int = 1
    expires: timedelta = timedelta(minutes=15)
    veto: Deciders | None = None
    mode: Mode = Mode.REVIEW
    auto_window: float = 60.0  # seconds
    place: str = ""  # "watchkeeper.yaml line 41": where it stands
    because: str = ""  # "severity SEV1": what the rule is for; empty for the action's own terms

    def digest(self, facts: Facts) -> str:
        """Binds who decides, how many, who stops it and how it may start; not where in the file that is written."""
        bound = [
            [facts.action, facts.risk, self.quorum, self.expires.total_seconds(), self.mode],
            _bound(self.approvers),
            _bound(self.veto) if self.veto else None,
            self.auto_window if self.mode is Mode.AUTO else None,
        ]
        return hashlib.sha256(canonical(bound).encode()).hexdigest()


def _bound(deciders: Deciders) -> list[object]:
    return [sorted(deciders.people), deciders.group, deciders.on_call]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the policy; what it leaves out stays as the action has it. `two_person`: a quorum of two at least."""

    when: When = When()
    approvers: Deciders | None = None
    quorum: int | None = None
    two_person: bool = False
    expires: timedelta | None = None
    veto: Deciders | Literal["everyone", "approvers"] | None = None
    mode: Mode | None = None
    place: str = ""

    def over(self, own: Terms) -> Terms:
        """An action's own terms with this rule's in their place."""
        approvers = self.approvers if self.approvers is not None else own.approvers
        quorum = self.quorum if self.quorum is not None else own.quorum
        veto = own.veto
        if self.veto is not None:
            veto = None if self.veto == "everyone" else approvers if self.veto == "approvers" else self.veto
        return replace(
            own,
            approvers=approvers,
            quorum=max(quorum, 2) if self.two_person else quorum,
            expires=self.expires if self.expires is not None else own.expires,
            veto=veto,
            place=self.place or own.place,
            because=self.when.words or "everything",
        )


@dataclass(frozen=True, slots=True)
class Freeze:
    """A span in which nothing starts that `when` fits."""

    name: str
    span: Span | Weekly
    when: When = When()


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that the configuration says of decisions beside the actions' own terms."""

    rules: tuple[Rule, ...] = ()
    ceiling: Mode = Mode.REVIEW
    auto_window: float = 60.0
    freezes: tuple[Freeze, ...] = ()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    def terms(self, own: Terms, facts: Facts, asked: Mode | None = None, *, may_auto: bool = False) -> Terms:
        """The terms of a proposal. `asked`: the playbook's own mode; `may_auto`: whether it could start by itself.

        Without a word of a rule or a playbook the mode is review, whatever the ceiling. What needs two people, or is
        of high risk, never starts by itself.
        """
        rule = next((rule for rule in self.rules if rule.when.matches(facts)), None)
        terms = rule.over(own) if rule else own
        said = [mode for mode in (asked, rule.mode if rule else None) if mode is not None] or [Mode.REVIEW]
        mode = lowest([self.ceiling, *said])
        alone = may_auto and terms.quorum == 1 and facts.risk is not Risk.HIGH
        mode = Mode.REVIEW if mode is Mode.AUTO and not alone else mode
        return replace(terms, mode=mode, auto_window=self.auto_window)

    def frozen(self, facts: Facts, now: datetime) -> Frozen | None:
        """The freeze in force for this, of several the one that ends last."""
        ends = [(freeze.span.at(now), freeze.name) for freeze in self.freezes if freeze.when.matches(facts)]
        found = [Frozen(name, until) for until, name in ends if until is not None]
        return max(found, key=lambda frozen: frozen.until, default=None)

    def in_force(self, now: datetime) -> tuple[Frozen, ...]:
        """Every freeze that is on, whatever it is for."""
        ends = [(freeze.name, freeze.span.at(now)) for freeze in self.freezes]
        return tuple(Frozen(name, until) for name, until in ends if until is not None)

    def next_freeze(self, facts: Facts, now: datetime) -> datetime | None:
        """When the next freeze for this begins: a start, or a vote that counts, must come before."""
        begins = [freeze.span.next(now) for freeze in self.freezes if freeze.when.matches(facts)]
        return min((at for at in begins if at is not None), default=None)

    def on_call(self, schedule: str, now: datetime) -> Shift | None:
        """Who is on call by this schedule; None in a gap."""
        known = self.schedules.get(schedule)
        return known.at(now) if known else None

    def watch(self, facts: Facts) -> str:
        """The schedule of an incident: the first rule's that fits it and names one, else the only one there is."""
        named = (r.approvers.on_call for r in self.rules if r.approvers and r.when.fits_incident(facts))
        only = next(iter(self.schedules)) if len(self.schedules) == 1 else ""
        return next((name for name in named if name), only)

    def changes(self, now: datetime) -> datetime | None:
        """When time alone changes any of this next: a freeze begins or ends, somebody else is on call."""
        spans = [found for freeze in self.freezes for found in (freeze.span.at(now), freeze.span.next(now))]
        shifts = [schedule.changes(now) for schedule in self.schedules.values()]
        return min((at for at in (*spans, *shifts) if at is not None), default=None)

    def deciders(self, own: Terms, action: str) -> list[Deciders]:
        """Everybody who may approve this action under some rule: the action's own, and those of rules for it."""
        known = [rule.approvers for rule in self.rules if rule.approvers and _for(rule.when, action)]
        return [own.approvers, *known]


def _for(when: When, action: str) -> bool:
    return not when.action or any(fnmatchcase(action, pattern) for pattern in when.action)


def lowest(modes: Iterable[Mode]) -> Mode:
    """The lowest of several modes."""
    return min(modes, key=_ORDER.index)
