"""The doctor against a Slack stand-in, real sockets and both databases: every fault has its words and its mend."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.doctor_reach import Reach, look_at_ledger
from bot.doctor_slack import SCOPES, look_at_slack
from bot.rows import Row
from bot.settings import Settings, load, load_ledger
from playground.slack import SlackStandIn, cast
from tests.bot.command import ROOT, watchkeeper
from tests.conftest import DatabaseUrl, OpenLedger
from tests.ledgers import opened

ACTION = """
actions:
  rollback-release:
    type: http
    title: roll back
    what: roll back
    quorum: {quorum}
    approvers: {approvers}
    options: {{url: "http://127.0.0.1:9/"}}
"""


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


def written(folder: Path, slack: SlackStandIn, text: str = "", tokens: Mapping[str, str] | None = None) -> Path:
    given = {"bot_token": slack.app.bot_token, "app_token": slack.app.app_token, **(tokens or {})}
    path = folder / "watchkeeper.yaml"
    words = "".join(f"  {name}: {value}\n" for name, value in given.items())
    path.write_text(f"slack:\n  base_url: {slack.url}/api/\n{words}{text}", encoding="utf-8")
    return path


async def settings(
    folder: Path, slack: SlackStandIn, text: str = "", tokens: Mapping[str, str] | None = None
) -> Settings:
    return await asyncio.to_thread(load, written(folder, slack, text, tokens), {})


async def look_at(folder: Path, slack: SlackStandIn, text: str = "", **tokens: str) -> list[Row]:
    return await look_at_slack(await settings(folder, slack, text, tokens))


def approving(who: str, quorum: int = 1) -> str:
    return ACTION.format(approvers=who, quorum=quorum)


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    certificate = builder.sign(key, hashes.SHA256())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


class TestSlack:
    async def test_all_is_well(self, slack: SlackStandIn, tmp_path: Path) -> None:
        rows = await look_at(tmp_path, slack, approving("{group: S07CHECKAP1}"))
        assert [row.text for row in rows] == [
            "slack        ok    as watchkeeper in Shop, Socket Mode opens",
            "scopes       ok    14 of 14",
            "channel      ok    in #incidents, with 9 members",
            "approvers    ok    rollback-release: 4 can approve, 1 must",
        ]

    async def test_a_refused_bot_token(self, slack: SlackStandIn, tmp_path: Path) -> None:
        [row] = await look_at(tmp_path, slack, bot_token="xoxb-hush")
        assert row.text == (
            "slack        FAIL  the bot token is refused: invalid_auth\n"
            "                   mend: slack.bot_token: the Bot User OAuth Token under OAuth & Permissions; "
            "install the app first"
        )

    async def test_a_refused_app_token(self, slack: SlackStandIn, tmp_path: Path) -> None:
        row, *_ = await look_at(tmp_path, slack, app_token="xapp-hush")
        assert row.verdict == "FAIL"
        assert row.says == "as watchkeeper in Shop; the app token is refused: invalid_auth"

    async def test_over_http_no_socket_is_tried_and_what_only_slack_knows_is_said(
        self, slack: SlackStandIn, tmp_path: Path
    ) -> None:
        row, scopes, *_ = await look_at(tmp_path, slack, mode="http", app_token='""', signing_secret="s")
        assert row.text == (
            "slack        ok    as watchkeeper in Shop, over HTTP; that Slack reaches /slack/events, "
            "and by this signing secret, its own pages say: Event Subscriptions, Verified"
        )
        assert scopes.verdict == "ok"
        assert "apps.connections.open" not in {call["method"] for call in slack.api.log}

    async def test_a_missing_scope(self, tmp_path: Path) -> None:
        app = cast.watchkeeper(scopes=tuple(scope for scope in SCOPES if scope != "reactions:read"))
        async with SlackStandIn(app) as slack:
            _, row, *_ = await look_at(tmp_path, slack)
        assert row.verdict == "FAIL"
        assert row.says == "13 of 14; missing reactions:read (decisions by reaction)"
        assert "reinstall the app" in row.mend

    async def test_a_missing_scope_that_only_switches_something_off(self, tmp_path: Path) -> None:
        app = cast.watchkeeper(scopes=tuple(scope for scope in SCOPES if scope != "pins:write"))
        async with SlackStandIn(app) as slack:
            _, row, *_ = await look_at(tmp_path, slack)
        assert row.verdict == "warn"
        assert row.says == "13 of 14; without pins:write the summary is not pinned"

    async def test_a_channel_that_cannot_be_looked_at(self, tmp_path: Path) -> None:
        app = cast.watchkeeper(scopes=tuple(scope for scope in SCOPES if scope != "channels:read"))
        async with SlackStandIn(app) as slack:
            rows = await look_at(tmp_path, slack)
        assert rows[2].says == "#incidents cannot be looked at: missing_scope (conversations.list)"

    @pytest.mark.parametrize(
        ("channel", "says"),
        [
            ('"#nowhere"', "there is no public channel #nowhere"),
            ("C07NOWHERE0", "there is no public channel C07NOWHERE0"),
            ('"#support"', "not in #support"),
        ],
    )
    async def test_a_channel_that_cannot_be_used(
        self, slack: SlackStandIn, tmp_path: Path, channel: str, says: str
    ) -> None:
        rows = await look_at(tmp_path, slack, f"incidents: {{channel: {channel}}}\n")
        assert (rows[2].what, rows[2].verdict, rows[2].says) == ("channel", "FAIL", says)
        assert "/invite @watchkeeper" in rows[2].mend

    async def test_an_archived_channel(self, slack: SlackStandIn, tmp_path: Path) -> None:
        slack.state.channels[cast.INCIDENTS].is_archived = True
        rows = await look_at(tmp_path, slack, f"incidents: {{channel: {cast.INCIDENTS}}}\n")
        assert rows[2].says == f"{cast.INCIDENTS} is archived"

    async def test_no_approvers(self, slack: SlackStandIn, tmp_path: Path) -> None:
        rows = await look_at(tmp_path, slack, approving("{}"))
        assert rows[-1].text == (
            "approvers    warn  rollback-release: the list is empty, so nobody can approve it\n"
            "                   mend: actions.rollback-release.approvers in watchkeeper.yaml"
        )

    async def test_people_whose_word_does_not_count(self, slack: SlackStandIn, tmp_path: Path) -> None:
        slack.state.users[cast.BEN].deleted = True
        who = f"[{cast.PRIYA}, {cast.BEN}, {cast.SAM}, {cast.DEPLOY_HELPER}, U07NOBODY00]"
        rows = await look_at(tmp_path, slack, approving(f"{{users: {who}}}"))
        assert rows[-1].verdict == "warn"
        assert rows[-1].says == (
            f"rollback-release: 1 can approve, 1 must; {cast.BEN} is deactivated; {cast.SAM} is a guest; "
            f"{cast.DEPLOY_HELPER} is a bot; and 1 more"
        )

    async def test_an_approver_who_is_not_in_the_workspace(self, slack: SlackStandIn, tmp_path: Path) -> None:
        row = (await look_at(tmp_path, slack, approving(f"{{users: [U07NOBODY00, {cast.PRIYA}]}}")))[-1]
        assert row.verdict == "warn"
        assert row.says == "rollback-release: 1 can approve, 1 must; U07NOBODY00 is not a member of this workspace"

    async def test_too_few_approvers_for_the_quorum(self, slack: SlackStandIn, tmp_path: Path) -> None:
        who = f"{{users: [{cast.SAM}, {cast.PRIYA}]}}"
        row = (await look_at(tmp_path, slack, approving(who, quorum=2)))[-1]
        assert row.verdict == "FAIL"
        assert row.says == f"rollback-release: 1 can approve, 2 must; {cast.SAM} is a guest"

    async def test_an_approver_who_would_not_see_the_proposal(self, slack: SlackStandIn, tmp_path: Path) -> None:
        slack.state.channels[cast.INCIDENTS].members.remove(cast.MAYA)
        who = f"{{users: [{cast.MAYA}, {cast.PRIYA}]}}"
        row = (await look_at(tmp_path, slack, approving(who, quorum=2)))[-1]
        assert row.verdict == "warn"
        assert row.says == (
            f"rollback-release: 2 can approve, 2 must; {cast.MAYA} is not in the channel, where the proposals are"
        )

    async def test_groups_on_a_plan_without_them(self, slack: SlackStandIn, tmp_path: Path) -> None:
        slack.state.paid_plan = False
        rows = await look_at(tmp_path, slack, approving("{group: S07CHECKAP1}"))
        assert rows[-1].verdict == "FAIL"
        assert "S07CHECKAP1: user groups need a paid plan, list the members instead" in rows[-1].says

    async def test_slack_is_not_there(self, slack: SlackStandIn, tmp_path: Path) -> None:
        found = await settings(tmp_path, slack)
        nowhere = found.slack.model_copy(update={"base_url": "http://127.0.0.1:9/api/"})
        [row] = await look_at_slack(found.model_copy(update={"slack": nowhere}))
        assert (row.verdict, row.says) == ("FAIL", "http://127.0.0.1:9/api/ cannot be used: Connection refused")

    async def test_a_name_that_is_not_found(self, slack: SlackStandIn, tmp_path: Path) -> None:
        found = await settings(tmp_path, slack)
        nowhere = found.slack.model_copy(update={"base_url": "http://slack.invalid/api/"})
        [row] = await look_at_slack(found.model_copy(update={"slack": nowhere}))
        assert row.says == "http://slack.invalid/api/ cannot be used: the name slack.invalid is not found"

    async def test_it_only_reads(self, slack: SlackStandIn, tmp_path: Path) -> None:
        await look_at(tmp_path, slack, approving("{group: S07CHECKAP1}"))
        called = {call["method"] for call in slack.api.log}
        assert called == {
            "auth.test",
            "apps.connections.open",
            "conversations.list",
            "conversations.members",
            "usergroups.users.list",
            "users.info",
        }


class TestReach:
    async def look(self, folder: Path, slack: SlackStandIn, section: str) -> Row:
        found = await settings(folder, slack, f"tools: {{toy: {{type: x, {section}}}}}\n")
        [row] = await (await asyncio.to_thread(Reach)).look("toy", found.tools["toy"])
        return row

    async def test_it_connects_and_asks_nothing(self, slack: SlackStandIn, tmp_path: Path) -> None:
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.put_nowait(await reader.read())
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            row = await self.look(tmp_path, slack, f"url: 'http://127.0.0.1:{port}/act?key=hush'")
            assert await heard.get() == b""
        assert row.verdict == "ok"
        assert row.says.startswith(f"http://127.0.0.1:{port} answers, ")

    async def test_nobody_listens(self, slack: SlackStandIn, tmp_path: Path) -> None:
        row = await self.look(tmp_path, slack, "url: 'http://127.0.0.1:9/x?token=hush'")
        assert row.verdict == "FAIL"
        assert row.says.startswith("http://127.0.0.1:9 cannot be reached: ")
        assert "hush" not in row.text
        assert row.mend == "start it, or mend tools.toy in watchkeeper.yaml"

    async def test_a_server_that_speaks_no_tls(self, slack: SlackStandIn, tmp_path: Path) -> None:
        row = await self.look(tmp_path, slack, f"url: '{slack.url.replace('http', 'https')}'")
        assert row.verdict == "FAIL"

    async def test_a_certificate_that_nobody_trusts(self, slack: SlackStandIn, tmp_path: Path) -> None:
        context = await asyncio.to_thread(self_signed, tmp_path)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            row = await self.look(tmp_path, slack, f"url: 'https://127.0.0.1:{port}/'")
        assert row.verdict == "FAIL"
        assert row.says == (
            f"https://127.0.0.1:{port} cannot be reached: its certificate is not trusted, self-signed certificate"
        )

    async def test_programs(self, slack: SlackStandIn, tmp_path: Path) -> None:
        assert (await self.look(tmp_path, slack, "command: sh")).verdict == "ok"
        row = await self.look(tmp_path, slack, "command: no-such-program")
        assert (row.verdict, row.says) == ("FAIL", "there is no program no-such-program")

    async def test_what_stands_behind_a_proxy_is_not_asked(
        self, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        row = await self.look(tmp_path, slack, "url: 'https://logs.example.com/mcp'")
        assert (row.verdict, row.says) == ("ok", "logs.example.com is reached through a proxy; not asked")


class TestLedger:
    @pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
    async def test_before_and_after_the_first_start(
        self,
        dialect: Literal["sqlite", "postgresql"],
        database_url: DatabaseUrl,
        open_ledger: OpenLedger,
        tmp_path: Path,
    ) -> None:
        url = database_url(dialect)
        path = tmp_path / "watchkeeper.yaml"
        path.write_text(f"ledger: {{url: '{url}'}}\n")
        [row] = await look_at_ledger(await asyncio.to_thread(load_ledger, path, {}))
        assert row.verdict == "ok"
        assert row.says.endswith("will be made at the first start")
        ledger = await open_ledger(url)
        await opened(ledger)
        [row] = await look_at_ledger(await asyncio.to_thread(load_ledger, path, {}))
        assert row.verdict == "ok"
        assert "1 incident" in row.says
        assert ("from the database's clock" in row.says) == (dialect == "postgresql")

    async def test_no_server(self, tmp_path: Path) -> None:
        path = tmp_path / "watchkeeper.yaml"
        path.write_text("ledger: {url: 'postgresql://me:hush@127.0.0.1:9/x'}\n")
        [row] = await look_at_ledger(await asyncio.to_thread(load_ledger, path, {}))
        assert row.verdict == "FAIL"
        assert "hush" not in row.text


class TestTheWhole:
    async def test_the_table_and_its_exit_code(self, slack: SlackStandIn, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        (tmp_path / "other.key").write_text("key")
        (tmp_path / "other.key").chmod(0o644)
        text = (
            "ledger: {record_key_file: other.key}\n"
            "web: {host: 0.0.0.0}\n"
            "alerts: {alertmanager: {type: alertmanager}}\n"
            f"tools: {{shop_metrics: {{type: metrics_page, url: '{slack.url}/metrics'}}}}\n"
            "memory: {files: {type: files, root: records}}\n"
        )
        written(tmp_path, slack, text + approving("{group: S07CHECKAP1}"))
        ran = await watchkeeper("doctor", cwd=tmp_path)
        lines = [line for line in ran.said.splitlines() if "mend:" not in line]
        assert [line[:17].split() for line in lines[:-1]] == [
            ["config", "ok"],
            ["playbook", "warn"],
            ["playbook", "warn"],
            ["slack", "ok"],
            ["scopes", "ok"],
            ["channel", "ok"],
            ["approvers", "ok"],
            ["ledger", "ok"],
            ["record", "key", "warn"],
            ["alertmanager", "warn"],
            ["files", "ok"],
            ["shop_metrics", "ok"],
            ["rollback-release"],
        ]
        assert lines[-1] == "1 failure, 4 warnings, 8 ok"
        assert ran.code == 1
        assert not (tmp_path / "data").exists()
        assert not (tmp_path / "records").exists()

    async def test_a_healthy_one_ends_with_0(self, slack: SlackStandIn, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
        text = (
            "alerts: {alertmanager: {type: alertmanager}}\n"
            f"tools: {{prometheus: {{type: prometheus, url: '{slack.url}'}}}}\n"
            "reasoner: {type: playbook, files: [playbooks/prometheus]}\n"
        )
        written(tmp_path, slack, text)
        ran = await watchkeeper("doctor", cwd=tmp_path)
        assert ran.said.splitlines()[-1] == "8 ok"
        assert ran.code == 0
