"""The log specialist finds its window, its episode and what failures share, in any log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playground.partners.findings import find_pattern
from playground.partners.log_lines import episode_start, lines_between
from playground.shop.journal import Journal

GOOD = "2026.11.24-2"


def test_a_window_is_found_in_a_long_log_that_was_put_away(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    rows = [_row(start + timedelta(seconds=number), number) for number in range(3000)]
    log.with_name("shop.log.1").write_text("".join(rows[:2000]), "utf-8")
    log.write_text("".join(rows[2000:]) + '{"time":"2026-11-24T02:5', "utf-8")
    for first, last in ((0, 10), (1990, 2010), (2500, 2500), (2990, 3000)):
        found = lines_between(log, start + timedelta(seconds=first), start + timedelta(seconds=last))
        assert [line["n"] for line in found] == list(range(first, last))
    assert list(lines_between(tmp_path / "none.log", start, start + timedelta(days=1))) == []


def _row(time: datetime, number: int) -> str:
    stamp = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": stamp, "n": number, "error": "E", "padding": "x" * 200}, separators=(",", ":")) + "\n"


def test_an_episode_begins_after_ten_quiet_seconds(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    log.write_text("".join(_row(start + timedelta(seconds=at), at) for at in (0, 5, 60, 65, 74, 200)), "utf-8")
    first = episode_start(log, start + timedelta(seconds=100), error="E")
    assert first is not None
    assert first["n"] == 60
    assert episode_start(log, start + timedelta(seconds=100), error="other") is None


def test_failures_without_a_common_cause_are_not_given_one() -> None:
    errors = ["A"] * 2 + ["B"] * 2 + ["C"] * 3
    lines = [{"status": 500, "error": error, "release": GOOD, "app": "6.4"} for error in errors]
    requests, pattern = find_pattern([*lines, {"status": 201, "release": GOOD, "app": "6.4"}])
    assert requests == 8
    assert pattern is not None
    assert (pattern.error, pattern.share < 0.5, pattern.apps) == ("C", True, None)


def test_a_log_is_put_away_before_it_fills_the_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "shop.log", keep=1000)
    for number in range(30):
        journal.write("INFO", n=number)
    journal.close()
    assert (tmp_path / "shop.log.1").exists()
    assert (tmp_path / "shop.log").stat().st_size <= 1000
