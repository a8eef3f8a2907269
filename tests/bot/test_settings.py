"""Settings: what is accepted, what each fault says, and that no message ever holds a secret."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

from bot import config_file
from bot.config_faults import words_of
from bot.sections import validate_section
from bot.settings import Settings, load, load_ledger
from bot.settings_types import seconds, shown
from engine.errors import ConfigError

SLACK = 'slack: {bot_token: "xoxb-1-hush", app_token: "xapp-1-hush"}\n'
EXAMPLE = Path(__file__).parents[2] / "watchkeeper.example.yaml"
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1-hush",
    "SLACK_APP_TOKEN": "xapp-1-hush",
    "ALERTMANAGER_TOKEN": "hush-a",
    "LOGS_PARTNER_TOKEN": "hush-l",
    "GITHUB_TOKEN": "hush-g",
    "DEPLOY_TOKEN": "hush-d",
}


def written(folder: Path, text: str, slack: str = SLACK) -> Path:
    path = folder / "watchkeeper.yaml"
    path.write_text(text + slack, encoding="utf-8")
    return path


def read(folder: Path, text: str, environ: Mapping[str, str] | None = None, slack: str = SLACK) -> Settings:
    return load(written(folder, text, slack), environ or {})


def fault(folder: Path, text: str, environ: Mapping[str, str] | None = None, slack: str = SLACK) -> str:
    """What a person reads, without the folder."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text, environ, slack)
    return words_of(caught.value).replace(f"{folder}/", "")


