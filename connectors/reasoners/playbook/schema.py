"""What a playbook may say, field by field; `docs/connectors/playbook.md` explains it with an example.

Only shapes are checked here; whether names lead anywhere is `load.py`'s to say, which knows the lines.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, model_validator

from connectors.reasoners.playbook.rules import Rule, parse
from engine.model import Mode, Severity

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(value: object) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a duration with a unit, for example 30s or 2m")
    return float(match[1]) * _UNITS[match[2]]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _worded(value: object) -> object:
    return [{"says": value}] if isinstance(value, str) else value


def _rule(value: object) -> Rule:
    if not isinstance(value, str):
        raise ValueError("expected a rule, for example: logs.share >= 0.5")  # noqa: TRY004  pydantic wants ValueError
    return parse(value)


Duration = Annotated[float, BeforeValidator(_seconds)]
OneRule = Annotated[InstanceOf[Rule], BeforeValidator(_rule)]
Rules = Annotated[tuple[OneRule, ...], BeforeValidator(_listed)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Tree = Mapping[str, Any]


class Part(BaseModel):
    """A part of a playbook: unknown fields are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bearing(Part):
    """Words that hold under rules."""

    when: Rules = ()
    says: str


Words = Annotated[tuple[Bearing, ...], BeforeValidator(_worded)]


class Look(Part):
    """One reading: `with` names the tools that can take it, and their arguments; `row` its words in the evidence."""

    key: Key
    question: str
    arguments_of: Mapping[str, Tree] = Field(alias="with", min_length=1)
    seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    row: Words = ()


class Ask(Part):
    """One question to a partner; in rules its facts are called by the partner's name."""

    partner: Key
    question: str
    seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    row: Words = ()


class Cause(Part):
    """A possible cause: supported when all of `when` hold, ruled out when all of `ruled_out_when` hold.

    While it is supported, the broader cause that it `refines` is not listed beside it.
    """

    name: Key
    says: str
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    when: Rules = ()
    ruled_out_when: Rules = ()
    reason: str = ""
    refines: Key | None = None
    bears: Mapping[str, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _decidable(self) -> Self:
        if not self.when and not self.ruled_out_when:
            raise ValueError("a hypothesis needs `when` or `ruled_out_when`")
        if self.ruled_out_when and not self.reason:
            raise ValueError("what rules it out needs its `reason`")
        return self


class Contradiction(Part):
    """Two sources that cannot both be taken at their word; `both_can_hold` is said only under its own rules."""

    when: Annotated[Rules, Field(min_length=1)]
    says: str
    both_can_hold: Bearing | None = None


class Propose(Part):
    """The action to propose when one of these hypotheses is the likely cause and all of `when` hold."""

    hypothesis: Annotated[tuple[Key, ...], BeforeValidator(_listed)]
    when: Rules = ()
    action: Key
    arguments: Tree = Field(default_factory=dict)
    why: str


class MeasureOf(Part):
    """The symptom's own measure: the reading `look` against `threshold`, read `settle` after an action ended."""

    look: Key
    name: str
    threshold: float
    unit: str = ""
    below: bool = True
    settle: Duration = 180.0


class WindowOf(Part):
    """How far back an investigation looks from the alert."""

    before: Annotated[Duration, Field(gt=0)]


class Playbook(Part):
    """One playbook: which alerts it is for, what to look at, how to judge, what to propose and how far that may go.

    `mode` can only lower what the policy allows; `auto` needs the policy's own leave.
    """

    name: Key
    match: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)
    severity: Severity | Mapping[str, Severity] | None = None
    title: str = ""
    summary: str = ""
    window: WindowOf | None = None
    look: tuple[Look, ...] = ()
    ask: tuple[Ask, ...] = ()
    hypotheses: tuple[Cause, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    unexplained: Bearing | None = None
    propose: Propose | None = None
    mode: Mode | None = None
    measure: MeasureOf | None = None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether every label fits: a text exactly, `~…` as a regular expression, a list by any of its texts."""
        return all(_fits(wanted, labels.get(name, "")) for name, wanted in self.match.items())

    @model_validator(mode="after")
    def _patterns_compile(self) -> Self:
        for name, wanted in self.match.items():
            for text in (wanted,) if isinstance(wanted, str) else wanted:
                try:
                    re.compile(text.removeprefix("~") if text.startswith("~") else "")
                except re.error as err:
                    raise ValueError(f"match.{name}: `{text}` is not a regular expression: {err}") from err
        return self


def _fits(wanted: str | tuple[str, ...], value: str) -> bool:
    if not isinstance(wanted, str):
        return any(_fits(text, value) for text in wanted)
    return bool(re.fullmatch(wanted[1:], value)) if wanted.startswith("~") else wanted == value
