"""The documents are true: commands run, generated pages are up to date, links lead somewhere, no file is missing.

A ```console fence holds `$ command` lines with what they print, `…` standing for anything; it is run here. A ```sh
fence holds what cannot be run in a test; each of its lines is listed below with the reason.
"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot import web
from bot.app import connectors
from bot.reference import commands_page, settings_page
from bot.settings import load
from connectors.registry import CONNECTORS
from tests.bot.command import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "s",
    "WATCHKEEPER_SLACK_CLIENT_ID": "1.1",
    "WATCHKEEPER_SLACK_CLIENT_SECRET": "c",
    "ALERTMANAGER_TOKEN": "a",
    "LOGS_PARTNER_TOKEN": "l",
    "GITHUB_TOKEN": "g",
    "JIRA_TOKEN": "j",
    "DEPLOY_TOKEN": "d",
}
WORKSPACE = "needs a workspace of one's own; tests/bot/test_doctor.py and the stories run it against the stand-in"
LEDGER = "needs a ledger with incidents; tests/bot/test_cli.py runs it"
SYSTEM = "changes the machine, as root"
STORY = "needs a stand-in in the middle of a story; tests/playground sends the same"
NOT_RUN = {
    "make demo": "runs until it is stopped; the stories run its headless form",
    "make test": "this is what runs here",
    "make install": "runs before this test can",
    "source .venv/bin/activate": "changes the reader's shell only",
    "export SLACK_BOT_TOKEN=xoxb-…": "changes the reader's shell only",
    "export SLACK_APP_TOKEN=xapp-…": "changes the reader's shell only",
    "export SLACK_SIGNING_SECRET=…": "changes the reader's shell only",
    "export WATCHKEEPER_SLACK_CLIENT_ID=…": "changes the reader's shell only",
    "export WATCHKEEPER_SLACK_CLIENT_SECRET=…": "changes the reader's shell only",
    "watchkeeper doctor": WORKSPACE,
    "watchkeeper run": WORKSPACE,
    "watchkeeper ledger send --to servicenow --entry 2041/18": "it writes into a ticket of a team's own",
    "watchkeeper ledger send --to jira --all": "it writes tickets of a team's own",
    "watchkeeper ledger rebuild --from github --from files": "it writes a ledger from tickets that are a team's own",
    "watchkeeper ledger show": LEDGER,
    "watchkeeper ledger show INC-2041": LEDGER,
    "watchkeeper ledger show INC-2041 --json": LEDGER,
    "watchkeeper ledger verify": LEDGER,
    "systemctl enable --now watchkeeper": SYSTEM,
    "journalctl -u watchkeeper -o cat": SYSTEM,
}
NOT_RUN_BEGINS = {
    "useradd ": SYSTEM,
    "install -d ": SYSTEM,
    "git archive HEAD | runuser ": SYSTEM,
    "runuser -u watchkeeper ": SYSTEM,
    "curl --json ": "needs a running Watchkeeper; the stories send the same body",
    "curl -s $URL/control/": STORY,
    'curl -s "$URL/control/': STORY,
    ".venv/bin/watchkeeper ledger ": LEDGER,
    "sqlite3 data/watchkeeper.db ": "SQLite's own tool, which need not be installed",
}
# Servers: they are ended as soon as they have printed what the page says.
SERVERS = (".venv/bin/python -m playground.",)
HEADINGS = (
    "## What it is",
    "## What to create on the other side",
    "## Example configuration",
    "## What it does when things fail",
    "## Limits",
)


@dataclass(frozen=True, slots=True)
class Fence:
    page: Path
    line: int
    language: str
    text: str


def fences(page: Path) -> Iterator[Fence]:
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
        indent = match[1]
        body = "".join(line.removeprefix(indent) for line in match[3].splitlines(keepends=True))
        yield Fence(page, text[: match.start()].count("\n") + 1, match[2], body)


def commands(fence: Fence) -> Iterator[tuple[str, str]]:
    """Each command with what is expected of it."""
    for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def matches(expected: str, said: str) -> bool:
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, said.strip(), re.DOTALL) is not None


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the repository's root, in which a document may write."""
    for path in ROOT.iterdir():
        if path.name not in {".git", "watchkeeper.yaml", "data"} and not path.name.startswith(".pytest"):
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


async def run(command: str, folder: Path, expected: str = "", environ: Mapping[str, str] = ENVIRON) -> tuple[int, str]:
    bin_ = Path(sys.executable).parent
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        f"exec {command}" if command.startswith(SERVERS) else command,
        cwd=folder,
        env={"PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(folder), "COLUMNS": "100", **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    if not command.startswith(SERVERS):
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in expected.strip().splitlines()]
    process.terminate()
    await process.communicate()
    return 0, b"".join(lines).decode()


