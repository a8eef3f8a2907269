"""The manifest: what Slack's schema takes, and exactly what the code uses, both ways."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.doctor_slack import SCOPES
from bot.listeners import ACTIONS, COMMANDS, EVENTS
from playground.slack.methods import METHODS

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared/specs/slack-manifest.schema.json"
# What an event or a command needs: https://docs.slack.dev/reference/events, /reference/scopes/commands
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return found


def called_methods() -> set[str]:
    """Every Web API method that production code names."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    return set(re.findall(rf'"({"|".join(map(re.escape, METHODS))})"', code))


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's manifest schema is not beside this checkout")
def test_slack_takes_it(manifest: dict[str, Any]) -> None:
    faults = list(jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(manifest))
    assert [fault.message for fault in faults] == []


def test_every_event_has_a_listener_and_every_listener_an_event(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["settings"]["event_subscriptions"]["bot_events"]) == sorted(EVENTS)


def test_every_command_has_a_listener_and_every_listener_a_command(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert sorted(command["command"] for command in commands) == sorted(COMMANDS)
    assert all(command["should_escape"] for command in commands)


def test_buttons_need_interactivity_and_nothing_needs_a_public_address(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"] == {"is_enabled": bool(ACTIONS)}
    assert manifest["settings"]["socket_mode_enabled"]
    assert "request_url" not in json.dumps(manifest)


def test_the_doctor_asks_for_the_manifests_scopes(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES)
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_every_scope_is_used_and_every_use_has_its_scope(manifest: dict[str, Any]) -> None:
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    used = {"commands"} | {EVENT_SCOPES[event] for event in EVENTS}
    for name in called_methods():
        method = METHODS[name]
        if method.by == "bot" and method.scopes:
            granted = scopes.intersection(method.scopes)
            assert granted, f"{name} needs one of {method.scopes}"
            used |= granted
    assert used == scopes


def test_the_quick_start_says_what_each_scope_is_for() -> None:
    text = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
    for scope in SCOPES:
        assert f"| `{scope}` |" in text
