"""The answers to `halt` and `resume`. What happened stands in the channel too, for everybody."""

from collections.abc import Sequence

from bot.views.halts import by_whom
from bot.views.parts import code, outside
from bot.views.scene import Scene
from engine.model import Entry

_MOST_NAMES = 8


def halted(scene: Scene) -> str:
    """It is halted by this word."""
    return f"Halted: nothing starts from now on. The channel is told. {code(f'{scene.command} resume')} ends it."


def halted_already(entry: Entry | None, scene: Scene) -> str:
    """Somebody was faster; `entry` is the halt in force, None where it has ended since."""
    if entry is None:
        return (
            f"Another halt was in force, and has ended since. Nothing changed; {code(f'{scene.command} halt')} again."
        )
    return f"All actions are halted already, by {by_whom(scene, entry)}. Nothing changed."


def not_in_channel() -> str:
    """A full member who is not in the channel of the incidents."""
    return "Whoever halts all actions is a member of the incident channel. Nothing changed."


def resumed() -> str:
    """The halt is over by this word."""
    return (
        "Resumed: actions may start again, and nothing starts by itself.\n"
        "What was approved before does not count; what still waits needs its approvals anew."
    )


def nothing_halted() -> str:
    """There was no halt to end."""
    return "Nothing is halted. Nothing changed."


def may_not_resume(names: Sequence[str]) -> str:
    """`names`: whoever may approve at least one action now."""
    if not names:
        setting = code("actions.<name>.approvers")
        where = f"{setting} in watchkeeper.yaml names them. Nothing changed."
        return f"Nobody can end the halt: no action has approvers.\n{where}"
    spare = len(names) - _MOST_NAMES
    who = ", ".join(outside(n, 60) for n in names[:_MOST_NAMES]) + (f" and {spare} more" if spare > 0 else "")
    return f"A halt is ended by whoever may approve an action: {who}.\nYou may not. Everything stays halted."
