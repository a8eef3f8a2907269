"""Verify: the symptom's own measure, read again after a settling time. Mitigated is not resolved.

A proof is a recorded reading, never a sentence: after an action, or after an alert that went away by itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from engine.errors import WatchkeeperError
from engine.incident import Decided, State
from engine.ledger import Draft, Ledger
from engine.model import Entry, Finding, Kind, Measure, Owner, Window
from engine.ports import Reasoner, Tool

log = structlog.get_logger()
READ_AGAIN = 5.0  # seconds, after a reading that did not work
WORSE = 1.1  # times the value before
LOOK_BACK = timedelta(hours=6)  # the longest way to a proof that is read, and drawn


class Verification:
    """Readings that prove."""

    def __init__(
        self, ledger: Ledger, tools: Mapping[str, Tool], reasoner: Reasoner, recovery_settle: timedelta
    ) -> None:
        """`recovery_settle`: how long after an alert's own resolve the measure is read."""
        self._ledger = ledger
        self._tools = tools
        self._reasoner = reasoner
        self._recovery_settle = recovery_settle

    async def baseline(self, state: State, measure: Measure | None) -> Measure | None:
        """The measure with the value it has before anything is done, from the findings or read now."""
        if measure is None or measure.before is not None:
            return measure
        for heard in state.heard_now:
            same = heard.question.source == measure.tool and dict(heard.question.arguments) == dict(measure.arguments)
            if same and heard.finding is not None:
                return measure.model_copy(update={"before": _number(heard.finding.facts.get("value"))})
        return measure.model_copy(update={"before": await self._read(measure)})

    async def look(self, state: State, owner: Owner) -> float | None:
        """Take the next step towards a proof. Seconds until the next look, 0 when something was appended."""
        for decided in state.active:
            measure = await self._measure(state, decided) if decided.status == "succeeded" else None
            if measure is not None:
                return await self._after_action(state, decided, measure, owner)
        if self._recovering(state):
            return await self._after_recovery(state, owner)
        return None

    def proof(self, state: State) -> Entry | None:
        """The newest reading that says: the symptom is gone. None while there is none for what was done last."""
        readings = [d.verified for d in state.active if d.verified] + [state.recovery_verified]
        known = [r for r in readings if r is not None]
        newest = max(known, key=lambda entry: entry.n, default=None)
        return newest if newest is not None and newest.payload["effect"] == "verified" else None

    def _recovering(self, state: State) -> bool:
        if state.closed or state.alert_resolved is None or state.waiting or state.recovery_verified:
            return False
        return not any(d.status in ("started", "running", "succeeded", "verified") for d in state.active)

    async def _after_action(self, state: State, decided: Decided, measure: Measure, owner: Owner) -> float | None:
        if decided.settling is None:
            payload = {"proposal": decided.n, **await self._due(measure, measure.settle_seconds)}
            draft = Draft(f"settling/{decided.n}", Kind.SETTLING, payload, "verification", decided.n, owner=owner)
            await self._ledger.append(state.number, draft)
            return 0.0
        return await self._prove(state, measure, decided.settling, f"verified/{decided.n}", owner)

    async def _after_recovery(self, state: State, owner: Owner) -> float | None:
        if state.recovery_settling is None:
            measure = await self._measure(state)
            if measure is None or state.alert_resolved is None:
                return None  # nothing can be read: a named person closes it
            payload = {"proposal": None, **await self._due(measure, self._recovery_settle.total_seconds())}
            key = f"settling/recovery/{state.alert_resolved.n}"
            draft = Draft(key, Kind.SETTLING, payload, "verification", state.alert_resolved.n, owner=owner)
            await self._ledger.append(state.number, draft)
            return 0.0
        measure = Measure.model_validate(state.recovery_settling.payload["measure"])
        key = f"verified/recovery/{state.recovery_settling.n}"
        return await self._prove(state, measure, state.recovery_settling, key, owner)

    async def _measure(self, state: State, decided: Decided | None = None) -> Measure | None:
        """The proposal's own measure, else the one that was begun with, else the alert's own symptom."""
        if decided is not None and decided.proposal.measure is not None:
            return decided.proposal.measure
        if decided is not None and decided.settling is not None:
            return Measure.model_validate(decided.settling.payload["measure"])
        known = next((d.proposal.measure for d in state.active if d.proposal.measure), None)
        if known is not None or state.alert is None:
            return known
        return await self.symptom(state)

    async def symptom(self, state: State) -> Measure | None:
        """The alert's own measure with the value it has now, or None where none is known."""
        return await self.baseline(state, await self._reasoner.measure(state.alert)) if state.alert else None

    async def _due(self, measure: Measure, seconds: float) -> dict[str, object]:
        due = await self._ledger.now() + timedelta(seconds=seconds)
        return {"measure": measure.to_json(), "due_at": due.isoformat(), "now": await self._read(measure)}

    async def _prove(self, state: State, measure: Measure, settling: Entry, key: str, owner: Owner) -> float | None:
        due = datetime.fromisoformat(settling.payload["due_at"])
        left = (due - await self._ledger.now()).total_seconds()
        if left > 0:
            return left
        finding = await self._look_back(state, measure)
        after = _number(finding.facts.get("value")) if finding else None
        if finding is None or after is None:
            return READ_AGAIN
        payload = {
            "proposal": settling.payload["proposal"],
            "measure": measure.to_json(),
            "before": measure.before,
            "after": after,
            "effect": _effect(measure, after),
            "series": finding.series.to_json() if finding.series else None,
        }
        draft = Draft(key, Kind.VERIFIED, payload, f"tool:{measure.tool}", settling.n, owner=owner)
        await self._ledger.append(state.number, draft)
        return 0.0

    async def _look_back(self, state: State, measure: Measure) -> Finding | None:
        """The reading with the way there, from before the alert on; the reading alone where that has nothing fresh.

        Over a long window the last value of a measure that is gone is an old one, which proves nothing.
        """
        now = await self._ledger.now()
        since, short = state.plan.window.since if state.plan else now, _short(measure, now)
        if since < short.since and now - since <= LOOK_BACK:
            found = await self._ask(measure, Window(since=since, until=now))
            if found and found.series and found.series.moments[-1][0] >= short.since:
                return found
        return await self._ask(measure, short)

    async def _read(self, measure: Measure) -> float | None:
        finding = await self._ask(measure, _short(measure, await self._ledger.now()))
        return _number(finding.facts.get("value")) if finding else None

    async def _ask(self, measure: Measure, window: Window) -> Finding | None:
        tool = self._tools.get(measure.tool)
        if tool is None:
            return None
        try:
            return await tool.read(measure.arguments, window)
        except (WatchkeeperError, TimeoutError) as err:
            log.info("a reading did not work", tool=measure.tool, says=str(err))
            return None


def _short(measure: Measure, now: datetime) -> Window:
    return Window(since=now - timedelta(seconds=max(60.0, measure.settle_seconds)), until=now)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _effect(measure: Measure, after: float) -> str:
    if measure.threshold is None:
        gone = measure.before is not None and (after < measure.before) == measure.below
    else:
        gone = after <= measure.threshold if measure.below else after >= measure.threshold
    if gone:
        return "verified"
    worse = measure.before is not None and (after > measure.before * WORSE) == measure.below
    return "worse" if worse else "no_effect"
