"""The settings of GitHub issues as shared memory: where, as whom, and how much may be written."""

from typing import Self

from github import Auth
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator


class GitHubApp(BaseModel):
    """A GitHub App that writes as itself: its id, its installation in the repository's account, its key (PEM)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int = Field(gt=0)
    installation: int = Field(gt=0)
    private_key: SecretStr


class GitHubConfig(BaseModel):
    """`repository` is `owner/name`. Either `token` or `app`; an app needs `account`, since GitHub tells it no name.

    `account` is who writes, an app as `name[bot]`; empty asks GitHub. `url` is `https://<host>/api/v3` for GitHub
    Enterprise. `webhook_secret` is the one that GitHub signs its webhooks with; without it the issues are only polled.
    `late_write`: seconds after sending in which a write may still appear; until then nothing unsure is sent again.
    `writes_per_minute`, `writes_per_hour`: content that may be created (docs.github.com, rate limits for the REST API,
    secondary rate limits); 0 for any number, as an Enterprise server may allow.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    token: SecretStr | None = None
    app: GitHubApp | None = None
    url: HttpUrl = HttpUrl("https://api.github.com")
    account: str = ""
    webhook_secret: SecretStr | None = None
    seconds: int = Field(default=8, gt=0, le=60)
    late_write: float = Field(default=30.0, ge=0, le=3600)
    writes_per_minute: int = Field(default=80, ge=0)
    writes_per_hour: int = Field(default=500, ge=0)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token is None) == (self.app is None):
            raise ValueError("expected either `token` or `app`")
        if self.app is not None and not self.account:
            raise ValueError("expected `account` beside `app`: the name that it writes as, `name[bot]`")
        return self

    @property
    def secret(self) -> str:
        """What must never stand in an error."""
        if self.token is not None:
            return self.token.get_secret_value()
        return self.app.private_key.get_secret_value() if self.app else ""

    def auth(self) -> Auth.Auth:
        """As PyGithub takes it. Raises `ValueError` for a key that is none."""
        if self.token is not None:
            return Auth.Token(self.token.get_secret_value())
        assert self.app is not None  # noqa: S101  one of the two, as validated
        app = Auth.AppAuth(self.app.id, self.app.private_key.get_secret_value())
        return app.get_installation_auth(self.app.installation)
