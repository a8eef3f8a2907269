"""Intake: an alert is a new incident, joins an open one, reopens a recent one, or gets a Reason.

Alerts of the same name on the same service and environment are one incident, whatever their labels besides. Nothing is
dropped at the door because it looks alike: repeats are counted, at least, into one entry an interval.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.fast.own_ticket import incident_of
from engine.lease import Lease
from engine.ledger import Book, Draft, Ledger, micros
from engine.model import Alert, Kind, Owner, Reason, Triage
from engine.ports import Reasoner

BATCH = 30  # alerts in one transaction, of two or three entries each
_PLAIN = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one alert: the incident it belongs to, if any, and the reason where it opened none."""

    alert: Alert
    incident: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """How incidents are numbered and when an alert belongs to an earlier one."""

    first_number: int = 1
    reopen_within: timedelta = timedelta(hours=3)
    recur_every: timedelta = timedelta(minutes=5)


class Intake:
    """Takes parsed alerts into the ledger."""

    def __init__(self, ledger: Ledger, lease: Lease, reasoner: Reasoner, rules: IntakeRules) -> None:
        self._ledger = ledger
        self._lease = lease
        self._reasoner = reasoner
        self._rules = rules

    async def receive(self, alerts: Sequence[Alert], event: str) -> list[Taken]:
        """Take the alerts of one delivery. `event` is the delivery's own id: handling it twice changes nothing."""
        ordered = sorted(alerts, key=lambda a: a.identity)
        taken = []
        for start in range(0, len(ordered), BATCH):
            taken += await self._receive(ordered[start : start + BATCH], event)
        return taken

    async def _receive(self, some: Sequence[Alert], event: str) -> list[Taken]:
        triages = {a.identity: await self._reasoner.triage(a) for a in some if a.status == "firing"}
        opened: list[int] = []

        def work(book: Book) -> list[Taken]:
            opened.clear()
            for name in sorted({a.identity for a in some}):  # every lock in one order, before the counter's
                book.incident_of(name)
            return [_Taking(book, self._rules, self._lease.process, event, opened).take(a, triages) for a in some]

        taken = await self._ledger.transact(work)
        for incident in opened:
            self._lease.opened(incident)
        self._ledger.hub.wake(opened, outward=False)  # again, now that this process knows that it owns them
        return taken


class _Taking:
    """One alert inside the transaction."""

    def __init__(self, book: Book, rules: IntakeRules, process: str, event: str, opened: list[int]) -> None:
        self._book = book
        self._rules = rules
        self._owner = Owner(process, 1)
        self._event = event
        self._opened = opened

    def take(self, alert: Alert, triages: dict[str, Triage]) -> Taken:
        if (own := incident_of(self._book.tx, alert)) is not None:
            return Taken(alert, own, Reason.OURS)
        found = self._book.incident_of(alert.identity)
        if alert.status == "resolved":
            return self._resolved(alert, found)
        if found is None:
            return self._open(alert, triages[alert.identity])
        incident, closed_at = found
        if closed_at is None:
            return self._join(alert, incident)
        if self._knows(incident, alert):
            self._count(alert, incident)
            return Taken(alert, incident, Reason.REPEATED)
        if self._book.now() - closed_at <= self._rules.reopen_within:
            self._append(incident, f"reopened/{_name(alert)}", Kind.REOPENED, alert)
            self._append(incident, _name(alert), Kind.ALERT, alert)
            self._judge(incident, f"triage/{_name(alert)}", triages[alert.identity])
            return Taken(alert, incident)
        return self._open(alert, triages[alert.identity])

    def _open(self, alert: Alert, triage: Triage) -> Taken:
        incident = self._book.open_incident(self._rules.first_number, self._owner)
        self._book.bind(alert.identity, incident)
        self._append(incident, _name(alert), Kind.ALERT, alert)
        self._judge(incident, "triage/1", triage)
        self._opened.append(incident)
        return Taken(alert, incident)

    def _judge(self, incident: int, key: str, triage: Triage) -> None:
        """Severity and title, from the newest outbreak's own numbers."""
        self._book.append(incident, Draft(key, Kind.TRIAGE, triage.to_json(), "triage"), self._event)

    def _join(self, alert: Alert, incident: int) -> Taken:
        if self._append(incident, _name(alert), Kind.ALERT, alert):
            return Taken(alert, incident, Reason.MERGED)
        self._count(alert, incident)
        return Taken(alert, incident, Reason.REPEATED)

    def _count(self, alert: Alert, incident: int) -> None:
        interval = micros(self._book.now()) // int(self._rules.recur_every.total_seconds() * 1_000_000)
        payload = {"fingerprint": alert.fingerprint, "name": alert.name, "times": 1}
        draft = Draft(f"recurred/{_fingerprint(alert)}/{interval}", Kind.RECURRED, payload, alert.source)
        self._book.append(incident, draft, self._event)

    def _resolved(self, alert: Alert, found: tuple[int, datetime | None] | None) -> Taken:
        if found is None or found[1] is not None:
            return Taken(alert, found[0] if found else None, Reason.RESOLVED_UNKNOWN)
        self._append(found[0], f"{_name(alert)}/resolved", Kind.ALERT_RESOLVED, alert)
        return Taken(alert, found[0])

    def _append(self, incident: int, key: str, kind: Kind, alert: Alert) -> bool:
        """Whether the entry is this delivery's."""
        return self._book.append(incident, Draft(key, kind, alert.to_json(), alert.source), self._event).won

    def _knows(self, incident: int, alert: Alert) -> bool:
        return self._book.has(incident, _name(alert))


def _name(alert: Alert) -> str:
    """One episode of one alert: a repeat has the same name, a new outbreak another."""
    begun = alert.starts_at.isoformat() if alert.starts_at else "unknown"
    return f"alert/{_fingerprint(alert)}/{begun}"


def _fingerprint(alert: Alert) -> str:
    """The source's own where it is a plain hash; a key is published and never masked, so anything else is hashed."""
    known = alert.fingerprint
    return known if _PLAIN.fullmatch(known) else hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:16]
