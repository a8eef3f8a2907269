"""How a partner stands: how fast it answers, how often it was silent in a row, until when it is skipped."""

from dataclasses import dataclass
from datetime import datetime

from bot.views.parts import code, outside, time
from engine.health import Standing
from engine.words import count, took


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner of the configuration, as it stands now."""

    name: str
    role: str
    standing: Standing
    policy: str = "immediate"  # or veto_window, or approval
    window: float = 0.0  # seconds that a question is held
    approvers_name: str = ""
    outside: bool = False


def standing(partner: Partner, now: datetime) -> str:
    """`answers, p50 5.9 s, p95 9.1 s`, or `silent twice in a row since 02:07; skipped after 3`."""
    stands = partner.standing
    if stands.silences and stands.since:
        return f"silent {_times(stands.silences)} since {time(stands.since)}{_skipped(stands, now)}"
    if not stands.times:
        return "not asked in 7 days"
    return f"answers, p50 {took(stands.quantile(0.5))}, p95 {took(stands.quantile(0.95))}"


def line(partner: Partner, now: datetime) -> str:
    """One line of `partners`: state, answers, when its questions are sent, where they go."""
    name = code(partner.name, 60) + (f", {outside(partner.role, 60)}" if partner.role else "")
    answers = f"; {count(len(partner.standing.times), 'answer')} in 7 days" if partner.standing.times else ""
    outward = " Outside the company." if partner.outside else ""
    return f"{name}: {standing(partner, now)}{answers}. {_policy(partner)}{outward}"


def _times(silences: int) -> str:
    return {1: "once", 2: "twice in a row"}.get(silences, f"{silences} times in a row")


def _skipped(stands: Standing, now: datetime) -> str:
    if stands.skip_end is not None:
        return f"; skipped until {time(stands.skip_end)}" if now < stands.skip_end else "; asked again next time"
    return f"; skipped after {stands.rule.after}" if stands.rule.after else ""


def _policy(partner: Partner) -> str:
    if partner.policy == "approval":
        who = f" of {outside(partner.approvers_name, 60)}" if partner.approvers_name else ""
        return f"Asked by leave{who}, given within {took(partner.window)}."
    return f"Held {took(partner.window)}, ⛔ stops it." if partner.policy == "veto_window" else "Asked at once."
