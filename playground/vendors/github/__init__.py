"""GitHub Issues as a stand-in: stateful, with GitHub's own answers, refusals and limits, and faults on demand.

What it is not: no pull requests, milestones, assignees, projects, webhooks, and no conditional requests (ETags).
"""

from playground.vendors.github.server import GitHubStandIn

__all__ = ["GitHubStandIn"]
