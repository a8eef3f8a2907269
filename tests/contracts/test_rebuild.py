"""The ledger again from its records: hash for hash where they prove it, named where they do not; on both databases."""

import asyncio
import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import marker
from connectors.memory.files import Files, FilesConfig
from connectors.memory.github import GitHubConfig, GitHubIssues
from connectors.memory.jira import JiraConfig, JiraIssues
from engine.durable.gather import holding
from engine.durable.rebuild import Rebuild, Rebuilt
from engine.durable.restoration import Restoration, restoration
from engine.errors import Permanent
from engine.fold import fold
from engine.ledger import Draft, Ledger
from engine.memory import Memory
from engine.model import Entry, Kind, Proposal
from engine.published import SYSTEM
from engine.store import archive
from engine.store.cursors import Cursors
from playground.vendors.github import GitHubStandIn
from playground.vendors.jira import JiraStandIn
from tests.clock import MovableClock
from tests.conftest import DatabaseUrl, OpenLedger
from tests.engine.shelf import Process
from tests.ledgers import verify
from tests.paper import Paper

KEY = b"key"  # as `Process` signs


@dataclass
class World:
    """A ledger and its records; `lose` makes it again from some of them."""

    process: Process
    fresh: Any

    async def carried(self, *memories: Memory, seconds: float = 0.0) -> None:
        for memory in memories:
            mirror = self.process.mirror(memory)
            for incident in self.process.desk.lease.epochs:
                self.process.incident = incident
                await self.process.carries(mirror, seconds)

    async def gathered(self, *memories: Memory) -> Restoration:
        clock = self.process.clock
        return restoration([await holding(memory, KEY, clock, lambda done, of: None) for memory in memories])

    async def again(self, *memories: Memory) -> tuple[Ledger, Restoration, Rebuilt]:
        found = await self.gathered(*memories)
        ledger = await self.fresh()
        done = await Rebuild(ledger, [memory.name for memory in memories]).write(found)
        await ledger.start()
        return ledger, found, done

    async def same(self, ledger: Ledger, incident: int, upto: int | None = None) -> bool:
        """Whether the incident came back as it was, byte for byte, and its chain holds."""
        before, after = await self.process.ledger.entries(incident), await ledger.entries(incident)
        upto = len(before) if upto is None else upto
        assert await verify(ledger, incident) == ""
        return _bytes(before)[:upto] == _bytes(after)[:upto]


def _bytes(entries: Sequence[Entry]) -> list[tuple[bytes, str]]:
    return [(entry.published, entry.hash) for entry in entries]


@pytest.fixture
async def world(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, clock: MovableClock
) -> World:
    """On SQLite, unless the test asks for both; what is judged is judged before any database is written."""
    dialect = getattr(request, "param", "sqlite")

    async def fresh() -> Ledger:
        return await open_ledger(database_url(dialect))

    return World(Process(await fresh(), clock), fresh)


on_both = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.just("x" * 30_000)


class TestExact:
    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(texts=st.lists(st.lists(TEXTS, max_size=6), min_size=1, max_size=3), outage=st.integers(0, 5))
    async def test_random_ledgers_come_back_hash_for_hash(
        self, world: World, tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], outage: int
    ) -> None:
        root = await asyncio.to_thread(tmp_path_factory.mktemp, "records")
        world.process = Process(await world.fresh(), world.process.clock)
        for notes in texts:
            await world.process.opens()
            for i, text in enumerate(notes):
                await world.process.notes(f"{i} {text}")
            if len(notes) > outage:
                await world.process.ledger.append(
                    world.process.incident, Draft("closed", Kind.CLOSED, {"says": "over"}, "person:1")
                )
        async with GitHubStandIn() as hub, JiraStandIn() as ops:
            said = {"repository": "shop/checkout", "token": "ghp_watchkeeper", "url": hub.url}
            github = GitHubIssues("github", GitHubConfig.model_validate(said))
            said = {"project": "OPS", "email": "watchkeeper@shop.example", "token": "jira-watchkeeper", "url": ops.url}
            jira = JiraIssues("jira", JiraConfig.model_validate(said))
            files = Files("files", FilesConfig(root=root))
            try:
                await world.carried(github, jira, files, seconds=120)
                for memory in (github, jira, files):
                    ledger, found, _ = await world.again(memory)
                    assert not found.refused
                    assert not found.gaps
                    for incident in world.process.desk.lease.epochs:
                        assert await world.same(ledger, incident)
                        assert (await ledger.entries(incident))[-1].n == len(
                            await world.process.ledger.entries(incident)
                        )
            finally:
                await github.aclose()
                await jira.aclose()

    @on_both
    async def test_numbers_alerts_and_close_go_on_where_they_were(self, world: World) -> None:
        paper = Paper()
        first, second = await world.process.opens(), await world.process.opens()
        await world.process.ledger.append(first, Draft("closed", Kind.CLOSED, {}, "person:1"))
        await world.carried(paper)
        ledger, _, done = await world.again(paper)
        heads = {number: closed for number, _, closed in await ledger.heads()}
        assert (heads[first] is not None, heads[second]) == (True, None)
        identity = "am/Errors/checkout/"
        assert await ledger.transact(lambda book: book.incident_of(identity)) == (second, None)
        assert await ledger.transact(lambda book: book.open_incident(2041, None)) == second + 1
        assert (ledger.generation, done.generation) == (2, 2)

    @on_both
    async def test_nothing_is_sent_twice_and_what_is_new_goes_on_in_the_same_ticket(self, world: World) -> None:
        paper = Paper()
        incident = await world.process.opens()
        await world.carried(paper)
        ledger, _, _ = await world.again(paper)
        before = paper.writes
        after = Process(ledger, world.process.clock)
        await after.desk.lease.adopt()
        after.incident = incident
        await after.carries(after.mirror(paper), 60)
        assert paper.writes == before
        await after.notes("five")
        await after.carries(after.mirror(paper), 60)
        assert [marker.read(sheet.text).n for sheet in paper.notes("INC-2041")] == [1, 2, 3, 4, 5]  # type: ignore[union-attr]
        assert len({marker.read(sheet.text).op for sheet in paper.notes("INC-2041")}) == 5  # type: ignore[union-attr]
        again, _, _ = await world.again(paper)  # and once more, from two generations
        assert len(await again.entries(incident)) == 5
        assert again.generation == 3

    @on_both
    async def test_only_an_empty_ledger_is_written_and_then_all_or_nothing(self, world: World) -> None:
        paper = Paper()
        await world.process.opens()
        await world.carried(paper)
        found = await world.gathered(paper)
        with pytest.raises(Permanent, match="not empty"):
            await Rebuild(world.process.ledger, ["paper"]).write(found)


