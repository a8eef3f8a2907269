"""Every setting once: type, default and one line of help; read from watchkeeper.yaml and the environment.

It judges what a setting may be, not whether the world agrees: that is `bot.doctor`. A connector's own options stay raw
here (`bot.sections`), because only `bot.app` may load connectors.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from typing_extensions import override

from bot import config_file
from bot.actions import ActionSettings, Approvers
from bot.config_faults import config_error, expected, together
from bot.config_file import ConfigFile, Where
from bot.policy_settings import PolicySettings, ScheduleSettings, doubled_freezes, located, unknown_schedules
from bot.sections import SOURCE, Section, Source
from bot.settings_groups import Incidents, Ledger, Redact, Timing, Web
from bot.settings_slack import Slack
from bot.settings_types import Group, Name, Span, UserId
from engine.words import count

DEFAULT_FILE = "watchkeeper.yaml"
SECTIONS = ("alerts", "tools", "partners", "memory")
DEFAULT_REASONER = {"type": "playbook", "files": ["playbooks"]}
_OWN = {
    "memory": ("read_every",),
    "partners": ("role", "seconds", "policy", "window", "approvers", "outside", "carries", "skip_after", "skip_for"),
}


class PartnerSection(Section):
    """One partner agent: ours are its role, its deadline and its policy, the rest is its connector's."""

    role: str = Field(default="", description="what it knows, in two or three words", examples=["log specialist"])
    seconds: Span = Field(
        default=20.0,
        description="the longest that an answer may take; a playbook can only ask for less",
        examples=["20s"],
    )
    policy: Literal["immediate", "veto_window", "approval"] = Field(
        default="immediate",
        description="when a question is sent: at once, after a window in which people can stop it, or when one of "
        "the approvers says so",
    )
    window: Span = Field(
        default=30.0,
        description="how long a question is held, from the moment its message stands in the channel's thread; with "
        "`approval` how long it waits for an approver",
        examples=["30s"],
    )
    approvers: Approvers = Field(default_factory=Approvers, description="who lets a question go, with `approval`")
    outside: bool = Field(default=False, description="whether its questions leave the company; the message says so")
    carries: str = Field(
        default="",
        max_length=200,
        description="what goes out with a question, for the message",
        examples=['"alert, time window, service name"'],
    )

    skip_after: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="after how many silences in a row, over all incidents, a plan's questions skip it; 0 means never",
    )
    skip_for: Span = Field(
        default=600.0,
        description="for how long it is skipped, from its last silence on; `/watch ask` asks all the same, and an "
        "answer ends it",
        examples=["10m"],
    )

    @model_validator(mode="after")
    def _approvers_where_they_count(self) -> Self:
        if self.policy != "approval" and not self.approvers.nobody:
            raise expected("expected `policy: approval`: only then approvers are asked", "approval")
        return self

    @override
    def own(self) -> Mapping[str, Any]:
        """Its role and its deadline."""
        return {"role": self.role, "seconds": self.seconds}


class MemorySection(Section):
    """One record: ours is how often its tickets are read back, the rest is its connector's."""

    read_every: Span = Field(
        default=60.0,
        description="how often an open incident's ticket is read for what people wrote; while a decision waits every "
        "10 s, and at once on a webhook",
        examples=["60s"],
    )


class ReasonerSection(Section):
    """What judges; it is told which instruments there are."""

    tools: frozenset[str] = Field(alias="#tools", repr=False)
    partners: frozenset[str] = Field(alias="#partners", repr=False)
    actions: frozenset[str] = Field(alias="#actions", repr=False)

    @override
    def own(self) -> Mapping[str, Any]:
        """The names of the configured tools, partners and actions."""
        return {"tools": self.tools, "partners": self.partners, "actions": self.actions}


