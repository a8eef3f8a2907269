"""The release specialist: an MCP server over stdio that says what changed; it reads the deployment service, no more.

One tool: what_changed(question, service, since, until), times in ISO 8601. The deployment service's URL comes as
`--releases URL` or in the environment as RELEASES_URL.
"""

import argparse
import os
from typing import Any

import httpx
from mcp.server import MCPServer

from playground.partners.answer import Answer, Fact, Link, Window, clock, parsed, stamped

Entry = dict[str, Any]
SHOWN_CHANGES = 3


class ReleaseSpecialist:
    """The server behind the pipe; it asks the deployment service anew for every question."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.mcp = MCPServer(
            "releases", instructions="Says what changed at a service, and how its canary did.", log_level="WARNING"
        )
        self.mcp.add_tool(self.what_changed)

    async def what_changed(self, question: str, service: str, since: str, until: str) -> Answer:
        """Say which releases of a service began between two times (ISO 8601), with change, canary and what ran before.

        Every question is answered in the same way; its words are not looked at.
        """
        first, last = parsed(since), parsed(until)
        async with httpx.AsyncClient(base_url=self._url, timeout=10) as client:
            response = await client.get("/releases", params={"service": service, "since": stamped(first)})
            response.raise_for_status()
        entries = [entry for entry in response.json() if parsed(entry["began"]) < last]
        window = Window.between(first, last)
        since_when = f"{clock(first, seconds=False)} UTC"
        if not entries:
            says = f"No change to `{service}` since {since_when}."
            return Answer(says=says, facts={"changes": 0}, window=window)
        count = f"{len(entries)} change{'s' if len(entries) > 1 else ''}"
        sentences = " Before it: ".join(_sentence(entry) for entry in entries[:SHOWN_CHANGES])
        newest = entries[0]
        return Answer(
            says=f"{count} to `{service}` since {since_when}: {sentences}",
            facts={"changes": len(entries)} | _facts(newest),
            window=window,
            links=[
                Link(text=f"run {newest['run']}", url=f"{self._url}/runs/{newest['run']}"),
                Link(
                    text=f"change {newest['change']['number']}", url=f"{self._url}/changes/{newest['change']['number']}"
                ),
            ],
        )


def _facts(entry: Entry) -> dict[str, Fact]:
    change, canary = entry["change"], entry["canary"]
    facts: dict[str, Fact] = {
        "kind": entry["kind"],
        "status": entry["status"],
        "run": entry["run"],
        "release": entry["release"],
        "previous": entry["previous"],
        "began": entry["began"],
        "on_all_pods": entry["ended"] if entry["status"] == "succeeded" else None,
        "pods": entry["pods"],
        "change": change["number"],
        "title": change["title"],
        "author": change["author"],
        "files": len(change["files"]),
        "migration": change["migration"],
    }
    if canary:
        facts |= {
            "canary_at": canary["at"],
            "canary_orders": canary["orders"],
            "canary_errors": canary["errors"],
            "canary_with_currency": canary["with_currency"],
        }
    return facts


def _sentence(entry: Entry) -> str:
    what = "release" if entry["kind"] == "deploy" else "roll-back to"
    began = f"{what} {entry['release']}, begun {clock(parsed(entry['began']))} UTC, {_spread(entry)}."
    if entry["kind"] == "rollback":
        return f"{began} It replaced {entry['previous']}."
    return f"{began} {_change(entry['change'])}{_canary(entry['canary'])}"


def _spread(entry: Entry) -> str:
    pods = entry["pods"]
    match entry["status"]:
        case "succeeded":
            return f"on all {pods} pods by {clock(parsed(entry['ended']), seconds=False)}"
        case "failed":
            return f"failed after {pods} pods"
        case _:
            return f"so far on {pods} pods"


def _change(change: dict[str, Any]) -> str:
    files = len(change["files"])
    migration = "with a migration" if change["migration"] else "no migration"
    counted = f"{files} file{'' if files == 1 else 's'}"
    return f"Change {change['number']}, “{change['title']}”, {counted}, {migration}."


def _canary(canary: dict[str, Any] | None) -> str:
    if canary is None:
        return ""
    state = "failed" if canary["errors"] else "healthy"
    orders, with_currency = canary["orders"], canary["with_currency"]
    carried = "every one" if orders == with_currency else f"{with_currency} of them"
    at = clock(parsed(canary["at"]), seconds=False)
    return f" Canary {state} at {at}: {orders} orders, {canary['errors']} errors, {carried} with a currency."


def main() -> None:
    """Run the release specialist over stdin and stdout."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--releases", default=os.environ.get("RELEASES_URL"), help="URL of the deployment service")
    asked = arguments.parse_args()
    if not asked.releases:
        arguments.error("the deployment service's URL is missing: --releases or RELEASES_URL")
    ReleaseSpecialist(asked.releases).mcp.run("stdio")


if __name__ == "__main__":
    main()