class TestPeople:
    async def _proposed(self, world: World, *, started: bool) -> int:
        incident = await world.process.opens()
        now = await world.process.ledger.now()
        proposal = Proposal(
            action="a", arguments={}, title="t", what="w", where="x", digest="d", op="o", expires_at=now
        )
        ledger = world.process.ledger
        entry = (await ledger.append(incident, Draft("p", Kind.PROPOSED, proposal.to_json(), "responder"))).entry
        if started:
            payload = {"proposal": entry.n, "op": "o", "votes": []}
            await ledger.append(incident, Draft(f"started/{entry.n}", Kind.STARTED, payload, "gate"))
        return incident

    @on_both
    async def test_open_proposals_come_back_closed_and_a_start_without_result_unknown(self, world: World) -> None:
        waits, runs = await self._proposed(world, started=False), await self._proposed(world, started=True)
        paper = Paper()
        await world.carried(paper)
        ledger, _, done = await world.again(paper)
        status = [next(iter(fold(i, await ledger.entries(i)).proposals.values())).status for i in (waits, runs)]
        assert status == ["denied", "unknown"]
        assert (done.closed, done.unknown) == (1, 1)
        assert await world.same(ledger, waits)
        assert await world.same(ledger, runs)

    async def test_everything_is_halted_until_a_person_resumes(self, world: World) -> None:
        paper = Paper()
        await world.process.opens()
        await world.carried(paper)
        ledger, _, _ = await world.again(paper)
        assert (await ledger.control()).halted_at is not None
        halted = fold(SYSTEM, await ledger.entries(SYSTEM)).halted
        assert halted is not None
        assert "rebuilt from paper" in halted.payload["reason"]

    @on_both
    async def test_an_earlier_halt_stays_in_force(self, world: World) -> None:
        paper = Paper()
        await world.process.opens()
        await world.process.ledger.append(SYSTEM, Draft("halted/1", Kind.HALTED, {"reason": "migration"}, "person:1"))
        await world.process.desk.lease.adopt()
        await world.carried(paper)
        ledger, _, _ = await world.again(paper)
        assert await world.same(ledger, SYSTEM, upto=1)
        halted = fold(SYSTEM, await ledger.entries(SYSTEM)).halted
        assert halted is not None
        assert "migration" in halted.payload["reason"]


