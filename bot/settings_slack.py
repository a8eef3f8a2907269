"""The settings of Slack: how its events reach us, and by which secrets.

Which secret is needed depends on the mode; whether Slack takes it is for `bot.doctor` to say.
"""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.config_faults import expected
from bot.settings_types import Command, Group, WorkspaceId

EVENTS_PATH = "/slack/events"  # where Slack posts in mode `http`
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
_NOTHING = SecretStr("")
_PREFIX = {
    "bot_token": ("xoxb-", "OAuth & Permissions"),
    "app_token": ("xapp-", "Basic Information, App-Level Tokens"),
}


class OAuth(Group):
    """Several workspaces install the app, instead of one whose token is in the configuration."""

    client_id: str = Field(
        min_length=1,
        description="the app's client ID, under Basic Information",
        examples=['"${WATCHKEEPER_SLACK_CLIENT_ID}"'],
    )
    client_secret: SecretStr = Field(
        description="its client secret, in the same place", examples=['"${WATCHKEEPER_SLACK_CLIENT_SECRET}"']
    )
    url: str = Field(
        description="where people and Slack reach this Watchkeeper; `/slack/install` below it installs the app",
        examples=["https://watchkeeper.example.com"],
    )
    home: WorkspaceId = Field(
        default="", description="the workspace that has the incidents, by its ID; without it the first that installs"
    )
    key_file: Path = Field(
        default=Path("data/slack.key"),
        description="the key that seals the tokens in the ledger's database; made at the first start",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _https(value, "https://watchkeeper.example.com").rstrip("/")


class Slack(Group):
    """The workspace: which app speaks, and how it is called."""

    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="how events arrive: over a WebSocket that we open, or at `/slack/events`, which Slack must reach",
    )
    oauth: OAuth | None = Field(
        default=None, description="several workspaces install the app, instead of `bot_token`; with mode `http`"
    )
    bot_token: SecretStr = Field(
        default=_NOTHING,
        validate_default=True,
        description="the bot token, `xoxb-…`",
        examples=['"${SLACK_BOT_TOKEN}"'],
    )
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
    streaming: Literal["auto", "off"] = Field(
        default="auto",
        description="`auto`: a running investigation is written while people read, and edited where Slack refuses that",
    )

    @field_validator("oauth")
    @classmethod
    def _pages_need_http(cls, value: OAuth | None, info: ValidationInfo) -> OAuth | None:
        if value is not None and info.data.get("mode") == "socket":
            raise expected("expected `mode: http` beside it: people install at a public address, and Slack posts there")
        return value

    @field_validator("bot_token", "app_token", "signing_secret")
    @classmethod
    def _where_it_counts(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        mode, several = info.data.get("mode"), info.data.get("oauth") is not None
        if info.field_name == "bot_token" and several and value.get_secret_value():
            raise expected(
                "expected no token beside `oauth`, which brings one for each workspace; remove the line", '""'
            )
        needed = {
            "bot_token": "oauth" in info.data and not several,
            "app_token": mode == "socket",
            "signing_secret": mode == "http",
        }[str(info.field_name)]
        if needed and not value.get_secret_value():
            field = cls.model_fields[str(info.field_name)]
            raise expected(f"it is missing: {field.description}", str((field.examples or [""])[0]))
        return value

    @field_validator("bot_token", "app_token")
    @classmethod
    def _prefix(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        prefix, where = _PREFIX[str(info.field_name)]
        if value.get_secret_value() and not value.get_secret_value().startswith(prefix):
            raise expected(f"expected a token that begins with {prefix}; it is under {where} of the app's pages")
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        _https(value, "https://slack.com/api/")
        return value if value.endswith("/") else f"{value}/"

    def beside(self, folder: Path) -> Self:
        """With relative paths taken from `folder`."""
        if self.oauth is None:
            return self
        oauth = self.oauth.model_copy(update={"key_file": folder / self.oauth.key_file})
        return self.model_copy(update={"oauth": oauth})


def _https(value: str, example: str) -> str:
    """The address as it is. Raises where it is neither https nor, for tests, of this machine."""
    parts = urlsplit(value)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost")):
        raise expected("expected an https:// address", example)
    return value
