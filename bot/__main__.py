"""The command line: `watchkeeper run | doctor | config check | manifest | history | ledger show | verify | …`.

It reads the configuration, calls one function and turns its outcome into words and an exit code: 0 ok, 1 something
failed, 2 the configuration or the call is wrong. It decides nothing, and loads a room only when its command runs.
"""

import asyncio
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot import commands_ledger, commands_manifest, commands_record
from bot.commands_ledger import ConfigPath
from bot.config_faults import together, words_of
from bot.ledger_reader import LedgerUnreadable
from bot.rows import plain
from bot.settings import DEFAULT_FILE, load
from engine.errors import ConfigError

app = typer.Typer(
    name="watchkeeper",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # it would print local variables, and those hold secrets
)
app.command()(commands_record.history)
config_app = typer.Typer(help="The configuration file.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(config_app, name="config")
app.add_typer(commands_ledger.app, name="ledger")
for command in (commands_record.verify, commands_record.send, commands_record.rebuild):
    commands_ledger.app.command()(command)
app.command()(commands_manifest.manifest)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchkeeper {version('watchkeeper')}")
        raise typer.Exit


@app.callback()
def watchkeeper(
    show_version: Annotated[
        bool, typer.Option("--version", help="the version, and nothing else", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """The officer of the watch: takes alerts, asks, proposes, waits for people, and keeps the record."""


def main() -> None:
    """Run the command line; the console script and `python -m bot` come here."""
    try:
        app(prog_name="watchkeeper")
    except ConfigError as err:
        typer.echo(words_of(err), err=True)
        raise SystemExit(2) from None
    except LedgerUnreadable as err:
        typer.echo(str(err), err=True)
        raise SystemExit(1) from None


@app.command()
def run(config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Stand the watch until told to stop."""
    settings = load(config, os.environ)
    from bot.serve import run as stand  # noqa: PLC0415  `--help` shall not load Slack's SDK

    raise typer.Exit(stand(settings))


@app.command()
def doctor(config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Ask everything that the configuration names.

    Says what is wrong and how to mend it, changes nothing, and ends with 1 on a failure.
    """
    settings = load(config, os.environ)
    from bot.doctor import report  # noqa: PLC0415

    raise typer.Exit(report(settings, typer.echo))


@config_app.command()
def check(config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Read the configuration, and ask nobody.

    It is read as `run` would read it; what is wrong is said, and the end is 2 on a fault.
    """
    settings = load(config, os.environ)
    from bot import app as wiring  # noqa: PLC0415

    if faults := wiring.check(settings):
        raise together(faults)
    made = wiring.connectors(settings)  # each is made, by its own Config, and asks nobody
    asyncio.run(made.aclose())
    typer.echo(plain(f"{config}: ok, {settings.counted}"))
    for notice in made.notices:
        typer.echo(plain(words_of(notice)))


if __name__ == "__main__":
    main()
