"""`watchkeeper ledger rebuild`: the commands of the record that ask the backends themselves.

Each reads the sections of the configuration that it needs, calls one function, and turns its outcome into an exit code.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.commands_ledger import ConfigPath
from bot.settings import DEFAULT_FILE, Record, load_record
from bot.settings_groups import Ledger
from engine.errors import ConfigError
from engine.memory import Memory
from engine.ports import SystemClock
from engine.redact import Gate


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

    async def work() -> int:
        try:
            url = ledger.url.get_secret_value()
            return await rebuilding.rebuild(memories, url, key, Gate(record.redact.patterns), SystemClock(), typer.echo)
        finally:
            for memory in memories.values():
                await memory.aclose()

    raise typer.Exit(asyncio.run(work()))


def named(record: Record, names: Sequence[str]) -> dict[str, Memory]:
    """These backends of the configuration, or all of them. Raises `ConfigError` for one that is not there."""
    for name in names:
        if name not in record.memory:
            known = ", ".join(record.memory) or "none is configured"
            raise ConfigError(f"there is no backend `{name}`", field="memory", mend=f"one of: {known}")
    from bot.app import memories  # noqa: PLC0415  it imports every room

    return memories({name: record.memory[name] for name in dict.fromkeys(names or record.memory)})
