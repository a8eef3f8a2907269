"""The inbox: what was acknowledged is handled or shown, and counts once. Rows 38 and 39 of the protocol."""

import asyncio
from typing import Any

import pytest
import structlog

from bot import inbox as module
from bot.inbox import Delivery, Inbox
from engine.errors import Denied, Retryable, Unavailable
from engine.lease import Lease
from engine.ledger import Ledger
from engine.ports import SystemClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import change


@pytest.fixture(params=["sqlite", "postgresql"])
async def ledger(request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger) -> Ledger:
    return await open_ledger(database_url(request.param))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.01,))


async def row(ledger: Ledger, key: str) -> tuple[Any, ...]:
    statement = "SELECT attempts, done_at IS NOT NULL, parked_at IS NOT NULL FROM inbox WHERE key = :k"
    found = await ledger.db.read(lambda tx: tx.one(statement, k=key))
    assert found is not None
    attempts, done, parked = found
    return int(attempts), bool(done), bool(parked)


async def nothing() -> None:
    return None


class TestTaking:
    async def test_a_duplicate_is_told_and_handled_by_nobody(self, ledger: Ledger) -> None:
        one, other = Inbox(ledger.db, "p1"), Inbox(ledger.db, "p2")
        fresh = await asyncio.gather(*(i.put("E1", "slack", b"{}") for i in (one, other) * 4))
        assert sum(fresh) == 1

    async def test_what_a_dead_process_left_is_retaken_once(self, ledger: Ledger) -> None:
        """The attempt is committed before it is handled; of two heirs one gets it."""
        await Inbox(ledger.db, "dead").put("E1", "slack", b"{}")
        leases = [Lease(ledger.db, SystemClock()) for _ in range(2 if ledger.db.dialect == "postgresql" else 1)]
        for lease in leases:
            await lease.renew()
        taken = await asyncio.gather(*(Inbox(ledger.db, lease.process).retake("slack") for lease in leases))
        assert [delivery for some in taken for delivery in some] == [Delivery("E1", "slack", b"{}")]
        assert await row(ledger, "E1") == (2, False, False)

    async def test_alerts_do_not_wait_for_slack(self, ledger: Ledger) -> None:
        dead, heir = Inbox(ledger.db, "dead"), Inbox(ledger.db, "p1")
        await dead.put("E1", "slack", b"{}")
        await dead.put("A1", "alerts/x", b"{}")
        assert [d.key for d in await heir.retake("alerts")] == ["A1"]
        assert [d.key for d in await heir.retake("slack")] == ["E1"]

    async def test_what_kills_the_process_is_parked_after_three_tries(self, ledger: Ledger) -> None:
        """Row 39: and the lane goes on."""
        await Inbox(ledger.db, "p0").put("poison", "slack", b"{}")
        lives = [await Inbox(ledger.db, f"p{i}").retake("slack") for i in range(1, 5)]
        assert [len(taken) for taken in lives] == [1, 1, 0, 0]
        assert await row(ledger, "poison") == (4, False, True)
        [(source, why)] = await Inbox(ledger.db, "p9").parked()
        assert source == "slack"
        assert "3 times" in why


