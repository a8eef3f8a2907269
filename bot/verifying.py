"""`watchkeeper ledger verify`: the chain of every incident, and each backend's tickets beside it. It only reads.

With `mend` it deletes copies of notes where a backend can; the ledger it never changes.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.commands_ledger import entries_of, unknown
from bot.ledger_reader import Chain, chains, missing, reading
from bot.rows import Row
from bot.settings_groups import Ledger
from engine.durable.audit import Audit, Fault, audit
from engine.errors import WatchkeeperError
from engine.fold import fold
from engine.memory import Memory
from engine.published import SYSTEM, label
from engine.store import carried
from engine.store.carried import Part
from engine.store.cursors import Cursor, cursors
from engine.words import count, utc

MEND = "keep this ledger as it is, and compare it with its last backup"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """One incident, and what each backend acknowledged of it."""

    chain: Chain
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    parts: Mapping[str, list[Part]] = field(default_factory=dict)


async def verify(
    ledger: Ledger, memories: Mapping[str, Memory], only: int | None, say: Say, *, mend: bool = False
) -> int:
    """The exit code: 1 when an entry is altered, missing or doubled anywhere, or a backend cannot be read."""
    copied, gone = await asyncio.to_thread(_read, ledger, only, list(memories))
    key = await asyncio.to_thread(_key, ledger.record_key_file)
    faults = 0
    for one in copied:
        head = _chain_row(one.chain, "chain" if only is not None else one.chain.label)
        say(head.text)
        faults += head.verdict == "FAIL"
        asked = [_backend(one, memory, key, mend=mend) for memory in memories.values()]
        rows = [row for found in await asyncio.gather(*asked) for row in found]
        for row in rows:
            say(row.text)
        faults += sum(row.verdict == "FAIL" for row in rows)
    for n in gone if only is None else [n for n in gone if n == only]:
        faults += 1
        say(Row(label(n), "FAIL", "the incident is missing: its number was given out, and no row has it", MEND).text)
    if not copied and not faults:
        if only is not None:
            raise unknown(only)
        say(Row("chain", "ok", "no incident yet").text)
    return int(faults > 0)


def _read(ledger: Ledger, only: int | None, backends: list[str]) -> tuple[list[Copied], list[int]]:
    with reading(ledger) as tx:
        found = []
        for chain in chains(tx, only):
            if not backends:
                found.append(Copied(chain))
                continue
            parts = {name: carried.of(tx, chain.incident, name) for name in backends}
            found.append(Copied(chain, cursors(tx, chain.incident), parts))
        return found, missing(tx)


def _key(path: Path) -> bytes:
    """The key that signs; empty where it is not here, and then no signature is checked."""
    return path.read_text().strip().encode() if path.exists() else b""


def _chain_row(chain: Chain, what: str) -> Row:
    if chain.fault:
        return Row(what, "FAIL", f"{entries_of(chain)}, {chain.fault}", MEND)
    return Row(what, "ok", f"{entries_of(chain)}, head {chain.head[:12]}")


async def _backend(one: Copied, memory: Memory, key: bytes, *, mend: bool) -> list[Row]:
    cursor = one.cursors.get(memory.name)
    if cursor is None or cursor.ticket is None:
        return (
            [Row(memory.name, "warn", f"0 of {one.chain.count}, nothing was sent", _send_all(memory))]
            if _due(one)
            else []
        )
    what = _what(memory, cursor)
    parts = one.parts[memory.name]
    try:
        found = await audit(memory, cursor.ticket, one.chain.entries, cursor.acked, parts, key)
        rows = [row for fault in found.faults for row in await _fault(one, memory, what, found, fault, mend=mend)]
    except WatchkeeperError as err:
        return [Row(what, "FAIL", str(err), "nothing was compared; run it again when it answers")]
    if waits := one.chain.count - cursor.acked:
        why = f": {cursor.trouble}" if cursor.trouble else ""
        verb = "waits" if waits == 1 else "wait"
        rows.append(Row(what, "warn", f"{found.there} of {found.of}, {waits} {verb}{why}"))
    how = "" if memory.capabilities.form_chars else ", by hash and number"
    return rows or [Row(what, "ok", f"{found.there} of {found.of}{how}")]


async def _fault(one: Copied, memory: Memory, what: str, found: Audit, fault: Fault, *, mend: bool) -> list[Row]:
    when = f" (note of {utc(fault.copies[0].at, seconds=True)})" if fault.copies else ""
    says = f"{found.there} of {found.of}, {fault.entries} {fault.kind}: {fault.says}{when}"
    if fault.kind != "doubled":
        number = f"{one.chain.incident}/{fault.n}"
        again = f"`watchkeeper ledger send --to {memory.name} --entry {number}` adds it again as a new note"
        return [Row(what, "FAIL", says, f"{again}, as a correction")]
    if not memory.capabilities.removes:
        return [Row(what, "FAIL", says, f"none here: {memory.label} deletes no note; every reader takes the first")]
    if not mend:
        return [
            Row(what, "FAIL", says, f"`watchkeeper ledger verify {one.chain.label} --mend` removes what is doubled")
        ]
    return list(await _removed(memory, what, found, fault))


async def _removed(memory: Memory, what: str, found: Audit, fault: Fault) -> Iterator[Row]:
    for copy in fault.copies:
        await memory.remove(found.ticket, copy.id)
    said = f"{fault.entries}: {count(len(fault.copies), 'copy', 'copies')} removed"
    return iter([Row(what, "ok", said)])


def _due(one: Copied) -> bool:
    """Whether this incident is mirrored by now: an incident is from its first finding on."""
    try:
        return fold(one.chain.incident, one.chain.entries).has_results
    except (ValueError, KeyError, TypeError, AttributeError):
        return one.chain.incident != SYSTEM


def _send_all(memory: Memory) -> str:
    return f"`watchkeeper ledger send --to {memory.name} --all`, or let the watch run, if it is open"


def _what(memory: Memory, cursor: Cursor) -> str:
    """`github #318`; a ticket that has no short name is called as its backend."""
    assert cursor.ticket is not None  # noqa: S101  the caller looked
    short = cursor.ticket.label.removeprefix(memory.label).strip()
    return f"{memory.name} {short}" if short != cursor.ticket.label and len(short) <= 12 else memory.name
