"""The policy of decisions as it is configured: rules, modes, freezes, and who is on call.

It says what may stand there and where; what follows from it is `engine.oversight.rules`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SkipValidation, model_validator
from typing_extensions import override

from bot.actions import Approvers
from bot.config_faults import expected
from bot.config_file import ConfigFile
from bot.sections import SOURCE, Source
from bot.settings_types import Group, GroupId, Moment, Name, Span, UserId, weekly
from engine.errors import ConfigError
from engine.model import Mode, Risk, Severity


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _veto(value: object) -> object:
    if value in ("everyone", "approvers", None) or isinstance(value, dict):
        return value
    raise expected("expected `everyone`, `approvers`, or people listed as approvers are", "everyone")


Patterns = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], BeforeValidator(_listed)]
Severities = Annotated[tuple[Severity, ...], BeforeValidator(_listed)]
Risks = Annotated[tuple[Risk, ...], BeforeValidator(_listed)]


class WhenSettings(Group):
    """What a rule is for. Names may have `*` and `?`; one or a list; what is left out fits everything."""

    action: Patterns = Field(default=(), description="names of actions", examples=['"restart-*"'])
    service: Patterns = Field(
        default=(),
        description="the action's argument `service` where it takes one, else the incident's service",
        examples=["[checkout, payments]"],
    )
    severity: Severities = Field(default=(), description="of the incident", examples=["[SEV1, SEV2]"])
    risk: Risks = Field(default=(), description="of the action", examples=["high"])
    environment: Patterns = Field(
        default=(), description="the action's argument `environment`, else the incident's", examples=["production"]
    )


class RuleApprovers(Approvers):
    """As of an action, and whoever is on call."""

    on_call: bool | Name = Field(
        default=False,
        description="whether whoever is on call may too: the name of a schedule, or true where there is one only",
        examples=["true"],
    )

    @property
    @override
    def nobody(self) -> bool:
        """Whether the list is empty."""
        return super().nobody and not self.on_call


class RuleSettings(Group):
    """One rule: what it sets holds instead of the action's own words. The first that matches counts, alone."""

    when: WhenSettings = Field(default_factory=WhenSettings, description="what it is for")
    approvers: RuleApprovers | None = Field(default=None, description="who may approve")
    quorum: int | None = Field(default=None, ge=1, le=10, description="how many must approve")
    two_person: bool = Field(default=False, description="two people must approve at least, whatever the quorum says")
    expires: Span | None = Field(default=None, description="how long a proposal waits for people", examples=["10m"])
    veto: Annotated[Literal["everyone", "approvers"] | RuleApprovers | None, BeforeValidator(_veto)] = Field(
        default=None,
        description="who may veto: `everyone` in the channel, the `approvers`, or people listed as approvers are; "
        "anybody else's veto is shown as an objection",
        examples=["approvers"],
    )
    mode: Mode | None = Field(default=None, description="the lower one of this, the playbook's and `policy.mode` holds")
    source: SkipValidation[Source] = Field(alias="#source", repr=False)

    @model_validator(mode="after")
    def _two_people_and_auto(self) -> Self:
        if self.mode is Mode.AUTO and (self.two_person or (self.quorum or 1) > 1):
            raise expected("expected `mode: review`: what needs two people never starts by itself")
        listed = len(set(self.approvers.users)) if self.approvers else 0
        quorum = max(self.quorum or 1, 2 if self.two_person else 1)
        open_ended = self.approvers is None or self.approvers.group or self.approvers.on_call
        if listed and not open_ended and listed < quorum:
            raise expected(f"expected at least {quorum} approvers for a quorum of {quorum}; {listed} listed")
        return self

    @property
    def place(self) -> str:
        """`watchkeeper.yaml line 41`."""
        return f"{self.source.file.path.name} line {self.source.file.line(self.source.where)}"


class FreezeSettings(Group):
    """A span in which nothing starts: once, from … until, or every week. Times are UTC."""

    name: str = Field(min_length=1, max_length=80, description="what people call it", examples=["quarter end"])
    since: Moment | None = Field(
        default=None, alias="from", description="when it begins", examples=["2026-12-30T00:00:00Z"]
    )
    until: Moment | None = Field(default=None, description="when it ends", examples=["2027-01-02T08:00:00Z"])
    every: Annotated[tuple[timedelta, timedelta] | None, BeforeValidator(weekly)] = Field(
        default=None, description="instead: every week, UTC", examples=['"Fri 16:00 - Mon 08:00"']
    )
    when: WhenSettings = Field(default_factory=WhenSettings, description="what is frozen; everything, if left out")

    @model_validator(mode="after")
    def _one_span(self) -> Self:
        once = self.since is not None and self.until is not None
        if once == (self.every is not None) or (self.every is not None and (self.since or self.until)):
            raise expected("expected `from` and `until`, or `every`")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise expected("expected `until` after `from`")
        return self


