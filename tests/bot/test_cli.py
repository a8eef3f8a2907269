"""The command line as a process: words, exit codes, and the ledger read beside a running owner."""

import asyncio
import hashlib
import json
import re
import shutil
import signal
import socket
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.ledger import Draft, Ledger
from engine.model import Alert, Kind
from engine.published import canonical
from playground.slack import SlackStandIn
from tests.bot.command import ROOT, started, watchkeeper
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import behind_its_back, draft, opened

SLACK = "slack: {bot_token: '${BOT}', app_token: '${APP}'}\n"
EXAMPLE = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "ALERTMANAGER_TOKEN": "a",
    "LOGS_PARTNER_TOKEN": "l",
    "GITHUB_TOKEN": "g",
    "DEPLOY_TOKEN": "d",
}
TOKENS = {"BOT": "xoxb-1-hush", "APP": "xapp-1-hush"}


def config(folder: Path, text: str) -> None:
    (folder / "watchkeeper.yaml").write_text(text + SLACK, encoding="utf-8")


@pytest.fixture(params=["sqlite", "postgresql"])
async def ledger(
    request: pytest.FixtureRequest, database_url: DatabaseUrl, open_ledger: OpenLedger, tmp_path: Path
) -> Ledger:
    """A ledger whose owner runs all the while, and a watchkeeper.yaml that names it."""
    url = database_url(request.param)
    config(tmp_path, f"ledger: {{url: '{url}'}}\n")
    return await open_ledger(url)


async def incident(ledger: Ledger, *texts: str, **payload: Any) -> int:
    number = await opened(ledger)
    for i, text in enumerate(texts):
        await ledger.append(number, draft(f"k{i}", payload={"text": text, **payload}))
    return number


