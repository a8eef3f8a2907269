"""`watchkeeper doctor`: ask everything that the configuration names, and tell each fault with its mend.

It only asks: nothing is posted, written or opened for longer than the question. A check that cannot end is ended.
"""

import asyncio
import ipaddress
import os
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from bot.app import connectors
from bot.doctor_policy import look_at_policy
from bot.doctor_reach import Reach, look_at_ledger
from bot.doctor_slack import look_at_slack
from bot.instruments import Connectors
from bot.rows import Row, plain
from bot.settings import Settings
from engine.errors import ConfigError, WatchkeeperError
from engine.memory import Memory
from engine.words import count

Look = Awaitable[list[Row]]
SECONDS = 20.0  # one check, all its questions


def report(settings: Settings, echo: Callable[[str], object]) -> int:
    """Tell every row; 1 when something failed, else 0."""
    rows = asyncio.run(examine(settings))
    for row in rows:
        echo(row.text)
    failures, warnings = (sum(row.verdict == word for row in rows) for word in ("FAIL", "warn"))
    counted = [count(n, noun) for n, noun in ((failures, "failure"), (warnings, "warning")) if n]
    echo(plain(", ".join([*counted, f"{len(rows) - failures - warnings} ok"])))
    return 1 if failures else 0


async def examine(settings: Settings) -> list[Row]:
    """Every check, all at once, told in a fixed order. Raises `ConfigError` when a connector cannot be made."""
    made = await asyncio.to_thread(connectors, settings)
    reach = await asyncio.to_thread(Reach)
    try:
        found = await asyncio.gather(*(_bounded(name, look) for name, look in _looks(settings, made, reach)))
    finally:
        await made.aclose()
    config = Row("config", "ok", f"{settings.file.name}: {settings.counted}")
    unmet = [_notice(notice) for notice in made.notices]
    return [config, *unmet, *(row for rows in found for row in rows)]


def _notice(notice: ConfigError) -> Row:
    """What a file names and nobody configured, as one line."""
    says = str(notice).partition("\n  mend: ")[0].replace("\n  ", "; ")
    return Row("playbook", "warn", says, notice.mend)


def _looks(settings: Settings, made: Connectors, reach: Reach) -> Iterable[tuple[str, Look]]:
    yield "slack", look_at_slack(settings)
    yield "policy", look_at_policy(settings)
    yield "ledger", look_at_ledger(settings.ledger)
    yield "record key", asyncio.to_thread(_key, settings.ledger.record_key_file)
    yield "alerts", _alerts(settings)
    for name, memory in made.memory.items():
        yield name, _record(name, memory)
    for group in (settings.tools, settings.partners, settings.actions):
        for name, section in group.items():
            yield name, reach.look(name, section)


async def _bounded(name: str, look: Look) -> list[Row]:
    try:
        async with asyncio.timeout(SECONDS):
            return await look
    except TimeoutError:
        return [
            Row(
                name,
                "FAIL",
                f"no answer in {SECONDS:g} s",
                "see whether it runs, and whether this machine may reach it",
            )
        ]


def _key(path: Path) -> list[Row]:
    if not path.exists():
        place = next(folder for folder in path.absolute().parents if folder.exists())
        if os.access(place, os.W_OK | os.X_OK):
            return [Row("record key", "ok", f"{path} will be made at the first start")]
        return [Row("record key", "FAIL", f"{path} cannot be made", f"let this user write in {place}")]
    if not os.access(path, os.R_OK):
        return [Row("record key", "FAIL", f"{path} cannot be read", "let this user read it")]
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [Row("record key", "warn", f"others can read {path} and sign entries with it", f"chmod 600 {path}")]
    return [Row("record key", "ok", f"{path}, for this user alone")]


async def _alerts(settings: Settings) -> list[Row]:
    if not settings.alerts:
        return [Row("alerts", "warn", "no source is configured, so no alert can arrive", "alerts in watchkeeper.yaml")]
    where = f"http://{settings.web.host}:{settings.web.port}/alerts/"
    rows = []
    for name, section in settings.alerts.items():
        if _only_here(settings.web.host) or _has_secret(section.options):
            rows.append(Row(name, "ok", f"takes {where}{name}"))
        else:
            says = "has no token, so only this machine may send"
            rows.append(Row(name, "warn", says, f"alerts.{name}.token in {settings.file.name}"))
    return rows


def _has_secret(options: Mapping[str, object]) -> bool:
    return any(options.get(name) for name in ("token", "secret", "password"))


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _record(name: str, memory: Memory) -> list[Row]:
    try:
        return [Row(name, "ok", await memory.check())]
    except WatchkeeperError as err:
        says = str(err).removeprefix(f"{name}: ").removeprefix(f"{name} ")  # the row names it already
        return [Row(name, "FAIL", says, f"memory.{name} in watchkeeper.yaml, or the rights of its token")]
