"""Actions behind an HTTP API of your own."""

from connectors.actions.http.action import HttpAction
from connectors.actions.http.config import HttpActionConfig

__all__ = ["HttpAction", "HttpActionConfig"]
