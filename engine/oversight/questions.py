"""Whether a question to a partner may be sent: at once, after a window in which people can stop it, or by their leave.

The window begins when the question stands in the chat, and what nobody could see is never sent. Sending is one guarded
append; what is read again just before it can only take away. It asks nobody itself: that is `engine.fast.investigate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from engine.desk import Desk
from engine.errors import Moved, Retryable, TooLate
from engine.health import Health
from engine.incident import Ask, Held, State
from engine.ledger import Draft
from engine.model import Hold, Kind, Question, Silence
from engine.oversight.recheck import Recheck
from engine.skip import skipped, skipped_draft

log = structlog.get_logger()
NOT_NOW = 2.0  # seconds until what did not answer is read again
AGAIN = 0.0  # something was appended, or came in between: fold again


@dataclass(frozen=True, slots=True)
class QuestionRule:
    """What the configuration says of the questions to one partner. `window` and `seconds` are seconds.

    `seconds` is the longest that an answer may take; a playbook can only ask for less.
    """

    policy: Literal["immediate", "veto_window", "approval"] = "immediate"
    window: float = 30.0
    seconds: float = 20.0
    approvers: tuple[str, ...] = ()  # refs of people
    group: str = ""  # a user group's id
    approvers_name: str = ""
    outside: bool = False
    carries: str = ""

    def hold(self, of: str = "") -> Hold | None:
        """What a question is held by; None where it may be sent at once. `of`: a plan question's id."""
        if self.policy == "immediate":
            return None
        return Hold(
            of=of,
            policy=self.policy,
            seconds=self.window,
            approvers=self.approvers if self.policy == "approval" else (),
            approvers_name=self.approvers_name if self.policy == "approval" else "",
            approvers_mention=self.group if self.policy == "approval" else "",
            outside=self.outside,
            carries=self.carries,
        )


class Questions:
    """Holds questions and lets them go."""

    def __init__(
        self, desk: Desk, recheck: Recheck, rules: Mapping[str, QuestionRule], health: Health | None = None
    ) -> None:
        """`rules`: by the partner's name; one without a rule is asked at once. `health` knows who is skipped."""
        self._ledger = desk.ledger
        self._lease = desk.lease
        self._clock = desk.clock
        self._recheck = recheck
        self._rules = rules
        self._health = health or Health()
        self._ends: dict[tuple[int, int], float] = {}  # by incident and held entry: the monotonic end of its window

    def limited(self, question: Question) -> Question:
        """With the deadline that the partner's own limit leaves."""
        rule = self._rules.get(question.source) if question.by == "partner" else None
        return question.model_copy(update={"seconds": min(question.seconds, rule.seconds)}) if rule else question

    def free(self, ask: Ask) -> bool:
        """Whether it may be asked now, or was sent already."""
        rule = self._rules.get(ask.question.source)
        immediate = ask.question.by == "tool" or rule is None or rule.policy == "immediate"
        return ask.asked is not None or (ask.held is None and immediate)

    async def look(self, state: State, ask: Ask) -> float | None:
        """One step of a question that is not free. Seconds to the next look, AGAIN, or None: news will change it."""
        try:
            return await self._step(state, ask)
        except Retryable as err:  # what must be read again cannot be read now: then it is not now
            log.info("a question is not sent now", incident=state.label, says=str(err))
            return NOT_NOW

    async def _step(self, state: State, ask: Ask) -> float | None:
        if ask.held is None:
            await self._hold(state, ask, await skipped(self._health, ask, self._ledger))
            return AGAIN
        if ask.held.veto is not None:
            says = "stopped before it was sent"
            await self._end(state, ask, ask.held, Kind.STOPPED, _unsent(ask, "stopped", says))
            return AGAIN
        if ask.held.shown is None or state.blind:
            return None
        left = await self._left(state, ask.held)
        if ask.held.hold.policy == "approval":
            return await self._approval(state, ask, ask.held, left)
        if left > 0 and not ask.held.approvals:
            return left
        return await self._send(state, ask, ask.held)

    async def _approval(self, state: State, ask: Ask, held: Held, left: float) -> float:
        if left <= 0:
            nobody = "it was approved too late" if held.approvals else f"nobody approved it in {held.hold.seconds:g} s"
            says = f"{nobody}; it was not sent"
            await self._end(state, ask, held, Kind.EXPIRED, _unsent(ask, "expired", says))
            return AGAIN
        return await self._send(state, ask, held) if held.approvals else left

    async def _left(self, state: State, held: Held) -> float:
        """Seconds of the window. One that permits ends by the database's clock and no earlier by our own."""
        assert held.until is not None  # noqa: S101  it is shown
        left = (held.until - await self._ledger.now()).total_seconds()
        if held.hold.policy == "approval":
            return left
        ours = self._ends.setdefault((state.number, held.n), self._clock.monotonic() + max(left, 0.0))
        return max(left, ours - self._clock.monotonic())

    async def _hold(self, state: State, ask: Ask, skip: datetime | None) -> None:
        """Hold it; a partner that is skipped is not even asked for leave."""
        owner = self._lease.owner(state.number)
        if skip is not None:
            await self._ledger.append(state.number, skipped_draft(ask, self._health, skip, owner))
            return
        hold = self._rules[ask.question.source].hold(ask.id)
        assert hold is not None  # noqa: S101  a question that is not free has a policy
        payload = {**hold.to_json(), "question": ask.question.to_json()}
        await self._ledger.append(state.number, Draft(f"held/{ask.id}", Kind.HELD, payload, "responder", owner=owner))

    async def _send(self, state: State, ask: Ask, held: Held) -> float:
        if await self._recheck.takes_away(state, held):
            return AGAIN
        draft = Draft(
            f"asked/{ask.id}",
            Kind.ASKED,
            {"of": ask.id, "question": ask.question.to_json(), "held": held.n, "votes": _votes(held)},
            "responder",
            cause=held.n,
            owner=self._lease.owner(state.number),
            expect=state.n,
            before=held.until if held.hold.policy == "approval" else None,
        )
        try:
            await self._ledger.append(state.number, draft)
        except (Moved, TooLate):
            return AGAIN
        self._ends.pop((state.number, held.n), None)
        return AGAIN

    async def _end(self, state: State, ask: Ask, held: Held, kind: Kind, silence: Silence) -> None:
        cause = held.veto.entry.n if held.veto else held.n
        payload = {"of": ask.id, "held": held.n, **silence.to_json()}
        owner = self._lease.owner(state.number)
        draft = Draft(f"answer/{ask.id}", kind, payload, "gate", cause, owner=owner, expect=state.n)
        try:
            await self._ledger.append(state.number, draft)
        except Moved:
            return
        self._ends.pop((state.number, held.n), None)


def _votes(held: Held) -> list[int]:
    return [cast.entry.n for cast in held.approvals]


def _unsent(ask: Ask, reason: Literal["stopped", "expired"], says: str) -> Silence:
    question = ask.question
    return Silence(source=question.source, question=question.question, reason=reason, says=says)
