"""A chain that somebody changed is named, and the database refuses to change one; on both databases."""

import hashlib
import json
import sqlite3
from typing import Any

import psycopg
import pytest

from engine.ledger import Ledger, canonical
from engine.model import Entry
from engine.published import broken
from tests.ledgers import behind_its_back, change, draft, opened, verify


async def three(ledger: Ledger) -> int:
    incident = await opened(ledger)
    for i in range(1, 4):
        await ledger.append(incident, draft(f"k{i}"))
    return incident


def forged(entry: Entry, **changes: Any) -> tuple[bytes, str]:
    """Other bytes for the entry with the hash that fits them."""
    published = canonical({**json.loads(entry.published), **changes}).encode()
    return published, hashlib.sha256(published).hexdigest()


TAMPERED = [
    (["UPDATE entry SET published = CAST('{}' AS bytea) WHERE incident = $ AND n = 2"], "entry 2 was altered"),
    (["UPDATE entry SET hash = 'f' WHERE incident = $ AND n = 3"], "entry 3 was altered"),
    (["UPDATE entry SET key = 'x' WHERE incident = $ AND n = 2"], "entry 2 was altered in its row"),
    (["UPDATE entry SET kind = 'veto' WHERE incident = $ AND n = 1"], "entry 1 was altered in its row"),
    (["UPDATE entry SET at = at + 1 WHERE incident = $ AND n = 3"], "entry 3 was altered in its row"),
    (["DELETE FROM entry WHERE incident = $ AND n = 1"], "entry 1 is missing"),
    (["DELETE FROM entry WHERE incident = $ AND n = 2"], "entry 2 is missing"),
    (["DELETE FROM entry WHERE incident = $ AND n = 3"], "entry 3 is missing"),
    (["DELETE FROM entry WHERE incident = $"], "entry 1 is missing"),
    (
        [
            "UPDATE entry SET n = 9 WHERE incident = $ AND n = 1",
            "UPDATE entry SET n = 1 WHERE incident = $ AND n = 2",
            "UPDATE entry SET n = 2 WHERE incident = $ AND n = 9",
        ],
        "entry 1 is missing",
    ),
    (["UPDATE incident SET n = 2 WHERE id = $"], "entry 3 is not accounted for"),
    (["UPDATE incident SET head = 'f' WHERE id = $"], "entry 3 is not the one that was written"),
]


class TestVerify:
    """Row 48: the triggers refuse mistakes; `verify` detects malice."""

    async def test_it_names_what_was_done_to_one_chain(self, url: str, ledger: Ledger) -> None:
        untouched = await three(ledger)
        for statements, says in TAMPERED:
            incident = await three(ledger)
            assert await verify(ledger, incident) == ""
            behind_its_back(url, *(statement.replace("$", str(incident)) for statement in statements))
            assert await verify(ledger, incident) == says, statements
        assert await verify(ledger, untouched) == ""

    async def test_an_altered_entry_with_a_fitting_hash_breaks_the_next(self, url: str, ledger: Ledger) -> None:
        incident = await three(ledger)
        published, hash_ = forged((await ledger.entries(incident))[1], actor="person:7")
        behind_its_back(url, "UPDATE entry SET published = ?, hash = ? WHERE n = 2", parameters=(published, hash_))
        assert await verify(ledger, incident) == "entry 3 does not follow entry 2"
        assert broken(await ledger.entries(incident)) == "entry 3 does not follow entry 2"

    async def test_an_altered_last_entry_with_a_fitting_hash_is_not_the_head(self, url: str, ledger: Ledger) -> None:
        incident = await three(ledger)
        published, hash_ = forged((await ledger.entries(incident))[2], actor="person:7")
        behind_its_back(url, "UPDATE entry SET published = ?, hash = ? WHERE n = 3", parameters=(published, hash_))
        assert await verify(ledger, incident) == "entry 3 is not the one that was written"

    async def test_a_chain_of_another_incident_is_noticed(self, url: str, ledger: Ledger) -> None:
        one, two = await three(ledger), await three(ledger)
        behind_its_back(
            url,
            f"DELETE FROM entry WHERE incident = {one}",
            f"UPDATE entry SET incident = {one} WHERE incident = {two}",
            f"UPDATE incident SET head = (SELECT head FROM incident WHERE id = {two}) WHERE id = {one}",
        )
        assert await verify(ledger, one) == f"entry 1 belongs elsewhere: it says INC-{two}, entry 1"
        assert await verify(ledger, two) == "entry 1 is missing"

    async def test_entries_that_were_read_are_checked_in_their_order(self, ledger: Ledger) -> None:
        incident = await three(ledger)
        first, second, third = await ledger.entries(incident)
        assert broken([first, second, third]) == ""
        assert broken([second, third]) == "entry 1 is missing"
        assert broken([first, third]) == "entry 2 is missing"
        assert broken([second, first, third]) == "entry 1 is missing"
        assert broken([]) == ""


async def test_the_database_refuses_to_change_an_entry(ledger: Ledger) -> None:
    """Row 48; how each database replaces and empties is in the tests of its store."""
    incident = await three(ledger)
    for statement in (
        "UPDATE entry SET kind = 'x'",
        "UPDATE entry SET n = n + 1 WHERE key = 'k1'",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE n = 3",
    ):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"):
            await change(ledger, statement)
    assert await verify(ledger, incident) == ""