class Nested(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    every: float = 5.0


class Either(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str = ""
    command: str = ""

    @model_validator(mode="after")
    def _one(self) -> "Either":
        if bool(self.url) == bool(self.command):
            raise ValueError("give either `url` or `command`")
        return self


class Toy(BaseModel):
    """A connector's Config in every respect that the seam must handle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl
    token: SecretStr | None = None
    seconds: float = Field(default=10.0, gt=0)
    share: float = 0.5
    root: Path | None = None
    role: str = ""
    history: Nested | None = None
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)


# --- what is accepted ------------------------------------------------------------------------------------------------


def test_the_example_is_complete_and_loads() -> None:
    settings = load(EXAMPLE, ENVIRON)
    assert settings.incidents.reopen_within == 10_800
    assert settings.actions["rollback-release"].approvers.group == "S07CHECKAP1"
    assert settings.memory["github"].options["token"] == "hush-g"
    assert settings.partners["logs"].seconds == 20
    assert settings.partners["logs"].role == "log specialist"
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.model_dump_json(exclude={"alerts", "tools", "partners", "memory", "actions"}))


def test_only_the_tokens_are_required(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.incidents.channel == "#incidents"
    assert settings.reasoner.type == "playbook"
    assert settings.web.port == 8080
    assert settings.slack.bot_token.get_secret_value() == "xoxb-1-hush"


def test_relative_paths_are_the_files_own(tmp_path: Path) -> None:
    settings = read(tmp_path, "ledger: {url: 'sqlite:///data/w.db', record_key_file: /keys/k}\n")
    assert settings.ledger.sqlite_path == tmp_path / "data/w.db"
    assert settings.ledger.record_key_file == Path("/keys/k")
    absolute = read(tmp_path, f"ledger: {{url: 'sqlite:///{tmp_path}/w.db'}}\n")
    assert absolute.ledger.sqlite_path == tmp_path / "w.db"


def test_yaml_1_2_words_stay_words(tmp_path: Path) -> None:
    text = "alerts: {a: {type: x, on: yes, at: 12:30, day: 2026-11-24, no: ~, deep: {8080: off}, big: 0x1F, f: 1e3}}\n"
    options = read(tmp_path, text).alerts["a"].options
    assert options == {
        "on": "yes",
        "at": "12:30",
        "day": "2026-11-24",
        "no": None,
        "deep": {"8080": "off"},
        "big": 31,
        "f": 1000.0,
    }


def test_an_alias_is_the_same_value(tmp_path: Path) -> None:
    settings = read(tmp_path, "tools: {a: &one {type: x, url: u}, b: *one}\n")
    assert settings.tools["b"].options == {"url": "u"}


def test_secrets_come_from_environment_and_files(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/bot").write_text("xoxb-9-hush\n")
    slack = 'slack: {bot_token: "file:secrets/bot", app_token: "${APP}"}\n'
    settings = read(tmp_path, "redact: {patterns: {A: 'x$${y}z'}}\n", {"APP": "xapp-9-hush"}, slack)
    assert settings.slack.bot_token.get_secret_value() == "xoxb-9-hush"
    assert settings.slack.app_token.get_secret_value() == "xapp-9-hush"
    assert settings.redact.patterns == {"A": "x${y}z"}


def test_a_variables_content_is_data(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hush")
    settings = read(tmp_path, "alerts: {a: {type: x, b: '${B}', u: 'file:///x'}}\n", {"B": "file:s ${APP}"})
    assert settings.alerts["a"].options == {"b": "file:s ${APP}", "u": "file:///x"}


@pytest.mark.parametrize(
    ("text", "value"), [("30s", 30), ("2m", 120), ("3h", 10_800), ("500ms", 0.5), ("1.5h", 5_400), ("1d", 86_400)]
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@examples(deadline=None)
@given(st.integers(min_value=1, max_value=10**7))
def test_a_duration_is_shown_as_it_is_read(whole: int) -> None:
    assert seconds(shown(whole)) == whole


def test_a_channel_of_its_own_may_never_be_archived(tmp_path: Path) -> None:
    own = "incidents: {{own_channel: {{severities: [SEV1], archive_after: {}}}}}\n"
    assert read(tmp_path, own.format("never")).incidents.own_channel.archive_after == float("inf")
    assert read(tmp_path, own.format("2h")).incidents.own_channel.archive_after == 7200
    assert read(tmp_path, "").incidents.own_channel.severities == ()
    assert "expected a duration" in fault(tmp_path, own.format("0"))


def test_the_name_of_a_channel_of_its_own_has_the_incidents_number(tmp_path: Path) -> None:
    said = fault(tmp_path, 'incidents: {own_channel: {name: "incident-{service}"}}\n')
    assert said.startswith("watchkeeper.yaml, line 1: incidents.own_channel.name")
    assert "expected a name with {number}" in said
    assert "mend: name: inc-{number}-{service}" in said


def test_the_ledger_alone_needs_no_token(tmp_path: Path) -> None:
    path = written(tmp_path, "ledger: {url: '${DB}'}\n", 'slack: {bot_token: "${NOT_SET}"}\n')
    assert load_ledger(path, {"DB": "sqlite:///x.db"}).sqlite_path == tmp_path / "x.db"
    assert load_ledger(written(tmp_path, ""), {}).sqlite_path == tmp_path / "data/watchkeeper.db"


# --- what each fault says --------------------------------------------------------------------------------------------

FAULTS = {
    "a bare number is no duration": (
        'timing:\n  edit_every: "30"\n',
        'watchkeeper.yaml, line 2: timing.edit_every = "30"\n'
        "  expected a duration with a unit, for example 30s or 2m\n"
        "  mend: edit_every: 30s",
    ),
    "nor is a long unit": (
        "partners:\n  logs:\n    type: mcp\n    seconds: 5 minutes\n",
        'watchkeeper.yaml, line 4: partners.logs.seconds = "5 minutes"\n'
        "  expected a duration with a unit, for example 30s or 2m\n"
        "  mend: seconds: 5m",
    ),
    "an unknown section": (
        "incident: {channel: '#a'}\n",
        "watchkeeper.yaml, line 1: incident\n  the file has no such setting\n  mend: incidents: …",
    ),
    "an unknown field": (
        "timing:\n  edit_evry: 2s\n",
        "watchkeeper.yaml, line 2: timing.edit_evry\n  timing has no such setting\n  mend: edit_every: …",
    ),
    "a field of nothing known": (
        "web:\n  zzz: 1\n",
        "watchkeeper.yaml, line 2: web.zzz\n  web has no such setting; it has host, port\n  mend: remove the line",
    ),
    "a key that stands twice": (
        "web:\n  port: 1\n  port: 2\n",
        "watchkeeper.yaml, line 3: web.port\n  it stands twice; first on line 2\n  mend: keep one of the two",
    ),
    "a missing type": (
        "memory:\n  github:\n    repository: a/b\n",
        "watchkeeper.yaml, line 2: memory.github.type\n  it is missing: which connector it is\n  mend: type: …",
    ),
    "a port out of range": (
        "web: {port: 70000}\n",
        "watchkeeper.yaml, line 1: web.port = 70000\n  expected a whole number from 0 to 65535\n  mend: port: 8080",
    ),
    "a text for a number": (
        "incidents: {first_number: many}\n",
        'watchkeeper.yaml, line 1: incidents.first_number = "many"\n  expected a whole number\n  mend: first_number: 1',
    ),
    "a list for a section": (
        "web: [1, 2]\n",
        "watchkeeper.yaml, line 1: web = a list of 2\n  expected a mapping",
    ),
    "neither of the kinds that a value can have": (
        "policy: {rules: [{veto: nobody, two_person: 2}]}\n",
        "watchkeeper.yaml, line 1: policy.rules[0].two_person = 2\n  expected true or false\n"
        'watchkeeper.yaml, line 1: policy.rules[0].veto = "nobody"\n'
        "  expected `everyone`, `approvers`, or people listed as approvers are\n  mend: veto: everyone",
    ),
    "a slip inside one of the kinds": (
        "policy: {rules: [{veto: {usrs: [U07PRIYA0R1]}}]}\n",
        "watchkeeper.yaml, line 1: policy.rules[0].veto.usrs\n"
        "  policy.rules[0].veto has no such setting\n  mend: users: …",
    ),
    "a pattern that does not compile": (
        "redact: {patterns: {A: '('}}\n",
        'watchkeeper.yaml, line 1: redact.patterns.A = "("\n  expected a regular expression; this one does not compile:'
        " missing ), unterminated subpattern at position 0\n  mend: A: '\\(', if these characters are meant",
    ),
    "a pattern that matches nothing": (
        "redact: {patterns: {A: 'x*'}}\n",
        'watchkeeper.yaml, line 1: redact.patterns.A = "x*"\n'
        "  expected a pattern that does not match an empty text; this one would mask everything\n"
        "  mend: A: '[A-Z]{3}-[0-9]+'",
    ),
    "a name that no address can carry": (
        "alerts: {'Alert Manager': {type: x}}\n",
        "watchkeeper.yaml, line 1: alerts.Alert Manager\n  expected a name of a-z, 0-9, _ and -, at most 40 long",
    ),
    "a password that would be cut": (
        "ledger: {url: 'postgresql://root:S3C@RET/VALUE@127.0.0.1/d'}\n",
        "watchkeeper.yaml, line 1: ledger.url\n"
        "  expected one @, before the host; write @ as %40 and / as %2F in user and password\n"
        "  mend: url: postgresql://user:password@host:5432/name",
    ),
    "a port that is none": (
        "ledger: {url: 'postgresql://root:secret@127.0.0.1:notaport/d'}\n",
        "watchkeeper.yaml, line 1: ledger.url\n  expected a port number, 1 to 65535, after the host's colon\n"
        "  mend: url: postgresql://user:password@host:5432/name",
    ),
    "a ledger of another kind": (
        "ledger: {url: 'mysql://x'}\n",
        "watchkeeper.yaml, line 1: ledger.url\n"
        "  expected sqlite:///path or postgresql://…\n  mend: url: sqlite:///data/watchkeeper.db",
    ),
    "a channel by another name": (
        "incidents: {channel: incidents}\n",
        'watchkeeper.yaml, line 1: incidents.channel = "incidents"\n'
        '  expected a channel, by its name with # or by its ID\n  mend: channel: "#incidents"',
    ),
    "a channel whose # begins a comment": (
        "incidents: {channel: }\n",
        'watchkeeper.yaml, line 1: incidents.channel = null\n  expected a text\n  mend: channel: "#incidents"',
    ),
    "one name for a tool and a partner": (
        "tools: {logs: {type: x}}\npartners: {logs: {type: y}}\n",
        "watchkeeper.yaml, line 1\n  a tool and a partner are both called logs; findings could not be told apart",
    ),
    "a tag": (
        "web: !!python/object:os.system {}\n",
        "watchkeeper.yaml, line 1: web\n  the tag tag:yaml.org,2002:python/object:os.system is not known here\n"
        "  mend: remove the tag",
    ),
    "an alias of itself": (
        "tools: &a {b: *a}\n",
        "watchkeeper.yaml, line 1: tools.b\n  this alias contains itself\n  mend: write it out",
    ),
    "a depth that nobody wrote": (
        "web: " + "[" * 5_000 + "]" * 5_000 + "\n",
        "watchkeeper.yaml\n  it is nested too deeply\n  mend: remove brackets",
    ),
    "a Web API without TLS": (
        "slack:\n  base_url: http://127.0.0.1.example.com/api\n",
        'watchkeeper.yaml, line 2: slack.base_url = "http://127.0.0.1.example.com/api"\n'
        "  expected an https:// address\n  mend: base_url: https://slack.com/api/",
    ),
    "no YAML": (
        "web: {port: 1\n",
        "watchkeeper.yaml, line 2: this is not YAML\n  expected ',' or '}', but got ':'\n"
        "  mend: check the indentation, and quote a text that begins with a brace, a bracket or an @",
    ),
    "a variable that is not set": (
        "web: {host: '${HOST}'}\n",
        'watchkeeper.yaml, line 1: web.host = "${HOST}"\n  the environment has no HOST\n'
        "  mend: export HOST=…, or write $${HOST} if these characters are meant",
    ),
}

ACTION = "actions:\n  restart:\n    type: http\n    title: restart {service}\n    what: restart\n    options: {}\n"
ACTION_FAULTS = {
    "a risk of another word": (
        "    risk: med\n",
        'watchkeeper.yaml, line 7: actions.restart.risk = "med"\n'
        "  expected 'low', 'medium' or 'high'\n  mend: risk: medium",
    ),
    "a text with another's argument": (
        "    arguments: {servce: {}}\n",
        "watchkeeper.yaml, line 2: actions.restart\n"
        "  expected only its own arguments in `title`; {service} is none of them",
    ),
    "more approvals than approvers": (
        "    arguments: {service: {}}\n    quorum: 2\n    approvers: {users: [U07PRIYA0R1]}\n",
        "watchkeeper.yaml, line 2: actions.restart\n  expected at least 2 approvers for a quorum of 2; 1 listed",
    ),
    "a name for an ID": (
        "    approvers: {users: ['@priya']}\n",
        'watchkeeper.yaml, line 7: actions.restart.approvers.users[0] = "@priya"\n'
        "  expected a member ID; in Slack: the profile, ⋮, Copy member ID\n  mend: users: [U07PRIYA0R1]",
    ),
    "no approval at all": (
        "    quorum: 0\n",
        "watchkeeper.yaml, line 7: actions.restart.quorum = 0\n"
        "  expected a whole number from 1 to 10\n  mend: quorum: 1",
    ),
    "an option outside its place": (
        "    url: http://x\n",
        "watchkeeper.yaml, line 7: actions.restart.url\n  actions.restart has no such setting",
    ),
    "a schema word that is not known": (
        "    arguments: {service: {patern: a}}\n",
        "watchkeeper.yaml, line 7: actions.restart.arguments.service.patern\n"
        "  actions.restart.arguments.service has no such setting\n  mend: pattern: …",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_a_fault_says(case: str, tmp_path: Path) -> None:
    text, words = FAULTS[case]
    slack = SLACK if not text.startswith("slack:") else '  bot_token: "xoxb-1"\n  app_token: "xapp-1"\n'
    assert fault(tmp_path, text, slack=slack) == words


@pytest.mark.parametrize(
    ("slack", "words"),
    [
        (
            "slack:\n  bot_token: xoxb-1\n",
            "watchkeeper.yaml, line 1: slack.app_token\n"
            "  it is missing: the app-level token, `xapp-…`, with the scope `connections:write`; for mode `socket`\n"
            '  mend: app_token: "${SLACK_APP_TOKEN}"',
        ),
        (
            'slack:\n  mode: http\n  bot_token: xoxb-1\n  app_token: xapp-1\n  signing_secret: ""\n',
            "watchkeeper.yaml, line 5: slack.signing_secret\n"
            "  it is missing: the signing secret, under Basic Information of the app's pages; for mode `http`\n"
            '  mend: signing_secret: "${SLACK_SIGNING_SECRET}"',
        ),
        (
            "slack:\n  mode: htpp\n  bot_token: xoxb-1\n",
            "watchkeeper.yaml, line 2: slack.mode = \"htpp\"\n  expected 'socket' or 'http'\n  mend: mode: http",
        ),
        (
            "slack:\n  app_token: xapp-1\n  oauth: {client_id: '1', client_secret: hush, url: 'https://w'}\n",
            "watchkeeper.yaml, line 3: slack.oauth\n"
            "  expected `mode: http` beside it: people install at a public address, and Slack posts there",
        ),
        (
            "slack:\n  mode: http\n  signing_secret: s\n  bot_token: xoxb-1\n"
            "  oauth: {client_id: '1', client_secret: hush, url: 'https://w'}\n",
            "watchkeeper.yaml, line 4: slack.bot_token\n"
            "  expected no token beside `oauth`, which brings one for each workspace; remove the line\n"
            '  mend: bot_token: ""',
        ),
        (
            "slack:\n  mode: http\n  signing_secret: s\n  oauth: {client_id: '1', client_secret: hush, url: w}\n",
            'watchkeeper.yaml, line 4: slack.oauth.url = "w"\n'
            "  expected an https:// address\n  mend: url: https://watchkeeper.example.com",
        ),
        (
            "slack:\n  mode: http\n  signing_secret: s\n"
            "  oauth: {client_id: '1', client_secret: hush, url: 'https://w', home: Shop}\n",
            'watchkeeper.yaml, line 4: slack.oauth.home = "Shop"\n'
            "  expected a workspace ID, T…\n  mend: home: T07SHOP0001",
        ),
    ],
)
def test_each_mode_says_which_secret_it_misses(tmp_path: Path, slack: str, words: str) -> None:
    assert fault(tmp_path, "", slack=slack) == words


def test_over_http_the_signing_secret_is_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, "", slack="slack: {mode: http, bot_token: xoxb-1, signing_secret: hush}\n")
    assert settings.slack.signing_secret.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


def test_several_workspaces_need_no_token_and_their_key_lies_beside_the_file(tmp_path: Path) -> None:
    oauth = "oauth: {client_id: '1', client_secret: hush, url: 'https://w/'}"
    settings = read(tmp_path, "", slack=f"slack: {{mode: http, signing_secret: hush, {oauth}}}\n")
    assert settings.slack.oauth is not None
    assert (settings.slack.oauth.url, settings.slack.oauth.home) == ("https://w", "")
    assert settings.slack.oauth.key_file == tmp_path / "data/slack.key"
    assert "hush" not in repr(settings)


@pytest.mark.parametrize("case", ACTION_FAULTS)
def test_what_a_fault_in_an_action_says(case: str, tmp_path: Path) -> None:
    text, words = ACTION_FAULTS[case]
    assert fault(tmp_path, ACTION + text).startswith(words)


def test_every_fault_is_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = fault(tmp_path, "web:\n  prt: 1\ntiming:\n  edit_every: 2\n", slack="slack: {bot_token: a}\n")
    assert re.findall(r"line (\d+): (\S+)", text) == [
        ("2", "web.prt"),
        ("4", "timing.edit_every"),
        ("5", "slack.bot_token"),
        ("5", "slack.app_token"),
    ]


def test_every_missing_variable_and_file_is_told_at_once(tmp_path: Path) -> None:
    slack = 'slack:\n  bot_token: "file:bot"\n  app_token: "${APP} ${OTHER}"\n'
    text = fault(tmp_path, "web: {host: '${HOST}'}\n", slack=slack)
    assert re.findall(r"line (\d+): (\S+)", text) == [
        ("1", "web.host"),
        ("3", "slack.bot_token"),
        ("4", "slack.app_token"),
        ("4", "slack.app_token"),
    ]
    assert re.findall(r"the environment has no (\w+)", text) == ["HOST", "APP", "OTHER"]


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("127.0.0.1:9090", '"http://127.0.0.1:9090"'),
        ("prometheus.internal:9090/x", '"http://prometheus.internal:9090/x"'),
        ("prometheus", '"http://prometheus"'),
        ("ftp://a", '"http://127.0.0.1:9090"'),
        ("me:hush@a", '"http://127.0.0.1:9090"'),
    ],
)
def test_an_address_without_a_scheme(url: str, mend: str, tmp_path: Path) -> None:
    section = read(tmp_path, f"tools: {{a: {{type: x, url: '{url}'}}}}\n").tools["a"]
    with pytest.raises(ConfigError) as caught:
        validate_section(section, Toy)
    words = words_of(caught.value)
    assert words.endswith(f"\n  expected an address that begins with http:// or https://\n  mend: url: {mend}")


def test_ten_faults_are_enough(tmp_path: Path) -> None:
    text = fault(tmp_path, "web: {" + ", ".join(f"x{i}: 1" for i in range(14)) + "}\n")
    assert text.count("no such setting") == 10
    assert text.endswith("and 4 more")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"it cannot be read: No such file or directory\n  mend: name it with"):
        load(tmp_path / "absent.yaml", {})
    binary = tmp_path / "watchkeeper.yaml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(binary, {})
    binary.write_text("- a\n")
    with pytest.raises(ConfigError, match="must be a mapping of sections"):
        load(binary, {})


def test_a_secret_file_that_is_missing_or_empty(tmp_path: Path) -> None:
    slack = 'slack:\n  bot_token: "file:bot"\n'
    assert fault(tmp_path, "", slack=slack).startswith(
        "watchkeeper.yaml, line 2: slack.bot_token\n  bot cannot be read: No such file or directory"
    )
    (tmp_path / "bot").write_text(" \n")
    assert "bot is empty" in fault(tmp_path, "", slack=slack)


# --- no message holds a secret ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slack",
    [
        'slack: {bot_token: "hush-1", app_token: "${T}"}\n',
        "slack: {bot_token: [hush-1], app_token: {hush-2: 1}}\n",
        "slack: xoxb-12345678-hush\n",
        'slack: {bot_token: "${T}", app_token: 17, tokn: "hush-3"}\n',
        'slack: {bot_token: "${T}", app_token: "${T}"}\nmemory: "${T}"\n',
        'slack: {bot_token: "${T}", app_token: "${T}"}\nledger: {url: "postgres://me:hush-4@host/db"}\n',
    ],
)
def test_no_fault_shows_a_secret(slack: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "", {"T": "hush-0"}, slack)
    chain: list[BaseException] = [caught.value]
    while (below := chain[-1].__cause__) is not None:
        chain.append(below)
    assert "hush" not in "".join(f"{err!s}{err!r}" for err in chain).replace("{hush-2", "")


# --- the seam for connectors -----------------------------------------------------------------------------------------


def toy(folder: Path, options: str, kind: str = "tools", environ: Mapping[str, str] | None = None) -> Toy:
    settings = read(folder, f"{kind}:\n  toy:\n    type: toy\n{options}", environ)
    return validate_section(getattr(settings, kind)["toy"], Toy)


def test_a_section_becomes_the_connectors_config(tmp_path: Path) -> None:
    text = "    url: http://h\n    token: ${T}\n    seconds: 500ms\n    root: notes\n    history: {every: 2m}\n"
    config = toy(tmp_path, text, environ={"T": "hush"})
    assert config.token is not None
    assert (config.token.get_secret_value(), config.seconds, config.root) == ("hush", 0.5, tmp_path / "notes")
    assert config.history == Nested(every=120)


def test_a_partners_role_and_deadline_reach_its_config(tmp_path: Path) -> None:
    config = toy(tmp_path, "    url: http://h\n    role: log specialist\n    seconds: 3s\n", "partners")
    assert (config.role, config.seconds) == ("log specialist", 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            "    url: http://h\n    seconds: 30\n",
            "watchkeeper.yaml, line 5: tools.toy.seconds = 30\n"
            "  expected a duration with a unit, for example 30s or 2m\n  mend: seconds: 30s",
        ),
        (
            "    url: http://h\n    history:\n      every: 5\n",
            "watchkeeper.yaml, line 6: tools.toy.history.every = 5\n"
            "  expected a duration with a unit, for example 30s or 2m\n  mend: every: 5s",
        ),
        ("    {}\n".replace("{}", "ur: http://h"), "watchkeeper.yaml, line 2: tools.toy.url\n  it is missing"),
        (
            "    url: http://h\n    share: half\n",
            'watchkeeper.yaml, line 5: tools.toy.share = "half"\n  expected a number',
        ),
        (
            "    url: nowhere\n",
            'watchkeeper.yaml, line 4: tools.toy.url = "nowhere"\n'
            "  expected an address that begins with http:// or https://\n"
            '  mend: url: "http://nowhere"',
        ),
        (
            "    url: http://h\n    headers: {x: [hush]}\n",
            "watchkeeper.yaml, line 5: tools.toy.headers.x\n  expected a text",
        ),
    ],
)
def test_what_a_fault_in_a_section_says(options: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        toy(tmp_path, options)
    text = words_of(caught.value).replace(f"{tmp_path}/", "")
    assert text.startswith(words)
    assert "hush" not in text


def test_a_rule_between_fields_names_the_section(tmp_path: Path) -> None:
    section = read(tmp_path, "tools:\n  toy: {type: toy, url: hush, command: hush}\n").tools["toy"]
    with pytest.raises(ConfigError) as caught:
        validate_section(section, Either)
    assert words_of(caught.value).replace(f"{tmp_path}/", "") == (
        "watchkeeper.yaml, line 2: tools.toy\n  give either `url` or `command`"
    )


def test_an_error_without_a_line_gets_its_sections(tmp_path: Path) -> None:
    section = read(tmp_path, "tools:\n  toy:\n    type: promethius\n    url: x\n").tools["toy"]
    with pytest.raises(ConfigError) as caught, section.located():
        raise ConfigError("tools: there is no type `promethius`", field="tools.type", mend="type: prometheus")
    assert words_of(caught.value).replace(f"{tmp_path}/", "") == (
        "watchkeeper.yaml, line 3: tools.toy.type\n  tools: there is no type `promethius`\n  mend: type: prometheus"
    )


@examples(deadline=None)  # the first one may wait for a busy disk
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_words(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "watchkeeper.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with suppress(ConfigError):  # with any other error the test fails
        config_file.read(path)
