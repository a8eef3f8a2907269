"""What an operator says of a ServiceNow instance: who writes, and what its fields and states are called there."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

_NAME = r"^[a-z][a-z0-9_]*$"


class States(BaseModel):
    """Values of `state`: what a new or reopened ticket gets, what a closed one gets, and which of them are closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    open: str = "2"  # In Progress
    resolved: str = "6"
    closed: tuple[str, ...] = ("6", "7", "8")  # Resolved, Closed, Canceled


def _priorities() -> dict[str, dict[str, str]]:
    """The priority comes from both, by the lookup rules as delivered: critical, high, moderate, low."""
    levels = {"SEV1": ("1", "1"), "SEV2": ("1", "2"), "SEV3": ("2", "2"), "SEV4": ("3", "2")}
    return {severity: {"urgency": urgency, "impact": impact} for severity, (urgency, impact) in levels.items()}


def _resolution() -> dict[str, str]:
    return {
        "close_code": "Solution provided",
        "close_notes": "What was done, and how it was verified, stands in the work notes.",
    }


class ServiceNowConfig(BaseModel):
    """`user` is who writes, by `password` or by `client_id` and `client_secret` (OAuth, client credentials).

    `severity` sets fields by severity, `resolution` when a ticket is resolved, `fields` when it is opened.
    `webhook_token` is what the business rule sends; without it the incidents are only polled. `note_chars` is the
    longest journal entry that the instance keeps, marker included. `late_write`: seconds after sending in which a write
    may still appear; until then nothing unsure is sent again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    url: HttpUrl
    user: str = Field(min_length=1)
    password: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    table: str = Field(default="incident", pattern=_NAME)
    states: States = States()
    severity: dict[str, dict[str, str]] = Field(default_factory=_priorities)
    resolution: dict[str, str] = Field(default_factory=_resolution)
    fields: dict[str, str] = Field(default_factory=dict)
    webhook_token: SecretStr | None = None
    note_chars: int = Field(default=16_000, ge=2_000, le=1_000_000)
    seconds: int = Field(default=8, gt=0, le=60)
    late_write: float = Field(default=30.0, ge=0, le=3600)

    @model_validator(mode="after")
    def _insist(self) -> Self:
        if (self.url.path or "/") != "/" or self.url.query:
            raise ValueError("url is the instance alone, such as https://example.service-now.com")
        oauth = bool(self.client_id) and self.client_secret is not None
        if oauth == (self.password is not None):
            raise ValueError("give password, or client_id and client_secret")
        if "^" in self.user:
            raise ValueError("user: a circumflex would end the value in a query")
        return self

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return str(self.url).rstrip("/")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may show."""
        held = (self.password, self.client_secret, self.webhook_token)
        return tuple(one.get_secret_value() for one in held if one is not None)
