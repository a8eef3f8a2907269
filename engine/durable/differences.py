"""What a list of a ticket brings that the ledger does not know: new, edited and deleted remarks, reactions. Pure.

Versions that nobody saw between two readings do not exist for us. What is older than what was recorded is a late list.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.durable.ours import Sent, Whose, digest_of
from engine.incident import State
from engine.memory import Remark
from engine.model import Kind
from engine.remarks import Known, key_of, name_of, standing_in, versions

STATUS = "status"  # the id of a ticket's own state
_REACTION = "reaction-"
What = Literal["said", "reaction", "note", "status"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One version that is not recorded yet. `base`: how many were, before it was fetched.

    `what` it is: somebody's words, an emoji (`text`) on the note of entry `n`, our own note of entry `n`, the ticket's
    state (`text`: `closed` or `open`; `says` in the backend's words). `author` is the vendor's id, empty if unknown.
    """

    backend: str
    ticket: str
    id: str
    base: int
    what: What
    how: Literal["new", "edited", "deleted"]
    digest: str
    at: datetime
    author: str = ""
    author_name: str = ""
    text: str = ""
    says: str = ""
    n: int = 0
    was: Known | None = None

    @property
    def key(self) -> str:
        """The key of the entry that records it."""
        return key_of(self.backend, self.id, self.base)


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list brought. `unsure`: something in it is told at the next reading only. `latest`: vendor's time."""

    seen: Sequence[Seen]
    unsure: bool = False
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """Compares with `state`, folded before the ticket was fetched, and with what was sent, read after it."""

    backend: str
    state: State
    sent: Sent
    remarks: Sequence[Remark] = field(repr=False)

    def listed(self) -> Listed:
        """What people wrote or changed, in the vendor's order of time."""
        found, unsure = [], False
        for remark in sorted(self.remarks, key=_time):
            whose = self.sent.whose(remark)
            unsure |= whose is Whose.UNSURE
            seen = self._of(remark, whose)
            if seen is not None:
                found.append(seen)
        return Listed(found, unsure, max(map(_time, self.remarks), default=None))

    def _of(self, remark: Remark, whose: Whose) -> Seen | None:
        known = self._known(remark.id)
        if whose is Whose.UNSURE or (whose is Whose.OURS and known is None):
            return None
        digest = digest_of(remark.text)
        if known is not None and not _is_news(known, remark, digest):
            return None
        note = self.sent.at(remark.id) if whose is not Whose.PERSONS else None
        if whose is Whose.OURS and note is None:
            return None  # a copy of ours; `ledger verify` names it
        return self._seen(
            remark.id,
            what="note" if note else "said",
            how="edited" if known or note or remark.edited_at else "new",
            digest=digest,
            at=_time(remark),
            author="" if note else remark.author,
            author_name="" if note else remark.author_name,
            text=remark.text if note is None else ("" if whose is Whose.ALTERED else "as it was sent"),
            n=note.n if note else 0,
        )

    def missing(self) -> list[str]:
        """Ids of what is recorded or was sent, and is not in this list, which must be a full one."""
        present = {remark.id for remark in self.remarks}
        people = [
            known.id
            for known in standing_in(self.state.remarks, self.backend)
            if known.id != STATUS and not known.id.startswith(_REACTION)
        ]
        gone = {known.id for known in self.state.remarks.values() if known.backend == self.backend and known.gone}
        ours = [self.sent.id_of(note) for note in self.sent.carried]
        return [id_ for id_ in dict.fromkeys([*people, *ours]) if id_ not in present | gone]

    def gone(self, id_: str, at: datetime) -> Seen:
        """What a missing one is once the backend says that it is gone."""
        known, note = self._known(id_), self.sent.at(id_)
        at = max(at, known.read.at) if known else at
        what: What = "note" if note else "said"
        return self._seen(id_, what=what, how="deleted", digest="", at=at, n=note.n if note else 0)

    def reactions(self, installation: str, now: datetime) -> list[Seen]:
        """The approvals and vetoes by emoji on the notes of what waits, and approvals that were taken back.

        Only the notes in this list are looked at; GitHub names no time of a reaction, so it is given now.
        """
        found = []
        for n in self.waiting():
            notes = [remark for remark in self.remarks if self._is_note_of(remark, n)]
            present = {self._reaction(installation, r, content, who): (content, who) for r, content, who in _all(notes)}
            for id_, (content, who) in present.items():
                known = self._known(id_)
                if known is None or known.gone:
                    more = {"author": who, "author_name": who, "text": content, "n": n}
                    found.append(self._seen(id_, what="reaction", how="new", digest=content, at=now, **more))
            if notes:
                found += self._taken_back(n, present, now)
        return found

    def waiting(self) -> list[int]:
        """The entries that an emoji can decide."""
        held = [ask.held.n for ask in self.state.holding if ask.held]
        return [] if self.state.closed else [*(decided.n for decided in self.state.waiting), *held]

    def _taken_back(self, n: int, present: Mapping[str, object], now: datetime) -> list[Seen]:
        found = []
        for known in standing_in(self.state.remarks, self.backend):
            given = known.id.startswith(_REACTION) and known.entry.kind == Kind.APPROVAL
            if given and known.entry.payload.get("proposal") == n and known.id not in present:
                at = max(now, known.read.at)
                found.append(self._seen(known.id, what="reaction", how="deleted", digest="", at=at, n=n))
        return found

    def _is_note_of(self, remark: Remark, n: int) -> bool:
        note = self.sent.at(remark.id)
        return remark.ours and note is not None and note.first == note.n == n

    def _reaction(self, installation: str, remark: Remark, content: str, who: str) -> str:
        """Its id. A key is published and cannot be blanked, so no account's name stands in it."""
        said = "|".join((installation, self.backend, remark.id, content, who))
        return f"{_REACTION}{hashlib.sha256(said.encode()).hexdigest()[:24]}"

    def _known(self, id_: str) -> Known | None:
        return self.state.remarks.get(name_of(self.backend, id_))

    def _seen(self, id_: str, **more: object) -> Seen:
        base = versions(self.state.remarks, name_of(self.backend, id_))
        ticket = self.sent.ticket.label
        return Seen(self.backend, ticket, id_, base, was=self._known(id_), **more)  # type: ignore[arg-type]


def _time(remark: Remark) -> datetime:
    return max(remark.edited_at or remark.at, remark.at)


def _is_news(known: Known, remark: Remark, digest: str) -> bool:
    """Whether it is another version than the last recorded one, and not an earlier one from a late list."""
    at = _time(remark)
    if at < known.read.at or (known.gone and at == known.read.at):
        return False
    changed = digest != known.read.digest and not known.gone
    return changed or (remark.edited_at is not None and at > known.read.at)


def _all(notes: Sequence[Remark]) -> list[tuple[Remark, str, str]]:
    """Every deciding emoji, each with who put it there; never the account's own, which wrote the note."""
    return [
        (remark, content, who)
        for remark in notes
        for content in ("+1", "-1")
        for who in remark.reactions.get(content, ())
        if who != remark.author
    ]
