"""How was this handled before: what was tried, what came of it, what people overrode. The ledger and every backend.

All are asked at once. A backend that is slow or fails is named and never waited for beyond its deadline; what the
ledger has itself is told from the ledger. It changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from engine.errors import WatchkeeperError
from engine.fold import fold
from engine.incident import Decided, State
from engine.ledger import FIELDS
from engine.memory import Hit, Memory
from engine.model import Entry, Kind
from engine.past import Override, Past, Recalled
from engine.people import People
from engine.ports import Clock
from engine.proof import ending, reading
from engine.published import SYSTEM, entry_of, label, moment
from engine.redact import Gate
from engine.store import archive
from engine.store.archive import Kept
from engine.store.database import Database
from engine.store.tx import Tx
from engine.words import one_line, quantity

DEADLINE = 3.0  # seconds for a backend's search, and for the tickets that it found
MOST = 100  # incidents that are folded
MOST_READ = 5  # tickets of one backend that are read, because the ledger does not have their incident
_TRIED = (Kind.STARTED, Kind.RESULT, Kind.VERIFIED)


class History:
    """Looks back."""

    def __init__(
        self, database: Database, people: People, gate: Gate, clock: Clock, memories: Mapping[str, Memory]
    ) -> None:
        self._db = database
        self._people = people
        self._gate = gate
        self._clock = clock
        self._memories = memories

    async def look(
        self, words: str, service: str = "", since: datetime | None = None, *, wide: bool = True
    ) -> Recalled:
        """What was like this. Each of the words must stand in it; no word finds everything.

        `wide`: ask the backends too.
        """
        begun = self._clock.monotonic()
        asked = self._memories.values() if wide else ()
        searches = [asyncio.create_task(self._ask(memory, words, service, since)) for memory in asked]
        found = await self._own(words, service, since)
        ours = self._clock.monotonic() - begun
        failed: dict[str, str] = {}
        for memory, task in zip(asked, searches, strict=True):
            hits = await task
            if isinstance(hits, str):
                failed[memory.label] = hits
                continue
            _merge(found, hits)
        theirs = self._clock.monotonic() - begun if searches else None
        newest = tuple(sorted(found.values(), key=lambda past: past.at, reverse=True))
        return Recalled(newest, ("Ledger", *(memory.label for memory in asked)), failed, ours, theirs)

    async def _ask(self, memory: Memory, words: str, service: str, since: datetime | None) -> list[Past] | str:
        """What one backend finds within its deadline, or why it found nothing."""
        try:
            async with asyncio.timeout(DEADLINE):
                hits = await memory.search(self._gate.clean(one_line(words)), service, since)
                known = await self._db.read(_numbers)
                strange = [hit for hit in hits if hit.incident and hit.incident not in known][:MOST_READ]
                read = dict(zip(strange, [await self._read(memory, hit) for hit in strange], strict=True))
        except TimeoutError:
            return f"no answer in {DEADLINE:g} s"
        except WatchkeeperError as err:
            return str(err)
        return [read.get(hit) or _of_hit(hit) for hit in hits]

    async def _read(self, memory: Memory, hit: Hit) -> Past:
        """An incident that is in no ledger of ours any more, as its ticket tells it."""
        remarks = await memory.read(hit.ticket)
        texts = [(r.marker.kind, r.text, r.at) for r in remarks if r.ours and r.marker is not None]
        return _of_texts(hit.incident, hit.title, hit.ticket.label, hit.at, texts)

    async def _own(self, words: str, service: str, since: datetime | None) -> dict[str, Past]:
        wanted = one_line(words).lower().split()
        states, kept = await self._db.read(lambda tx: _matching(tx, wanted, since))
        states = [state for state in states if not service or _service(state) == service]
        actors = {why.entry.actor for s in states for d in s.proposals.values() for why in d.whys}
        actors |= {d.veto.entry.actor for s in states for d in s.proposals.values() if d.veto}
        names = {actor: person.name for actor, person in (await self._people.known(actors)).items()}
        found = {state.label: _of_state(state, names) for state in states}
        for number, texts in kept.items() if not service else ():
            first = texts[0]
            told = [(text.kind, text.text, text.at) for text in texts]
            found.setdefault(label(number), _of_texts(label(number), "", first.backend, first.at, told))
        return found


def _merge(found: dict[str, Past], pasts: Iterable[Past]) -> None:
    for past in pasts:
        known = found.get(past.name)
        found[past.name] = replace(known, where=(*known.where, *past.where)) if known else past


def _numbers(tx: Tx) -> set[str]:
    return {label(int(row[0])) for row in tx.all("SELECT id FROM incident WHERE n > 0")}


def _matching(tx: Tx, words: Sequence[str], since: datetime | None) -> tuple[list[State], dict[int, list[Kept]]]:
    """The newest incidents in whose entries every word stands, folded; and of those that are only text, the text."""
    numbers = {int(row[0]) for row in tx.all("SELECT id FROM incident WHERE id <> :system AND n > 0", system=SYSTEM)}
    told = {number for number, *_ in archive.incidents(tx)} - numbers
    for word in words:
        numbers &= {int(row[0]) for row in tx.all(_CONTAINS[tx.dialect], w=word)}
        told &= {int(row[0]) for row in tx.all(_TOLD[tx.dialect], w=word)}
    states: list[State] = []
    for number in sorted(numbers, reverse=True):
        opened = tx.one("SELECT opened_at FROM incident WHERE id = :i", i=number)
        if opened and (since is None or moment(int(opened[0])) >= since) and len(states) < MOST:
            rows = tx.all(f"SELECT {FIELDS} FROM entry WHERE incident = :i ORDER BY n", i=number)  # noqa: S608
            states += _folded(number, [entry_of(bytes(row[4]), row[2], row[3]) for row in rows])
    texts = {number: archive.of(tx, number) for number in sorted(told, reverse=True)[:MOST]}
    return states, {n: kept for n, kept in texts.items() if kept and (since is None or kept[0].at >= since)}


_CONTAINS = {
    "sqlite": "SELECT DISTINCT incident FROM entry WHERE instr(lower(CAST(published AS TEXT)), :w) > 0",
    "postgresql": """SELECT DISTINCT incident FROM entry
        WHERE position(:w in lower(convert_from(published, 'UTF8'))) > 0""",
}
_TOLD = {
    "sqlite": "SELECT DISTINCT incident FROM archive WHERE instr(lower(text), :w) > 0",
    "postgresql": "SELECT DISTINCT incident FROM archive WHERE position(:w in lower(text)) > 0",
}


def _folded(number: int, entries: Sequence[Entry]) -> list[State]:
    try:
        return [fold(number, entries)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []  # what no version understands cannot be told; `ledger show` shows it as published


def _service(state: State) -> str:
    return state.triage.service if state.triage else state.alert.service if state.alert else ""


def _of_state(state: State, names: Mapping[str, str]) -> Past:
    begun = state.entries[0].at
    title = state.triage.title if state.triage else state.alert.name if state.alert else ""
    words = {"resolved": "resolved", "recovered": "recovered by itself", "person": "closed by a person"}
    return Past(
        state.label,
        title,
        begun,
        ("Ledger",),
        _service(state),
        (state.closed.at - begun).total_seconds() if state.closed else None,
        tuple(_tried(decided) for decided in state.proposals.values() if decided.started),
        words[ending(state)] if state.closed else "",
        tuple(_override(decided, names) for decided in state.proposals.values() if decided.status == "vetoed"),
    )


def _tried(decided: Decided) -> str:
    """`rollback-release, verified, 7.3 % → 0.2 %`."""
    said = f"{decided.proposal.action}, {decided.status}"
    shown = reading(decided.verified) if decided.verified else None
    if shown is None or shown.before is None or shown.after is None or shown.measure is None:
        return said
    unit = shown.measure.unit
    return f"{said}, {quantity(shown.before, unit)} → {quantity(shown.after, unit)}"


def _override(decided: Decided, names: Mapping[str, str]) -> Override:
    assert decided.veto is not None  # noqa: S101  the caller looked
    actor, why = decided.veto.entry.actor, decided.why_vetoed
    by = names.get(actor, "a person whose name is gone")
    return Override(decided.proposal.action, by, why.says if why else "", decided.veto.entry.at)


def _of_hit(hit: Hit) -> Past:
    return Past(
        hit.incident or hit.ticket.label, hit.title, hit.at, (hit.ticket.label,), outcome="closed" if hit.closed else ""
    )


def _of_texts(name: str, title: str, where: str, at: datetime, texts: Iterable[tuple[str, str, datetime]]) -> Past:
    """As the notes' own first lines tell it."""
    tried, overrides, first = [], [], ""
    for kind, text, when in texts:
        head = text.lstrip().removeprefix("**").partition("**")[0].split("\n")[0].strip()
        first = first or head
        if kind in _TRIED:
            tried.append(head)
        elif kind == Kind.VETO and head.startswith("Vetoed by "):
            overrides.append(Override("a proposal", head.removeprefix("Vetoed by "), "", when))
    return Past(name, title or first, at, (where,), tried=tuple(tried), overrides=tuple(overrides))
