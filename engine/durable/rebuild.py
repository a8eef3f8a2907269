"""The ledger again, from tickets alone: into an empty database, in one transaction, as a new generation of the ledger.

Entries come back byte for byte. What waited for people comes back closed, since whoever approved cannot be told from
whoever will: names are in no ticket's chain. Everything is halted until a person has looked.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.durable.chains import Chain
from engine.durable.restoration import Restoration
from engine.errors import Permanent
from engine.fold import fold
from engine.incident import State
from engine.ledger import Book, Draft, Ledger
from engine.model import Entry, Kind, Silence
from engine.published import SYSTEM, micros
from engine.store import archive, restore
from engine.store.control import halt
from engine.store.tx import Tx

BY, US = "rebuild", "watchkeeper"
NOT_EMPTY = "the ledger is not empty; a rebuild writes into an empty one only"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was written. `closed`: proposals and held questions that came back closed; `unknown`: starts."""

    generation: int
    closed: int = 0
    unknown: int = 0


class Rebuild:
    """Writes what was found."""

    def __init__(self, ledger: Ledger, names: Sequence[str]) -> None:
        """`names`: of the backends that it is made from. The ledger need not be started."""
        self._ledger = ledger
        self._from = names

    async def write(self, found: Restoration) -> Rebuilt:
        """All or nothing. Raises `Permanent` when the ledger is not empty."""
        states = {number: _folded(number, chain) for number, chain in found.chains.items()}
        generation = 1 + max((_generation(c.entries[-1]) for c in found.chains.values()), default=1)
        installation = secrets.token_hex(8)

        def work(tx: Tx) -> Rebuilt:
            if not restore.is_empty(tx):
                raise Permanent(NOT_EMPTY)
            restore.put_control(tx, installation, generation, _resumed_at(found.chains.get(SYSTEM)))
            self._incidents(tx, found, states)
            for reached in found.reached:
                restore.put_reached(tx, reached)
            archive.put(tx, found.texts)
            if found.last_number:
                restore.put_number(tx, found.last_number)
            book = Book(tx, self._ledger.gate, generation)
            ended = [self._end(book, state) for state in states.values()]
            self._halt(book, found, states.get(SYSTEM))
            restore.rest(tx)
            return Rebuilt(generation, sum(c for c, _ in ended), sum(u for _, u in ended))

        return await self._ledger.db.write(work)

    def _incidents(self, tx: Tx, found: Restoration, states: dict[int, State]) -> None:
        now = tx.now()
        restore.put_incident(tx, SYSTEM, (), None, now)
        for number, chain in found.chains.items():
            closed = states[number].closed
            opened = micros(chain.entries[0].at)
            restore.put_incident(tx, number, chain.entries, closed.at if closed else None, opened)
            alerts = [states[number].alert, *states[number].firing.values()]
            for identity in {name: None for alert in alerts if alert for name in alert.identities}:
                restore.put_identity(tx, identity, number)

    def _end(self, book: Book, state: State) -> tuple[int, int]:
        """Close what waits for people, and say of a start without a result that nobody knows."""
        says = f"the ledger was rebuilt from {', '.join(self._from)}; whoever wants it proposes it again"
        closed = unknown = 0
        for decided in state.proposals.values():
            payload = {"proposal": decided.n, "says": says}
            if decided.status == "waiting":
                book.append(state.number, Draft(f"denied/{decided.n}", Kind.DENIED, payload, BY, decided.n), BY)
                closed += 1
            elif decided.status == "started" and decided.started is not None:
                payload["says"] = "the ledger was rebuilt, and no record holds its result"
                draft = Draft(f"unknown/{decided.n}", Kind.UNKNOWN, payload, BY, decided.started.n)
                book.append(state.number, draft, BY)
                unknown += 1
        for ask in state.holding:
            if (held := ask.waits) is not None:
                silence = Silence(
                    source=ask.question.source, question=ask.question.question, reason="expired", says=says
                )
                ending = {"of": ask.id, "held": held.n, **silence.to_json()}
                book.append(state.number, Draft(f"answer/{ask.id}", Kind.EXPIRED, ending, BY, held.n), BY)
                closed += 1
        return closed, unknown

    def _halt(self, book: Book, found: Restoration, system: State | None) -> None:
        """Row 52: a record may hold a start that the ledger lost. Also what the rebuild could not bring back."""
        halt(book.tx)
        before = system.halted if system else None
        was = f"; halted before: {before.payload.get('reason', '')}" if before else ""
        reason = f"the ledger was rebuilt from {', '.join(self._from)}: look at what it lacks before anything runs{was}"
        rebuilt = {"from": list(self._from), "lost": list(found.lost), "texts": list(found.only_text)}
        draft = Draft(f"rebuilt/{secrets.token_hex(4)}", Kind.HALTED, {"reason": reason, "rebuilt": rebuilt}, US)
        book.append(SYSTEM, draft, BY)


def _folded(number: int, chain: Chain) -> State:
    """What is true of it; of entries that say what no version understands, nothing but that they are there."""
    try:
        return fold(number, chain.entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        return State(number, n=chain.n, entries=chain.entries)


def _generation(entry: Entry) -> int:
    return int(json.loads(entry.published).get("generation", 1))


def _resumed_at(system: Chain | None) -> datetime | None:
    """When the last halt ended: what was approved before it does not count."""
    ended = [entry.at for entry in system.entries if entry.kind == Kind.RESUMED] if system else []
    return ended[-1] if ended else None
