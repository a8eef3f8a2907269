"""The answers about the reason of a veto: asked for, recorded, or not this person's to give."""

from bot.views.answers.reply import Reply
from bot.views.parts import code, outside, time
from bot.views.people import name
from bot.views.places import entries
from bot.views.scene import Scene
from bot.views.veto_form import give_reason, veto_form
from engine.incident import Cast, Decided, State
from engine.model import Verdict
from engine.oversight.given import Given


def reason_form(given: Given, scene: Scene) -> str | Reply:
    """The form, for whoever vetoed; in words where it does not open any more."""
    if given.verdict != Verdict.COUNTED or given.decided is None or given.cast is None:
        return _refused(given, scene)
    number = f"{given.state.number}/{given.decided.n}"
    typed = code(f"{scene.command} veto {number} <reason>")
    text = f"The form for the reason did not open in time. Press once more, or write {typed}."
    form = veto_form(given.state, given.decided, given.cast)
    return Reply(text, (give_reason(given.state.number, given.cast.entry.n),), form)


def reason_given(given: Given, scene: Scene) -> str | Reply:
    """What became of a submitted reason."""
    if given.entry is None or given.decided is None:
        return _refused(given, scene)
    number = f"{given.state.number}/{given.decided.n}"
    first = f"Recorded as {entries([given.entry.n])}: your reason stands on the card of {number} and in every ticket."
    if given.before is None:
        return first
    return f"{first}\nIt takes the place of what you said in {entries([given.before.entry.n])}; both are kept."


def reason_later(given: Given, scene: Scene) -> str | Reply:
    """The form was closed without a reason."""
    if given.verdict != Verdict.COUNTED or given.decided is None or given.cast is None:
        return _refused(given, scene)
    number = f"{given.state.number}/{given.decided.n}"
    if given.before is not None:
        return f"Your reason for {number} stays as it is."
    asked = given.decided.veto is not None and given.decided.veto.entry.n == given.cast.entry.n
    again = asked and given.state.closed is None and given.decided.reason_asked is None
    later = f" It is asked for once more when {given.state.label} closes." if again else ""
    what = f"veto of {number} stands" if asked else f"objection to {number} is shown"
    return Reply(f"Your {what} without a reason.{later}", (give_reason(given.state.number, given.cast.entry.n),))


def reason_asked(state: State, decided: Decided, veto: Cast) -> Reply:
    """The one time, at the close, that whoever vetoed without a reason is asked for it."""
    number = f"{state.number}/{decided.n}"
    since = time(veto.entry.at, seconds=True)
    text = (
        f"{state.label} is closed. Your veto of {number}, {outside(decided.proposal.title, 120)}, "
        f"stands since {since} without a reason.\nSay why, for the card, every ticket and the next time."
    )
    return Reply(text, (give_reason(state.number, veto.entry.n),))


def _refused(given: Given, scene: Scene) -> str:
    if given.verdict == Verdict.OUTSIDER:
        return "Guests, outside and deactivated accounts read here, they give no reasons. Nothing changed."
    if given.decided is None or given.cast is None:
        return f"There is no such veto in {given.state.label}. Nothing changed."
    number = f"{given.state.number}/{given.decided.n}"
    return (
        f"{entries([given.cast.entry.n]).capitalize()} is the veto of {number} by "
        f"{name(scene, given.cast.entry.actor)}; only they say why. Nothing changed."
    )
