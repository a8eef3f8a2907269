"""An entry of a kind that this code does not know: ignored, unless it says that it is critical; then nothing starts."""

import hashlib
import json
from datetime import datetime

import pytest

from engine.ledger import Ledger
from engine.model import CRITICAL, Entry, Kind
from engine.published import canonical, entry_of, micros
from tests.engine.conftest import TwoOffices
from tests.engine.stage import MAYA, Office, Target
from tests.ledgers import change, verify


def strange(last: Entry, *, critical: bool, at: datetime) -> Entry:
    """The next entry, as a newer version would publish it."""
    form = json.loads(last.published) | {
        "n": last.n + 1,
        "key": "quarantined/1",
        "kind": "quarantined",
        "critical": critical,
        "at": at.isoformat(timespec="microseconds"),
        "payload": {"says": "what only a newer version knows"},
        "prev": last.hash,
    }
    published = canonical(form).encode()
    return entry_of(published, hashlib.sha256(published).hexdigest(), "by hand")


async def appends(ledger: Ledger, entry: Entry) -> None:
    """Written past the code that knows its own kinds only."""
    await change(
        ledger,
        "INSERT INTO entry (incident, n, key, kind, at, nonce, hash, published)"
        " VALUES (:incident, :n, :key, :kind, :at, :nonce, :hash, :published)",
        incident=entry.incident,
        n=entry.n,
        key=entry.key,
        kind=entry.kind,
        at=micros(entry.at),
        nonce=entry.nonce,
        hash=entry.hash,
        published=entry.published,
    )
    await change(
        ledger, "UPDATE incident SET n = :n, head = :head WHERE id = :id", n=entry.n, head=entry.hash, id=entry.incident
    )


async def approved_then_strange(office: Office, *, critical: bool) -> tuple[int, int]:
    """A proposal with its quorum, after which the strange entry came."""
    incident = await office.opened()
    proposal = await office.proposed(incident)
    await office.says(incident, proposal)
    last = (await office.ledger.entries(incident))[-1]
    await appends(office.ledger, strange(last, critical=critical, at=await office.ledger.now()))
    assert await verify(office.ledger, incident) == ""
    return incident, proposal


@pytest.mark.parametrize("critical", [True, False])
async def test_an_unknown_kind_forbids_a_start_only_if_it_is_critical(
    two_offices: TwoOffices, target: Target, critical: bool
) -> None:
    office, _ = await two_offices("lookup")
    incident, proposal = await approved_then_strange(office, critical=critical)
    assert (await office.decided(incident, proposal)).has_quorum
    start = await office.start(incident, proposal)
    assert (start is None) == critical
    assert (Kind.STARTED in await office.kinds(incident)) != critical
    assert (await office.state(incident)).blind == critical


async def test_a_known_entry_after_it_lifts_nothing(two_offices: TwoOffices, target: Target) -> None:
    office, _ = await two_offices("lookup")
    incident, proposal = await approved_then_strange(office, critical=True)
    await office.says(incident, proposal, MAYA)
    assert (await office.ledger.entries(incident))[-1].kind == Kind.APPROVAL
    assert await office.start(incident, proposal) is None
    assert target.sends == []


async def test_every_critical_kind_says_so_in_its_published_form(two_offices: TwoOffices) -> None:
    office, _ = await two_offices("lookup")
    incident = await office.opened()
    proposal = await office.proposed(incident)
    await office.says(incident, proposal)
    await office.says(incident, proposal, kind=Kind.VETO)
    says = {e.kind: json.loads(e.published)["critical"] for e in await office.ledger.entries(incident)}
    assert says == {kind: kind in CRITICAL for kind in says}
    assert says[Kind.VETO] is True
