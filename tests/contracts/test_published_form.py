"""What stands in an entry, on both databases: canonical, masked, hashed, and never written again."""

import asyncio
import hashlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ledger import Ledger, canonical
from engine.model import Kind
from engine.redact import Gate
from tests.conftest import OpenLedger
from tests.ledgers import draft, opened, verify


class TestPublishedForm:
    async def test_it_is_canonical_hashed_and_says_everything(self, ledger: Ledger) -> None:
        """Row 50: computed once, as bytes, with its format's version."""
        incident = await opened(ledger)
        first = (await ledger.append(incident, draft("a"))).entry
        entry = (
            await ledger.append(
                incident, draft("veto/1", Kind.VETO, {"b": 1e2, "a": ["ü", None]}, cause=1, actor="person:7")
            )
        ).entry
        form = json.loads(entry.published)
        assert canonical(form).encode() == entry.published
        assert hashlib.sha256(entry.published).hexdigest() == entry.hash
        assert form == {
            "v": 1,
            "generation": 1,
            "incident": f"INC-{incident}",
            "n": 2,
            "key": "veto/1",
            "kind": "veto",
            "critical": True,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": "person:7",
            "cause": 1,
            "payload": {"a": ["ü", None], "b": 100.0},
            "prev": first.hash,
        }
        assert (first.prev, entry.prev) == ("0" * 64, first.hash)
        assert (await ledger.entries(incident))[1] == entry

    async def test_secrets_are_masked_before_anything_is_written(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        payload = {"says": "try password=hunter22 or mail ops@example.com", "deep": [{"ghp_" + "a" * 36: "x"}]}
        entry = (await ledger.append(incident, draft("k", payload=payload))).entry
        assert entry.payload == {
            "says": "try password=[REDACTED:PASSWORD] or mail [REDACTED:EMAIL]",
            "deep": [{"[REDACTED:GITHUB_TOKEN]": "x"}],
        }
        stored = await ledger.db.read(lambda tx: tx.one("SELECT published FROM entry"))
        assert stored is not None
        assert not [s for s in (b"hunter22", b"ops@", b"ghp_") if s in bytes(stored[0])]
        assert not (await ledger.append(incident, draft("k", payload=payload))).differs

    async def test_a_gate_that_cannot_judge_lets_nothing_be_written(self, ledger: Ledger) -> None:
        incident = await opened(ledger)
        with pytest.raises(TypeError):
            await ledger.append(incident, draft("k", payload={"body": b"password=hunter22"}))
        assert await ledger.entries(incident) == []

    async def test_nul_and_lone_surrogates_do_not_stop_an_entry(self, ledger: Ledger) -> None:
        """Both are valid in JSON; PostgreSQL refuses the one, UTF-8 the other."""
        incident = await opened(ledger)
        odd = "a\x00b\ud83dc"
        entry = (await ledger.append(incident, draft(odd, payload={odd: odd}, actor=odd))).entry
        mended = "a\ufffdb\ufffdc"
        assert (entry.key, entry.actor, entry.payload) == (mended, mended, {mended: mended})
        assert not (await ledger.append(incident, draft(odd, payload={odd: odd}, actor=odd))).won
        assert await ledger.transact(lambda book: book.has(incident, odd))
        assert await verify(ledger, incident) == ""

    async def test_bytes_stay_as_written_when_the_gate_learns_more(self, url: str, open_ledger: OpenLedger) -> None:
        """Row 50: never redacted again, never serialised again; reopening goes on where it stopped."""
        ledger = await open_ledger(url)
        incident = await opened(ledger)
        first = (await ledger.append(incident, draft("a", payload={"host": "db-7.internal"}))).entry
        installation = ledger.installation
        await ledger.db.close()
        ledger = await open_ledger(url, Gate({"HOST": r"\bdb-\d+\.internal\b"}))
        assert ledger.installation == installation
        assert await ledger.entries(incident) == [first]
        second = (await ledger.append(incident, draft("b", payload={"host": "db-7.internal"}))).entry
        assert second.payload == {"host": "[REDACTED:HOST]"}
        assert (second.n, second.prev) == (2, first.hash)
        assert await opened(ledger) == incident + 1

    async def test_evidence_is_kept_once_under_its_digest(self, ledger: Ledger) -> None:
        body = b"\x00\xffwhole answer"
        digest = await ledger.keep_evidence(body)
        assert digest == await ledger.keep_evidence(body) == hashlib.sha256(body).hexdigest()
        assert await ledger.evidence(digest) == body
        assert await ledger.evidence("0" * 64) is None


appends = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["a", "b", "c", "d"]),
        st.recursive(
            st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists
        ),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=appends, data=st.data())
async def test_any_order_of_any_appends_makes_one_gapless_chain(ledger: Ledger, wanted: list[Any], data: Any) -> None:
    """Permutations and repetitions, at once: each key once, its content one that was offered, the chain whole."""
    incidents = [await opened(ledger) for _ in range(3)]
    order = data.draw(st.permutations(wanted))
    await asyncio.gather(
        *(ledger.append(incidents[which], draft(key, payload={"x": x})) for which, key, x in [*wanted, *order])
    )
    for which, incident in enumerate(incidents):
        entries = await ledger.entries(incident)
        assert sorted(e.key for e in entries) == sorted({key for w, key, _ in wanted if w == which})
        assert await verify(ledger, incident) == ""
        for entry in entries:
            offered = [Gate().tree({"x": x}).value for w, key, x in wanted if (w, key) == (which, entry.key)]
            assert canonical(entry.payload) in map(canonical, offered)
