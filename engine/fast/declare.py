"""Declare: a person opens an incident. From its second entry on it is lived as any other; only a person closes it.

Nothing is merged behind anybody's back: where the same message, or the same service, has an open incident, that one is
named and nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.desk import Desk
from engine.ledger import Book, Draft
from engine.model import Declaration, Kind, Owner, Triage
from engine.ports import Reasoner


@dataclass(frozen=True, slots=True)
class Declared:
    """The incident of a declaration: its own, opened just now if `fresh`, or one that was open already."""

    incident: int
    own: bool
    fresh: bool = False


class Declarations:
    """Takes what people declare into the ledger."""

    def __init__(self, desk: Desk, reasoner: Reasoner, first_number: int) -> None:
        """`first_number`: of the first incident of an empty ledger."""
        self._desk = desk
        self._reasoner = reasoner
        self._first_number = first_number

    async def declare(self, said: Declaration, actor: str, event: str) -> Declared:
        """Open it, once per `event`, the chat's own id of the form. `actor` is a pseudonym."""
        judged = await self._reasoner.triage(said.alert(event))
        words = {"severity": said.severity, "title": said.title, "summary": said.seen or said.title}
        triage = judged.model_copy(update=words)  # the person has seen it
        alike = await self._alike(said.service)
        owner = Owner(self._desk.lease.process, 1)

        def work(book: Book) -> Declared:
            names = said.identities(event)
            for name in sorted(names):  # every lock in one order, before the counter's
                book.incident_of(name)
            found = _known(book, names, alike)
            return found or Declared(self._open(book, said, triage, actor, event, owner), own=True, fresh=True)

        declared = await self._desk.ledger.transact(work, urgent=True)
        if declared.fresh:
            self._desk.lease.opened(declared.incident)
            self._desk.ledger.hub.wake([declared.incident], outward=False)  # again, now that it is known to be ours
        return declared

    async def _alike(self, service: str) -> Sequence[int]:
        """The open incidents of the same service, whoever opened them, newest first."""
        wanted = service.casefold()
        states = await self._desk.incidents.open() if wanted else []
        return [s.number for s in states if s.triage is not None and s.triage.service.casefold() == wanted]

    def _open(self, book: Book, said: Declaration, triage: Triage, actor: str, event: str, owner: Owner) -> int:
        incident = book.open_incident(self._first_number, owner)
        for name in said.identities(event):
            book.bind(name, incident)
        book.append(incident, Draft("declared", Kind.ALERT, said.alert(event).to_json(), actor), event)
        book.append(incident, Draft("triage/1", Kind.TRIAGE, triage.to_json(), "triage"), event)
        return incident


def _known(book: Book, names: Sequence[str], alike: Sequence[int]) -> Declared | None:
    """The form's own incident if it was sent before; else an open one of the same trouble."""
    mine = book.incident_of(names[0])
    if mine is not None:
        return Declared(mine[0], own=True)
    for name in names[1:]:
        found = book.incident_of(name)
        if found is not None and found[1] is None:
            return Declared(found[0], own=False)
    return Declared(alike[0], own=False) if alike else None
