"""The manifest: what Slack's schema takes, and exactly what the code uses, both ways.

Whoever adds a listener, a shortcut or a Web API method is told here what is missing, and where.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from typing import cast as typed

import jsonschema
import pytest
import yaml
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands_manifest import INSTALL_EVENTS, for_several, over_http, whole
from bot.doctor_slack import SCOPES
from bot.listeners import ACTIONS, VIEWS, Doors, register
from playground.slack.methods import METHODS
from tests.bot.command import watchkeeper

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared/specs/slack-manifest.schema.json"
EVERY_CALLER = sorted((ROOT / "bot").rglob("*.py"))
# What an event needs: https://docs.slack.dev/reference/events. A name that is not here may not exist: the schema takes
# any, and Slack refuses the whole manifest.
EVENT_SCOPES = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "app_uninstalled": "",
    "channel_archive": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "tokens_revoked": "",
    "user_change": "users:read",
}
# How the Web API is called: `Slack.read`, `.write` and what pages through them, the doctor's `ask`, the SDK's own.
CALLS = ("read", "write", "_send", "_call", "_pages", "ask", "pages", "api_call")


class Registered:
    """Stands in for the Bolt app and notes what is hung on it."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        register(typed(AsyncApp, self), typed(Doors, None))

    def middleware(self, *_: Any) -> None:
        """A global one; nothing of the manifest's."""

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def hang(name: Any, *_: Any, **__: Any) -> Callable[[Any], Any]:
            self.names.setdefault(kind, []).append(_name(name))
            return lambda listener: listener

        return hang


def _name(constraint: Any) -> str:
    if isinstance(constraint, dict):
        return str(constraint.get("callback_id") or constraint.get("action_id") or constraint["type"])
    return constraint.pattern if isinstance(constraint, re.Pattern) else str(constraint)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return whole()


@pytest.fixture(scope="module")
def registered() -> dict[str, list[str]]:
    found = Registered().names
    assert {"event", "command", "action"} <= found.keys(), "the listeners are hung on the app in another way"
    return found


def literals(node: ast.expr) -> list[str]:
    """The texts that an argument can be: one, or either of a condition."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return []


def named_calls(path: Path) -> Iterator[str]:
    """Every text that is handed to a call of the Web API as its method, also by way of a name of the same function."""
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given: dict[str, list[str]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                given[node.targets[0].id] = literals(node.value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Name):
                    yield from given.get(first.id, unknown(path, function, first))
                elif first is not None:
                    yield from literals(first)


def unknown(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef, name: ast.Name) -> list[str]:
    """A method that cannot be read off, where only its parameter passes it on."""
    arguments = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    hidden = "slack" in path.stem and name.id not in arguments
    return [f"unreadable.{path.stem}.{name.id}"] if hidden else []


def called_methods() -> set[str]:
    """Every Web API method that production code calls."""
    return {name for path in EVERY_CALLER for name in named_calls(path) if re.fullmatch(r"[a-z]+(\.\w+)+", name)}


def declared(manifest: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest["features"].get(kind, [])
    return found


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's manifest schema is not beside this checkout")
@pytest.mark.parametrize("way", ["socket", "http", "oauth"])
def test_slack_takes_it(manifest: dict[str, Any], way: str) -> None:
    shown = over_http(manifest, "https://watch.example.com") if way != "socket" else manifest
    shown = for_several(shown, "https://watch.example.com") if way == "oauth" else shown
    faults = list(jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(shown))
    assert [fault.message for fault in faults] == []


def test_every_event_has_a_listener_and_every_listener_an_event(
    manifest: dict[str, Any], registered: dict[str, list[str]]
) -> None:
    asked = sorted(manifest["settings"]["event_subscriptions"]["bot_events"])
    heard = sorted({"message.channels" if name == "message" else name for name in registered["event"]})
    assert asked == heard, "settings.event_subscriptions.bot_events in manifest.yml, against bot/listeners"
    unknown = [event for event in asked if event not in EVENT_SCOPES]
    assert unknown == [], "no such event? see docs.slack.dev/reference/events, and add it to EVENT_SCOPES"


def test_every_command_has_a_listener_and_every_listener_a_command(
    manifest: dict[str, Any], registered: dict[str, list[str]]
) -> None:
    commands = declared(manifest, "slash_commands")
    assert sorted(command["command"] for command in commands) == sorted(registered["command"])
    assert all(command["should_escape"] for command in commands)


def test_every_shortcut_has_a_listener_and_every_listener_a_shortcut(
    manifest: dict[str, Any], registered: dict[str, list[str]]
) -> None:
    asked = sorted({shortcut["callback_id"] for shortcut in declared(manifest, "shortcuts")})
    kinds = ("shortcut", "message_shortcut", "global_shortcut")
    heard = sorted({name for kind in kinds for name in registered.get(kind, [])})
    assert asked == heard, "features.shortcuts in manifest.yml, against bot/listeners"


def test_every_button_menu_and_form_has_a_listener_and_every_listener_one(registered: dict[str, list[str]]) -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot/views").rglob("*.py"))
    named = set(re.findall(r'"(wk_[a-z_]+)"', code))
    only_shown = {"wk_request", "wk_told"}  # forms without anything to send
    heard = {*registered["action"], *registered["view_submission"]}
    assert named - only_shown == heard, "bot/views, against bot/listeners"
    assert (set(registered["action"]), set(registered["view_submission"])) == (set(ACTIONS), set(VIEWS))


def test_the_home_tab_is_on_where_somebody_listens_for_it(
    manifest: dict[str, Any], registered: dict[str, list[str]]
) -> None:
    on = bool(manifest["features"].get("app_home", {}).get("home_tab_enabled"))
    assert on == ("app_home_opened" in registered["event"]), "features.app_home.home_tab_enabled in manifest.yml"


def test_clicks_need_interactivity_and_as_delivered_nothing_needs_a_public_address(
    manifest: dict[str, Any], registered: dict[str, list[str]]
) -> None:
    clicked = any(kind.removeprefix("block_") in ("action", "view", "shortcut", "options") for kind in registered)
    assert manifest["settings"]["interactivity"] == {"is_enabled": clicked}
    assert "options" not in registered, "a menu filled from here needs message_menu_options_url over HTTP"
    assert manifest["settings"]["socket_mode_enabled"]
    assert "url" not in json.dumps(manifest)


def test_the_doctor_asks_for_the_manifests_scopes(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES), "SCOPES in bot/doctor_slack.py"
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_every_scope_is_used_and_every_use_has_its_scope(manifest: dict[str, Any]) -> None:
    """What a method needs is the stand-in's table, which is Slack's: https://docs.slack.dev/reference/methods."""
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    used = {"commands"} if declared(manifest, "slash_commands") or declared(manifest, "shortcuts") else set()
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    used |= {EVENT_SCOPES[event] for event in events} - {""}
    called = called_methods()
    assert [name for name in called if name.startswith("unreadable.")] == [], "write the method where it is called"
    assert {"chat.postMessage", "conversations.replies", "conversations.history"} <= called, "calls are not found"
    strange = sorted(called - METHODS.keys())
    assert strange == [], f"playground/slack/methods does not know {strange}: add them there, with their scopes"
    for name in sorted(called):
        method = METHODS[name]
        if method.by == "bot" and method.scopes:
            granted = scopes.intersection(method.scopes)
            assert granted, (
                f"{name} needs one of {method.scopes}: add it to manifest.yml, SCOPES and docs/quickstart.md"
            )
            used |= granted
    assert used - scopes == set(), "needed by an event, and not in manifest.yml"
    assert scopes - used == set(), "in manifest.yml, and nothing needs it"


