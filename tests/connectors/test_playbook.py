"""The shipped playbook tells the storyboard's story; a mistake in one is named by file, line, field and mend."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.reasoners.playbook import Playbooks, PlaybooksConfig
from engine.errors import ConfigError
from engine.model import Alert, Conclusion, Finding, Heard, Plan, Question, Severity, Silence, Window

SHIPPED = Path("playbooks/error-rate-after-release.yaml")
NB = "\u00a0"
WINDOW = Window(since=datetime(2026, 11, 24, 1, 7, 4, tzinfo=UTC), until=datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC))
HALF_HOUR = Window(since=datetime(2026, 11, 24, 1, 37, 4, tzinfo=UTC), until=WINDOW.until)
ALERT = Alert(
    source="alertmanager",
    name="CheckoutErrorRate",
    status="firing",
    fingerprint="f00d",
    service="checkout",
    environment="production",
    severity="major",
    summary=f"7.3{NB}% of requests fail",
    annotations={"description": f"the threshold is 1{NB}%, exceeded for 2{NB}min"},
    labels={"alertname": "CheckoutErrorRate"},
)
FACTS: dict[str, dict[str, Any]] = {
    "errors": {"value": 0.073, "changed": True, "onset": "2026-11-24T02:04:00+00:00"},
    "payments": {"value": 0.001, "changed": False},
    "database": {"value": 0.31, "changed": False},
    "partner/releases": {
        "release": "2026.11.24-3", "previous": "2026.11.24-2", "began": "2026-11-24T02:01:12.000Z", "migration": False,
        "canary_at": "2026-11-24T02:03:00.000Z", "canary_orders": 50, "canary_errors": 0, "canary_with_currency": 50,
    },
    "partner/logs": {
        "error": "KeyError: 'currency'", "failed": 430, "matching": 412, "share": 0.9581, "release": "2026.11.24-3",
        "one_release": True, "apps": "6.2 and older", "first_seen": "2026-11-24T02:03:41.000Z", "other_failures": 18,
    },
}  # fmt: skip
SAYS = {
    "errors": "Errors left their normal range at 02:04",
    "payments": f"Payment provider errors flat at 0.1{NB}%",
    "database": "Database 31 of 100 connections",
}
DYNATRACE = Question(key="partner/dynatrace", source="dynatrace", by="partner", question="which dependency slowed?")


def shipped(*tools: str) -> Playbooks:
    return Playbooks("playbook", PlaybooksConfig(files=(SHIPPED,), tools=frozenset(tools)))


# Made here: reading files is for the start, not for the event loop.
SHOP, PROMETHEUS, ANY = shipped("shop_metrics"), shipped("prometheus", "other"), shipped()


async def planned(reasoner: Playbooks) -> Plan:
    return await reasoner.plan(ALERT, await reasoner.triage(ALERT), WINDOW)


def heard(plan: Plan, **changes: dict[str, Any]) -> list[Heard]:
    answers = []
    for entry, question in enumerate(plan.questions, 7):
        facts = FACTS[question.key] | changes.get(question.key.removeprefix("partner/"), {})
        says = SAYS.get(question.key, "A long answer.")
        found = Finding(source=question.source, says=says, facts=facts, window=HALF_HOUR)
        answers.append(Heard(entry, question, finding=found))
    silence = Silence(source="dynatrace", reason="timeout", says="did not answer", seconds=20)
    return [*answers, Heard(15, DYNATRACE, silence=silence)]


async def concluded(**changes: dict[str, Any]) -> Conclusion:
    reasoner = SHOP
    plan = await planned(reasoner)
    return await reasoner.conclude(ALERT, plan, heard(plan, **changes))


async def test_triage_by_the_playbook() -> None:
    triage = await ANY.triage(ALERT)
    assert (triage.severity, triage.service, triage.title) == (Severity.SEV2, "checkout", f"7.3{NB}% of requests fail")
    assert triage.summary == f"7.3{NB}% of requests fail; the threshold is 1{NB}%, exceeded for 2{NB}min"


async def test_what_is_looked_at_and_who_is_asked() -> None:
    plan = await planned(PROMETHEUS)
    assert plan.playbook == "error-rate-after-release"
    assert plan.window == HALF_HOUR
    assert [(q.key, q.source, q.by) for q in plan.questions] == [
        ("errors", "prometheus", "tool"),
        ("payments", "prometheus", "tool"),
        ("database", "prometheus", "tool"),
        ("partner/releases", "releases", "partner"),
        ("partner/logs", "logs", "partner"),
    ]
    assert plan.questions[0].question == "when did errors start?"
    assert plan.questions[3].question == "what changed since 01:37 UTC?"
    assert "{value:%}" in plan.questions[2].arguments["says"]  # for the tool to fill


async def test_what_it_adds_up_to() -> None:
    conclusion = await concluded()
    assert conclusion.likely
    assert conclusion.likely.says == (
        "release 2026.11.24-3 fails on orders without a currency, sent by app 6.2 and older"
    )
    assert (conclusion.likely.confidence, conclusion.likely.entries) == (0.92, (10, 11))
    assert [(h.says, h.ruled_out, h.entries) for h in conclusion.others] == [
        ("Payment provider down", f"error rate flat at 0.1{NB}% for 30{NB}min", (8,)),
        ("Database saturated", "Database 31 of 100 connections, no change", (9,)),
    ]
    assert [(row.source, row.says, row.bears, row.entry) for row in conclusion.evidence] == [
        ("shop_metrics", "Errors left their normal range at 02:04", "agrees", 7),
        (
            "releases",
            "2026.11.24-3 begun 02:01:12; canary healthy at 02:03",
            "agrees on time, contradicts on health",
            10,
        ),
        ("logs", "KeyError: 'currency' in 412 of 430, all on 2026.11.24-3", "agrees", 11),
        ("shop_metrics", f"Payment provider errors flat at 0.1{NB}%", "rules out another cause", 8),
        ("shop_metrics", "Database 31 of 100 connections", "rules out another cause", 9),
        ("dynatrace", f"No answer in 20{NB}s", "silent", 15),
    ]
    assert conclusion.contradictions == (
        "`releases` reports a healthy canary (entry 10), `logs` counts 412 failures on the same release (entry 11). "
        "Both can hold: the canary sent 50 orders and every one had a currency (entry 10).",
    )
    assert conclusion.unexplained == "18 of 430 failures"
    assert conclusion.silent == ("dynatrace",)


async def test_both_can_hold_only_where_a_fact_says_so() -> None:
    conclusion = await concluded(releases={"canary_with_currency": 12})
    assert "Both can hold" not in conclusion.contradictions[0]
    conclusion = await concluded(releases={"canary_with_currency": None})
    assert "Both can hold" not in conclusion.contradictions[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"logs": {"share": 0.3}},
        {"logs": {"release": "2026.11.24-1"}},
        {"logs": {"first_seen": "2026-11-24T02:00:00Z"}},
        {"releases": {"began": None}},
        {"releases": {"release": None}},
        {"logs": {"one_release": False}},
    ],
)
async def test_when_nothing_stands_out_nothing_is_claimed(changes: dict[str, dict[str, Any]]) -> None:
    conclusion = await concluded(**changes)
    assert conclusion.likely is None
    assert conclusion.unexplained == ""
    assert [h.name for h in conclusion.ruled_out] == ["payment-provider", "database"]


async def test_another_error_has_the_plainer_cause() -> None:
    conclusion = await concluded(logs={"error": "ValueError: x"})
    assert conclusion.likely
    assert conclusion.likely.says == "release 2026.11.24-3 fails with ValueError: x"


async def test_what_is_proposed() -> None:
    reasoner = SHOP
    plan = await planned(reasoner)
    answers = heard(plan)
    draft = await reasoner.propose(ALERT, await reasoner.conclude(ALERT, plan, answers), answers)
    assert draft
    assert draft.action == "rollback-release"
    assert draft.arguments == {"service": "checkout", "from": "2026.11.24-3", "to": "2026.11.24-2"}
    assert draft.why == (
        "412 of 430 failures are `KeyError: 'currency'`, all on 2026.11.24-3 (entry 11), which began "
        f"2{NB}min 29{NB}s before the first of them (entry 10)."
    )
    assert draft.proposed_by == "playbook error-rate-after-release"
    assert draft.measure
    assert (draft.measure.threshold, draft.measure.before, draft.measure.settle_seconds) == (0.01, 0.073, 180)
    assert draft.measure.tool == "shop_metrics"
    alone = await reasoner.measure(ALERT)
    assert alone == draft.measure.model_copy(update={"before": None})


@pytest.mark.parametrize("changes", [{"migration": True}, {"migration": None}, {"previous": None}, {"previous": ""}])
async def test_what_is_not_sure_is_not_proposed(changes: dict[str, Any]) -> None:
    reasoner = SHOP
    plan = await planned(reasoner)
    answers = heard(plan, releases=changes)
    assert await reasoner.propose(ALERT, await reasoner.conclude(ALERT, plan, answers), answers) is None


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 500)
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(
        ["2026.11.24-3", "2026-11-24T02:01:12Z", "KeyError: 'currency'", "{logs.error}", "{alert.__class__}"]
    )
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(FACTS)),
        st.dictionaries(st.sampled_from(sorted({name for facts in FACTS.values() for name in facts})), SCALARS),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
async def test_any_facts_give_a_conclusion(facts: dict[str, dict[str, Any]]) -> None:
    reasoner = SHOP
    plan = await planned(reasoner)
    answers = [
        Heard(n, q, finding=Finding(source=q.source, says="x", facts=facts.get(q.key, {})))
        for n, q in enumerate(plan.questions, 7)
    ]
    conclusion = await reasoner.conclude(ALERT, plan, answers)
    assert conclusion == await reasoner.conclude(ALERT, plan, answers)
    await reasoner.propose(ALERT, conclusion, answers)
    assert len(conclusion.evidence) == len(answers)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("critical", "SEV1"), ("Major", "SEV2"), ("page", "SEV2"), ("warning", "SEV3"), ("info", "SEV4"), ("", "SEV4")],
)
async def test_an_alert_without_a_playbook_is_triaged_by_its_labels(severity: str, expected: str) -> None:
    alert = ALERT.model_copy(update={"name": "Other", "labels": {}, "severity": severity})
    reasoner = ANY
    triage = await reasoner.triage(alert)
    assert triage.severity == expected
    plan = await reasoner.plan(alert, triage, WINDOW)
    assert plan == Plan(window=WINDOW)
    conclusion = await reasoner.conclude(alert, plan, [])
    assert conclusion.likely is None
    assert await reasoner.propose(alert, conclusion, []) is None
    assert await reasoner.measure(alert) is None


GOOD = """\
name: one
match: {alertname: "~A.*", team: [x, "~y+"]}
look:
  - key: errors
    question: when?
    with: {prometheus: {query: up}}
