"""People in the ledger are pseudonyms; their names stand in the one table from which they can be deleted.

The pseudonym is a salted digest of the chat's id, so that nobody who reads a ticket can guess it back.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from functools import partial

from engine.model import Person
from engine.store.database import Database
from engine.store.tx import Row, Tx


class People:
    """Who is who, cached; a person is the same pseudonym in every entry."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._by_ref: dict[str, str] = {}
        self._by_pseudonym: dict[str, Person] = {}

    async def pseudonym(self, person: Person) -> str:
        """`person:…` for this person, made on the first word they say here."""
        known = self._by_ref.get(person.ref)
        if known is not None and self._by_pseudonym[known].name == person.name:
            return known
        salt = secrets.token_hex(16)
        digest = base64.b32encode(hashlib.sha256(f"{salt}|{person.ref}".encode()).digest()).decode()
        fresh = f"person:{digest[:12].lower()}"

        def work(tx: Tx) -> Row | None:
            tx.run(
                """INSERT INTO personal (pseudonym, ref, salt, name) VALUES (:p, :ref, :salt, :name)
                   ON CONFLICT (ref) DO UPDATE SET name = excluded.name""",
                p=fresh,
                ref=person.ref,
                salt=salt,
                name=person.name,
            )
            return tx.one("SELECT pseudonym FROM personal WHERE ref = :ref", ref=person.ref)

        row = await self._db.write(work)
        name = str(row[0]) if row else fresh
        self._by_ref[person.ref] = name
        self._by_pseudonym[name] = person
        return name

    async def known(self, pseudonyms: Iterable[str]) -> dict[str, Person]:
        """The people behind these pseudonyms; whose name was deleted is left out."""
        wanted = {p for p in pseudonyms if p.startswith("person:")}
        missing = wanted - self._by_pseudonym.keys()
        for pseudonym in missing:
            row = await self._db.read(partial(_named, pseudonym=pseudonym))
            if row:
                self._by_ref[row[0]] = pseudonym
                self._by_pseudonym[pseudonym] = Person(ref=row[0], name=row[1])
        return {p: self._by_pseudonym[p] for p in wanted if p in self._by_pseudonym}


def _named(tx: Tx, pseudonym: str) -> Row | None:
    return tx.one("SELECT ref, name FROM personal WHERE pseudonym = :p", p=pseudonym)
