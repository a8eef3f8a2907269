"""The settings of one HTTP action; they are checked here and nothing is sent."""

from collections.abc import Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.reading import Seconds
from connectors.template import fields
from engine.model import Scalar


class HttpActionConfig(BaseModel):
    """Addresses and `body` are templates: `{name}` is an argument, `{op}` the operation id; never in the host.

    `state_fields` maps our name to a path in the answer of `state_url`, such as `release` or `pods.0.release`.
    `dry_run_url` gets the same method and body; `dry_run_says` is a template over its answer and the arguments, and
    `dry_run_needs` the values that its answer must have for the dry run to have passed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    body: Any = None
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)
    token: SecretStr | None = None
    idempotency: Literal["key", "lookup", "none"] = "none"
    status_url: str = ""
    state_url: str = ""
    state_fields: Mapping[str, str] = Field(default_factory=dict)
    dry_run_url: str = ""
    dry_run_says: str = ""
    dry_run_needs: Mapping[str, Scalar] = Field(default_factory=dict)
    seconds: Seconds = 10.0

    @field_validator("url", "status_url", "state_url", "dry_run_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or fields(parts.netloc)):
            raise ValueError("an address starts with http:// or https:// and a host without braces")
        return value

    @model_validator(mode="after")
    def _lookup_has_a_place(self) -> Self:
        if self.idempotency == "lookup" and "op" not in fields(self.status_url):
            raise ValueError("idempotency: lookup needs a status_url with {op}")
        return self
