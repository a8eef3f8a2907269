"""The example on each connector's page is one that starts: it loads as part of a configuration and fits."""

import re
from pathlib import Path

import pytest

from bot import app, settings
from connectors.registry import CONNECTORS

PAGES = Path("docs/connectors")
TYPES = [(port, type_) for port, known in CONNECTORS.items() for type_ in known]
SLACK = 'slack: {bot_token: "xoxb-1", app_token: "xapp-1"}\n'


def example(type_: str) -> str:
    page = (PAGES / f"{type_}.md").read_text("utf-8")
    match = re.search(r"^## Example configuration\n\n```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert match, type_
    return match[1]


@pytest.mark.parametrize(("port", "type_"), TYPES)
def test_the_example_of_a_page_starts(port: str, type_: str, tmp_path: Path) -> None:
    (tmp_path / "playbooks").symlink_to(Path("playbooks").resolve())
    (tmp_path / "watchkeeper.yaml").write_text(SLACK + example(type_), "utf-8")
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", example(type_)), "secret")
    loaded = settings.load(tmp_path / "watchkeeper.yaml", names)
    assert app.check(loaded) == []
    section = "reasoner" if port == "reasoners" else port
    assert f"{section}:" in example(type_)


@pytest.mark.parametrize(("port", "type_"), TYPES)
def test_a_page_names_every_setting_of_its_connector(port: str, type_: str) -> None:
    from connectors.registry import load  # noqa: PLC0415  imports every vendor's library

    page = (PAGES / f"{type_}.md").read_text("utf-8")
    missing = [name for name in load(port, type_).Config.model_fields if not re.search(rf"\b{name}\b", page)]
    assert missing == []


def test_the_records_that_the_example_leaves_out_start_too(tmp_path: Path) -> None:
    text = Path("watchkeeper.example.yaml").read_text("utf-8")
    match = re.search(r"^memory:\n(?: .*\n|\n)+", text, re.MULTILINE)
    assert match
    assert "\n  # " in match[0]
    section = re.sub(r"^  # ", "  ", match[0], flags=re.MULTILINE)
    (tmp_path / "playbooks").symlink_to(Path("playbooks").resolve())
    (tmp_path / "watchkeeper.yaml").write_text(SLACK + section, "utf-8")
    loaded = settings.load(tmp_path / "watchkeeper.yaml", dict.fromkeys(re.findall(r"\$\{(\w+)\}", section), "secret"))
    assert {"github", "pagerduty", "servicenow", "jira", "files"} <= loaded.memory.keys()
    assert app.check(loaded) == []
