"""Every connector by hand: port, type, and where its class lives. It imports only what the configuration names.

A type that is not in this table is an entry point of another package, in the group `watchkeeper.<port>` under the name
of the type. Nothing else is discovered. A class carries `Config` (a pydantic model) and is called as
`cls(name, config)`, where `name` is the key that the operator chose in watchkeeper.yaml. Importing takes up to two
seconds and a reasoner reads its files when it is made: do both before the event loop runs, or in a thread.
"""

import difflib
import importlib
from importlib.metadata import entry_points
from typing import Any

from engine.errors import ConfigError

CONNECTORS: dict[str, dict[str, str]] = {
    "alerts": {"alertmanager": "connectors.alerts.alertmanager:Alertmanager"},
    "tools": {
        "prometheus": "connectors.tools.prometheus:Prometheus",
        "metrics_page": "connectors.tools.metrics_page:MetricsPage",
    },
    "partners": {"mcp": "connectors.partners.mcp:McpPartner"},
    "memory": {
        "github": "connectors.memory.github:GitHubIssues",
        "servicenow": "connectors.memory.servicenow:ServiceNow",
        "jira": "connectors.memory.jira:JiraIssues",
        "pagerduty": "connectors.memory.pagerduty:PagerDuty",
        "files": "connectors.memory.files:Files",
    },
    "actions": {"http": "connectors.actions.http:HttpAction"},
    "reasoners": {"playbook": "connectors.reasoners.playbook:Playbooks"},
}


def load(port: str, type_: str) -> type[Any]:
    """The class of one connector, imported now. Raises `ConfigError` for a type that nobody offers."""
    known = CONNECTORS[port]
    if type_ not in known:
        if elsewhere := list(entry_points(group=f"watchkeeper.{port}", name=type_)):
            theirs: type[Any] = elsewhere[0].load()
            return theirs
        near = difflib.get_close_matches(type_, known, n=3, cutoff=0.4) or sorted(known)
        raise ConfigError(
            f"{port}: there is no type `{type_}`",
            field=f"{port}.type",
            mend=f"type: {near[0]}" if len(near) == 1 else f"one of: {', '.join(near)}",
        )
    module, _, name = known[type_].partition(":")
    found: type[Any] = getattr(importlib.import_module(module), name)
    return found
