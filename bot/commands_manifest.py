"""`watchkeeper manifest`: the Slack app as its manifest declares it, for the way in which Slack shall reach us.

It reads `manifest.yml`, which is for Socket Mode as it stands, and changes nothing; it asks nobody.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
import yaml

from bot.settings_slack import EVENTS_PATH, REDIRECT_PATH
from engine.errors import ConfigError

FILE = Path(__file__).parents[1] / "manifest.yml"
INSTALL_EVENTS = ("app_uninstalled", "tokens_revoked")
_HEAD = (
    "# Paste this at https://api.slack.com/apps: Create New App, From a manifest; or App Manifest of an app you have.\n"
)


class Mode(StrEnum):
    """As `slack.mode`."""

    SOCKET = "socket"
    HTTP = "http"


def manifest(
    mode: Annotated[Mode, typer.Option(help="how events arrive, as `slack.mode`")] = Mode.SOCKET,
    url: Annotated[str, typer.Option(help="where Slack reaches this Watchkeeper: https://host, for mode http")] = "",
    oauth: Annotated[bool, typer.Option("--oauth", help="for several workspaces, as `slack.oauth`; mode http")] = False,
) -> None:
    """Print the manifest of the Slack app."""
    declared = whole()
    if oauth and mode is Mode.SOCKET:
        raise ConfigError(
            "--oauth needs an address at which people install the app", mend="--mode http --url https://…"
        )
    if mode is Mode.HTTP:
        declared = over_http(declared, address(url))
    if oauth:
        declared = for_several(declared, address(url))
    typer.echo(_HEAD + yaml.safe_dump(declared, sort_keys=False, allow_unicode=True, width=120), nl=False)


def whole() -> dict[str, Any]:
    """`manifest.yml` of this installation. Raises `ConfigError` where it is not there."""
    try:
        found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{FILE} is not there; it is part of the repository", mend="run this in a checkout") from None
    return found


def over_http(declared: dict[str, Any], url: str) -> dict[str, Any]:
    """The same app, with one URL for events, commands and clicks. Shape: docs.slack.dev/reference/app-manifest."""
    there = f"{url}{EVENTS_PATH}"
    features, settings = declared["features"], declared["settings"]
    commands = [{**command, "url": there} for command in features.get("slash_commands", [])]
    events = {"request_url": there, **settings["event_subscriptions"]}
    clicks = {**settings["interactivity"], "request_url": there}
    changed = {"event_subscriptions": events, "interactivity": clicks, "socket_mode_enabled": False}
    return {**declared, "features": {**features, "slash_commands": commands}, "settings": {**settings, **changed}}


def for_several(declared: dict[str, Any], url: str) -> dict[str, Any]:
    """The same app, to be installed by several workspaces, with tokens that end and the news of their end."""
    oauth, settings = declared["oauth_config"], declared["settings"]
    events = settings["event_subscriptions"]
    told = {**events, "bot_events": sorted([*events["bot_events"], *INSTALL_EVENTS])}
    changed = {"event_subscriptions": told, "token_rotation_enabled": True}
    redirect = {"redirect_urls": [f"{url}{REDIRECT_PATH}"]}
    return {**declared, "oauth_config": {**redirect, **oauth}, "settings": {**settings, **changed}}


def scopes(declared: dict[str, Any]) -> list[str]:
    """What the bot asks for."""
    return list(declared["oauth_config"]["scopes"]["bot"])


def address(url: str) -> str:
    """`https://host[:port][/path]` without a slash at its end. Raises `ConfigError`."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigError(
            f"--url {url or 'is missing'}\n  expected the https:// address at which Slack reaches this Watchkeeper",
            mend="--url https://watchkeeper.example.com",
        )
    return url.rstrip("/")