def test_the_web_api_is_called_by_name_so_that_the_calls_can_be_found() -> None:
    """`client.chat_postMessage(…)` would hide from the test above; `read`, `write` and `api_call` do not."""
    hidden = {name for name in dir(AsyncWebClient) if re.fullmatch(r"(?!api_)[a-z]+(_[A-Za-z]+)+", name)}
    found = [
        f"{path.relative_to(ROOT)}, line {node.lineno}: {node.func.attr}"
        for path in EVERY_CALLER
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in hidden
    ]
    assert found == [], "call it with Slack.read or Slack.write"


def test_the_quick_start_says_what_each_scope_is_for() -> None:
    text = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
    for scope in SCOPES:
        assert f"| `{scope}` |" in text


async def test_the_command_prints_the_app_for_either_mode(tmp_path: Path, manifest: dict[str, Any]) -> None:
    socket = await watchkeeper("manifest", cwd=tmp_path)
    assert (socket.code, yaml.safe_load(socket.said)) == (0, manifest)
    http = await watchkeeper("manifest", "--mode", "http", "--url", "https://watch.example.com/", cwd=tmp_path)
    printed = yaml.safe_load(http.said)
    assert printed == over_http(manifest, "https://watch.example.com")
    there = "https://watch.example.com/slack/events"
    assert printed["settings"]["event_subscriptions"]["request_url"] == there
    assert printed["settings"]["interactivity"]["request_url"] == there
    assert [command["url"] for command in printed["features"]["slash_commands"]] == [there]
    assert not printed["settings"]["socket_mode_enabled"]
    assert printed["oauth_config"] == manifest["oauth_config"]


async def test_the_command_prints_the_app_for_several_workspaces(tmp_path: Path, manifest: dict[str, Any]) -> None:
    url = "https://watch.example.com"
    ran = await watchkeeper("manifest", "--mode", "http", "--url", url, "--oauth", cwd=tmp_path)
    printed = yaml.safe_load(ran.said)
    assert printed["oauth_config"]["redirect_urls"] == [f"{url}/slack/oauth_redirect"]
    assert printed["oauth_config"]["scopes"] == manifest["oauth_config"]["scopes"]
    assert printed["settings"]["token_rotation_enabled"]
    one = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(printed["settings"]["event_subscriptions"]["bot_events"]) == sorted([*one, *INSTALL_EVENTS])
    assert set(INSTALL_EVENTS) <= EVENT_SCOPES.keys()
    assert not set(INSTALL_EVENTS) & set(one), "who has one token in the configuration hears of its end by its refusal"
    alone = await watchkeeper("manifest", "--oauth", cwd=tmp_path)
    assert (alone.code, "mend: --mode http" in alone.said) == (2, True)


@pytest.mark.parametrize("url", ["", "http://watch.example.com", "watch.example.com", "https://me:pw@host", "https://"])
async def test_an_address_that_slack_would_refuse_is_told(tmp_path: Path, url: str) -> None:
    ran = await watchkeeper("manifest", "--mode", "http", f"--url={url}", cwd=tmp_path)
    assert ran.code == 2
    assert "expected the https:// address" in ran.said
    assert "mend: --url https://watchkeeper.example.com" in ran.said
