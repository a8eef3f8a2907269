"""What the demo's page shows besides chat, put together from the ledger, the records themselves, and the shop."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playground.demo import ledger, records
from playground.demo.faults import Switches
from playground.demo.ledger import Incident
from playground.demo.shown import Shown
from playground.page.world import Comment, Entry, FileRecord, IssueRecord, Release, Shop, WorldState
from playground.vendors.github import GitHubStandIn

DECISIONS = ("approval", "veto", "withdrawal")
# The mirrors start with the first result, so before it nothing is behind.
RESULTS = ("finding", "conclusion", "proposed", "closed")


class DemoState:
    """Looks anew each time; keeps nothing."""

    def __init__(self, folder: Path, github: GitHubStandIn, shown: Shown, switches: Switches) -> None:
        self._path = folder / "watchkeeper.db"
        self._records = folder / "records"
        self._github = github
        self._shown = shown
        self._switches = switches

    async def now(self, deployed: dict[str, Any], measured: dict[str, Any]) -> WorldState:
        """The state; `deployed` and `measured` are what deployment service and monitor say of themselves."""
        found = await asyncio.to_thread(ledger.read, self._path)
        newest = found.newest
        return {
            "incident": newest.label if newest else None,
            "incidents": [{"id": f"INC-{n}", "state": "closed" if c else "open"} for n, c in found.incidents],
            "entries": self._entries(newest) if newest else [],
            "chain": (newest.fault if newest else "") or "intact",
            "records": await self._read_records(newest) if newest else {},
            "faults": self._switches.listed(),
            "release": _release(deployed),
            "shop": _shop(measured),
        }

    def _entries(self, incident: Incident) -> list[Entry]:
        return [
            {
                "n": entry.n,
                "kind": entry.kind.replace("_", " "),
                "at": _stamp(entry.at),
                "decision": entry.kind in DECISIONS,
                "slack_ms": self._shown.after(incident.label, entry.n, entry.at),
                "records": {name: _lag(incident, name, entry.n, entry.at) for name in ("github", "files")},
            }
            for entry in incident.entries
        ]

    async def _read_records(self, incident: Incident) -> dict[str, IssueRecord | FileRecord]:
        return {"github": self._issue(incident), "files": await asyncio.to_thread(self._file, incident)}

    def _issue(self, incident: Incident) -> IssueRecord:
        held = records.in_github(self._github, incident.label).count
        issue = next(iter(records.issues(self._github, incident.label)), None)
        record: IssueRecord = {
            "entries": held,
            "behind": _behind(incident, held),
            "url": issue["url"] if issue else "",
            "title": issue["title"] if issue else "",
            "number": issue["number"] if issue else 0,
            "state": issue["state"] if issue else "open",
            "labels": issue["labels"] if issue else [],
            "comments": [_comment(part) for part in (issue, *issue["comments"])] if issue else [],
        }
        if "github" in incident.waits:
            record["note"] = _note(*incident.waits["github"])
        return record

    def _file(self, incident: Incident) -> FileRecord:
        held = records.in_files(self._records, incident.label).count
        path = records.markdown(self._records, incident.label)
        record: FileRecord = {
            "entries": held,
            "behind": _behind(incident, held),
            "path": str(path.relative_to(self._records)) if path else "",
            "text": path.read_text("utf-8") if path else "",
        }
        if "files" in incident.waits:
            record["note"] = _note(*incident.waits["files"])
        return record


def _comment(part: dict[str, Any]) -> Comment:
    return {"author": part["author"], "at": part["at"], "body": part["body"]}


def _note(trouble: str, next_at: int) -> str:
    """`503, next try 13:42:07`: there is room for some words only."""
    status = re.search(r"\b[45]\d\d\b", trouble)
    why = status[0] if status else "does not take it"
    return f"{why}, next try {datetime.fromtimestamp(next_at / 1_000_000, UTC):%H:%M:%S}" if next_at else why


def _behind(incident: Incident, held: int) -> int:
    begun = any(entry.kind in RESULTS for entry in incident.entries)
    return incident.count - held if begun else 0


def _lag(incident: Incident, backend: str, n: int, at: int) -> float | None:
    acknowledged = incident.acknowledged.get(backend, {}).get(n)
    return None if acknowledged is None else max(0.0, (acknowledged - at) / 1000)


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _release(deployed: dict[str, Any]) -> Release:
    running = [pod["release"] for pod in deployed["pods"]]
    return {
        "current": deployed["release"] or max(set(running), key=running.count),
        "bad": any(map(_is_bad, running)),
        "run": deployed["running"]["kind"] if deployed["running"] else None,
    }


def _is_bad(release: str) -> bool:
    return release.endswith("-3")


def _shop(measured: dict[str, Any]) -> Shop:
    share = measured["share"] or 0.0
    return {"healthy": measured["state"] == "inactive" and share <= 0.01, "error_rate": share}
