"""The command line: `watchkeeper run | doctor | config check | ledger show | ledger verify`.

It reads the configuration, calls one function and turns its outcome into words and an exit code: 0 ok, 1 something
failed, 2 the configuration or the call is wrong. It decides nothing, and loads a room only when its command runs.
"""

import asyncio
import os
from pathlib import Path

import typer

from bot import commands_ledger
from bot.commands_ledger import ConfigPath
from bot.config_faults import words_of
from bot.ledger_reader import LedgerUnreadable
from bot.rows import plain
from bot.settings import DEFAULT_FILE, load
from engine.errors import ConfigError

app = typer.Typer(
    name="watchkeeper",
    help="The officer of the watch: takes alerts, asks, proposes, waits for people, and keeps the record.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # it would print local variables, and those hold secrets
)
config_app = typer.Typer(help="The configuration file.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(config_app, name="config")
app.add_typer(commands_ledger.app, name="ledger")


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
    """Stand the watch until the process is told to stop."""
    settings = load(config, os.environ)
    from bot.app import run as stand  # noqa: PLC0415  `--help` shall not load Slack's SDK

    stand(settings)


@app.command()
def doctor(config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Ask everything that the configuration names, and say what is wrong and how to mend it; exit 1 on a failure."""
    settings = load(config, os.environ)
    from bot.doctor import report  # noqa: PLC0415

    raise typer.Exit(report(settings, typer.echo))


@config_app.command()
def check(config: ConfigPath = Path(DEFAULT_FILE)) -> None:
    """Read the configuration as `run` would, and say what is wrong; exit 2 on a fault. Asks nobody."""
    settings = load(config, os.environ)
    from bot.app import connectors  # noqa: PLC0415

    asyncio.run(connectors(settings).aclose())  # each is made, by its own Config, and asks nobody
    typer.echo(plain(f"{config}: ok, {settings.counted}"))


if __name__ == "__main__":
    main()
