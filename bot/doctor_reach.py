"""Whether what the configuration names can be reached: the ledger's database, tools, partners and actions.

A tool, a partner or an action gets a connection and no request, because a question may cost money and an action is an
action. What a proxy stands in front of is not asked, and that is said.
"""

import asyncio
import os
import shutil
import socket
import ssl
import time
import urllib.request
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.ledger_reader import LedgerUnreadable, reading
from bot.rows import Row
from bot.sections import Section
from bot.settings_groups import Ledger
from engine.published import SYSTEM
from engine.store.tx import Tx
from engine.words import count

CONNECT_SECONDS = 5.0
MOST_DRIFT = 2.0


class Reach:
    """Opens connections. Blocking to make: it reads the trusted certificates, the same that connectors trust."""

    def __init__(self) -> None:
        self._tls = httpx.create_ssl_context()
        self._proxies = urllib.request.getproxies()

    async def look(self, name: str, section: Section) -> list[Row]:
        """One row: connected, or why not and what to do."""
        command, url = section.options.get("command"), section.options.get("url")
        if isinstance(command, str):
            return [await asyncio.to_thread(_program, name, command)]
        if not isinstance(url, str):
            return [Row(name, "ok", "has no address to reach")]
        parts = urlsplit(url)
        if self._proxied(parts):
            return [Row(name, "ok", f"{parts.hostname} is reached through a proxy; not asked")]
        try:
            seconds = await self._connect(parts)
        except (OSError, ValueError, TimeoutError) as err:
            where = f"{section.port}.{name} in {section.source.file.path.name}"
            return [
                Row(
                    name,
                    "FAIL",
                    f"{_address(parts)} cannot be reached: {why(err, parts.hostname or '', CONNECT_SECONDS)}",
                    f"start it, or mend {where}",
                )
            ]
        return [Row(name, "ok", f"{_address(parts)} answers, {seconds * 1000:.0f} ms")]

    def _proxied(self, parts: SplitResult) -> bool:
        return parts.scheme in self._proxies and not urllib.request.proxy_bypass(parts.hostname or "")

    async def _connect(self, parts: SplitResult) -> float:
        secure = parts.scheme == "https"
        begun = time.monotonic()
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if secure else 80), ssl=self._tls if secure else None
            )
        taken = time.monotonic() - begun
        writer.close()
        with suppress(OSError, ssl.SSLError):  # how the other side ends it is of no interest
            await writer.wait_closed()
        return taken


async def look_at_ledger(ledger: Ledger) -> list[Row]:
    """Whether it can be read, how much is in it, and how far its clock is from ours."""
    try:
        return [await asyncio.to_thread(_ledger, ledger)]
    except LedgerUnreadable as err:
        mend = "ledger.url in watchkeeper.yaml; the server must run and let this user in"
        return [Row("ledger", "FAIL", str(err), mend)]


def _ledger(ledger: Ledger) -> Row:
    path = ledger.sqlite_path
    if path is not None and not path.exists():
        return Row("ledger", "ok", f"{path} will be made at the first start")
    with reading(ledger) as tx:
        drift = _drift(tx) if path is None else 0.0
        found = _incidents(tx)
    if found is None:
        return Row("ledger", "ok", "the database is empty; its tables will be made at the first start")
    words = count(found, "incident")
    if path is not None:
        return Row("ledger", "ok", f"{path}, {words}")
    if drift > MOST_DRIFT:
        says = f"{words}; the database's clock is {drift:.1f} s from this machine's"
        return Row("ledger", "warn", says, "let NTP set both clocks; deadlines follow the database's")
    return Row("ledger", "ok", f"{words}, {drift * 1000:.0f} ms from the database's clock")


def _incidents(tx: Tx) -> int | None:
    """Incidents, or None where there are no tables yet."""
    if tx.dialect == "postgresql" and tx.one("SELECT to_regclass('incident')") == (None,):
        return None
    row = tx.one("SELECT count(*) FROM incident WHERE id <> :system", system=SYSTEM)
    return int(row[0]) if row else 0


def _drift(tx: Tx) -> float:
    before = time.time()
    at = tx.now() / 1_000_000
    after = time.time()
    return 0.0 if before <= at <= after else min(abs(at - before), abs(at - after))


def _program(name: str, command: str) -> Row:
    found = shutil.which(command)
    if found is None:
        return Row(name, "FAIL", f"there is no program {command}", "install it, or write its whole path")
    return Row(name, "ok", f"starts {found}")


def _address(parts: SplitResult) -> str:
    """Scheme, host and port: a path or a query may hold a secret."""
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def why(err: BaseException, host: str, seconds: float) -> str:
    """Why a connection failed, in words; `seconds` is how long it was waited for."""
    if isinstance(err, socket.gaierror):
        return f"the name {host} is not found"
    if isinstance(err, TimeoutError):
        return f"no answer in {seconds:g} s"
    if isinstance(err, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted, {err.verify_message}"
    if isinstance(err, ssl.SSLError):
        return f"TLS fails, {(err.reason or 'no reason given').lower().replace('_', ' ')}"
    number = getattr(err, "errno", None)  # asyncio writes words of its own beside it
    return os.strerror(number) if number and number > 0 else str(err).strip() or "the connection was cut"
