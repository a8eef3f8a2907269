"""The policy of the configuration, as the engine takes it: rules, modes, freezes, schedules."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from bot.policy_settings import (
    FreezeSettings,
    PolicySettings,
    RuleApprovers,
    RuleSettings,
    ScheduleSettings,
    WhenSettings,
)
from engine.oversight.freezes import Span, Weekly
from engine.oversight.on_call import Schedule, Shift
from engine.oversight.rules import Deciders, Freeze, Policy, Rule, When


def policy(settings: PolicySettings, on_call: Mapping[str, ScheduleSettings]) -> Policy:
    """Everything that decides of decisions, beside the actions' own words."""
    only = next(iter(on_call), "")
    return Policy(
        rules=tuple(_rule(rule, only) for rule in settings.rules),
        ceiling=settings.mode,
        auto_window=settings.auto_window,
        freezes=tuple(_freeze(freeze) for freeze in settings.freezes),
        schedules={name: schedule(one) for name, one in on_call.items()},
    )


def schedule(settings: ScheduleSettings) -> Schedule:
    """One schedule."""
    return Schedule(
        rotation=tuple(f"slack:{user}" for user in settings.rotation),
        starts=settings.starts,
        every=timedelta(seconds=settings.every),
        shifts=tuple(Shift(f"slack:{s.user}", s.since, s.until) for s in settings.shifts),
        group=settings.group,
    )


def _rule(settings: RuleSettings, only: str) -> Rule:
    veto: Deciders | Literal["everyone", "approvers"] | None
    veto = _deciders(settings.veto, only) if isinstance(settings.veto, RuleApprovers) else settings.veto
    return Rule(
        when=_when(settings.when),
        approvers=_deciders(settings.approvers, only) if settings.approvers is not None else None,
        quorum=settings.quorum,
        two_person=settings.two_person,
        expires=timedelta(seconds=settings.expires) if settings.expires is not None else None,
        veto=veto,
        mode=settings.mode,
        place=settings.place,
    )


def _deciders(settings: RuleApprovers, only: str) -> Deciders:
    """`only` is the one schedule there is, which `on_call: true` means."""
    on_call = only if settings.on_call is True else settings.on_call or ""
    people = tuple(f"slack:{user}" for user in settings.users)
    return Deciders(people, settings.group, settings.name, on_call)


def _when(settings: WhenSettings) -> When:
    return When(
        action=settings.action,
        service=settings.service,
        severity=tuple(severity.value for severity in settings.severity),
        risk=tuple(risk.value for risk in settings.risk),
        environment=settings.environment,
    )


def _freeze(settings: FreezeSettings) -> Freeze:
    span: Span | Weekly
    if settings.every is not None:
        span = Weekly(*settings.every)
    else:
        assert settings.since is not None and settings.until is not None  # noqa: S101, PT018  its form was checked
        span = Span(settings.since, settings.until)
    return Freeze(settings.name, span, _when(settings.when))
