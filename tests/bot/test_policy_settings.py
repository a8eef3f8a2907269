"""The policy in watchkeeper.yaml: what it becomes, what is wrong with it, and what the doctor says of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.doctor_policy import look_at_policy
from bot.doctor_slack import look_at_slack
from bot.policy import policy
from bot.settings import Settings, load
from engine.errors import ConfigError
from engine.model import Mode
from engine.oversight.freezes import Weekly
from engine.oversight.rules import Deciders, When
from playground.slack import SlackStandIn

HEAD = """slack: {{base_url: "{url}/api/", bot_token: "{bot}", app_token: "{app}"}}
actions:
  restart: {{type: http, title: restart, what: restart, approvers: {{group: S07CHECKAP1}}, options: {{url: "http://x"}}}}
"""
WHOLE = """
policy:
  mode: auto
  auto_window: 90s
  rules:
    - when: {action: "restart*", service: [checkout, pay-*], severity: SEV1, risk: [high, medium], environment: prod}
      approvers: {users: [U07PRIYA0R1], group: S07CHECKAP1, name: "@checkout-approvers", on_call: true}
      two_person: true
      expires: 10m
      veto: approvers
    - veto: {users: [U07MAYA0003], on_call: checkout}
      quorum: 3
      mode: observe
  freezes:
    - {name: weekend, every: "Fri 16:00 - Mon 08:00", when: {risk: high}}
    - {name: quarter end, from: "2026-12-30T00:00:00Z", until: "2027-01-02T08:00:00+01:00"}
on_call:
  checkout: {rotation: [U07PRIYA0R1, U07MAYA0003], starts: "2026-11-23T08:00:00Z", every: 7d, group: S07CHECKAP1}
