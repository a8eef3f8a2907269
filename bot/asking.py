"""Asks whoever vetoed without a word for the reason, once, when the incident closes. The veto needs none."""

import structlog

from bot.scenery import Scenery
from bot.slack import Slack
from bot.told import Told
from bot.views import answers
from engine.desk import Desk
from engine.errors import Ambiguous, Permanent, Retryable
from engine.incident import State
from engine.oversight.given import unexplained
from engine.oversight.reasons import Reasons

log = structlog.get_logger()


class Asking:
    """Only the owner of an incident asks. What it recorded as asked, nobody asks again, also after a crash."""

    def __init__(self, slack: Slack, desk: Desk, scenery: Scenery) -> None:
        self._slack = slack
        self._gate = desk.ledger.gate
        self._reasons = Reasons(desk)
        self._scenery = scenery

    async def ask(self, state: State, told: Told) -> float | None:
        """Ask where it is due. Seconds until it can be tried again, or None when nothing is left to ask."""
        root = told.rows.get("root")
        if state.closed is None or root is None or root.ts is None:
            return None
        for decided in unexplained(state):
            if await self._reasons.ask(state.number, decided, told.owner):
                told.to_ask.add(decided.n)
        waits = [await self._tell(state, n, told) for n in sorted(told.to_ask)]
        return min((wait for wait in waits if wait is not None), default=None)

    async def _tell(self, state: State, n: int, told: Told) -> float | None:
        decided, root = state.proposals[n], told.rows["root"]
        channel, thread = (state.home, None) if state.home else (root.channel, root.ts)
        told.to_ask.discard(n)
        if decided.veto is None:
            return None
        person = (await self._scenery.scene(state)).people.get(decided.veto.entry.actor)
        if person is None or not person.ref.startswith("slack:"):
            return None
        message = answers.reason_asked(state, decided, decided.veto).message()
        try:
            await self._slack.whisper(channel, person.user_id, self._gate.tree(message), thread)
        except Retryable as err:
            told.to_ask.add(n)  # it was not told, so it is told later
            return max(1.0, err.after)
        except (Ambiguous, Permanent) as err:
            log.warning("whoever vetoed was not asked for the reason", incident=state.number, says=str(err))
        return None