class PolicySettings(Group):
    """Who decides what, when and how, beyond the actions' own words."""

    mode: Mode = Field(
        default=Mode.REVIEW,
        description="the ceiling: `observe` only shows what would be proposed, `review` waits for people, `auto` lets "
        "rules and playbooks start what nobody stops in time",
    )
    auto_window: Span = Field(
        default=60.0,
        description="with `auto`: how long people can stop it, from the moment its card stands in the thread",
        examples=["60s"],
    )
    rules: tuple[RuleSettings, ...] = Field(default=(), description="the first that matches counts")
    freezes: tuple[FreezeSettings, ...] = Field(default=(), description="when nothing starts")


class ShiftSettings(Group):
    """One person's watch."""

    user: UserId = Field(description="the member's ID", examples=["U07PRIYA0R1"])
    since: Moment = Field(alias="from", description="when it begins", examples=["2026-11-23T20:00:00Z"])
    until: Moment = Field(description="when it ends", examples=["2026-11-24T08:00:00Z"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since >= self.until:
            raise expected("expected `until` after `from`")
        return self


class ScheduleSettings(Group):
    """Who is on call: a rotation from a beginning on, or shifts that are written out."""

    rotation: tuple[UserId, ...] = Field(default=(), description="members in order", examples=["[U07PRIYA0R1]"])
    starts: Moment | None = Field(
        default=None, description="when the first of the rotation begins", examples=["2026-11-23T08:00:00Z"]
    )
    every: Span = Field(default=7 * 86_400.0, description="how long each has the watch", examples=["7d"])
    shifts: tuple[ShiftSettings, ...] = Field(default=(), description="instead of a rotation: the shifts one by one")
    group: GroupId = Field(
        default="", description="a user group whose members stand in where nobody is on call", examples=["S07CHECKAP1"]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.rotation) == bool(self.shifts):
            raise expected("expected `rotation` with `starts` and `every`, or `shifts`")
        if self.rotation and self.starts is None:
            raise expected("expected `starts`, the moment at which the first of the rotation begins")
        return self


def located(file: ConfigFile, policy: Any) -> Any:
    """The policy as read, each rule with its place in the file."""
    rules = policy.get("rules") if isinstance(policy, Mapping) else None
    if not isinstance(rules, list):
        return policy
    noted = [
        {**rule, SOURCE: Source(file, ("policy", "rules", i))} if isinstance(rule, Mapping) else rule
        for i, rule in enumerate(rules)
    ]
    return {**policy, "rules": noted}


def doubled_freezes(policy: PolicySettings, file: ConfigFile) -> list[ConfigError]:
    """Each freeze whose name an earlier one has: a refusal names the freeze, so it must be one."""
    faults, first = [], dict[str, int]()
    for i, freeze in enumerate(policy.freezes):
        earlier = first.setdefault(freeze.name.strip().casefold(), i)
        if earlier != i:
            where = ("policy", "freezes", i, "name")
            line = file.line(("policy", "freezes", earlier, "name"))
            says = f"expected a name of its own; the freeze in line {line} has this one"
            mend = f'name: "{freeze.name.strip()} 2"'
            faults.append(file.error(where, says, shown=file.written(where), mend=mend))
    return faults


def unknown_schedules(policy: PolicySettings, known: Mapping[str, ScheduleSettings]) -> list[ConfigError]:
    """Each rule that names a schedule which is not there, or does not say which one it means."""
    faults = []
    for rule in policy.rules:
        for field, deciders in (("approvers", rule.approvers), ("veto", rule.veto)):
            named = deciders.on_call if isinstance(deciders, RuleApprovers) else False
            file, where = rule.source.file, (*rule.source.where, field, "on_call")
            mend = f"on_call: {next(iter(known), '…')}"
            if isinstance(named, str) and named not in known:
                says = "expected the name of a schedule under `on_call`"
                faults.append(file.error(where, says, shown=file.written(where), mend=mend))
            elif named is True and len(known) != 1:
                says = f"expected one schedule under `on_call`, which `true` would mean; there are {len(known)}"
                faults.append(file.error(where, says, shown="true", mend=mend if known else "add `on_call`"))
    return faults
