"""The catalogue of actions as it is configured: what an action is called, what it risks, and who may approve it.

Only what stands here can ever be proposed. It runs nothing and judges no vote.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from bot.config_faults import expected
from bot.config_file import Where
from bot.sections import Section
from bot.settings_types import Group, GroupId, Name, Regex, Span, UserId, placeholders
from engine.model import Risk

_WORDS = ("title", "what", "where", "blast_radius", "undo")


class Argument(Group):
    """The form of one argument, in the words of JSON Schema. Every argument of an action is required."""

    type: Literal["string", "integer", "number", "boolean"] = Field(default="string", description="its type")
    pattern: Regex | None = Field(
        default=None,
        description="a text must match this regular expression; anchor it with ^ and $",
        examples=["^[a-z0-9-]+$"],
    )
    enum: tuple[str | int | float, ...] | None = Field(default=None, description="the only values", min_length=1)
    minimum: float | None = Field(default=None, description="the smallest number")
    maximum: float | None = Field(default=None, description="the largest number")
    max_length: int = Field(default=200, alias="maxLength", ge=1, le=2000, description="the longest text")
    description: str = Field(default="", description="what it means, for `/watch run`")

    def schema_of(self) -> dict[str, Any]:
        """The argument as JSON Schema."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"description"})
        if self.type != "string":
            found.pop("maxLength")
        return found


class Approvers(Group):
    """Who may approve: these members and, where the workspace has user groups, the members of one. Empty: nobody."""

    users: tuple[UserId, ...] = Field(default=(), description="member IDs", examples=["[U07PRIYA0R1]"])
    group: GroupId = Field(default="", description="a user group's ID", examples=["S07CHECKAP1"])
    name: str = Field(default="", description="what people call them", examples=['"@checkout-approvers"'])

    @property
    def nobody(self) -> bool:
        """Whether the list is empty."""
        return not self.users and not self.group


class ActionSettings(Section):
    """One action of the catalogue. `{name}` in the texts is the argument of that name."""

    title: str = Field(description="what it does, as the proposal's title", examples=['"roll back {service} to {to}"'])
    what: str = Field(description="the action with its arguments", examples=['"`rollback-release` {from} → {to}"'])
    where: str = Field(default="", description="the place it changes", examples=['"`{service}`, production"'])
    blast_radius: str = Field(default="", description="what else it touches, and for how long")
    undo: str = Field(default="", description="how it is taken back; empty reads as: it cannot be undone")
    risk: Risk = Field(default=Risk.MEDIUM, description="what is at stake; with `high` a reaction does not approve")
    arguments: Mapping[Name, Argument] = Field(default_factory=dict, description="its arguments, all required")
    approvers: Approvers = Field(default_factory=Approvers, description="who may approve")
    quorum: int = Field(default=1, ge=1, le=10, description="how many must approve")
    expires: Span = Field(default=900.0, description="how long a proposal waits for people", examples=["15m"])

    @model_validator(mode="after")
    def _words_use_its_arguments(self) -> Self:
        for field in _WORDS:
            unknown = [name for name in placeholders(getattr(self, field)) if name not in self.arguments]
            if unknown:
                raise expected(f"expected only its own arguments in `{field}`; {{{unknown[0]}}} is none of them")
        return self

    @model_validator(mode="after")
    def _enough_approvers(self) -> Self:
        listed = len(set(self.approvers.users))
        if listed and not self.approvers.group and listed < self.quorum:
            raise expected(f"expected at least {self.quorum} approvers for a quorum of {self.quorum}; {listed} listed")
        return self

    @override
    def options_at(self) -> Where:
        """Its connector's options stand apart from the catalogue's own fields."""
        return (*self.source.where, "options")

    @property
    def rule(self) -> str:
        """Where it stands who may approve: `watchkeeper.yaml line 41`."""
        file, where = self.source.file, self.source.where
        return f"{file.path.name} line {file.line((*where, 'approvers'))}"
