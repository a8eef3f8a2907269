"""The answers to `rerun`, `stop`, `correct` and `focus`."""

from bot.views.parts import code, outside
from bot.views.places import entries
from engine.words import count


def stopped(label: str, n: int, command: str, number: int) -> str:
    """How many questions are not waited for any more."""
    if not n:
        return f"Nothing of {label} is being looked at. Nothing changed."
    ended = f"{label}: {count(n, 'question')} stopped; the conclusion is drawn from what is there."
    return f"{ended}\n{code(f'{command} rerun {number}')} looks again."


def rerun(label: str, n: int | None) -> str:
    """A new round, or that there is one already."""
    if n is None:
        return f"{label} moved on while you wrote: a new round began already, or it was closed. Nothing changed."
    return f"{label}: a new round begins ({entries([n])}). What was found before is weighed again."


def corrected(label: str, n: int, corrects: int) -> str:
    """A correction is recorded."""
    return f"Recorded in {label} as {entries([n])}, which corrects {entries([corrects])}: in Slack and in every ticket."


def not_correctable(number: str) -> str:
    """An entry that is neither a finding nor a conclusion."""
    return f"{outside(number, 40)} is neither a finding nor a conclusion. Nothing changed."


def focused(label: str, n: int, again: str) -> str:
    """A focus is recorded; `again` is the command that draws the conclusion anew, where it stands already."""
    later = f"The conclusion stands already; {code(again)} draws it anew." if again else "The conclusion takes it up."
    return f"Recorded in {label} as {entries([n])}. {later}"