"""


def read(
    folder: Path, text: str, url: str = "http://127.0.0.1:9", bot: str = "xoxb-1", app: str = "xapp-1"
) -> Settings:
    path = folder / "watchkeeper.yaml"
    path.write_text(HEAD.format(url=url, bot=bot, app=app) + text, "utf-8")
    return load(path, {})


def test_the_whole_policy_as_the_engine_takes_it(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    found = policy(settings.policy, settings.on_call)
    strict, quiet = found.rules
    assert (found.ceiling, found.auto_window) == (Mode.AUTO, 90.0)
    assert strict.when == When(("restart*",), ("checkout", "pay-*"), ("SEV1",), ("high", "medium"), ("prod",))
    assert strict.approvers == Deciders(("slack:U07PRIYA0R1",), "S07CHECKAP1", "@checkout-approvers", "checkout")
    assert (strict.two_person, strict.veto, strict.mode) == (True, "approvers", None)
    assert strict.expires == timedelta(minutes=10)
    assert strict.place == "watchkeeper.yaml line 9"
    assert quiet.veto == Deciders(("slack:U07MAYA0003",), on_call="checkout")
    assert (quiet.quorum, quiet.mode, quiet.approvers) == (3, Mode.OBSERVE, None)
    weekend, quarter = found.freezes
    assert weekend.span == Weekly(timedelta(days=4, hours=16), timedelta(hours=8))
    assert quarter.span.at(datetime(2027, 1, 2, 6, 59, tzinfo=UTC))
    assert quarter.span.at(datetime(2027, 1, 2, 7, 0, tzinfo=UTC)) is None
    shift = found.on_call("checkout", datetime(2026, 12, 1, tzinfo=UTC))
    assert shift is not None
    assert shift.user == "slack:U07MAYA0003"


def test_without_a_policy_it_is_review_and_everybody_may_veto(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    found = policy(settings.policy, settings.on_call)
    assert (found.ceiling, found.rules, found.freezes) == (Mode.REVIEW, (), ())


FREEZE = "policy:\n  freezes:\n"
FAULTS = {
    "a mode of another word": "policy: {mode: automatic}\n",
    "a rule with another word": "policy:\n  rules:\n    - when: {servise: x}\n",
    "a severity of another word": "policy:\n  rules:\n    - {when: {severity: SEV9}}\n",
    "a schedule that is not there": "policy:\n  rules:\n    - approvers: {on_call: night}\n",
    "true with two schedules": "policy:\n  rules:\n    - approvers: {on_call: true}\n",
    "two people by itself": "policy:\n  rules:\n    - {two_person: true, mode: auto}\n",
    "two of one": "policy:\n  rules:\n    - {two_person: true, approvers: {users: [U07PRIYA0R1]}}\n",
    "a freeze without a span": "policy:\n  freezes:\n    - {name: x, from: '2026-12-30T00:00:00Z'}\n",
    "a freeze of another form": "policy:\n  freezes:\n    - {name: x, every: 'Friday to Monday'}\n",
    "a freeze without an end": FREEZE + "    - {name: x, every: 'Fri 16:00 - Fri 16:00'}\n",
    "two freezes of one name": FREEZE
    + "".join(f"    - {{name: {n}, every: 'Fri 16:00 - Mon 08:00'}}\n" for n in "xyX"),
    "a stranger's veto": "policy:\n  rules:\n    - veto: {users: [bob]}\n",
    "no time at all": "policy: {auto_window: 0s}\n",
    "a mode far from any": "policy: {mode: fast}\n",
    "a freeze backwards": FREEZE + "    - {name: x, from: '2026-12-30T00:00:00Z', until: '2026-12-29T00:00:00Z'}\n",
    "a time without a zone": FREEZE + "    - {name: x, from: '2026-12-30T00:00', until: '2026-12-31T00:00:00Z'}\n",
    "a rotation without a beginning": "on_call: {day: {rotation: [U07PRIYA0R1]}}\n",
    "a schedule without anybody": "on_call: {day: {group: S07CHECKAP1}}\n",
}


def test_a_veto_of_another_word_is_told_in_the_words_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "policy:\n  rules:\n    - {veto: nobody}\n")
    assert str(caught.value).split("\n")[0].endswith('policy.rules[0].veto = "nobody"')
    assert str(caught.value).split("\n")[1:] == [
        "  expected `everyone`, `approvers`, or people listed as approvers are",
        "  mend: veto: everyone",
    ]


def test_what_a_fault_says(tmp_path: Path) -> None:
    said = {}
    for case, text in FAULTS.items():
        with pytest.raises(ConfigError) as caught:
            read(tmp_path, text)
        said[case] = str(caught.value).replace(f"{tmp_path}/", "").split("\n")
    assert said == snapshot(
        {
            "a mode of another word": [
                'watchkeeper.yaml, line 4: policy.mode = "automatic"',
                "  expected 'observe', 'review' or 'auto'",
                "  mend: mode: auto",
            ],
            "a rule with another word": [
                "watchkeeper.yaml, line 6: policy.rules[0].when.servise",
                "  policy.rules[0].when has no such setting",
                "  mend: service: …",
            ],
            "a severity of another word": [
                'watchkeeper.yaml, line 6: policy.rules[0].when.severity[0] = "SEV9"',
                "  expected 'SEV1', 'SEV2', 'SEV3' or 'SEV4'",
                "  mend: severity: [SEV4]",
            ],
            "a schedule that is not there": [
                'watchkeeper.yaml, line 6: policy.rules[0].approvers.on_call = "night"',
                "  expected the name of a schedule under `on_call`",
                "  mend: on_call: …",
            ],
            "true with two schedules": [
                "watchkeeper.yaml, line 6: policy.rules[0].approvers.on_call = true",
                "  expected one schedule under `on_call`, which `true` would mean; there are 0",
                "  mend: add `on_call`",
            ],
            "two people by itself": [
                "watchkeeper.yaml, line 6: policy.rules[0]",
                "  expected `mode: review`: what needs two people never starts by itself",
            ],
            "two of one": [
                "watchkeeper.yaml, line 6: policy.rules[0]",
                "  expected at least 2 approvers for a quorum of 2; 1 listed",
            ],
            "a freeze without a span": [
                "watchkeeper.yaml, line 6: policy.freezes[0]",
                "  expected `from` and `until`, or `every`",
            ],
            "a freeze of another form": [
                'watchkeeper.yaml, line 6: policy.freezes[0].every = "Friday to Monday"',
                "  expected two moments of the week, UTC",
                '  mend: every: "Fri 16:00 - Mon 08:00"',
            ],
            "a freeze without an end": [
                'watchkeeper.yaml, line 6: policy.freezes[0].every = "Fri 16:00 - Fri 16:00"',
                "  expected an end that is another moment than the beginning; this never ends",
                '  mend: every: "Fri 16:00 - Mon 08:00"',
            ],
            "two freezes of one name": [
                'watchkeeper.yaml, line 8: policy.freezes[2].name = "X"',
                "  expected a name of its own; the freeze in line 6 has this one",
                '  mend: name: "X 2"',
            ],
            "a stranger's veto": [
                'watchkeeper.yaml, line 6: policy.rules[0].veto.users[0] = "bob"',
                "  expected a member ID; in Slack: the profile, ⋮, Copy member ID",
                "  mend: users: [U07PRIYA0R1]",
            ],
            "no time at all": [
                'watchkeeper.yaml, line 4: policy.auto_window = "0s"',
                "  expected a duration, more than 0s",
                "  mend: auto_window: 60s",
            ],
            "a mode far from any": [
                'watchkeeper.yaml, line 4: policy.mode = "fast"',
                "  expected 'observe', 'review' or 'auto'",
                "  mend: mode: observe, review or auto",
            ],
            "a freeze backwards": ["watchkeeper.yaml, line 6: policy.freezes[0]", "  expected `until` after `from`"],
            "a time without a zone": [
                'watchkeeper.yaml, line 6: policy.freezes[0].from = "2026-12-30T00:00"',
                "  expected a moment with its zone",
                '  mend: from: "2026-11-23T08:00:00Z"',
            ],
            "a rotation without a beginning": [
                "watchkeeper.yaml, line 4: on_call.day",
                "  expected `starts`, the moment at which the first of the rotation begins",
            ],
            "a schedule without anybody": [
                "watchkeeper.yaml, line 4: on_call.day",
                "  expected `rotation` with `starts` and `every`, or `shifts`",
            ],
        }
    )


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


async def test_the_doctor_warns_of_what_nobody_could_decide(slack: SlackStandIn, tmp_path: Path) -> None:
    text = """
