"""Why the veto: the button that asks for the reason, and the form that takes it. The veto counts without either."""

from typing import Any

from bot.views.form import alert, checkbox, modal, select, text_input
from bot.views.parts import Block, button, code, plain, time
from engine.incident import Cast, Decided, State
from engine.model import Category, Verdict
from engine.words import upper_first

FORM, GIVE = "wk_veto_reason", "wk_veto_reason_give"
REASON, KIND, LESSON, LEARN = "reason", "kind", "lesson", "learn"
LEAST = 3  # characters


def give_reason(incident: int, of: int) -> Block:
    """`[Give the reason]` of the veto in entry `of`."""
    return button("Give the reason", GIVE, f"{incident}/{of}", says=f"Give the reason of your veto, entry {of}")


def veto_form(state: State, decided: Decided, cast: Cast) -> dict[str, Any]:
    """The modal, with what the same person said before, if anything: a second reason corrects the first."""
    before = decided.why(cast.entry.actor)
    service = plain(state.triage.service, 30) if state.triage else ""
    about = {"entry": f"{state.number}/{cast.entry.n}", "vetoes": f"{state.number}/{decided.n}"}
    return modal(
        FORM,
        "Why the veto?" if _counts(decided, cast) else "Why the objection?",
        [
            _stands(state, decided, cast),
            text_input(
                REASON,
                "Reason",
                hint="Shown on the card, in every ticket, and whenever this action is proposed again.",
                placeholder="What is wrong with it, or what would be better?",
                value=before.says if before else "",
                least=LEAST,
            ),
            select(
                KIND,
                "Kind of reason",
                [(category.value, upper_first(category.words)) for category in Category],
                value=before.category or "" if before else "",
            ),
            checkbox(
                LESSON,
                "For the next time",
                LEARN,
                f"Suggest as a lesson{f' for {service}' if service else ''}",
                "A second person reviews it. It expires after 90 days.",
            ),
        ],
        about=about,
        submit="Record the reason",
        close="Later",
        tells_close=True,
    )


def _counts(decided: Decided, cast: Cast) -> bool:
    """Whether the veto is what stops it, or would have but for another's."""
    return cast.vote.verdict in (Verdict.COUNTED, Verdict.DECIDED)


def _stands(state: State, decided: Decided, cast: Cast) -> Block:
    number = f"{state.number}/{decided.n}"
    if decided.veto and decided.veto.entry.n == cast.entry.n and decided.status == "vetoed":
        since = time(cast.entry.at, seconds=True)
        will = f"{code(decided.proposal.action)} will not run."
        return alert(f"Your veto of {number} counts since {since}. {will}", "success")
    if _counts(decided, cast):
        return alert(f"Your veto of {number} is recorded; it was already decided when you gave it.", "info")
    return alert(f"Your objection to {number} is recorded and shown on its card; it does not stop it.", "info")