class TestHelp:
    async def test_it_is_quick_and_names_every_command(self, tmp_path: Path) -> None:
        ran = await watchkeeper("--help", cwd=tmp_path)
        assert ran.code == 0
        for word in ("run", "doctor", "config", "ledger"):
            assert f"  {word} " in ran.said

    async def test_every_line_of_a_listing_is_whole(self, tmp_path: Path) -> None:
        for words in ((), ("config",), ("ledger",)):
            ran = await watchkeeper(*words, "--help", cwd=tmp_path, environ={"COLUMNS": "80"})
            assert "..." not in ran.said.partition("Commands")[2]

    async def test_the_version(self, tmp_path: Path) -> None:
        ran = await watchkeeper("--version", cwd=tmp_path)
        assert (ran.code, ran.said) == (0, f"watchkeeper {version('watchkeeper')}\n")

    async def test_help_loads_neither_slack_nor_connectors(self, tmp_path: Path) -> None:
        program = (
            "import sys, bot.__main__\n"
            "print([m for m in ('slack_sdk', 'connectors', 'mcp', 'alembic', 'httpx') if m in sys.modules])"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert said.decode().strip() == "[]"

    async def test_a_wrong_word_ends_with_2(self, tmp_path: Path) -> None:
        ran = await watchkeeper("ledgr", cwd=tmp_path)
        assert ran.code == 2
        assert "ledger" in ran.said


class TestConfigCheck:
    async def test_a_fault_is_told_as_on_the_storyboard(self, tmp_path: Path) -> None:
        config(tmp_path, 'partners:\n  logs:\n    type: mcp\n    seconds: "30"\n')
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        assert ran.said == (
            'watchkeeper.yaml, line 4: partners.logs.seconds = "30"\n'
            "  expected a duration with a unit, for example 30s or 2m\n"
            "  mend: seconds: 30s\n"
        )
        assert ran.code == 2

    async def test_no_file(self, tmp_path: Path) -> None:
        ran = await watchkeeper("config", "check", "--config", "other.yaml", cwd=tmp_path)
        assert ran.said == (
            "other.yaml\n  it cannot be read: No such file or directory\n"
            "  mend: name it with --config, or copy watchkeeper.example.yaml\n"
        )
        assert ran.code == 2

    async def test_the_file_can_be_named_by_the_environment(self, tmp_path: Path) -> None:
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ={"WATCHKEEPER_CONFIG": "third.yaml"})
        assert ran.said.startswith("third.yaml\n")

    async def test_the_example_is_taken_whole_by_every_connector(self, tmp_path: Path) -> None:
        ran = await watchkeeper("config", "check", "--config", "watchkeeper.example.yaml", cwd=ROOT, environ=EXAMPLE)
        assert ran.said == ("watchkeeper.example.yaml: ok, 1 alert source, 2 tools, 2 partners, 2 records, 1 action\n")
        assert ran.code == 0

    async def test_a_connectors_fault_has_its_line_too(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        config(tmp_path, "tools:\n  shop_metrics:\n    type: metrics_page\n    url: http://x\n    intervall: 2s\n")
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        assert ran.said == (
            "watchkeeper.yaml, line 5: tools.shop_metrics.intervall\n"
            "  tools.shop_metrics has no such setting\n  mend: interval: …\n"
        )
        assert ran.code == 2

    async def test_a_type_that_does_not_exist(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        config(tmp_path, "tools:\n  shop_metrics:\n    type: metric_page\n")
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        assert ran.said.startswith("watchkeeper.yaml, line 3: tools.shop_metrics.type\n")
        assert ran.said.endswith("  mend: type: metrics_page\n")
        assert ran.code == 2

    async def test_a_playbook_that_needs_an_instrument_nobody_configured(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        config(tmp_path, "tools:\n  prometheus_eu: {type: prometheus, url: 'http://127.0.0.1:9'}\n")
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        assert ran.said == (
            "playbooks/error-rate-after-release.yaml, line 13: look.0.with\n"
            "  playbook error-rate-after-release: the reading `errors` needs one of the tools "
            "shop_metrics, prometheus\n"
            "  mend: add prometheus_eu to its `with`\n"
        )
        assert ran.code == 2

    async def test_what_a_playbook_names_and_nobody_configured(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        config(tmp_path, "partners: {logs: {type: mcp, url: 'http://127.0.0.1:9', tool: t}}\n")
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        head, *said = ran.said.splitlines()
        assert head == "watchkeeper.yaml: ok, 0 alert sources, 0 tools, 1 partner, 0 records, 0 actions"
        assert [line for line in said if "mend:" not in line] == [
            "playbooks/error-rate-after-release.yaml, line 9: look",
            "  no tool is configured, so nothing can be read",
            'playbooks/error-rate-after-release.yaml, line 68: ask.0.partner = "releases"',
            "  the partner `releases` is not configured; it will be silent",
            'playbooks/error-rate-after-release.yaml, line 144: propose.action = "rollback-release"',
            "  the action `rollback-release` is not configured; it cannot be proposed",
        ]
        assert ran.code == 0

    async def test_a_playbook_that_is_not_there(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        config(tmp_path, "reasoner: {type: playbook, files: [playbok]}\n")
        ran = await watchkeeper("config", "check", cwd=tmp_path, environ=TOKENS)
        assert ran.said == (
            f"watchkeeper.yaml, line 1: reasoner.files\n  there is no file or folder playbok in {tmp_path}\n"
            "  mend: files: [playbooks]\n"
        )
        assert ran.code == 2


class TestLedgerVerify:
    async def test_a_whole_chain_while_its_owner_runs(self, ledger: Ledger, tmp_path: Path) -> None:
        first = await incident(ledger, "a", "b")
        await incident(ledger, "c")
        head = (await ledger.entries(first))[-1].hash
        ran = await watchkeeper("ledger", "verify", f"INC-{first}", cwd=tmp_path)
        assert (ran.code, ran.said) == (0, f"chain        ok    2 entries, head {head[:12]}\n")
        ran = await watchkeeper("ledger", "verify", cwd=tmp_path)
        assert ran.code == 0
        assert ran.said.startswith(f"INC-2041     ok    2 entries, head {head[:12]}\nINC-2042     ok    1 entry, head ")
        await ledger.append(first, draft("after"))  # nobody was locked out

    async def test_an_altered_entry(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await incident(ledger, "a", "b")
        change = "UPDATE entry SET published = CAST(? AS bytea) WHERE n = 1"
        await asyncio.to_thread(behind_its_back, ledger.db.url, change, parameters=(b"{}",))
        ran = await watchkeeper("ledger", "verify", str(number), cwd=tmp_path)
        assert ran.code == 1
        assert ran.said.splitlines() == [
            "chain        FAIL  2 entries, entry 1 was altered",
            "                   mend: keep this ledger as it is, and compare it with its last backup",
        ]

    async def test_a_chain_cut_at_its_end(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await incident(ledger, "a", "b")
        await asyncio.to_thread(behind_its_back, ledger.db.url, "DELETE FROM entry WHERE n = 2")
        ran = await watchkeeper("ledger", "verify", str(number), cwd=tmp_path)
        assert (ran.code, ran.said.splitlines()[0]) == (1, "chain        FAIL  1 entry, entry 2 is missing")

    async def test_an_incident_that_was_removed(self, ledger: Ledger, tmp_path: Path) -> None:
        await incident(ledger, "a")
        gone = await incident(ledger, "b")
        statements = (f"DELETE FROM entry WHERE incident = {gone}", f"DELETE FROM incident WHERE id = {gone}")
        await asyncio.to_thread(behind_its_back, ledger.db.url, *statements)
        ran = await watchkeeper("ledger", "verify", cwd=tmp_path)
        assert ran.code == 1
        assert f"INC-{gone}     FAIL  the incident is missing: its number was given out" in ran.said

    async def test_no_incident_yet_and_an_unknown_one(self, ledger: Ledger, tmp_path: Path) -> None:
        ran = await watchkeeper("ledger", "verify", cwd=tmp_path)
        assert (ran.code, ran.said) == (0, "chain        ok    no incident yet\n")
        ran = await watchkeeper("ledger", "verify", "INC-7", cwd=tmp_path)
        assert ran.said == "INC-7 is not in this ledger; `watchkeeper ledger show` lists what is\n"
        assert ran.code == 1


class TestLedgerShow:
    async def test_the_incidents(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await opened(ledger)
        triage = {"severity": "SEV2", "service": "checkout", "title": "checkout: 7.3 % of requests fail"}
        await ledger.append(number, Draft("triage", Kind.TRIAGE, triage, "responder"))
        ran = await watchkeeper("ledger", "show", cwd=tmp_path)
        assert ran.code == 0
        line, count = ran.said.splitlines()
        assert re.fullmatch(
            r"INC-2041 +\d+ \w{3} 20\d\d \d\d:\d\d:\d\d UTC  1 entry +open  checkout: 7.3 % of requests fail",
            line,
        )
        assert count == "1 incident"

    async def test_an_entry_reads_as_in_its_ticket_and_drives_no_terminal(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await opened(ledger)
        alert = Alert(
            source="a", name="Down", status="firing", fingerprint="f", summary="red \x1b[31mx\x07\u202egnp.exe"
        )
        await ledger.append(number, Draft("alert", Kind.ALERT, alert.to_json(), "a"))
        ran = await watchkeeper("ledger", "show", f"inc-{number}", cwd=tmp_path)
        assert ran.said.startswith("Alert `Down` · entry 1 · ")
        assert "\nNext Findings follow here.\n" in ran.said
        assert "red" in ran.said
        assert not any(ch in ran.said for ch in "\x1b\x07\u202e")

    async def test_an_entry_that_is_not_of_its_kind_is_shown_as_published(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await opened(ledger)
        await ledger.append(number, Draft("p", Kind.PROPOSED, {"odd": "\x1b"}, "a"))
        ran = await watchkeeper("ledger", "show", str(number), cwd=tmp_path)
        head, published = ran.said.splitlines()[:2]
        assert head.startswith("proposed · entry 1 · ")
        assert json.loads(published)["published"]["payload"] == {"odd": "\x1b"}
        assert "\x1b" not in ran.said

    async def test_markdown_is_for_tickets(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await opened(ledger)
        await ledger.append(number, Draft("n", Kind.NOTE, {"says": "so_so *much* <b> `a*b` [x]"}, "person:ab12"))
        ran = await watchkeeper("ledger", "show", str(number), cwd=tmp_path)
        assert "so_so *much* <b> `a*b` [x]" in ran.said
        assert "**" not in ran.said

    async def test_what_was_altered_is_shown_and_said(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await incident(ledger, "a", "b")
        await asyncio.to_thread(behind_its_back, ledger.db.url, "DELETE FROM entry WHERE n = 1")
        ran = await watchkeeper("ledger", "show", str(number), "--json", cwd=tmp_path)
        assert ran.code == 1
        assert ran.said.splitlines()[-1] == f"INC-{number}: entry 1 is missing; see `watchkeeper ledger verify`"

    async def test_json_can_be_checked_by_anybody(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await incident(ledger, "a", "ü €")
        ran = await watchkeeper("ledger", "show", str(number), "--json", cwd=tmp_path)
        prev = "0" * 64
        for line in ran.said.splitlines():
            entry = json.loads(line)
            assert entry["published"]["prev"] == prev
            prev = hashlib.sha256(canonical(entry["published"]).encode()).hexdigest()
            assert prev == entry["hash"]

    async def test_a_persons_name_while_it_is_kept(self, ledger: Ledger, tmp_path: Path) -> None:
        number = await opened(ledger)
        await ledger.append(number, Draft("n", Kind.NOTE, {"text": "seen"}, "person:ab12"))
        person = "INSERT INTO personal VALUES ('person:ab12', 'slack:U07PRIYA0R1', 's', 'Priya Raman')"
        await asyncio.to_thread(behind_its_back, ledger.db.url, person)
        assert "Priya Raman" in (await watchkeeper("ledger", "show", str(number), cwd=tmp_path)).said
        await asyncio.to_thread(behind_its_back, ledger.db.url, "DELETE FROM personal")
        assert "Priya Raman" not in (await watchkeeper("ledger", "show", str(number), cwd=tmp_path)).said

    async def test_not_an_incident(self, ledger: Ledger, tmp_path: Path) -> None:
        ran = await watchkeeper("ledger", "show", "checkout", cwd=tmp_path)
        assert ran.code == 2
        assert "checkout is not an incident; write it as INC-2041 or 2041" in ran.said


class TestNoLedger:
    async def test_it_is_not_made_by_looking(self, tmp_path: Path) -> None:
        config(tmp_path, "")
        ran = await watchkeeper("ledger", "verify", cwd=tmp_path)
        assert ran.said == (
            "there is no ledger at data/watchkeeper.db; `watchkeeper run` makes it at the first start\n"
        )
        assert ran.code == 1
        assert not (tmp_path / "data").exists()

    async def test_another_database_is_named_as_such(self, tmp_path: Path) -> None:
        config(tmp_path, "ledger: {url: 'sqlite:///other.db'}\n")
        other = sqlite3.connect(tmp_path / "other.db")
        other.execute("CREATE TABLE t (x)")
        other.close()
        ran = await watchkeeper("ledger", "show", cwd=tmp_path)
        assert ran.said == "other.db cannot be read: no such table: personal\n"
        assert ran.code == 1

    async def test_a_server_that_is_not_there(self, tmp_path: Path) -> None:
        config(tmp_path, "ledger: {url: 'postgresql://me:hush@127.0.0.1:9/none'}\n")
        ran = await watchkeeper("ledger", "show", cwd=tmp_path)
        assert ran.code == 1
        assert ran.said.startswith("the PostgreSQL ledger cannot be read: connection")
        assert "hush" not in ran.said


class TestRun:
    async def test_it_stands_the_watch_and_ends_when_told(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        port = free_port()
        patient = httpx.AsyncHTTPTransport(retries=6)  # for the moment before it listens
        door = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=patient)
        async with SlackStandIn() as slack, door as http:
            tokens = {"BOT": slack.app.bot_token, "APP": slack.app.app_token}
            path = tmp_path / "watchkeeper.yaml"
            slack_section = f"slack: {{bot_token: '${{BOT}}', app_token: '${{APP}}', base_url: '{slack.url}/api/'}}\n"
            path.write_text(f"web: {{port: {port}}}\nalerts: {{alertmanager: {{type: alertmanager}}}}\n{slack_section}")
            process = await started("run", cwd=tmp_path, environ=tokens)
            try:
                assert process.stdout is not None
                async with asyncio.timeout(30):
                    while b"connected to Slack" not in await process.stdout.readline():
                        assert not process.stdout.at_eof()
                assert (await http.get("/readyz")).json() == {"ready": True}
                ran = await watchkeeper("doctor", cwd=tmp_path, environ=tokens)
                assert (ran.code, ran.said.splitlines()[-1]) == (0, "4 warnings, 7 ok")
                ran = await watchkeeper("ledger", "verify", cwd=tmp_path)
                assert ran.said == "chain        ok    no incident yet\n"
            finally:
                process.terminate()
                said, _ = await process.communicate()
        assert process.returncode == 0
        assert b"the watch has ended" in said.splitlines()[-1]
        assert b"Traceback" not in said

    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
    async def test_without_slack_it_says_so_once_and_ends_cleanly(self, told: signal.Signals, tmp_path: Path) -> None:
        path = tmp_path / "watchkeeper.yaml"
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        path.write_text(f"web: {{port: 0}}\n{SLACK[:-2]}, base_url: 'http://127.0.0.1:9/api/'}}\n")
        process = await started("run", cwd=tmp_path, environ=TOKENS)
        assert process.stdout is not None
        async with asyncio.timeout(30):
            lines = [await process.stdout.readline() for _ in range(2)]
        assert b"Slack cannot be used yet" in b"".join(lines)
        process.send_signal(told)
        said, _ = await process.communicate()
        assert (process.returncode, b"the watch has ended" in said) == (0, True), said
        assert b"Traceback" not in said

    async def test_a_port_that_is_taken(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            config(tmp_path, f"web: {{port: {other.getsockname()[1]}}}\n")
            ran = await watchkeeper("run", cwd=tmp_path, environ=TOKENS)
        assert ran.code == 1
        assert "address already in use" in ran.said

    async def test_a_fault_stops_it_before_anything_starts(self, tmp_path: Path) -> None:
        config(tmp_path, "web: {port: x}\n")
        ran = await watchkeeper("run", cwd=tmp_path, environ=TOKENS)
        assert ran.code == 2
        assert ran.said.startswith("watchkeeper.yaml, line 1: web.port")
        assert not (tmp_path / "data").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
