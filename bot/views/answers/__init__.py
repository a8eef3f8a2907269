"""What a click or a command is answered, to the person alone: what counted, what did not, why, and what to do next.

At most three lines, no apology, never silence. Every function is pure and returns mrkdwn, or a `Reply` where there is
something to press.
"""

from bot.views.answers.chosen import why_this
from bot.views.answers.commands import (
    already_closed,
    already_proposed,
    asked,
    busy,
    closed,
    moved,
    needs,
    no_incident,
    no_partner,
    not_proposed,
    not_shown,
    noted,
    nothing_to_correct,
    observed,
    outsider,
    question_held,
    requested,
    unknown_partner,
    unknown_word,
    which_incident,
    which_proposal,
)
from bot.views.answers.declare import no_severity, open_already, opened
from bot.views.answers.halts import (
    halted,
    halted_already,
    may_not_resume,
    not_in_channel,
    nothing_halted,
    resumed,
)
from bot.views.answers.health import mirror, no_such_record, nothing_refused, partners, record_ordered
from bot.views.answers.history import history
from bot.views.answers.look import (
    helped,
    listing,
    shown,
    status,
    unknown_alert,
    unread,
    why_alert,
    why_entry,
    why_observed,
    why_proposal,
)
from bot.views.answers.questions import question_voted
from bot.views.answers.reasons import reason_asked, reason_form, reason_given, reason_later
from bot.views.answers.reply import Reply, told
from bot.views.answers.steering import corrected, focused, not_correctable, rerun, stopped
from bot.views.answers.votes import only_observed, stale, unknown_number, voted
from bot.views.answers.word import Said
from bot.views.people import members_only
from bot.views.veto_form import veto_form

__all__ = [
    "Reply",
    "Said",
    "already_closed",
    "already_proposed",
    "asked",
    "busy",
    "closed",
    "corrected",
    "focused",
    "halted",
    "halted_already",
    "helped",
    "history",
    "listing",
    "may_not_resume",
    "members_only",
    "mirror",
    "moved",
    "needs",
    "no_incident",
    "no_partner",
    "no_severity",
    "no_such_record",
    "not_correctable",
    "not_in_channel",
    "not_proposed",
    "not_shown",
    "noted",
    "nothing_halted",
    "nothing_refused",
    "nothing_to_correct",
    "observed",
    "only_observed",
    "open_already",
    "opened",
    "outsider",
    "partners",
    "question_held",
    "question_voted",
    "reason_asked",
    "reason_form",
    "reason_given",
    "reason_later",
    "record_ordered",
    "requested",
    "rerun",
    "resumed",
    "shown",
    "stale",
    "status",
    "stopped",
    "told",
    "unknown_alert",
    "unknown_number",
    "unknown_partner",
    "unknown_word",
    "unread",
    "veto_form",
    "voted",
    "which_incident",
    "which_proposal",
    "why_alert",
    "why_entry",
    "why_observed",
    "why_proposal",
    "why_this",
]
