"""The record as GitHub issues, one per incident, one comment per entry."""

from connectors.memory.github.issues import GitHubConfig, GitHubIssues

__all__ = ["GitHubConfig", "GitHubIssues"]
