"""Halt and resume: from the moment a halt is committed nothing starts, on any replica, until a person lifts it.

The control row and its entry in the system incident are written in one transaction: the row is what a start is refused
by, the entry says who and why. Reading, asking, voting and recording go on; what was started already is not stopped.
"""

from dataclasses import dataclass
from functools import partial
from secrets import token_hex

from engine.desk import Desk
from engine.ledger import Book, Draft
from engine.model import Entry, Kind, Person, Verdict
from engine.oversight.decisions import Decisions
from engine.oversight.policy import may_halt, may_resume
from engine.published import SYSTEM, entry_of
from engine.store.control import control_row, halt, lift
from engine.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of the word. COUNTED: `entry` is its own; DECIDED: it was so already, since `entry`, if there is one.

    Otherwise it did not count, for the reason that the verdict names.
    """

    verdict: Verdict
    entry: Entry | None = None


class Halts:
    """Stops everything, and lets it go on."""

    def __init__(self, desk: Desk, decisions: Decisions) -> None:
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._people = desk.people
        self._decisions = decisions

    async def in_force(self) -> Entry | None:
        """The entry of the halt that is on, or None."""
        return (await self._incidents.state(SYSTEM)).halted

    async def halt(self, person: Person, reason: str, event: str) -> Turned:
        """Halt all actions. `event` is the chat's own id of the word: handled twice, it halts once."""
        verdict = may_halt(person)
        if verdict != Verdict.COUNTED:
            return Turned(verdict)
        actor = await self._people.pseudonym(person)
        entry = await self._ledger.transact(partial(_halt, event, reason, actor, token_hex(8)), urgent=True)
        return Turned(Verdict.COUNTED, entry) if entry else Turned(Verdict.DECIDED, await self.in_force())

    async def resume(self, person: Person, event: str) -> Turned:
        """End the halt; nothing that was approved until now counts any more. `event` as for `halt`."""
        verdict = may_resume(person, await self._decisions.allowed_any())
        if verdict != Verdict.COUNTED:
            return Turned(verdict)
        actor = await self._people.pseudonym(person)
        entry = await self._ledger.transact(partial(_resume, event, actor, token_hex(8)), urgent=True)
        return Turned(Verdict.COUNTED, entry) if entry else Turned(Verdict.DECIDED)


def _halt(event: str, reason: str, actor: str, nonce: str, book: Book) -> Entry | None:
    """Inside the transaction; None where another halt is in force."""
    now, key = control_row(book.tx, "{update}"), f"halted/{event}"
    if not book.has(SYSTEM, key):
        if now.halted_at is not None:
            return None
        halt(book.tx)
    draft = Draft(key, Kind.HALTED, {"reason": reason, "started": _under_way(book.tx)}, actor)
    return book.append(SYSTEM, draft, nonce).entry


def _resume(event: str, actor: str, nonce: str, book: Book) -> Entry | None:
    """Inside the transaction; None where nothing is halted."""
    now, key = control_row(book.tx, "{update}"), f"resumed/{event}"
    if not book.has(SYSTEM, key):
        if now.halted_at is None:
            return None
        lift(book.tx)
    return book.append(SYSTEM, Draft(key, Kind.RESUMED, {}, actor), nonce).entry


def _under_way(tx: Tx) -> list[str]:
    """`2041/19` of every action that was started and has no outcome yet; none can be added while the row is locked."""
    rows = tx.all(
        """SELECT e.published, e.hash, e.nonce FROM incident AS i JOIN entry AS e ON e.incident = i.id
           WHERE i.closed_at IS NULL AND e.kind IN (:started, :aborted, :result, :unknown)
           ORDER BY e.incident, e.n""",
        started=Kind.STARTED,
        aborted=Kind.ABORTED,
        result=Kind.RESULT,
        unknown=Kind.UNKNOWN,
    )
    running: dict[str, None] = {}
    for published, hash_, nonce in rows:
        entry = entry_of(bytes(published), hash_, nonce)
        number = f"{entry.incident}/{entry.payload.get('proposal')}"
        if entry.kind == Kind.STARTED:
            running[number] = None
        else:
            running.pop(number, None)
    return list(running)
