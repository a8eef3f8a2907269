"""The groups of settings that belong to no connector: channel, ledger, HTTP door, masks, limits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.config_faults import expected
from bot.settings_channel import OwnChannelSettings
from bot.settings_types import Channel, Duration, Group, MaskName, MaskPattern, Span
from bot.views.noise import Noise
from engine.model import Severity


class Incidents(Group):
    """Where incidents appear and when a repeated alert belongs to an earlier one."""

    channel: Channel = Field(
        default="#incidents", description="the channel in which incidents appear, by name or by ID"
    )
    first_number: int = Field(default=1, ge=1, description="the number of the first incident")
    reopen_within: Duration = Field(
        default=10_800.0,
        description="an alert that comes back this soon after closing reopens its incident",
        examples=["3h"],
    )
    window_before: Span = Field(
        default=1_800.0, description="how long before the alert an investigation looks", examples=["30m"]
    )
    thread: Literal["full", "quiet"] = Field(
        default="full",
        description="`quiet`: no message for a single finding of the plan, only what adds up, decisions and results",
    )
    own_channel: OwnChannelSettings = Field(
        default_factory=OwnChannelSettings, description="a channel for one incident alone"
    )
    pin_summary: bool = Field(default=True, description="pin the summary of a closed incident, until it is reopened")
    min_severity: Severity = Field(
        default=Severity.SEV4,
        description="below it an incident has no message until a decision waits, it is raised, or a person asks for it",
    )

    @property
    def noise(self) -> Noise:
        """How much of an incident stands in the channel."""
        return Noise(self.thread, self.min_severity)


_FORM = "postgresql://user:password@host:5432/name"


def _parted(url: str) -> None:
    """Refuse what would be cut at the wrong place: the rest of a password would be taken for the host, and be told."""
    rest = url.partition("://")[2]
    if rest.count("@") > 1 or "@" in rest.partition("/")[2]:
        raise expected("expected one @, before the host; write @ as %40 and / as %2F in user and password", _FORM)
    try:
        port = urlsplit(url).port
    except ValueError:
        port = 0
    if port == 0:
        raise expected("expected a port number, 1 to 65535, after the host's colon", _FORM)


class Ledger(Group):
    """Where the entries are kept."""

    url: SecretStr = Field(
        default=SecretStr("sqlite:///data/watchkeeper.db"),
        description="`sqlite:///path`, or `postgresql://user:password@host/name` for several replicas",
        examples=["sqlite:///data/watchkeeper.db"],
    )
    record_key_file: Path = Field(
        default=Path("data/record.key"), description="the key that signs entries in tickets; made at the first start"
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
            return value
        if url.startswith(("postgresql://", "postgresql+psycopg://")):
            _parted(url)
            return value
        raise expected("expected sqlite:///path or postgresql://…", "sqlite:///data/watchkeeper.db")

    @property
    def sqlite_path(self) -> Path | None:
        """The file of an SQLite ledger; None for PostgreSQL."""
        url = self.url.get_secret_value()
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None

    def beside(self, folder: Path) -> Self:
        """With relative paths taken from `folder`."""
        path = self.sqlite_path
        url = self.url if path is None else SecretStr(f"sqlite:///{folder / path}")
        return self.model_copy(update={"url": url, "record_key_file": folder / self.record_key_file})


class Web(Group):
    """The HTTP door: alerts, health and metrics."""

    host: str = Field(default="127.0.0.1", description="the address to listen on; 0.0.0.0 for every one")
    port: int = Field(default=8080, ge=0, le=65535, description="the port; 0 takes a free one")


class Redact(Group):
    """What is masked besides the secrets that are always masked."""

    patterns: Mapping[MaskName, MaskPattern] = Field(
        default_factory=dict,
        description="name in the mask → regular expression; the last group, where there is one, is what is masked",
    )


class Timing(Group):
    """Limits that suit most installations."""

    late_write: Duration = Field(
        default=30.0,
        description="how late a message or an action's request may take effect; a record has its own",
    )
    send_guard: Span = Field(default=5.0, description="how old an intent may be when it is sent")
    edit_every: Span = Field(default=2.0, description="how often one Slack message is edited at most")
    membership: Duration = Field(default=60.0, description="how old the knowledge of a group's members may be")
    recur_every: Duration = Field(default=300.0, description="how often repeats of one alert are entered at most")
    recovery_settle: Duration = Field(
        default=60.0, description="how long after an alert's end its measure is read again"
    )
    remind_before: Duration = Field(
        default=300.0,
        description="how long before a proposal expires its approvers are mentioned once more; 0s for never",
        examples=["5m"],
    )
