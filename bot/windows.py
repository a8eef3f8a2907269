"""The windows that run in the chat: they begin when their message stands there, and count down by edits.

A held question, and a proposal that starts by itself: nothing shown, nothing sent, nothing run.
"""

from datetime import datetime
from math import inf

from bot.views.question import countdown
from bot.views.scene import Scene
from engine.desk import Desk
from engine.incident import State
from engine.ledger import Draft
from engine.model import Kind, Owner

LATER = 0.02  # seconds, so that what changes with time has changed


async def begins(desk: Desk, state: State, slot: str, ts: str, owner: Owner) -> None:
    """The message in this slot is confirmed as posted: from here on its window runs, if it has one."""
    kind, _, number = slot.partition("/")
    if kind not in ("question", "proposal"):
        return
    n = int(number)
    ask, decided = state.held(n), state.proposals.get(n)
    waits = ask.waits if ask else None
    if kind == "question" and waits is not None and waits.shown is None:
        payload = {"held": n, "ts": ts}
    elif kind == "proposal" and decided is not None and decided.auto and decided.shown is None:
        payload = {"proposal": n, "ts": ts}
    else:
        return
    draft = Draft(f"shown/{n}", Kind.SHOWN, payload, "narrator", cause=n, owner=owner)
    await desk.ledger.append(state.number, draft)


def next_change(state: State, scene: Scene) -> float | None:
    """Seconds until time alone changes what stands in the chat; None where it does not."""
    ends = [ask.waits.until for ask in state.holding if ask.waits and ask.waits.hold.policy != "approval"]
    ends += [decided.auto_at for decided in state.waiting if not decided.has_quorum]
    waits = [_until_another_number(end, scene.now) for end in ends if end is not None]
    if scene.changes_at is not None and not state.closed:
        waits.append((scene.changes_at - scene.now).total_seconds())
    found = [wait + LATER for wait in waits if wait < inf]
    return min(found, default=None)


def _until_another_number(end: datetime, now: datetime) -> float:
    _, changes = countdown((end - now).total_seconds())
    return changes
