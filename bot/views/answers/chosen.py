"""Why a proposal is this one: what it rests on, what else was considered, by which rule it is decided."""

from bot.views.answers.look import who_decides
from bot.views.judgement import confidence, likely
from bot.views.parts import code, outside
from bot.views.places import entries, proposal_number
from bot.views.proposal_lines import reason, repeats
from bot.views.scene import Scene
from engine.incident import Decided, State
from engine.model import Conclusion, Kind
from engine.words import lower_first


def why_this(state: State, decided: Decided, scene: Scene, rule: str, may: int) -> str:
    """Three lines. `rule` and `may` as for `why_proposal`."""
    judged = _judged(state, decided)
    return "\n".join(
        [_rests(state, decided, judged, scene), _others(state, decided, judged), who_decides(decided, scene, rule, may)]
    )


def _judged(state: State, decided: Decided) -> Conclusion | None:
    """The conclusion that it follows from, else the one that stands."""
    cause = state.entry(decided.entry.cause or 0)
    if cause is not None and cause.kind == Kind.CONCLUSION:
        return Conclusion.model_validate(cause.payload)
    return state.conclusion


def _rests(state: State, decided: Decided, judged: Conclusion | None, scene: Scene) -> str:
    proposal, number = decided.proposal, proposal_number(state, decided.n)
    if words := repeats(state, scene, proposal):
        return f"{number}: {words} No rule proposes it."
    if proposal.requester:
        return f"{number} was requested by {reason(scene, proposal)} No rule proposes it."
    by = outside(proposal.proposed_by, 100) or "a rule"
    if proposal.proposed_by.startswith("playbook "):
        by = f"playbook {code(proposal.proposed_by.removeprefix('playbook '), 80)}"
    if judged is None or judged.likely is None:
        return f"{number} is what {by} proposes."
    cause = judged.likely
    seen = f", {entries(cause.entries)}" if cause.entries else ""
    return f"{number} is what {by} proposes for: {likely(judged)} (confidence {confidence(cause)}{seen})."


def _others(state: State, decided: Decided, judged: Conclusion | None) -> str:
    found = []
    for other in judged.others[:6] if judged else ():
        why = f", {lower_first(outside(other.ruled_out, 120))}" if other.ruled_out else ", not ruled out"
        seen = f" ({entries(other.entries)})" if other.entries else ""
        struck = "~" if other.ruled_out else ""
        found.append(f"{struck}{outside(other.says.rstrip('. '), 120)}{struck}{why}{seen}")
    for earlier in [d for d in state.proposals.values() if d.n != decided.n][-3:]:
        number = proposal_number(state, earlier.n)
        found.append(f"{number}, {outside(earlier.proposal.title, 80)}, {earlier.status}")
    return f"Also considered: {' · '.join(found)}." if found else "Nothing else was considered."
