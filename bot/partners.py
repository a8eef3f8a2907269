"""The partners of the configuration, as the engine takes them: when a question may be sent, and by whose leave."""

from collections.abc import Mapping

from bot.settings import PartnerSection
from engine.health import SkipRule
from engine.oversight.questions import QuestionRule


def question_rules(partners: Mapping[str, PartnerSection]) -> dict[str, QuestionRule]:
    """One rule a partner."""
    return {name: _one(section) for name, section in partners.items()}


def skip_rules(partners: Mapping[str, PartnerSection]) -> dict[str, SkipRule]:
    """After how many silences a partner is skipped."""
    return {name: SkipRule(section.skip_after, section.skip_for) for name, section in partners.items()}


def _one(section: PartnerSection) -> QuestionRule:
    return QuestionRule(
        policy=section.policy,
        window=section.window,
        seconds=section.seconds,
        approvers=tuple(f"slack:{user}" for user in section.approvers.users),
        group=section.approvers.group,
        approvers_name=section.approvers.name,
        outside=section.outside,
        carries=section.carries,
    )
