"""The answer to an approval that counts for nothing because nothing runs now: halted, or frozen."""

from bot.views.answers.word import Said
from bot.views.freezes import nothing_runs, outlasts
from bot.views.parts import code, date
from bot.views.parts import said as reason
from bot.views.people import name
from bot.views.scene import Scene
from engine.incident import Decided
from engine.model import Verdict


def not_counted_now(verdict: Verdict, decided: Decided, said: Said, scene: Scene, number: str) -> str:
    """Why nothing runs, and when to approve again."""
    later = f"{said.words} {number} is recorded but does not count, so that nothing starts by itself later."
    frozen = scene.frozen.get(decided.n)
    if verdict == Verdict.FROZEN:
        if frozen is None:  # it has ended since
            return f"Nothing runs: a freeze was on when you decided.\n{later} Approve again."
        after = (
            "It expires before that; propose it again then." if outlasts(frozen, decided) else "Approve again after it."
        )
        return f"{nothing_runs(frozen).replace('*', '')}\n{later} {after}"
    if scene.halted is None:  # it was given before or during a halt that has ended since
        return f"Nothing runs: all actions were halted when you decided.\n{later} Approve again."
    entry = scene.halted
    who = f"{name(scene, entry.actor)} halted all actions, {date(entry.at)}"
    resume = code(f"{scene.command} resume")
    first = f"Nothing runs: {who}, {reason(str(entry.payload.get('reason', '')))}."
    return f"{first}\n{later} Approve again after {resume}."
