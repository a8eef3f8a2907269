"""Charts and data tables: what Slack takes of them, what it refuses, and where it says the fault is."""

from typing import Any

import pytest

from playground.slack.blocks import checked
from playground.slack.errors import SlackError

Json = dict[str, Any]
DAYS = ["Mon", "Tue", "Wed"]


def series(name: str = "errors", labels: list[str] = DAYS) -> Json:
    return {"name": name, "data": [{"label": label, "value": 1.5} for label in labels]}


def lines(kind: str = "line", **more: Any) -> Json:
    return {"type": kind, "series": [series()], "axis_config": {"categories": DAYS}} | more


def pie(*segments: Json) -> Json:
    return {"type": "pie", "segments": list(segments)}


def segment(label: str = "a", value: Any = 1) -> Json:
    return {"label": label, "value": value}


def chart(given: Any, title: str = "Failed requests") -> Json:
    return {"type": "data_visualization", "title": title, "chart": given}


def rows(count: int, columns: int = 2) -> list[list[Json]]:
    return [[{"type": "raw_text", "text": "x"}] * columns for _ in range(count)]


def grid(**more: Any) -> Json:
    return {"type": "data_table", "caption": "Evidence", "rows": rows(3)} | more


RICH = {"type": "rich_text", "elements": []}
ACCEPTED = [
    chart(lines("line")),
    chart(lines("bar", series=[series("a"), series("b", DAYS[::-1])])),
    chart(lines("area", axis_config={"categories": DAYS, "x_label": "Day", "y_label": "%"})),
    chart(pie(*[segment(str(number)) for number in range(6)])),
    grid(rows=rows(101, 20), page_size=100, row_header_column_index=19),
    grid(rows=[*rows(1), [{"type": "raw_number", "value": 7}, RICH]]),
]


@pytest.mark.parametrize("block", ACCEPTED, ids=range(len(ACCEPTED)))
def test_accepted(block: Json) -> None:
    assert checked([block])[0]["type"] == block["type"]


REFUSED = [
    (chart(lines(), title="x" * 51), "/title"),
    ({"type": "data_visualization", "title": "x"}, ""),
    (chart({"type": "radar"}), "/chart/type"),
    (chart(pie()), "/chart/segments"),
    (chart(pie(*[segment()] * 7)), "/chart/segments"),
    (chart(pie(segment("x" * 21))), "/chart/segments/0/label"),
    (chart(pie(segment(value=0))), "/chart/segments/0/value"),
    (chart(pie(segment(value="7"))), "/chart/segments/0/value"),
    (chart(lines(series=[])), "/chart/series"),
    (chart(lines(series=[series(str(number)) for number in range(7)])), "/chart/series"),
    (chart(lines(series=[series(), series()])), "/chart/series"),
    (chart(lines(series=[series("x" * 21)])), "/chart/series/0/name"),
    (chart(lines(series=[series(labels=DAYS[:2])])), "/chart/series/0/data"),
    (chart(lines(axis_config={"categories": ["x" * 21, *DAYS]})), "/chart/axis_config/categories/0"),
    (chart(lines(axis_config=None)), "/chart/axis_config"),
    (chart(lines(axis_config={"categories": DAYS, "y_label": "x" * 51})), "/chart/axis_config/y_label"),
    (grid(caption=""), ""),
    (grid(rows=rows(1)), "/rows"),
    (grid(rows=rows(102)), "/rows"),
    (grid(rows=rows(2, 21)), "/rows/0"),
    (grid(rows=[*rows(2), *rows(1, 3)]), "/rows/2"),
    (grid(rows=[[RICH, RICH], *rows(1)]), "/rows/0/0/type"),
    (grid(page_size=0), "/page_size"),
    (grid(page_size=101), "/page_size"),
    (grid(page_size="5"), "/page_size"),
    (grid(row_header_column_index=2), "/row_header_column_index"),
]


@pytest.mark.parametrize(("block", "pointer"), REFUSED, ids=[f"{n}{pointer}" for n, (_, pointer) in enumerate(REFUSED)])
def test_refused(block: Json, pointer: str) -> None:
    with pytest.raises(SlackError) as caught:
        checked([block])
    messages = caught.value.fields["response_metadata"]["messages"]
    assert any(message.endswith(f"[json-pointer:/blocks/0{pointer}]") for message in messages), messages


def test_a_message_holds_two_charts() -> None:
    assert len(checked([chart(lines())] * 2)) == 2
    with pytest.raises(SlackError, match="invalid_blocks"):
        checked([chart(lines())] * 3)
