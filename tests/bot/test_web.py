"""The alert door: stored, then answered; a verified sender is never told 4xx or 429. Over HTTP, by uvicorn."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
import uvicorn

from bot import web
from bot.inbox import Inbox
from bot.web import AlertDoor, application
from connectors.alerts.alertmanager import Alertmanager, AlertmanagerConfig
from engine.errors import Unavailable
from engine.fast.intake import Intake, IntakeRules
from engine.lease import Lease
from engine.ledger import Ledger
from engine.model import Alert, Severity, Triage
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger

TOKEN = "correct horse battery"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


class Judge:
    """A reasoner that only triages."""

    name = "judge"

    async def triage(self, alert: Alert) -> Triage:
        return Triage(severity=Severity.SEV2, service=alert.service, title=alert.name, summary=alert.summary)


def body(*alerts: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": "4", "status": "firing", "alerts": list(alerts)}


def firing(name: str = "Errors", at: str = "2026-11-25T08:00:00Z", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "service": "checkout", "environment": "production"}
    return {"status": "firing", "labels": labels, "startsAt": at, "fingerprint": f"f-{name}", **more}


class Door:
    """The running door and the words of its answers."""

    def __init__(self, ledger: Ledger, clock: MovableClock) -> None:
        self.ledger = ledger
        self.inbox = Inbox(ledger.db, "p1")
        config = AlertmanagerConfig.model_validate({"token": TOKEN})
        intake = Intake(ledger, Lease(ledger.db, clock), Judge(), IntakeRules(first_number=2041))  # type: ignore[arg-type]
        self.alerts = AlertDoor({"am": Alertmanager("am", config)}, self.inbox, intake)
        self.url = ""

    async def send(self, data: Any, name: str = "am", headers: Mapping[str, str] = RIGHT) -> int:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/alerts/{name}", data=raw, headers=headers) as answer,
        ):
            await answer.read()
            return answer.status

    async def kinds(self, incident: int = 2041) -> list[str]:
        await self.alerts.settle()
        return [entry.kind for entry in await self.ledger.entries(incident)]

    def counted(self, outcome: str) -> float:
        return (
            self.alerts.registry.get_sample_value("watchkeeper_alerts_total", {"source": "am", "outcome": outcome})
            or 0.0
        )


@pytest.fixture
async def door(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> AsyncIterator[Door]:
    found = Door(await open_ledger(database_url("sqlite")), clock)

    async def ready() -> Mapping[str, str]:
        return {}

    config = uvicorn.Config(application(found.alerts, ready), port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn tells nobody
        await asyncio.sleep(0.01)
    found.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield found
    server.should_exit = True
    await serving


async def test_what_is_verified_is_stored_and_taken(door: Door) -> None:
    assert await door.send(body(firing())) == 202
    assert await door.kinds() == ["alert", "triage"]


@pytest.mark.parametrize("data", [b"not json", b"\xff\xfe", {"other": "vendor"}, b"[" * 5000])
async def test_a_verified_sender_is_never_refused_for_what_it_sent(door: Door, data: Any) -> None:
    """Do not weaken 8: it is kept and shown."""
    assert await door.send(data) == 202
    await door.alerts.settle()
    assert len(await door.inbox.parked()) == 1
    assert (door.counted("accepted"), door.counted("unreadable")) == (1, 1)


async def test_nothing_in_it_is_not_lost_either(door: Door) -> None:
    assert await door.send(body()) == 202
    await door.alerts.settle()
    assert [note["reason"] for note in await door.inbox.notes()] == ["empty"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
async def test_who_is_not_verified_is_told_401_counted_and_not_kept(door: Door, headers: Mapping[str, str]) -> None:
    assert await door.send(body(firing()), headers=headers) == 401
    assert door.counted("denied") == 1
    assert await door.inbox.waiting() == 0


async def test_too_much_is_told_413_and_read_no_further(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 1000)
    assert await door.send(b"x" * 1001) == 413
    assert door.counted("too_large") == 1


async def test_a_ledger_that_cannot_store_is_told_503(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders repeat 5xx; 202 is said after the commit only."""

    async def put(*_: Any) -> bool:
        raise Unavailable("no database")

    monkeypatch.setattr(door.inbox, "put", put)
    assert await door.send(body(firing())) == 503
    assert door.counted("accepted") == 0


async def test_too_many_at_once_are_told_503(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_WAITING", -1)
    assert await door.send(body(firing())) == 503
    assert door.counted("shed") == 1


async def test_an_unknown_source_is_told_which_there_are(door: Door) -> None:
    assert await door.send(body(firing()), name="other") == 404


async def test_repeats_are_counted_at_least(door: Door) -> None:
    """Row 40: no dedupe at the door; one `recurred` an interval."""
    for _ in range(4):
        assert await door.send(body(firing())) == 202
    assert (await door.kinds()).count("recurred") == 1
