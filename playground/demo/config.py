"""What the demo's Watchkeeper is told: `watchkeeper.yaml` and the playbook, written into the data folder.

It is an ordinary configuration. Only the addresses are those of the stand-ins, and the waiting is shorter than in life.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from playground.demo.children import ROOT
from playground.slack import cast
from playground.vendors.github.accounts import BOT

PLAYBOOK = ROOT / "playbooks" / "error-rate-after-release.yaml"
TOKENS = {"SLACK_BOT_TOKEN": cast.BOT_TOKEN, "SLACK_APP_TOKEN": cast.APP_TOKEN, "GITHUB_TOKEN": BOT.token}
FIRST_NUMBER = 2041
HISTORY = ["checkout_requests_total", "payments_requests_total", "db_connections", "db_connections_max"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How fast this world turns, in seconds; the shop's own behaviour stays as it is.

    `roll`: one change of release on all pods. `window`, `hold`, `scrape`: the monitor's rule. It holds longer than
    a roll takes, as a real rule does: a release that is still under way cannot be rolled back.
    `settle`: from the end of an action to the reading that counts. `interval`: over which an instrument takes a rate.
    `late_write`, `send_guard`: how late a write may land, and how old its intent may be. On one machine seconds are
    enough, and their sum is what an unsure post waits after an outage.
    """

    roll: float = 2.4
    window: float = 4.0
    hold: float = 3.0
    scrape: float = 0.5
    settle: float = 4.0
    interval: float = 4.0
    edit_every: float = 1.0
    late_write: float = 3.0
    send_guard: float = 2.0
    expires: float = 900.0


@dataclass(frozen=True)
class Places:
    """Where everything answers; URLs without a slash at the end."""

    slack: str
    github: str
    shop: str
    releases: str
    logs: str


def write(folder: Path, tree: Mapping[str, Any], pace: Pace, playbook: Mapping[str, str] | None = None) -> Path:
    """Write playbook and configuration; the path of the latter. Blocking.

    `playbook` replaces texts in the playbook as delivered. Raises `KeyError` for a text that is not in it.
    """
    text = re.sub(r"^(  settle:).*$", rf"\1 {pace.settle:g}s", PLAYBOOK.read_text("utf-8"), flags=re.MULTILINE)
    for old, new in (playbook or {}).items():
        if old not in text:
            raise KeyError(old)
        text = text.replace(old, new)
    (folder / "playbooks").mkdir(parents=True, exist_ok=True)
    (folder / "playbooks" / PLAYBOOK.name).write_text(text, "utf-8")
    path = folder / "watchkeeper.yaml"
    path.write_text(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=120), "utf-8")
    return path


def tree(places: Places, port: int, pace: Pace) -> Json:
    """The whole configuration as plain values."""
    return {
        "incidents": {"channel": "#incidents", "first_number": FIRST_NUMBER},
        "ledger": {"url": "sqlite:///watchkeeper.db", "record_key_file": "record.key"},
        "slack": {
            "bot_token": "${SLACK_BOT_TOKEN}",
            "app_token": "${SLACK_APP_TOKEN}",
            "base_url": f"{places.slack}/api/",
        },
        "web": {"host": "127.0.0.1", "port": port},
        "redact": {"patterns": {"ORDER_ID": "ord_[A-Z0-9]{6,}"}},
        "timing": _timing(pace),
        "alerts": {"alertmanager": {"type": "alertmanager"}},
        "tools": {"shop_metrics": _metrics(places, pace)},
        "partners": {"logs": _logs(places), "releases": _releases(places)},
        "reasoner": {"type": "playbook", "files": ["playbooks"]},
        "memory": {
            "github": {
                "type": "github",
                "repository": "shop/checkout",
                "token": "${GITHUB_TOKEN}",
                "url": places.github,
                "late_write": f"{pace.late_write:g}s",
            },
            "files": {"type": "files", "root": "records"},
        },
        "actions": {"rollback-release": rollback(places.releases, pace)},
    }


def _timing(pace: Pace) -> Json:
    return {
        "late_write": f"{pace.late_write:g}s",
        "send_guard": f"{pace.send_guard:g}s",
        "edit_every": f"{pace.edit_every:g}s",
        "recovery_settle": f"{pace.settle:g}s",
    }


def _metrics(places: Places, pace: Pace) -> Json:
    history = {"metrics": HISTORY, "every": f"{pace.scrape:g}s", "keep": "45m"}
    return {
        "type": "metrics_page",
        "url": f"{places.shop}/metrics",
        "interval": f"{pace.interval:g}s",
        "history": history,
    }


def _logs(places: Places) -> Json:
    return {
        "type": "mcp",
        "role": "log specialist",
        "seconds": "20s",
        "url": f"{places.logs}/mcp",
        "tool": "investigate",
        "short": "{error}",
    }


def _releases(places: Places) -> Json:
    return {
        "type": "mcp",
        "role": "what changed",
        "seconds": "20s",
        "command": sys.executable,
        "args": ["-m", "playground.partners.releases", "--releases", places.releases],
        "cwd": str(ROOT),
        "tool": "what_changed",
        "short": "Release {release}",
    }


def rollback(releases: str, pace: Pace) -> Json:
    """The one action of the demo's catalogue."""
    version = {"type": "string", "pattern": "^[0-9.-]+$"}
    return {
        "type": "http",
        "title": "roll back {service} to {to}",
        "what": "`rollback-release` {from} → {to}",
        "where": "`{service}`, production, 6 pods",
        "blast_radius": f"`{{service}}` only; pods restart one by one, 5 of 6 stay up, about {pace.roll:.0f}\u00a0s",
        "undo": f"Deploy {{from}} again, about {pace.roll:.0f}\u00a0s",
        "risk": "medium",
        "arguments": {"service": {"type": "string", "pattern": "^[a-z0-9-]+$"}, "from": version, "to": version},
        "approvers": {
            "users": [cast.PRIYA, cast.MAYA, cast.BEN, cast.JONAS],
            "group": cast.CHECKOUT_APPROVERS,
            "name": "@checkout-approvers",
        },
        "expires": f"{pace.expires:g}s",
        "options": {
            "url": f"{releases}/rollback",
            "body": {"service": "{service}", "from": "{from}", "to": "{to}"},
            "status_url": f"{releases}/rollback/{{op}}",
            "state_url": f"{releases}/state",
            "state_fields": {"release": "release"},
            "dry_run_url": f"{releases}/rollback?dry_run=1",
            "dry_run_says": "{pods} pods change image, {settings} settings change",
            "dry_run_needs": {"migration": False},
            "idempotency": "key",
        },
    }
