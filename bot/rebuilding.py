"""`watchkeeper ledger rebuild`: read every named backend, write what they prove, and say what is lost.

It decides nothing: what counts is `engine.durable.restoration`'s business.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.rows import Row
from engine.durable.gather import Holding, holding
from engine.durable.rebuild import NOT_EMPTY, Rebuild, Rebuilt
from engine.durable.restoration import Restoration, restoration
from engine.errors import ConfigError, Permanent, WatchkeeperError
from engine.ledger import Ledger
from engine.memory import Memory
from engine.ports import Clock
from engine.published import SYSTEM, label
from engine.redact import Gate
from engine.store.database import connect
from engine.store.restore import is_empty
from engine.wake import Hub
from engine.words import count

Say = Callable[[str], None]
EVERY = 50  # tickets between two lines that say how far it is
MOST_REFUSED = 20  # named one by one
EMPTY_MEND = "name an empty one with --into, or move this one away and keep it"


async def rebuild(memories: Mapping[str, Memory], url: str, key: bytes, gate: Gate, clock: Clock, say: Say) -> int:
    """The exit code: 0 when everything came back, 1 when something is lost, was refused, or nothing was written."""
    database = await asyncio.to_thread(connect, url, clock)
    try:
        if not await database.read(is_empty):
            say(Row("ledger", "FAIL", NOT_EMPTY, EMPTY_MEND).text)
            return 1
        holdings = await _read(memories, key, clock, say)
        if holdings is None:
            return 1
        found = restoration(holdings)
        if not found.chains and not found.texts:
            say(
                Row(
                    "ledger", "FAIL", "no backend holds an entry that this key signed; nothing was written", KEY_MEND
                ).text
            )
            return 1
        done = await Rebuild(Ledger(database, gate, Hub()), list(memories)).write(found)
    except Permanent as err:
        say(Row("ledger", "FAIL", str(err), EMPTY_MEND).text)
        return 1
    finally:
        await database.close()
    for row in summary(found, done):
        say(row.text)
    return int(bool(found.refused or found.gaps or found.lost))


KEY_MEND = "the key is `ledger.record_key_file`; put back the one that signed the tickets"


def record_key_there(path: Path) -> bytes:
    """The key that signed the tickets. Raises `ConfigError` where it is gone: a new one could check nothing."""
    if not path.exists():
        says = f"there is no key at {path}; without it no entry in a ticket can be told from a forged one"
        raise ConfigError(says, field="ledger.record_key_file", mend=KEY_MEND)
    return path.read_text().strip().encode()


async def _read(memories: Mapping[str, Memory], key: bytes, clock: Clock, say: Say) -> list[Holding] | None:
    """Every backend at once; None when one of them cannot be read: half of it would look like a loss."""

    def progress(name: str) -> Callable[[int, int], None]:
        def tell(done: int, of: int) -> None:
            if done % EVERY == 0 and done < of:
                say(Row(name, "ok", f"{done} of {of} tickets read").text)

        return tell

    asked = [holding(memory, key, clock, progress(name)) for name, memory in memories.items()]
    found = await asyncio.gather(*asked, return_exceptions=True)
    holdings: list[Holding] = []
    for name, one in zip(memories, found, strict=True):
        if isinstance(one, WatchkeeperError):
            mend = "nothing was written; run it again when it answers, or name the other backends alone"
            say(Row(name, "FAIL", str(one), mend).text)
        elif isinstance(one, BaseException):
            raise one
        else:
            refused = f", {len(one.refused)} refused" if one.refused else ""
            says = f"{count(len(one.tickets), 'ticket')}, {count(one.notes, 'note')}{refused}"
            say(Row(name, "warn" if one.refused else "ok", says).text)
            holdings.append(one)
    return holdings if len(holdings) == len(memories) else None


def summary(found: Restoration, done: Rebuilt) -> Iterator[Row]:
    """What came back, and what did not, a row each."""
    yield from _of_incidents(found)
    yield from (Row("refused", "FAIL", says) for says in found.refused[:MOST_REFUSED])
    if len(found.refused) > MOST_REFUSED:
        yield Row("refused", "FAIL", f"and {len(found.refused) - MOST_REFUSED} more")
    if done.closed:
        yield Row("decisions", "warn", f"{count(done.closed, 'decision')} that waited for people came back closed")
    if done.unknown:
        yield Row("actions", "warn", f"{count(done.unknown, 'start')} without a result: what came of it is unknown")
    people = {e.actor for c in found.chains.values() for e in c.entries if e.actor.startswith("person:")}
    if people:
        yield Row("people", "warn", f"{count(len(people), 'name')} stood in the lost database alone: pseudonyms stay")
    whole = sum(bool(e.payload.get("evidence")) for c in found.chains.values() for e in c.entries)
    if whole:
        yield Row("evidence", "warn", f"{count(whole, 'whole answer')} stood there too; what was said of them stays")
    mend = "look at what is missing, then `/watch resume` in Slack"
    yield Row("ledger", "warn", f"generation {done.generation}; all actions are halted until a person resumes", mend)


def _of_incidents(found: Restoration) -> Iterator[Row]:
    gaps, whole = found.gaps, [n for n in found.chains if n != SYSTEM]
    entries = sum(chain.n for chain in found.chains.values())
    exact = [number for number in whole if number not in gaps]
    said = f"{_incidents(exact)} hash for hash, {count(entries, 'entry', 'entries')} in all"
    yield Row("chain", "ok", said)
    for number, gap in gaps.items():
        kept = found.chains[number]
        beyond = ", ".join(str(entry.n) for entry in kept.beyond[:10])
        says = f"{count(kept.n, 'entry', 'entries')}; {gap}; {beyond} kept as text"
        yield Row(label(number), "FAIL", says, "name a backend that holds it with --from")
    for number in found.only_text:
        where = sorted({text.backend for text in found.texts if text.incident == number})
        notes = sum(text.incident == number for text in found.texts)
        yield Row(
            label(number), "warn", f"{count(notes, 'note')} to read from {', '.join(where)}; no backend proves them"
        )
    if found.lost:
        yield Row("lost", "FAIL", f"{_numbers(found.lost)}: in no ticket; what has no finding is mirrored nowhere")


def _incidents(numbers: Sequence[int]) -> str:
    return count(len(numbers), "incident")


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(label(n) for n in numbers[:10])
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown
