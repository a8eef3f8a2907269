"""The record as Jira issues, one per incident, one comment per entry."""

from connectors.memory.jira.config import JiraConfig
from connectors.memory.jira.issues import JiraIssues

__all__ = ["JiraConfig", "JiraIssues"]
