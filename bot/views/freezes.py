"""A freeze, where a decision waits: nothing runs until it ends, and what is approved now does not count."""

from bot.views.halts import waits_for_resume
from bot.views.parts import date, outside
from bot.views.scene import Scene
from engine.incident import Decided
from engine.oversight.freezes import Frozen


def not_now(scene: Scene, decided: Decided) -> str:
    """The line that says why an approval would not count now: a halt, or a freeze; empty where it would."""
    if scene.halted is not None:
        return waits_for_resume(scene)
    frozen = scene.frozen.get(decided.n)
    if frozen is None:
        return ""
    if decided.has_quorum:
        return f"{nothing_runs(frozen)} It was approved before, and starts after it unless it has expired."
    if outlasts(frozen, decided):
        return f"{nothing_runs(frozen)} This expires before that: no approval can count; propose it again afterwards."
    return f"{nothing_runs(frozen)} An approval counts after that only."


def outlasts(frozen: Frozen, decided: Decided) -> bool:
    """Whether the proposal expires before the freeze ends, so that no approval can count."""
    return frozen.until >= decided.proposal.expires_at


def frozen_past(scene: Scene, decided: Decided) -> str:
    """`*Frozen* until …`, where the freeze outlasts the proposal and so nobody can decide it; empty otherwise."""
    frozen = scene.frozen.get(decided.n)
    return f"*Frozen* until {date(frozen.until)}" if frozen and outlasts(frozen, decided) else ""


def nothing_runs(frozen: Frozen) -> str:
    """`Nothing runs: freeze “quarter end” until 2 Jan 2027 08:00 UTC.`."""
    return f"*Nothing runs:* freeze “{outside(frozen.name, 80)}” until {date(frozen.until)}."
