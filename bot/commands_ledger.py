"""`watchkeeper ledger show` and `ledger verify`: the record on a terminal. Both only read, also while the bot runs.

Times are UTC with the date. What came from outside is shown without control characters, so that no text can drive the
terminal.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.ledger_reader import Chain, LedgerUnreadable, chains, missing, names, reading
from bot.rows import Row
from bot.settings import DEFAULT_FILE, Ledger, load_ledger
from engine.model import Entry, Kind
from engine.published import label

app = typer.Typer(help="Read and check the record.", no_args_is_help=True, rich_markup_mode=None)

ConfigPath = Annotated[Path, typer.Option("--config", help="the configuration file", envvar="WATCHKEEPER_CONFIG")]
Number = Annotated[str | None, typer.Argument(metavar="INC", help="one incident, for example INC-2041")]
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
# Where the words of an entry are, the most telling first.
_WORDS = ("says", "title", "summary", "text", "reason", "question", "name")
MAX_WORDS = 160
MEND = "none here; keep this ledger as it is, and compare it with its last backup"


@app.command()
def show(
    incident: Number = None,
    as_json: Annotated[bool, typer.Option("--json", help="one entry a line, as published, with its hash")] = False,
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """List the incidents, or the entries of one."""
    number = _number(incident)
    count = 0
    with reading(_ledger(config)) as tx:
        people = names(tx)
        for chain in chains(tx, number):
            count += 1
            for line in _lines(chain, people, as_json=as_json, whole=number is not None):
                typer.echo(line)
    if number is not None and not count:
        raise _unknown(number)
    if number is None and not as_json:
        typer.echo(f"{count} incidents" if count != 1 else "1 incident")


@app.command()
def verify(incident: Number = None, config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Check the chain of every incident, or of one; exit 1 when an entry is altered or missing."""
    number = _number(incident)
    failures = checked = 0
    with reading(_ledger(config)) as tx:
        for chain in chains(tx, number):
            checked += 1
            failures += bool(chain.fault)
            typer.echo(_verdict(chain, "chain" if number is not None else chain.label))
        gone = missing(tx)
    for n in gone if number is None else [n for n in gone if n == number]:
        failures += 1
        typer.echo(
            Row(label(n), "FAIL", "the incident is missing: its number was given out, and no row has it", MEND).text
        )
    if number is not None and not checked and not failures:
        raise _unknown(number)
    if not checked and not failures:
        typer.echo(Row("chain", "ok", "no incident yet").text)
    if failures:
        raise typer.Exit(1)


def _ledger(config: Path) -> Ledger:
    return load_ledger(config, os.environ)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    match = re.fullmatch(r"(?:INC-)?(\d{1,15})", text.strip(), re.IGNORECASE)
    if match is None:
        raise typer.BadParameter(f"{text} is not an incident; write it as INC-2041 or 2041")
    return int(match[1])


def _verdict(chain: Chain, what: str) -> str:
    if chain.fault:
        return Row(what, "FAIL", f"{_entries(chain)}, {chain.fault}", MEND).text
    return Row(what, "ok", f"{_entries(chain)}, head {chain.head[:12]}").text


def _entries(chain: Chain) -> str:
    return f"{chain.count} entries" if chain.count != 1 else "1 entry"


def _unknown(number: int) -> LedgerUnreadable:
    return LedgerUnreadable(f"{label(number)} is not in this ledger; `watchkeeper ledger show` lists what is")


def _lines(chain: Chain, people: dict[str, str], *, as_json: bool, whole: bool) -> Iterator[str]:
    if not as_json and not whole:
        yield _line_of(chain)
        return
    for entry in chain.entries:
        yield _json(entry) if as_json else _line(entry, people)


def _utc(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y %H:%M:%S} UTC"


def _plain(text: str) -> str:
    words = _CONTROL.sub(" ", text).strip()
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 1]}…"


def _words(payload: Any) -> str:
    """The first telling text of a payload; those of an alert or a proposal lie one step inside."""
    if not isinstance(payload, dict):
        return ""
    for key in _WORDS:
        if isinstance(payload.get(key), str) and payload[key]:
            return _plain(payload[key])
    return next((found for inner in payload.values() if (found := _words(inner))), "")


def _line(entry: Entry, people: dict[str, str]) -> str:
    actor = people.get(entry.actor, entry.actor)
    cause = f" (after {entry.cause})" if entry.cause is not None else ""
    return (
        f"{entry.n:>4}  {_utc(entry.at):>24}  {_plain(entry.kind):<16}  {_plain(actor)}: {_words(entry.payload)}{cause}"
    )


def _line_of(chain: Chain) -> str:
    titles = [entry.payload.get("title", "") for entry in chain.entries if entry.kind == Kind.TRIAGE]
    state = f"closed {_utc(chain.closed_at)}" if chain.closed_at else "open"
    title = _plain(str(titles[-1])) if titles else ""
    return f"{chain.label:<10}  {_utc(chain.opened_at):>24}  {_entries(chain):<12}  {state}  {title}".rstrip()


def _json(entry: Entry) -> str:
    # ASCII only: a control character of a hostile text stays an escape.
    return json.dumps({"hash": entry.hash, "published": json.loads(entry.published)}, ensure_ascii=True)
