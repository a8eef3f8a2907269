"""The record as GitHub issues, one per incident, one comment per entry."""

from connectors.memory.github.config import GitHubConfig
from connectors.memory.github.issues import GitHubIssues

__all__ = ["GitHubConfig", "GitHubIssues"]