class Settings(Group):
    """Everything that watchkeeper.yaml says."""

    incidents: Incidents = Field(default_factory=Incidents, description="where incidents appear")
    ledger: Ledger = Field(default_factory=Ledger, description="where the entries are kept")
    slack: Slack = Field(description="the app's tokens", examples=["{bot_token: …, app_token: …}"])
    web: Web = Field(default_factory=Web, description="the HTTP door")
    redact: Redact = Field(default_factory=Redact, description="what is masked")
    timing: Timing = Field(default_factory=Timing, description="limits")
    alerts: Mapping[Name, Section] = Field(default_factory=dict, description="alert sources; the name is in their URL")
    tools: Mapping[Name, Section] = Field(default_factory=dict, description="instruments that are read")
    partners: Mapping[Name, PartnerSection] = Field(default_factory=dict, description="agents that are asked")
    reasoner: ReasonerSection = Field(
        description="what judges alerts and answers; as delivered the playbooks in the folder `playbooks`"
    )
    memory: Mapping[Name, MemorySection] = Field(default_factory=dict, description="the records that mirror the ledger")
    people: Mapping[Name, Mapping[Annotated[str, Field(min_length=1)], UserId]] = Field(
        default_factory=dict,
        description="by record: who in its tickets is whom in Slack, the record's own id or login → the member ID",
        examples=["{github: {priya-raman: U07PRIYA0R1}}"],
    )
    actions: Mapping[Name, ActionSettings] = Field(default_factory=dict, description="the catalogue of actions")
    policy: PolicySettings = Field(default_factory=PolicySettings, description="who decides what, when and how")
    on_call: Mapping[Name, ScheduleSettings] = Field(default_factory=dict, description="who is on call")
    file: Path = Field(alias="#file", repr=False)

    @property
    def counted(self) -> str:
        """`1 alert source, 2 tools, 3 partners, 5 records, 6 actions`."""
        kinds = {
            "alert source": self.alerts,
            "tool": self.tools,
            "partner": self.partners,
            "record": self.memory,
            "action": self.actions,
        }
        return ", ".join(count(len(found), noun) for noun, found in kinds.items())

    @property
    def mapped_people(self) -> Mapping[str, Mapping[str, str]]:
        """The same with the records' ids in lower case: a login is written in any."""
        return {
            record: {who.casefold(): user for who, user in people.items()} for record, people in self.people.items()
        }

    @model_validator(mode="after")
    def _people_of_records(self) -> Self:
        for record in self.people:
            if record not in self.memory:
                known = ", ".join(sorted(self.memory)) or "none"
                raise expected(
                    f"expected the name of a record under `memory` (configured: {known})", f"people.{record}"
                )
        return self

    @model_validator(mode="after")
    def _names_are_one_persons(self) -> Self:
        shared = sorted(set(self.tools) & set(self.partners))
        if shared:
            raise expected(f"a tool and a partner are both called {shared[0]}; findings could not be told apart")
        return self


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file. Raises `ConfigError` that names file, line, field, what was expected and the mend."""
    file = config_file.read(path)
    values, faults = file.filled(environ)
    if faults:
        raise together(faults)
    tree = _with_sections(file, values)
    try:
        settings = Settings.model_validate({**tree, "#file": path})
    except ValidationError as err:
        raise config_error(err, file, (), Settings) from None  # the chained error would print values
    if named := [*doubled_freezes(settings.policy, file), *unknown_schedules(settings.policy, settings.on_call)]:
        raise together(named)
    beside = {"ledger": settings.ledger.beside(path.parent), "slack": settings.slack.beside(path.parent)}
    return settings.model_copy(update=beside)


def load_ledger(path: Path, environ: Mapping[str, str]) -> Ledger:
    """The `ledger` section alone, for commands that need no token. Raises `ConfigError`."""
    file = config_file.read(path)
    raw, faults = file.filled(environ, ("ledger",)) if "ledger" in file.tree else ({}, [])
    if faults:
        raise together(faults)
    try:
        ledger = Ledger.model_validate(raw)
    except ValidationError as err:
        raise config_error(err, file, ("ledger",), Ledger) from None
    return ledger.beside(path.parent)


class Record(Group):
    """What the commands about the record need: the ledger, the backends, and what is masked. No token of Slack's."""

    ledger: Ledger = Field(default_factory=Ledger)
    memory: Mapping[Name, MemorySection] = Field(default_factory=dict)
    redact: Redact = Field(default_factory=Redact)


def load_record(path: Path, environ: Mapping[str, str]) -> Record:
    """The sections `ledger`, `memory` and `redact` alone. Raises `ConfigError`."""
    file = config_file.read(path)
    tree: dict[str, Any] = {}
    for name in Record.model_fields.keys() & file.tree.keys():
        tree[name], faults = file.filled(environ, (name,))
        if faults:
            raise together(faults)
    if isinstance(tree.get("memory"), Mapping):
        tree["memory"] = {name: _split(file, ("memory", name), raw) for name, raw in tree["memory"].items()}
    try:
        record = Record.model_validate(tree)
    except ValidationError as err:
        raise config_error(err, file, (), Record) from None
    return record.model_copy(update={"ledger": record.ledger.beside(path.parent)})


def _with_sections(file: ConfigFile, tree: Mapping[str, Any]) -> dict[str, Any]:
    """The tree with each connector's own options put aside and its place in the file noted."""
    found = dict(tree)
    for kind in SECTIONS:
        if isinstance(tree.get(kind), Mapping):
            found[kind] = {name: _split(file, (kind, name), raw) for name, raw in tree[kind].items()}
    reasoner = _split(file, ("reasoner",), tree.get("reasoner", DEFAULT_REASONER))
    if isinstance(reasoner, dict):
        for kind in ("tools", "partners", "actions"):
            named = tree.get(kind)
            reasoner[f"#{kind}"] = frozenset(named) if isinstance(named, Mapping) else frozenset()
    found["reasoner"] = reasoner
    if "policy" in tree:
        found["policy"] = located(file, tree["policy"])
    if isinstance(tree.get("actions"), Mapping):
        found["actions"] = {
            name: {**raw, SOURCE: Source(file, ("actions", name))} if isinstance(raw, Mapping) else raw
            for name, raw in tree["actions"].items()
        }
    return found


def _split(file: ConfigFile, where: Where, raw: Any) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    own: tuple[str, ...] = ("type", *_OWN.get(str(where[0]), ()))
    ours = {name: value for name, value in raw.items() if name in own}
    options = {name: value for name, value in raw.items() if name not in own}
    return {**ours, "options": options, SOURCE: Source(file, where)}
