"""`watchkeeper ledger show`: the record on a terminal. It only reads, also while the bot runs.

An entry reads as it does in a ticket, without Markdown's signs. Times are UTC with the date.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.ledger_reader import (
    Chain,
    LedgerUnreadable,
    archived,
    archived_incidents,
    chains,
    names,
    reading,
    whole_answer,
)
from bot.rows import plain
from bot.settings import DEFAULT_FILE, load_ledger
from bot.settings_groups import Ledger
from engine.durable.notes import note_text, ticket_title
from engine.fold import advance
from engine.incident import State
from engine.model import Entry, Kind
from engine.published import SYSTEM, label
from engine.store.tx import Tx
from engine.words import count, utc

app = typer.Typer(help="Read and check the record.", no_args_is_help=True, rich_markup_mode=None)

ConfigPath = Annotated[Path, typer.Option("--config", help="the configuration file", envvar="WATCHKEEPER_CONFIG")]
Number = Annotated[str | None, typer.Argument(metavar="INC", help="one incident, for example INC-2041")]

_CODE = re.compile(r"(`[^`]*`)")
_BOLD = re.compile(r"(?<!\\)\*\*")
_LINK = re.compile(r"(?<!\\)\[((?:[^\]\\]|\\.)*)\]\((https?://[^\s)]+)\)")
_ESCAPED = re.compile(r"\\([\\*\[\]|~_])")


@app.command()
def show(
    incident: Number = None,
    as_json: Annotated[bool, typer.Option("--json", help="one entry a line, as published, with its hash")] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="the whole answer of one entry, for example of 2041/11")
    ] = False,
    config: ConfigPath = Path(DEFAULT_FILE),
) -> None:
    """List the incidents, or the entries of one.

    With --evidence one answer as a whole.
    """
    if evidence:
        typer.echo(_whole_answer(incident or "", config), nl=False)
        return
    number = number_of(incident)
    seen = faults = 0
    known: set[int] = set()
    with reading(_ledger(config)) as tx:
        people = names(tx)
        for chain in chains(tx, number):
            seen += number is not None or chain.incident != SYSTEM
            for line in _lines(chain, people, as_json=as_json, whole=number is not None):
                typer.echo(line)
            if chain.fault:
                faults += 1
                typer.echo(f"{chain.label}: {chain.fault}; see `watchkeeper ledger verify`", err=True)
            known.add(chain.incident)
        told = list(_told(tx, number, known))
        for line in told if not as_json else []:
            typer.echo(line)
    seen += len(told) if number is None else bool(told)
    if number is not None and not seen:
        raise unknown(number)
    if number is None and not as_json:
        typer.echo(plain(count(seen, "incident")))
    if faults:
        raise typer.Exit(1)


def _whole_answer(text: str, config: Path) -> str:
    number, n = entry_of(text)
    with reading(_ledger(config)) as tx:
        answer = whole_answer(tx, number, n)
    if answer is None:
        raise LedgerUnreadable(f"{number}/{n} has no answer that is kept apart; `watchkeeper ledger show {number}`")
    return answer


def _ledger(config: Path) -> Ledger:
    return load_ledger(config, os.environ)


def entry_of(text: str) -> tuple[int, int]:
    """Incident and entry of `2041/11`."""
    match = re.fullmatch(r"(?:INC-)?(\d{1,15})/(\d{1,9})", text.strip(), re.IGNORECASE)
    if match is None:
        raise typer.BadParameter(f"{text or 'it'} is no entry; write it as 2041/11")
    return int(match[1]), int(match[2])


def number_of(text: str | None) -> int | None:
    """The incident, where one is named."""
    if text is None:
        return None
    match = re.fullmatch(r"(?:INC-)?(\d{1,15})", text.strip(), re.IGNORECASE)
    if match is None:
        raise typer.BadParameter(f"{text} is not an incident; write it as INC-2041 or 2041")
    return int(match[1])


def _told(tx: Tx, number: int | None, known: set[int]) -> Iterator[str]:
    """What a rebuild found in tickets and no chain proves: of all incidents a line each, of one its text."""
    if number is None:
        for incident, notes, at, where in archived_incidents(tx):
            if incident not in known:
                kept = plain(count(notes, "note"))
                yield f"{label(incident):<10}  {utc(at, seconds=True):>24}  {kept:<12}  from {where}, not proved"
        return
    texts = archived(tx, number)
    if texts:
        where = ", ".join(dict.fromkeys(text.backend for text in texts))
        said = f"{label(number)}, entries {texts[0].first} to {texts[-1].n} as {where} tells them"
        yield f"{said}; no chain proves them\n"
    for text in texts:
        yield f"{plain(_unmarked(text.text))}\n"


def entries_of(chain: Chain) -> str:
    """`27 entries`."""
    return plain(count(chain.count, "entry", "entries"))


def unknown(number: int) -> LedgerUnreadable:
    """That the ledger has no such incident."""
    return LedgerUnreadable(f"{label(number)} is not in this ledger; `watchkeeper ledger show` lists what is")


def _lines(chain: Chain, people: dict[str, str], *, as_json: bool, whole: bool) -> Iterator[str]:
    if as_json:
        yield from map(_json, chain.entries)
    elif whole:
        yield from _notes(chain, people)
    else:
        yield _line_of(chain)


def _notes(chain: Chain, people: dict[str, str]) -> Iterator[str]:
    """Each entry in the words of its note in a ticket; one that cannot be told so, as it was published."""
    state = State(chain.incident)
    for entry in chain.entries:
        try:
            state = advance(state, [entry])
            text = note_text(state, entry, people)
        except (ValueError, KeyError, TypeError, AttributeError):
            text = f"{entry.kind} · entry {entry.n} · {utc(entry.at, seconds=True)}\n{_json(entry)}"
        yield f"{plain(_unmarked(text))}\n"


def _unmarked(text: str) -> str:
    """A note's Markdown as it would be read: no bold, no escapes, a link as its label and address; code as it is."""
    parts = _CODE.split(text)
    return "".join(part if i % 2 else _words(part) for i, part in enumerate(parts))


def _words(text: str) -> str:
    bare = _LINK.sub(r"\1 (\2)", _BOLD.sub("", text)).replace("&lt;", "<").replace("\u2060", "")
    return _ESCAPED.sub(r"\1", bare)


def _line_of(chain: Chain) -> str:
    titles = [entry.payload.get("title", "") for entry in chain.entries if entry.kind == Kind.TRIAGE]
    if chain.incident == SYSTEM:
        titles = [ticket_title(State(SYSTEM))]
    state = f"closed {utc(chain.closed_at, seconds=True)}" if chain.closed_at else "open"
    title = plain(str(titles[-1])).replace("\n", " ") if titles else ""
    opened = f"{utc(chain.opened_at, seconds=True):>24}"
    return f"{chain.label:<10}  {opened}  {entries_of(chain):<12}  {state}  {title}".rstrip()


def _json(entry: Entry) -> str:
    # ASCII only: a control character of a hostile text stays an escape.
    return json.dumps({"hash": entry.hash, "published": json.loads(entry.published)}, ensure_ascii=True)