hypotheses:
  - name: h
    says: it is {errors.value}
    when: errors.changed
propose: {hypothesis: h, action: act, why: so}
measure: {look: errors, name: rate, threshold: 1, settle: 90s}
"""


def written(folder: Path, text: str, name: str = "one.yaml") -> PlaybooksConfig:
    (folder / name).write_text(text)
    return PlaybooksConfig(files=(folder,))


async def test_labels_match_exactly_by_expression_or_by_list(tmp_path: Path) -> None:
    reasoner = await asyncio.to_thread(lambda: Playbooks("p", written(tmp_path, GOOD)))
    for labels, fits in [({"team": "x"}, True), ({"team": "yy"}, True), ({"team": "xx"}, False), ({}, False)]:
        alert = Alert(source="s", name="Abc", status="firing", fingerprint="f", labels=labels)
        assert bool(await reasoner.measure(alert)) is fits, labels


@pytest.mark.parametrize(
    ("old", "new", "line", "words", "mend"),
    [
        ("settle: 90s", "settle: 90", 12, "a duration with a unit", ""),
        ("threshold: 1", "treshold: 1", 12, "no setting `treshold`", "threshold:"),
        ("when: errors.changed", "when: [errors.changed, errors.value => 1]", 10, "is no rule", ""),
        ("when: errors.changed", "when: errorz.changed", 10, "`errorz` is not the name of anything", "errors"),
        ("it is {errors.value}", "it is {error.value}", 9, "`error` is not the name", "errors"),
        ("hypothesis: h", "hypothesis: hh", 11, "`hh` is not the name", ""),
        ("measure: {look: errors", "measure: {look: error", 12, "`error` is not the name", "errors"),
        ("    question: when?\n", "", 4, "`question` is missing", "question: …"),
        ("name: one", "name: 'a b'", 1, "", ""),
        ("key: errors", "key: alert", 4, "is taken", ""),
        ('"~A.*"', '"~A("', 1, "not a regular expression", ""),
        ("name: one", "name: one\nname: two", 2, "said twice", ""),
        ("name: one", "name: [one", 2, "it is no YAML", ""),
        ("says: it is", "says: it: is", 9, "it is no YAML", ""),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, line: int, words: str, mend: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as told:
        Playbooks("p", written(tmp_path, GOOD.replace(old, new, 1)))
    text = str(told.value)
    assert text.startswith(f"{tmp_path / 'one.yaml'}, line {line}: "), text
    assert words in text
    assert told.value.line == line
    assert f"mend: {mend}" in text if mend else True


def test_other_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"no file or folder none.yaml in {tmp_path}"):
        Playbooks("p", PlaybooksConfig(files=(tmp_path / "none.yaml",)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no \*\.yaml"):
        Playbooks("p", PlaybooksConfig(files=(tmp_path / "empty",)))
    written(tmp_path, GOOD, "two.yaml")
    with pytest.raises(ConfigError, match="has this name already"):
        Playbooks("p", written(tmp_path, GOOD))
    for text in ("", "- a\n", "5"):
        with pytest.raises(ConfigError):
            Playbooks("p", PlaybooksConfig(files=(written(tmp_path, text, "odd.yml").files[0] / "odd.yml",)))


def test_what_it_names_and_nobody_configured_is_told() -> None:
    def told(files: Path, **names: frozenset[str]) -> list[str]:
        config = PlaybooksConfig(files=(files,), tools=frozenset({"prometheus"}), **names)
        return [str(notice) for notice in Playbooks("p", config).notices]

    nobody = {"partners": frozenset[str](), "actions": frozenset[str]()}
    assert told(Path("playbooks/prometheus"), **nobody) == []
    words = told(SHIPPED, **nobody | {"partners": frozenset({"logs"})})
    assert [re.sub(r"line \d+", "line …", one) for one in words] == [
        f'{SHIPPED}, line …: ask.0.partner = "releases"\n  the partner `releases` is not configured; '
        "it will be silent\n  mend: configure partners.releases, or take it out",
        f'{SHIPPED}, line …: propose.action = "rollback-release"\n  the action `rollback-release` is not configured; '
        "it cannot be proposed\n  mend: configure actions.rollback-release, or take `propose` out",
    ]
    assert ANY.notices == ()


def test_a_reading_that_no_tool_can_take_is_named() -> None:
    with pytest.raises(ConfigError, match="`errors` needs one of the tools shop_metrics, prometheus"):
        shipped("azure")
