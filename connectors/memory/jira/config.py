"""What an operator sets about Jira."""

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

PRIORITIES = {"SEV1": "Highest", "SEV2": "High", "SEV3": "Medium", "SEV4": "Low"}


class JiraConfig(BaseModel):
    """`project` is the key of the project, `parent` the key of an epic that the issues become children of.

    `email` belongs to the API token; without it the token is sent as a bearer. `resolve` and `reopen` name a transition
    of the workflow, or the status that it leads to. `priorities` maps a severity to a priority's name; an empty one
    sets none. `site` is where people open issues, if that is not `url`. `webhook_secret` is the one that Jira signs its
    webhooks with; without it the issues are only polled. `late_write`: seconds after sending in which a write may still
    appear; until then nothing unsure is sent again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    token: SecretStr
    email: str = ""
    parent: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]+-\d+)?$")
    issue_type: str = "Task"
    resolve: str = "Done"
    reopen: str = "To Do"
    priorities: dict[str, str] = Field(default_factory=lambda: dict(PRIORITIES))
    site: HttpUrl | None = None
    webhook_secret: SecretStr | None = None
    seconds: int = Field(default=8, gt=0, le=60)
    late_write: float = Field(default=60.0, ge=0, le=3600)
