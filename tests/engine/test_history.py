"""What was done before is found, in ledger and backends; whoever is slow or down is named and not waited for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

import engine.history
from bot.views.answers.history import history as said
from engine.durable.gather import holding
from engine.durable.rebuild import Rebuild
from engine.durable.restoration import restoration
from engine.history import History
from engine.ledger import Draft
from engine.memory import Hit
from engine.model import Kind, Person, Proposal, Severity, Triage, Verdict, Vote
from engine.past import Recalled
from engine.redact import Clean
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import Process
from tests.paper import Paper, busy


@pytest.fixture
async def process(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock
) -> Process:
    return Process(await open_ledger(database_url(getattr(request, "param", "sqlite"))), clock)


async def vetoed(process: Process, title: str, why: str) -> int:
    """A closed incident in which something ran and something was vetoed by Maya."""
    number = await process.opens()
    maya = await process.desk.people.pseudonym(Person("slack:U1", "Maya Okafor"))
    triage = Triage(severity=Severity.SEV2, service="checkout", title=title, summary="s")
    now = await process.ledger.now()

    async def append(key: str, kind: Kind, payload: dict[str, Any], actor: str = "gate") -> int:
        return (await process.ledger.append(number, Draft(key, kind, payload, actor))).entry.n

    await append("triage/1", Kind.TRIAGE, triage.to_json())
    for action in ("rollback-release", "restart-database"):
        proposal = Proposal(
            action=action, arguments={}, title=action, what="w", where="x", digest="d", op="o", expires_at=now
        )
        n = await append(action, Kind.PROPOSED, proposal.to_json())
        if action == "rollback-release":
            await append("started", Kind.STARTED, {"proposal": n, "op": "o", "votes": []})
            continue
        vote = Vote(proposal=n, surface="button", place="b", event_at=now, verdict=Verdict.COUNTED, reason=why)
        await append("veto", Kind.VETO, vote.to_json(), maya)
    await append("closed", Kind.CLOSED, {}, maya)
    return number


def looking(process: Process, *papers: Paper) -> History:
    desk = process.desk
    memories = {paper.name: paper for paper in papers}
    return History(desk.ledger.db, desk.people, desk.ledger.gate, desk.clock, memories)


def names(found: Recalled) -> list[str]:
    return [past.name for past in found.pasts]


class TestLedger:
    @pytest.mark.parametrize("process", ["sqlite", "postgresql"], indirect=True)
    async def test_what_was_tried_and_what_people_overrode(self, process: Process) -> None:
        number = await vetoed(process, "7.3 % of requests FAIL", "It drops open payments")
        other = await process.opens()
        found = await looking(process).look("requests fail")
        assert names(found) == [f"INC-{number}"]
        past = found.pasts[0]
        assert (past.tried, past.outcome) == (("rollback-release, started",), "closed by a person")
        assert [(o.action, o.by, o.why) for o in past.overrides] == [
            ("restart-database", "Maya Okafor", "It drops open payments")
        ]
        assert names(await looking(process).look("")) == [f"INC-{other}", f"INC-{number}"]
        assert names(await looking(process).look("", service="search")) == []
        tomorrow = await process.ledger.now() + timedelta(days=1)
        assert names(await looking(process).look("", since=tomorrow)) == []

    async def test_the_words_are_the_storyboards(self, process: Process) -> None:
        number = await vetoed(process, "slow database", "drops open payments")
        found = await looking(process).look("checkout")
        day = found.pasts[0].at
        lines = said(found, "checkout", 3, str).splitlines()
        when = f"{day.day} {day:%b %Y}"
        assert lines[0].startswith(f"History of checkout: 1 incident since {when}. Ledger; ")
        assert lines[1].startswith(f"1  INC-{number}, {when}, ")
        assert lines[1].endswith(": slow database")
        assert lines[2:] == [
            "   Tried: rollback-release, started. Overridden: restart-database, vetoed by Maya Okafor: "
            "“drops open payments”.",
            "Overridden on checkout: restart-database vetoed 1 of 1",
        ]


class Slow(Paper):
    @override
    async def search(self, query: Clean, service: str = "", since: datetime | None = None) -> Sequence[Hit]:
        await asyncio.Event().wait()
        return []


class TestBackends:
    async def test_an_incident_is_told_once_wherever_it_was_found(self, process: Process) -> None:
        number = await vetoed(process, "slow database", "drops open payments")
        one, two = Paper("one"), Paper("two", shows=True)
        for paper in (one, two):
            await process.carries(process.mirror(paper))
        found = await looking(process, one, two).look("database")
        assert names(found) == [f"INC-{number}"]
        assert found.pasts[0].where == ("Ledger", "One #1", "Two #1")
        assert found.asked == ("Ledger", "One", "Two")

    @pytest.mark.parametrize("shows", [False, True])
    async def test_what_the_ledger_lost_is_told_from_the_ticket(
        self, process: Process, open_ledger: OpenLedger, database_url: DatabaseUrl, shows: bool
    ) -> None:
        number = await vetoed(process, "slow database", "drops open payments")
        paper = Paper(shows=shows)
        await process.carries(process.mirror(paper))
        empty = Process(await open_ledger(database_url("sqlite")), process.clock)
        past = (await looking(empty, paper).look("database")).pasts[0]
        assert (past.name, past.where) == (f"INC-{number}", ("Paper #1",))
        assert past.tried == ("Started",)
        assert [one.by for one in past.overrides] == ["Maya Okafor"]

    async def test_what_a_rebuild_kept_as_text_is_found(
        self, process: Process, open_ledger: OpenLedger, database_url: DatabaseUrl
    ) -> None:
        number = await vetoed(process, "slow database", "drops open payments")
        paper = Paper(shows=True)
        await process.carries(process.mirror(paper))
        found = restoration([await holding(paper, b"key", process.clock, lambda done, of: None)])
        again = Process(await open_ledger(database_url("sqlite")), process.clock)
        await Rebuild(again.ledger, ["paper"]).write(found)
        past = (await looking(again).look("drops open payments")).pasts[0]
        assert (past.name, past.where, past.tried) == (f"INC-{number}", ("paper",), ("Started",))

    async def test_whoever_is_slow_or_down_is_named_and_not_waited_for(
        self, process: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine.history, "DEADLINE", 0.05)
        number = await vetoed(process, "slow database", "drops open payments")
        down = Paper("down")
        down.fails = busy()
        found = await looking(process, Slow("slow"), down).look("database")
        assert names(found) == [f"INC-{number}"]
        assert found.failed == {"Slow": "no answer in 0.05 s", "Down": "paper is busy"}
        assert "Slow was not heard: no answer in 0.05 s." in said(found, "database", 3, str)
