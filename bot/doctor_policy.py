"""What the doctor says of the policy: rules that can never match, gaps in a watch, freezes in force, empty lists.

It reads the configuration and the clock, and asks nobody; whether the people are there is `bot.doctor_slack`'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from bot.actions import Approvers
from bot.policy import policy as policy_of
from bot.policy import schedule
from bot.policy_settings import RuleApprovers, RuleSettings
from bot.rows import Row
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Deciding:
    """People that must suffice: `quorum` of `approvers`; `also` are member IDs of whoever is on call. `place` mends."""

    name: str
    approvers: Approvers
    quorum: int
    place: str
    also: tuple[str, ...] = ()


def deciding(settings: Settings, now: datetime) -> list[Deciding]:
    """Every list of approvers: the actions' own, those of the rules, and those of the partners that need leave."""
    file = settings.file.name
    own = [
        Deciding(name, action.approvers, action.quorum, f"actions.{name}.approvers in {file}")
        for name, action in settings.actions.items()
        if not _replaced(settings, name)
    ]
    ruled = [_of_rule(settings, rule, now) for rule in settings.policy.rules if rule.approvers is not None]
    raised = [found for rule in settings.policy.rules if rule.approvers is None for found in _raised(settings, rule)]
    asked = [
        Deciding(name, partner.approvers, 1, f"partners.{name}.approvers in {file}")
        for name, partner in settings.partners.items()
        if partner.policy == "approval"
    ]
    return [*own, *ruled, *raised, *asked]


def _replaced(settings: Settings, action: str) -> bool:
    """Whether a rule gives this action other approvers, wherever it is proposed."""
    risk = settings.actions[action].risk
    for rule in settings.policy.rules:
        when = rule.when
        if (when.action and not _named(rule, action)) or (when.risk and risk not in when.risk):
            continue
        return rule.approvers is not None and not (when.service or when.severity or when.environment)
    return False


def _of_rule(settings: Settings, rule: RuleSettings, now: datetime) -> Deciding:
    assert rule.approvers is not None  # noqa: S101  the caller chose those that have a list
    on_call = rule.approvers.on_call
    named = next(iter(settings.on_call), "") if on_call is True else str(on_call or "")
    shift = schedule(settings.on_call[named]).at(now) if named in settings.on_call else None
    also = (shift.user.removeprefix("slack:"),) if shift else ()  # a gap has a row of its own
    quorum = max(rule.quorum or 1, 2 if rule.two_person else 1)
    return Deciding(f"policy, {_line(rule)}", rule.approvers, quorum, f"{rule.place}, approvers", also)


def _raised(settings: Settings, rule: RuleSettings) -> Iterator[Deciding]:
    """A rule that asks for more people of an action's own list than are needed without it."""
    wanted = max(rule.quorum or 1, 2 if rule.two_person else 1)
    for name, action in settings.actions.items():
        if wanted > action.quorum and (not rule.when.action or _named(rule, name)):
            yield Deciding(f"{name}, {_line(rule)}", action.approvers, wanted, f"{rule.place}, quorum")


async def look_at_policy(settings: Settings) -> list[Row]:
    """Rows about rules, watches and freezes; none where nothing is to be said."""
    return [*_rules(settings), *_watches(settings), *_freezes(settings)]


def _rules(settings: Settings) -> Iterator[Row]:
    for rule in settings.policy.rules:
        unknown = [p for p in rule.when.action if not any(fnmatchcase(name, p) for name in settings.actions)]
        if unknown and len(unknown) == len(rule.when.action):
            says = f"{_line(rule)} can never match: no action is called {' or '.join(unknown)}"
            known = ", ".join(settings.actions) or "none is configured"
            yield Row("policy", "warn", says, f"{rule.place}, when.action; actions: {known}")
        if isinstance(rule.veto, RuleApprovers) and rule.veto.nobody:
            yield Row("policy", "warn", f"{_line(rule)}: the list is empty, so nobody can veto", f"{rule.place}, veto")


def _watches(settings: Settings) -> Iterator[Row]:
    now = datetime.now(UTC)
    for name, one in settings.on_call.items():
        if schedule(one).at(now) is None:
            place = f"on_call.{name} in {settings.file.name}"
            if one.group:
                yield Row("on call", "warn", f"{name}: nobody by name now; the members of {one.group} stand in", place)
            else:
                yield Row("on call", "warn", f"{name}: a gap now, nobody is on call", place)


def _freezes(settings: Settings) -> Iterator[Row]:
    now = datetime.now(UTC)
    for freeze in policy_of(settings.policy, settings.on_call).freezes:
        if (until := freeze.span.at(now)) is not None:
            what = f" for {freeze.when.words}" if freeze.when.words else ""
            says = f"freeze “{freeze.name}” is on until {until:%d %b %Y %H:%M} UTC: nothing starts{what}"
            yield Row("policy", "warn", says, f"policy.freezes in {settings.file.name}, if it shall not be")


def _named(rule: RuleSettings, action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in rule.when.action)


def _line(rule: RuleSettings) -> str:
    """`rule on line 41`."""
    return f"rule on {rule.place.partition(' ')[2]}"
