"""The settings of a channel that an incident has for itself: for which severities, its name, who comes, its end."""

import math
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from bot.config_faults import expected
from bot.settings_types import Group, GroupId, UserId, placeholders, seconds
from engine.model import Severity

_NAMES = ("number", "service", "severity")


def seconds_or_never(value: object) -> float:
    """As a duration; `never` is without end."""
    return math.inf if value == "never" else seconds(value)


class Invite(Group):
    """Whom the channel is opened for; everybody else may join a public one by its link."""

    users: tuple[UserId, ...] = Field(default=(), description="member IDs", examples=["[U07PRIYA0R1]"])
    group: GroupId = Field(default="", description="a user group's ID, of which all members are invited")
    on_call: bool = Field(default=True, description="whoever is on call for the incident, by `policy` and `on_call`")


class OwnChannelSettings(Group):
    """A channel for one incident alone. Without severities there is none."""

    severities: tuple[Severity, ...] = Field(
        default=(), description="the severities whose incidents get a channel of their own", examples=["[SEV1]"]
    )
    name: str = Field(
        default="inc-{number}-{service}",
        description="the channel's name; `{number}`, `{service}` and `{severity}` are the incident's",
    )
    invite: Invite = Field(default_factory=Invite, description="whom it is opened for")
    private: bool = Field(
        default=False,
        description="a private channel; the app then needs `groups:write`, `groups:read`, `groups:history`",
    )
    archive_after: Annotated[float, BeforeValidator(seconds_or_never), Field(gt=0)] = Field(
        default=86_400.0, description="how long after the close it is archived, or `never`", examples=["24h"]
    )

    @field_validator("name")
    @classmethod
    def _is_one_per_incident(cls, value: str) -> str:
        names = placeholders(value)
        if "number" not in names or not set(names) <= set(_NAMES):
            raise expected("expected a name with {number}, and no other than {service} and {severity}", cls._usual())
        return value

    @staticmethod
    def _usual() -> str:
        return "inc-{number}-{service}"
