"""The thread of an incident: one message per thing that happened, in the order of the entries that brought them.

Slots are stable names: `plan/<round>`, `question/<entry>`, `finding/<entry>`, `file/<entry>`, `silent/<entry>`,
`conclusion/<round>`, `proposal/<entry>`, `observed/<entry>`, `reminder/<entry>`, `app/<entry>`, `result/<proposal>`,
`unknown/<proposal>`, `note/<entry>`, `channel/<entry>`, `correction/<entry>`, `focus/<entry>`, `rerun/<entry>`,
`refused/<entry>`, `remarked/<entry>`, `reopened/<entry>`, `summary/<round>`. A question that was held has its answer in
its own message. Of an incident that was reopened the earlier summary is left as it stands in the chat.
"""

from collections.abc import Callable, Iterator, Mapping

from bot.views.app_word import app_words
from bot.views.conclusion import conclusion_message
from bot.views.finding import file_message, finding_message, silence_message
from bot.views.noise import has_own_message
from bot.views.note import note_message
from bot.views.observed import observed_message
from bot.views.own_channel import own_channel_message
from bot.views.plan import plan_message
from bot.views.proposal import proposal_message
from bot.views.question import question_message, stopped_message
from bot.views.refused import refused_message
from bot.views.remarked import remarked_message
from bot.views.reminder import reminder_message
from bot.views.reopened import reopened_message
from bot.views.result import result_message, unknown_message
from bot.views.scene import Message, Scene
from bot.views.steering import correction_message, focus_message, rerun_message
from bot.views.summary import summary_message
from bot.views.unmatched import unmatched_message
from engine.durable.note_words import nothing_asked
from engine.incident import State
from engine.model import Conclusion, Entry, Kind, Plan

Placed = tuple[int, Message]


def thread(state: State, scene: Scene) -> list[Message]:
    """Every message that should stand in the thread now; a later one never comes before an earlier one."""
    placed = [*_rounds(state, scene), *_answers(state, scene), *_proposals(state, scene), *_rest(state, scene)]
    return [message for _, message in sorted(placed, key=lambda item: item[0])]


def _rounds(state: State, scene: Scene) -> Iterator[Placed]:
    drawn = {c.round: (e, c) for e, c in _conclusions(state)}
    for entry in state.entries:
        if entry.kind == Kind.PLAN:
            plan = Plan.model_validate(entry.payload)
            if nothing_asked(plan):
                drawn.pop(plan.round, None)  # the message says already that nothing follows
                yield entry.n, unmatched_message(state, scene, plan.round, entry)
                continue
            concluded = drawn[plan.round][0] if plan.round in drawn else None
            yield entry.n, plan_message(state, scene, plan.round, entry, concluded)
    for entry, conclusion in drawn.values():
        yield entry.n, conclusion_message(state, scene, entry, conclusion)


def _conclusions(state: State) -> Iterator[tuple[Entry, Conclusion]]:
    for entry in state.entries:
        if entry.kind == Kind.CONCLUSION:
            yield entry, Conclusion.model_validate(entry.payload)


def _answers(state: State, scene: Scene) -> Iterator[Placed]:
    """Partners, and whatever a person asked; a tool of the plan, and in a quiet thread a partner, answers there."""
    for ask in state.asks.values():
        if ask.held:
            yield ask.held.n, question_message(state, scene, ask, ask.held)
        elif ask.answer and has_own_message(ask, scene.noise):
            if ask.finding:
                yield ask.answer.n, finding_message(state, scene, ask, ask.answer, ask.finding)
            elif ask.status == "stopped":
                yield ask.answer.n, stopped_message(state, scene, ask, f"silent/{ask.answer.n}")
            elif ask.silence:
                yield ask.answer.n, silence_message(state, scene, ask, ask.answer, ask.silence)
        if ask.answer and ask.finding and ask.finding.evidence and (ask.held or has_own_message(ask, scene.noise)):
            yield ask.answer.n, file_message(state, ask.answer, ask.finding)


def _proposals(state: State, scene: Scene) -> Iterator[Placed]:
    for decided in state.proposals.values():
        yield decided.n, proposal_message(state, scene, decided)
        if decided.reminded and decided.status == "waiting":  # what was posted stays; later it would be no help
            yield decided.reminded.n, reminder_message(state, scene, decided, decided.reminded)
        yield from app_words(state, scene, decided)
        if decided.result and decided.outcome and decided.outcome.status != "running":
            yield decided.result.n, result_message(state, decided, decided.result, decided.outcome)
        if decided.unknown:
            yield decided.unknown.n, unknown_message(state, scene, decided, decided.unknown)


_OF_ENTRY: Mapping[str, Callable[[State, Scene, Entry], Message | None]] = {
    Kind.REOPENED: lambda state, scene, entry: reopened_message(state, entry),
    Kind.RECORD_REFUSED: refused_message,
    Kind.CHANNEL: own_channel_message,
    Kind.RERUN: rerun_message,
    Kind.CORRECTION: correction_message,
    Kind.REMARKED: remarked_message,
}


def _rest(state: State, scene: Scene) -> Iterator[Placed]:
    for entry, proposal in state.observed:
        yield entry.n, observed_message(state, scene, entry, proposal)
    for entry in state.entries:
        view = _OF_ENTRY.get(entry.kind)
        shown = view(state, scene, entry) if view else None
        if shown:
            yield entry.n, shown
    for entry, focus in state.focus:
        yield entry.n, focus_message(state, scene, entry, focus)
    for entry in state.notes:
        yield entry.n, note_message(state, scene, entry)
    if state.closed:
        yield state.closed.n, summary_message(state, scene, state.closed)
