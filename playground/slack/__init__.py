"""A stand-in for Slack: one workspace, one installed app, Web API and Socket Mode, in one process and in memory.

It does not imitate Slack's client; people act through `people.py`, the control door, or the page in `playground/page`.
"""

from playground.slack.server import SlackStandIn

__all__ = ["SlackStandIn"]
