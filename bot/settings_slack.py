"""The settings of Slack: how its events reach us, and by which secrets.

Which secret is needed depends on the mode; whether Slack takes it is for `bot.doctor` to say.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.config_faults import expected
from bot.settings_types import Command, Group

EVENTS_PATH = "/slack/events"  # where Slack posts in mode `http`
_NOTHING = SecretStr("")
_PREFIX = {
    "bot_token": ("xoxb-", "OAuth & Permissions"),
    "app_token": ("xapp-", "Basic Information, App-Level Tokens"),
}


class Slack(Group):
    """The workspace: which app speaks, and how it is called."""

    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="how events arrive: over a WebSocket that we open, or at `/slack/events`, which Slack must reach",
    )
    bot_token: SecretStr = Field(description="the bot token, `xoxb-…`", examples=['"${SLACK_BOT_TOKEN}"'])
    app_token: SecretStr = Field(
        default=_NOTHING,
        validate_default=True,
        description="the app-level token, `xapp-…`, with the scope `connections:write`; for mode `socket`",
        examples=['"${SLACK_APP_TOKEN}"'],
    )
    signing_secret: SecretStr = Field(
        default=_NOTHING,
        validate_default=True,
        description="the signing secret, under Basic Information of the app's pages; for mode `http`",
        examples=['"${SLACK_SIGNING_SECRET}"'],
    )
    base_url: str = Field(default="https://slack.com/api/", description="the Web API; another one only for tests")
    command: Command = Field(default="/watch", description="the slash command, as in the app's manifest")
    charts: Literal["auto", "image", "off"] = Field(
        default="auto",
        description="`auto`: Slack's own, pictures where the workspace refuses them; `image`: pictures; `off`: none",
    )

    @field_validator("app_token", "signing_secret")
    @classmethod
    def _where_it_counts(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        needed = info.data.get("mode") == {"app_token": "socket", "signing_secret": "http"}[str(info.field_name)]
        if needed and not value.get_secret_value():
            field = cls.model_fields[str(info.field_name)]
            raise expected(f"it is missing: {field.description}", str((field.examples or [""])[0]))
        return value

    @field_validator("bot_token", "app_token")
    @classmethod
    def _prefix(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        prefix, where = _PREFIX[str(info.field_name)]
        left_out = info.field_name == "app_token" and not value.get_secret_value()
        if not left_out and not value.get_secret_value().startswith(prefix):
            raise expected(f"expected a token that begins with {prefix}; it is under {where} of the app's pages")
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: Any) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost")):
            raise expected("expected an https:// address", "https://slack.com/api/")
        return value if value.endswith("/") else f"{value}/"
