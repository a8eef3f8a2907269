"""Charts: what Slack's own shows, what it says for whoever does not see it, and what a workspace without it gets."""
# ruff: noqa: E501  words are not wrapped

from dataclasses import replace
from datetime import timedelta
from typing import Any

from inline_snapshot import snapshot

from bot.views.chart import Chart, Mark, chart_blocks, chart_of
from bot.views.plainer import plainer, refused_kind
from bot.views.scene import Message
from bot.views.thread import thread
from engine.model import Series
from tests.views.book import utc
from tests.views.incident_2041 import scene
from tests.views.nouns_2041 import MEASURE, failed_requests
from tests.views.situations import SITUATIONS
from tests.views.test_limits import HOSTILE, check


def shown(situation: str, slot: str) -> Message:
    state = SITUATIONS[situation]().state()
    return next(message for message in thread(state, scene(state.n)) if message.slot == slot)


def block(message: Message, kind: str = "data_visualization") -> dict[str, Any]:
    found: dict[str, Any] = next(block for block in message.blocks if block["type"] == kind)
    return found


def test_the_proof_shows_the_way_to_it_with_threshold_and_decisions() -> None:
    message = shown("closed", "result/19")
    chart = block(message)
    assert chart["title"] == "Error rate of checkout, 01:57 to 02:16 UTC"
    assert [line["name"] for line in chart["chart"]["series"]] == ["error rate", "threshold 1\u00a0%"]
    value, threshold = ([point["value"] for point in line["data"]] for line in chart["chart"]["series"])
    assert (max(value), value[-1], set(threshold)) == (7.4, 0.2, {1.0})
    axes = chart["chart"]["axis_config"]
    assert (axes["y_label"], axes["x_label"]) == ("error rate, %", "UTC")
    assert [label for label in axes["categories"] if " " in label] == snapshot(
        ["02:07 alert", "02:11 approved", "02:11 started", "02:13 done", "02:16 verified"]
    )
    below = message.blocks[message.blocks.index(chart) + 1]
    assert below["elements"][0]["text"].replace("\u00a0", " ") == snapshot(
        "Threshold 1 % · alert 02:07:04, approved 02:11:48, started 02:11:48, done 02:13:02, verified 02:16:02 UTC"
    )
    assert message.charts[0].alt == snapshot(
        "Line chart, error rate of checkout, 24 Nov 2026 01:57 to 02:16 UTC. First 0.2\xa0%, highest 7.4\xa0% at 02:07, lowest 0.2\xa0% at 01:57, last 0.2\xa0%. Dashed line: threshold 1\xa0%. Marks: alert 02:07, approved 02:11, started 02:11, done 02:13, verified 02:16."
    )


def test_the_conclusion_shows_the_symptom_and_a_recovery_is_shown_in_the_summary() -> None:
    assert block(shown("concluded", "conclusion/1"))["title"] == "Errors of checkout, 01:57 to 02:06 UTC"
    recovered = shown("recovered", "summary/1")
    assert [mark.word for mark in recovered.charts[0].marks] == ["alert", "alert ended", "read again"]
    assert shown("closed", "summary/1").charts == (), "the result has it already"
    assert shown("done", "result/19").charts == (), "nothing is proven yet"


def test_a_workspace_without_charts_and_tables_gets_a_picture_and_lines() -> None:
    message = shown("closed", "result/19")
    chart = message.charts[0]
    without = {"data_visualization", "table"}
    plain = plainer(message, without, {chart.id: "F07CHART"})
    check(plain)
    picture = block(plain, "image")
    assert picture["slack_file"] == {"id": "F07CHART"}
    assert picture["alt_text"] == chart.alt
    assert picture["title"]["text"] == chart.title
    words = "\n".join(b["text"]["text"] for b in plain.blocks if b["type"] == "section").replace("\u00a0", " ")
    assert "*Measure · Before · After, 02:16 UTC · Threshold*\nError rate · 7.3 % · 0.2 % · below 1 %" in words
    unfinished = plainer(message, without, {})
    assert [b["type"] for b in unfinished.blocks] == ["section", "section", "context", "context"]
    check(unfinished)


def test_a_plan_as_lines_says_who_is_silent() -> None:
    plain = plainer(shown("concluded", "plan/1"), {"plan"}, {})
    text = plain.blocks[0]["text"]["text"].replace("\u00a0", " ")
    assert text.startswith(
        "*Investigation finished in 54 s: 5 of 6 sources answered*\nprometheus: when did errors start? (done)"
    )
    assert "dynatrace: which dependency slowed first? (no answer): No answer in 20 s" in text


def test_every_situation_fits_a_workspace_that_has_none_of_them() -> None:
    for book in SITUATIONS.values():
        state = book().state()
        for message in thread(state, scene(state.n)) if state.triage else []:
            check(plainer(message, {"data_visualization", "table", "plan"}, {c.id: "F1" for c in message.charts}))


def test_slacks_refusal_names_the_kind_of_block() -> None:
    message = shown("closed", "result/19")
    at = [b["type"] for b in message.blocks].index("table")
    refusal = "Slack refused chat.update: invalid_blocks"
    assert (
        refused_kind(message, f"{refusal} [ERROR] unsupported type: table [json-pointer:/blocks/{at}/type]") == "table"
    )
    assert refused_kind(message, refusal) == "data_visualization", "no pointer: the newest kind there is"
    assert refused_kind(message, f"{refusal} [ERROR] too long [json-pointer:/blocks/0/text]") == ""
    assert refused_kind(message, "Slack refused chat.update: not_in_channel") == ""


def test_hostile_names_neither_mention_nor_break_the_limits() -> None:
    measure = MEASURE.model_copy(update={"name": HOSTILE, "unit": HOSTILE})
    chart = chart_of(failed_requests(22), HOSTILE, [Mark(utc("02:07:04"), "alert")], measure)
    assert chart is not None
    message = Message("result/19", "text", chart_blocks(chart), "watchkeeper_verification", 1, charts=(chart,))
    for dressed in (message, plainer(message, {"data_visualization"}, {chart.id: "F07CHART"})):
        check(dressed)
        assert "<!channel>" not in str(dressed.blocks)
        assert "\u202e" not in str(dressed.blocks)


def test_points_within_a_second_and_many_marks_still_have_labels_of_their_own() -> None:
    points = tuple((0.1 * i, 1.0 * i) for i in range(60))
    series = Series(name="load", since=utc("02:07:04"), points=points)
    marks = [Mark(utc("02:07:05") + timedelta(milliseconds=i), "alert") for i in range(30)]
    chart = chart_of(series, "checkout", marks)
    assert chart is not None
    check(Message("x/1", "text", chart_blocks(chart), "watchkeeper_verification", 1, charts=(chart,)))


def test_two_values_at_one_moment_are_no_line() -> None:
    for points in (((0.0, 1.0),), ((0.0, 1.0), (0.0, 2.0))):
        assert chart_of(Series(since=utc("02:07:04"), points=points), "checkout", []) is None


def test_another_value_is_another_picture() -> None:
    chart = Chart("errors", "checkout", "%", 0.01, ((utc("02:07:04"), 0.1), (utc("02:07:09"), 0.2)), ())
    assert chart.id == replace(chart).id
    assert chart.id != replace(chart, threshold=0.02).id