@pytest.mark.parametrize("page", [page for page in PAGES if "```console" in page.read_text("utf-8")], ids=name_of)
async def test_every_command_prints_what_its_page_says(page: Path, checkout: Path) -> None:
    lines = "".join(fence.text for fence in fences(page) if fence.language == "sh")
    exported = re.findall(r"^export (\w+)=", lines, re.MULTILINE)
    environ = {name: ENVIRON[name] for name in exported}  # what the reader has, and nothing more
    for fence in [fence for fence in yaml_examples() if fence.page == page]:
        (checkout / "watchkeeper.yaml").write_text(fence.text, encoding="utf-8")
    for fence in [fence for fence in fences(page) if fence.language == "console"]:
        for command, expected in commands(fence):
            if command.startswith(tuple(NOT_RUN_BEGINS)):
                continue
            code, said = await run(command, checkout, expected, environ)
            assert matches(expected, said), f"{name_of(page)}, line {fence.line}: $ {command}\n{said}"
            assert code == 0 or expected.strip(), f"{name_of(page)}, line {fence.line}: $ {command} ended with {code}"


def shell_lines() -> list[str]:
    found = [fence for page in PAGES for fence in fences(page) if fence.language in {"sh", "shell", "bash"}]
    return [line.strip() for fence in found for line in fence.text.splitlines() if line.strip()]


def console_lines() -> list[str]:
    found = [fence for page in PAGES for fence in fences(page) if fence.language == "console"]
    return [command for fence in found for command, _ in commands(fence)]


def test_what_is_not_run_has_a_reason() -> None:
    unlisted = [line for line in shell_lines() if line not in NOT_RUN and not line.startswith(tuple(NOT_RUN_BEGINS))]
    assert unlisted == [], "run it in a ```console fence, or list it above with its reason"


def test_no_reason_is_left_over() -> None:
    lines = shell_lines() + console_lines()
    assert [line for line in NOT_RUN if line not in lines] == []
    assert [begin for begin in NOT_RUN_BEGINS if not any(line.startswith(begin) for line in lines)] == []


def test_settings_and_commands_are_as_the_code_says() -> None:
    for name, text in (("settings", settings_page()), ("commands", commands_page())):
        page = ROOT / "docs" / f"{name}.md"
        assert page.read_text("utf-8") == text, f"python -m bot.reference {name} > docs/{name}.md"


def test_every_outcome_of_a_delivery_is_told_to_operators() -> None:
    code = (ROOT / "bot/web.py").read_text("utf-8")
    counted = re.findall(r'(?:labels|_refused)\(name, "(\w+)"', code)
    page = (ROOT / "docs/operations.md").read_text("utf-8").partition("| `outcome` |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == sorted(counted)
    assert f"more than {web.MOST_BYTES // 1_000_000} MB" in page
    assert f"{web.MOST_WAITING:,} deliveries" in page


async def test_every_source_file_is_on_the_map() -> None:
    code, said = await run("python docs/source_map.py --check", ROOT)
    assert (code, said) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = (page.parent / target.partition("#")[0]).resolve()
        assert path.exists(), f"{name_of(page)}: {target}"


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


def test_every_connector_has_a_page_of_the_same_five_headings() -> None:
    for kinds in CONNECTORS.values():
        for type_ in kinds:
            page = ROOT / "docs/connectors" / f"{type_}.md"
            assert page.exists(), type_
            headings = re.findall(r"^## .*$", page.read_text("utf-8"), re.MULTILINE)
            assert tuple(headings) == HEADINGS, type_


@pytest.mark.parametrize("page", sorted((ROOT / "docs/connectors").glob("*.md")), ids=name_of)
def test_every_connectors_example_is_taken_by_its_connector(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8").partition("## Example configuration")[2]
    match = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert match is not None
    shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
    reasoner = "" if "\nreasoner:" in f"\n{match[1]}" else "reasoner: {type: playbook, files: [playbooks]}\n"
    path = tmp_path / "watchkeeper.yaml"
    path.write_text(f"slack: {{bot_token: xoxb-1, app_token: xapp-1}}\n{reasoner}{match[1]}", encoding="utf-8")
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", match[1]), "x")
    asyncio.run(connectors(load(path, environ)).aclose())


def yaml_examples() -> list[Fence]:
    found = [fence for page in PAGES for fence in fences(page) if fence.language in {"yaml", "yml"}]
    return [fence for fence in found if fence.text.startswith("# watchkeeper.yaml")]


def test_every_whole_configuration_in_a_page_loads(tmp_path: Path) -> None:
    assert yaml_examples()
    for fence in yaml_examples():
        path = tmp_path / "watchkeeper.yaml"
        path.write_text(fence.text, encoding="utf-8")
        load(path, ENVIRON)


def test_every_example_in_yaml_is_yaml() -> None:
    for fence in [fence for page in PAGES for fence in fences(page) if fence.language in {"yaml", "yml"}]:
        yaml.safe_load(fence.text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_speaks_of_this_machine(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"/work/|/home/|\.\./shared", text)
