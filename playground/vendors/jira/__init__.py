"""Jira Cloud as a stand-in: one project, stateful, with Jira's own answers, refusals and limits, and faults on demand.

What it is not: no boards, sprints, attachments, links, custom fields, screens or security levels; of JQL only what
search.py names; it sends no webhooks.
"""

from playground.vendors.jira.server import JiraStandIn

__all__ = ["JiraStandIn"]