class TestPersonalData:
    """What somebody wrote is kept for as long as it is needed."""

    async def test_a_handled_body_is_blanked_and_a_parked_or_waiting_one_kept(self, ledger: Ledger) -> None:
        inbox = Inbox(ledger.db, "p1")
        for key in ("done", "parked", "waiting"):
            await inbox.put(key, "alerts/x", b'{"text": "Priya wrote this"}')
        await inbox.done("done", [{"name": "Errors", "incident": 1, "reason": None}])
        await inbox.park("parked", "its body is no JSON")
        bodies = await ledger.db.read(lambda tx: tx.all("SELECT key, body FROM inbox"))
        kept = b'{"text": "Priya wrote this"}'
        assert {key: bytes(body) for key, body in bodies} == {"done": b"", "parked": kept, "waiting": kept}
        assert [note["name"] for note in await inbox.notes()] == ["Errors"]

    async def test_only_what_was_handled_a_day_ago_is_deleted(self, ledger: Ledger) -> None:
        inbox = Inbox(ledger.db, "p1")
        for key in ("old", "young", "parked", "waiting"):
            await inbox.put(key, "alerts/x", b"{}")
        await inbox.done("old")
        await inbox.done("young")
        await inbox.park("parked", "unreadable")
        await change(ledger, "UPDATE inbox SET received_at = received_at - :day", day=2 * 86_400_000_000)
        await change(ledger, "UPDATE inbox SET done_at = done_at - :day WHERE key = 'old'", day=86_401_000_000)
        await change(ledger, "UPDATE inbox SET done_at = done_at - :day WHERE key = 'young'", day=86_000_000_000)
        assert await inbox.tidy() == 1
        keys = await ledger.db.read(lambda tx: tx.all("SELECT key FROM inbox ORDER BY key"))
        assert [key for (key,) in keys] == ["parked", "waiting", "young"]
        assert await inbox.put("young", "alerts/x", b"{}") is False, "a duplicate is still told"

    async def test_who_retakes_alerts_tidies(self, ledger: Ledger) -> None:
        inbox, tidied = Inbox(ledger.db, "p1"), asyncio.Event()
        await inbox.put("old", "alerts/x", b"{}")
        await inbox.done("old")
        await change(ledger, "UPDATE inbox SET done_at = done_at - :day", day=86_401_000_000)
        await inbox.put("left", "alerts/x", b"{}")
        await inbox.again("left", "a fault")

        async def again(_: Delivery) -> None:
            tidied.set()

        retaking = asyncio.create_task(inbox.retake_forever("alerts", again))
        await asyncio.wait_for(tidied.wait(), 20)
        retaking.cancel()
        await asyncio.gather(retaking, return_exceptions=True)
        keys = await ledger.db.read(lambda tx: tx.all("SELECT key FROM inbox"))
        assert [key for (key,) in keys] == ["left"]


class TestHandling:
    async def test_what_is_handled_is_done(self, ledger: Ledger) -> None:
        inbox = Inbox(ledger.db, "p1")
        await inbox.put("E1", "slack", b"{}")
        await inbox.handle("E1", nothing)
        assert await row(ledger, "E1") == (1, True, False)
        assert await Inbox(ledger.db, "p2").retake("slack") == []

    @pytest.mark.parametrize("away", [Retryable("Slack does not answer"), Unavailable("no database")])
    async def test_what_is_away_for_a_moment_loses_no_word(self, ledger: Ledger, quick: None, away: Exception) -> None:
        """A click during a hiccup of Slack's Web API is waited for, not parked."""
        inbox = Inbox(ledger.db, "p1")
        await inbox.put("E1", "slack", b"{}")
        tries = []

        async def work() -> None:
            tries.append(1)
            if len(tries) < 6:
                raise away

        await inbox.handle("E1", work)
        assert len(tries) == 6
        assert await row(ledger, "E1") == (1, True, False)

    async def test_what_stays_away_is_parked_and_shown(
        self, ledger: Ledger, quick: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "PATIENCE", 0.05)
        inbox = Inbox(ledger.db, "p1")
        await inbox.put("E1", "slack", b"{}")

        async def work() -> None:
            raise Retryable("Slack does not answer")

        await inbox.handle("E1", work)
        assert await inbox.parked() == [("slack", "Slack does not answer")]

    async def test_a_refusal_is_parked_with_its_reason(self, ledger: Ledger) -> None:
        inbox = Inbox(ledger.db, "p1")
        await inbox.put("E1", "slack", b"{}")

        async def work() -> None:
            raise Denied("not yours")

        await inbox.handle("E1", work)
        assert await inbox.parked() == [("slack", "not yours")]

    async def test_a_fault_of_ours_is_tried_again_by_a_living_process_and_then_parked(self, ledger: Ledger) -> None:
        """It neither waits for the next start nor comes back for ever."""
        inbox = Inbox(ledger.db, "p1")
        await inbox.put("E1", "slack", b"{}")

        async def work() -> None:
            raise KeyError("user")

        with structlog.testing.capture_logs() as logs:
            await inbox.handle("E1", work)
            for attempts in (2, 3):
                assert [d.key for d in await inbox.retake("slack")] == ["E1"]
                assert (await row(ledger, "E1"))[0] == attempts
                await inbox.handle("E1", work)
        assert [entry["log_level"] for entry in logs] == ["error"] * 3  # and never in silence
        assert await row(ledger, "E1") == (3, False, True)
        assert await inbox.retake("slack") == []
        assert "KeyError" in (await inbox.parked())[0][1]