class TestDamage:
    async def test_what_one_backend_lost_another_has(self, world: World) -> None:
        one, two = Paper("one"), Paper("two")
        incident = await world.process.opens()
        await world.carried(one, two)
        del one.notes("INC-2041")[1]
        two.sheet("INC-2041", 3).text += "\n edited, so that the marker is no last line"
        ledger, found, _ = await world.again(one, two)
        assert await world.same(ledger, incident)
        assert found.gaps == {}
        acked = {name: cursor.acked for name, cursor in (await Cursors(ledger.db).of(incident)).items()}
        assert acked == {"one": 4, "two": 4}

    async def test_a_gap_is_named_with_the_hash_that_is_missing(self, world: World) -> None:
        paper = Paper()
        incident = await world.process.opens()
        await world.carried(paper)
        missing = (await world.process.ledger.entries(incident))[2]
        paper.notes("INC-2041").remove(paper.sheet("INC-2041", 3))
        ledger, found, _ = await world.again(paper)
        assert found.gaps == {incident: f"entry 3 is missing (entry 3 was {missing.hash[:12]})"}
        assert await world.same(ledger, incident, upto=2)
        assert [entry.n for entry in await ledger.entries(incident)] == [1, 2]
        kept = await ledger.db.read(lambda tx: archive.of(tx, incident))
        assert [(text.n, text.backend) for text in kept] == [(4, "paper")]

    @pytest.mark.parametrize("how", ["signature", "hash", "number", "form", "bomb", "bare", "parts"])
    async def test_a_forged_or_edited_marker_is_refused_and_named(self, world: World, how: str) -> None:
        paper = Paper()
        incident = await world.process.opens()
        await world.carried(paper)
        sheet = paper.sheet("INC-2041", 4)
        text, known = marker.parted(sheet.text)
        assert known is not None
        bomb = base64.b64encode(zlib.compress(b"0" * 40_000_000, 9)).decode()
        forged = {
            "signature": replace(known, sig="0" * 64),
            "hash": replace(known, hash="f" * 64),
            "number": replace(known, n=9),
            "form": replace(known, data=base64.b64encode(zlib.compress(b'{"n": 4}')).decode()),
            "bomb": replace(known, data=bomb),
            "bare": replace(known, data="", sig=""),
            "parts": replace(known, part=1, parts=2),
        }[how]
        sheet.text = f"{text}\n{marker.html_comment(forged)}"  # type: ignore[arg-type]
        ledger, found, _ = await world.again(paper)
        says = {
            "signature": "not signed with this installation's key",
            "hash": "says another entry than it carries",
            "number": "says another entry than it carries",
            "form": "not signed with this installation's key",
            "bomb": "unpacks to more than",
            "bare": "carries no signed form",
            "parts": "part 2 of 2 is missing",
        }[how]
        assert len(found.refused) == 1
        assert says in found.refused[0]
        assert [entry.n for entry in await ledger.entries(incident)] == [1, 2, 3]

    async def test_what_somebody_else_wrote_counts_for_nothing(self, world: World) -> None:
        paper = Paper()
        incident = await world.process.opens()
        await world.carried(paper)
        for sheet in paper.notes("INC-2041")[1:]:
            sheet.ours = False
        _, found, _ = await world.again(paper)
        assert found.chains[incident].n == 1

    async def test_groups_and_parts_are_joined(self, world: World) -> None:
        paper = Paper(note_chars=400)
        incident = await world.process.opens()
        await world.process.notes("\n".join(f"line {n} " + "x" * 60 for n in range(12)))
        for n in range(21):
            await world.process.notes(f"more {n}")
        await world.carried(paper)
        markers = [marker.read(sheet.text) for sheet in paper.notes("INC-2041")]
        assert any(m and m.first for m in markers)
        assert any(m and m.parts > 1 for m in markers)
        ledger, _, _ = await world.again(paper)
        assert await world.same(ledger, incident)
        assert len(await ledger.entries(incident)) == 26


class TestReadable:
    async def test_a_backend_that_shows_everything_gives_the_story_as_text(self, world: World) -> None:
        paper = Paper(shows=True)
        incident = await world.process.opens()
        await world.carried(paper)
        ledger, found, _ = await world.again(paper)
        assert found.only_text == (incident,)
        kept = await ledger.db.read(lambda tx: archive.of(tx, incident))
        assert [text.n for text in kept] == [1, 2, 3, 4]
        assert kept[0].text.startswith("**Alert `Errors`**")
        assert await ledger.transact(lambda book: book.open_incident(1, None)) == incident + 1

    async def test_where_another_has_the_chain_it_is_checked_by_its_place(self, world: World) -> None:
        paper, exact = Paper("shown", shows=True), Paper("exact")
        incident = await world.process.opens()
        await world.carried(paper, exact)
        sheet = paper.sheet("INC-2041", 3)
        sheet.text = sheet.text.replace("hash:", "hash:0000")
        ledger, found, _ = await world.again(paper, exact)
        assert found.refused == ("shown: INC-2041, entry 3: it is not the chain's",)
        assert await ledger.db.read(lambda tx: archive.of(tx, incident)) == []
        assert (await Cursors(ledger.db).of(incident))["shown"].acked == 4

    async def test_numbers_that_no_ticket_has_are_named(self, world: World) -> None:
        paper = Paper()
        first = await world.process.opens()
        gone = await world.process.opens()
        last = await world.process.opens()
        await world.carried(paper)
        paper.folders = [folder for folder in paper.folders if folder.incident != f"INC-{gone}"]
        _, found, _ = await world.again(paper)
        assert (found.lost, sorted(found.chains)) == ((gone,), [first, last])
