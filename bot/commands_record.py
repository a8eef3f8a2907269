"""`watchkeeper history`, `ledger verify`, `send` and `rebuild`: the commands that ask the backends themselves.

Each reads the sections of the configuration that it needs, calls one function, and turns its outcome into an exit code.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.commands_ledger import ConfigPath, Number, entry_of, number_of
from bot.settings import DEFAULT_FILE, Record, load_ledger, load_record
from bot.settings_groups import Ledger
from engine.errors import ConfigError
from engine.memory import Memory
from engine.ports import SystemClock
from engine.redact import Gate


def verify(
    incident: Number = None,
    backend: Annotated[
        list[str] | None, typer.Option("--backend", help="compare with this one; all, if none is named")
    ] = None,
    chain_only: Annotated[bool, typer.Option("--chain-only", help="ask no backend")] = False,
    mend: Annotated[bool, typer.Option("--mend", help="delete copies of notes, where a backend can")] = False,
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """Check the chains, and compare the tickets with them.

    It ends with 1 when an entry is altered, missing or doubled.
    """
    only = number_of(incident)
    record = Record(ledger=load_ledger(config, os.environ)) if chain_only else load_record(config, os.environ)
    from bot import verifying  # noqa: PLC0415

    memories = {} if chain_only else named(record, backend or [])
    _run(memories, lambda: verifying.verify(record.ledger, memories, only, typer.echo, mend=mend))


def send(
    to: Annotated[str, typer.Option("--to", help="a backend of the configuration")],
    entry: Annotated[str, typer.Option("--entry", help="one entry again, as a correction, for example 2041/18")] = "",
    everything: Annotated[bool, typer.Option("--all", help="all that it has not; without it they are counted")] = False,
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """Send what a backend has not, or one entry again.

    Open incidents first, then the past. It can be cut short and run again.
    """
    record = load_record(config, os.environ)
    from bot import rebuilding, sending  # noqa: PLC0415

    number = entry_of(entry) if entry else None
    memories = named(record, [to])
    key = rebuilding.record_key_there(record.ledger.record_key_file)
    clock = SystemClock()
    if number is not None:
        _run(memories, lambda: sending.send_entry(memories[to], record, key, number, clock, typer.echo))
    _run(memories, lambda: sending.send_all(memories[to], record, key, clock, typer.echo, really=everything))


def rebuild(
    source: Annotated[list[str], typer.Option("--from", help="a backend of the configuration; several are merged")],
    into: Annotated[str, typer.Option("--into", help="another ledger's URL than the configured one")] = "",
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """Make the ledger again from tickets alone.

    Into an empty one only. It ends with 1 when something is lost or was refused.
    """
    record = load_record(config, os.environ)
    from bot import rebuilding  # noqa: PLC0415  `--help` shall load no database

    ledger = Ledger.model_validate({"url": into}) if into else record.ledger
    key = rebuilding.record_key_there(record.ledger.record_key_file)
    memories = named(record, source)

    url, gate = ledger.url.get_secret_value(), Gate(record.redact.patterns)
    _run(memories, lambda: rebuilding.rebuild(memories, url, key, gate, SystemClock(), typer.echo))


def history(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]", help="each must stand in it")] = None,
    service: Annotated[str, typer.Option("--service", help="of this service only")] = "",
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="not older than this day")
    ] = None,
    overrides: Annotated[bool, typer.Option("--overrides", help="only what people did not let happen")] = False,
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """Tell how it was handled before.

    What was tried, what came of it, what people overrode: from the ledger and every backend's own search.
    """
    record = load_record(config, os.environ)
    from bot import recalling  # noqa: PLC0415

    memories = {} if overrides else named(record, [])
    wanted = recalling.Wanted(" ".join(words or []), service, since.replace(tzinfo=UTC) if since else None)
    _run(memories, lambda: recalling.history(record, memories, wanted, typer.echo, overrides=overrides))


def _run(memories: Mapping[str, Memory], work: Callable[[], Awaitable[int]]) -> NoReturn:
    """Do it, give back what the backends hold, and end with the exit code."""

    async def run() -> int:
        try:
            return await work()
        finally:
            for memory in memories.values():
                await memory.aclose()

    raise typer.Exit(asyncio.run(run()))


def named(record: Record, names: Sequence[str]) -> dict[str, Memory]:
    """These backends of the configuration, or all of them. Raises `ConfigError` for one that is not there."""
    for name in names:
        if name not in record.memory:
            known = ", ".join(record.memory) or "none is configured"
            raise ConfigError(f"there is no backend `{name}`", field="memory", mend=f"one of: {known}")
    if not record.memory:
        return {}
    from bot.app import memories  # noqa: PLC0415  it imports every room

    return memories({name: record.memory[name] for name in dict.fromkeys(names or record.memory)})