policy:
  rules:
    - {when: {action: "reboot-*"}, quorum: 2}
    - {when: {service: search}, approvers: {}}
    - {when: {service: payments}, quorum: 9}
    - {when: {severity: SEV1}, approvers: {on_call: day}, veto: {}}
    - {when: {severity: SEV2}, approvers: {on_call: night}, two_person: true}
  freezes:
    - {name: always, from: "2026-01-01T00:00:00Z", until: "2126-01-01T00:00:00Z", when: {service: search}}
on_call:
  day: {shifts: [{user: U07PRIYA0R1, from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z"}]}
  night: {rotation: [U07SAMR0007], starts: "2026-01-01T00:00:00Z"}
"""
    settings = await asyncio.to_thread(read, tmp_path, text, slack.url, slack.app.bot_token, slack.app.app_token)
    rows = [row for row in await look_at_slack(settings) if row.what == "approvers"] + await look_at_policy(settings)
    assert [row.text.split("\n") for row in rows if "always" not in row.text] == snapshot(
        [
            ["approvers    ok    restart: 4 can approve, 1 must"],
            [
                "approvers    warn  policy, rule on line 8: the list is empty, so nobody can approve it",
                "                   mend: watchkeeper.yaml line 8, approvers",
            ],
            [
                "approvers    FAIL  policy, rule on line 10: 0 can approve, 1 must",
                "                   mend: watchkeeper.yaml line 10, approvers",
            ],
            [
                "approvers    FAIL  policy, rule on line 11: 0 can approve, 2 must; U07SAMR0007 is a guest",
                "                   mend: watchkeeper.yaml line 11, approvers",
            ],
            [
                "approvers    FAIL  restart, rule on line 9: 4 can approve, 9 must",
                "                   mend: watchkeeper.yaml line 9, quorum",
            ],
            [
                "policy       warn  rule on line 7 can never match: no action is called reboot-*",
                "                   mend: watchkeeper.yaml line 7, when.action; actions: restart",
            ],
            [
                "policy       warn  rule on line 10: the list is empty, so nobody can veto",
                "                   mend: watchkeeper.yaml line 10, veto",
            ],
            [
                "on call      warn  day: a gap now, nobody is on call",
                "                   mend: on_call.day in watchkeeper.yaml",
            ],
        ]
    )
    [frozen] = [row for row in rows if "always" in row.text]
    assert frozen.says.startswith("freeze “always” is on until ")
    assert frozen.says.endswith(": nothing starts for service search")
