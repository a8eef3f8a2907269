"""What Slack refuses in the blocks that carry figures: `table`, `data_table`, `data_visualization`. It draws nothing.

Sources: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block, …/data-table-block, …/table-block
"""

from collections.abc import Iterator
from typing import Any

from playground.slack import block_rules as rules
from playground.slack.model import Json
from playground.slack.shapes import Fault, counted, each, objects, shaped, worded


def faults(block: Json, at: str) -> Iterator[Fault]:
    """What is wrong inside one such block."""
    yield from _chart(block, at) if block["type"] == "data_visualization" else _table(block, at)


def _table(block: Json, at: str) -> Iterator[Fault]:
    """Rows of cells, each of a kind a table can hold; a `data_table` also wants them equally long."""
    rows = block["rows"] if isinstance(block.get("rows"), list) else []
    for number, row in enumerate(rows):
        yield from counted(row, 1, rules.TABLE_COLUMNS, f"{at}/rows/{number}")
        for column, cell in enumerate(objects(row)):
            if cell.get("type") not in rules.TABLE_CELLS:
                yield f"unsupported type: {cell.get('type')}", f"{at}/rows/{number}/{column}/type"
    if block.get("type") == "data_table" and rows:
        yield from _data_table(block, rows, at)


def _data_table(block: Json, rows: list[Any], at: str) -> Iterator[Fault]:
    lengths = [len(row) for row in rows if isinstance(row, list)]
    for number, length in enumerate(lengths):
        if length != lengths[0]:
            yield "all rows must have the same number of columns", f"{at}/rows/{number}"
    for column, cell in enumerate(objects(rows[0])):
        if cell.get("type") == "rich_text":
            yield "rich_text is not allowed in the header row", f"{at}/rows/0/{column}/type"
    index = block.get("row_header_column_index")
    if lengths and isinstance(index, int) and index >= lengths[0]:
        yield f"must be less than {lengths[0]}", f"{at}/row_header_column_index"


def _chart(block: Json, at: str) -> Iterator[Fault]:
    """A chart: the slices of a pie, or series over one list of categories."""
    chart, at = block.get("chart"), f"{at}/chart"
    if not isinstance(chart, dict):
        yield "must be an object", at
    elif chart.get("type") == "pie":
        yield from shaped(chart, rules.PIE, at)
        yield from _points(chart.get("segments"), f"{at}/segments")
        for number, segment in enumerate(objects(chart.get("segments"))):
            if _is_number(segment.get("value")) and segment["value"] <= 0:
                yield "must be greater than 0", f"{at}/segments/{number}/value"
    elif chart.get("type") in rules.SERIES_CHARTS:
        yield from shaped(chart, rules.SERIES_CHART, at)
        yield from _axes(chart.get("axis_config"), f"{at}/axis_config")
        yield from _series(chart, at)
    else:
        yield f"unsupported type: {chart.get('type')}", f"{at}/type"


def _axes(axes: Any, at: str) -> Iterator[Fault]:
    if not isinstance(axes, dict):
        yield "must be an object", at
        return
    yield from shaped(axes, rules.AXES, at)
    for number, label in enumerate(_categories(axes)):
        yield from worded(label, rules.CHART_LABEL, (), f"{at}/categories/{number}")


def _series(chart: Json, at: str) -> Iterator[Fault]:
    series, categories = objects(chart.get("series")), _categories(chart.get("axis_config"))
    yield from each(chart.get("series"), rules.SERIES, f"{at}/series")
    names = [one.get("name") for one in series]
    if len(names) != len(set(names)):
        yield "series names must be unique", f"{at}/series"
    for number, one in enumerate(series):
        where = f"{at}/series/{number}/data"
        yield from _points(one.get("data"), where)
        labels = [point.get("label") for point in objects(one.get("data"))]
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            yield "must have exactly one data point for each category", where


def _points(points: Any, at: str) -> Iterator[Fault]:
    yield from each(points, rules.POINT, at)
    for number, point in enumerate(objects(points)):
        if "value" in point and not _is_number(point["value"]):
            yield "must be a number", f"{at}/{number}/value"


def _categories(axes: Any) -> list[Any]:
    given = axes.get("categories") if isinstance(axes, dict) else None
    return given if isinstance(given, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
