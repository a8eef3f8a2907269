"""What leaves, and by which words: templates, arguments, keys, logs. Everything from outside is data."""

import io
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from bot import logs
from connectors.actions.http import HttpAction
from engine.catalogue import fill
from engine.errors import Permanent
from engine.model import Kind, ProposalDraft
from engine.redact import Gate
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.stage import PRIYA, Office, Room, Target, action_at

SECRET = "xoxb-12345678-abcdefgh"


@pytest.fixture
async def office(database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock) -> Any:
    async with Target().serving() as target:
        action: HttpAction = action_at(target.url, "lookup")
        yield Office(await open_ledger(database_url("sqlite")), clock, Room(), action)
        await action.aclose()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Standard error while the bot's logging is configured; afterwards everything is as it was."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", stream)
    root.handlers = []
    logs.configure(Gate())
    yield stream
    structlog.configure(**before[0])
    root.handlers, root.level = before[1], before[2]


def test_braces_in_a_value_are_text() -> None:
    assert fill("{a} to {b}", {"a": "{b}", "b": "x"}) == "{b} to x"
    assert fill("{missing} {a.b} {0}", {"a": "x"}) == "{missing} {a.b} {0}"


async def test_what_would_be_masked_is_not_proposed(office: Office) -> None:
    """People would approve one thing, and the target would get another."""
    draft = ProposalDraft(action="roll-back", arguments={"service": SECRET})
    with pytest.raises(Permanent, match="masked") as refused:
        await office.catalogue.propose(draft, "proposed/1", 2041, office.ledger)
    assert SECRET not in str(refused.value)


async def test_a_votes_key_holds_no_trace_of_the_person(office: Office) -> None:
    """Rows 4 and 49: keys are published; an unsalted digest can be guessed."""
    incident = await office.opened()
    proposal = await office.proposed(incident)
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    answers = [await office.says(incident, proposal, PRIYA, event="click/U0PRIYA/1", at=at) for _ in range(2)]
    assert answers[0].entry == answers[1].entry
    vote = await office.last(incident, Kind.APPROVAL)
    assert "U0PRIYA" not in vote.published.decode()
    assert office.ledger.installation not in vote.published.decode()


def test_what_libraries_log_is_masked_too(written: io.StringIO) -> None:
    """A traceback quotes what was sent."""
    try:
        int(f"cannot send {SECRET}")
    except ValueError:
        logging.getLogger("slack_bolt.AsyncApp").exception("unhandled %s", {"token": SECRET})
    structlog.get_logger().warning("refused", says=SECRET)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert len(lines) == 2
    assert SECRET not in written.getvalue()
    assert "REDACTED" in lines[0]["event"]


async def test_a_clock_that_is_set_back_prolongs_nothing(
    database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock
) -> None:
    """Row 14, SQLite: a deadline that forbids ends at the earlier of wall and monotonic time."""
    ledger = await open_ledger(database_url("sqlite"))
    before = await ledger.now()
    await clock.advance(60)
    clock._start = clock._start.replace(year=2025)
    assert (await ledger.now() - before).total_seconds() == 60
