"""The settings of PagerDuty as a shared memory."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr


class PagerDutyConfig(BaseModel):
    """`service` is the id of the PagerDuty service, `account` the email address of the user that notes are written as.

    `key` makes the incident key (the Events API's dedup_key) of an incident. `priorities`: severity → name of a
    priority, `SEV1: P1`. `webhook_secret` is what PagerDuty signs its webhooks with. `note_chars`: the longest note.
    `late_write`: seconds after sending in which a write may still appear; until then nothing unsure is sent again.
    `writes_per_minute`: of the requests that PagerDuty grants one key (developer.pagerduty.com, REST API rate limits);
    0 for any number, then its 429 alone slows the record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = Field(pattern=r"^[A-Z0-9]{5,20}$")
    account: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    token: SecretStr
    url: HttpUrl = HttpUrl("https://api.pagerduty.com")
    key: str = Field(default="{incident}", pattern=r"^[^{}]*\{incident\}[^{}]*$")
    priorities: Mapping[str, str] = Field(default_factory=dict)
    webhook_secret: SecretStr | None = None
    note_chars: int = Field(default=25_000, ge=2_000, le=1_000_000)
    seconds: int = Field(default=8, gt=0, le=60)
    late_write: float = Field(default=30.0, ge=0, le=3600)
    writes_per_minute: int = Field(default=960, ge=0)
