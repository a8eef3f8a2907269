"""The figures: their arithmetic, their files, and that the programs they are taken from do what they are said to do."""

import asyncio
import json
import math
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bench import report
from bench.__main__ import FIGURES
from bench.alerts import alert_accepted
from bench.append import ledger_append, noted
from bench.commands import burst, slash_ack
from bench.figure import TARGETS, Figure, Pair, Target, figure, percentile, rounded
from bench.report import Machine
from bench.site import QUIET, Posts, Site

NAMES = [
    "slash_ack",
    "slash_burst",
    "alert_accepted",
    "alert_to_message",
    "decision_to_action",
    "reaction_to_root",
    "decisions_in_flight",
    "dead_backends",
    "mirror_throughput",
    "mirror_lag",
    "ledger_append",
    "ledger_append_postgresql",
    "idle_memory",
]
MACHINE = Machine(cores=2, python="3.11.7", sqlite="3.40.1", load=0.4)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(tmp_path) as site:
        yield site


# arithmetic


def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_columns() -> None:
    pairs = [Pair(1, 1), Pair(2, 1), Pair(30, 10)]
    found = figure("slash_ack", "ms", pairs, "…", tail=True)
    assert (found.value, found.floor, found.ratio, found.runs, found.p99) == (2, 1, 2, 3, 30)


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1)])
def test_percentile(percent: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.15649, 0.156), (12.345, 12.3), (5312.7, 5313), (0, 0)])
def test_three_digits(value: float, expected: float) -> None:
    assert rounded(value) == expected


def test_a_target_is_met_when_every_limit_of_it_holds() -> None:
    both = Target(most=40, ratio_most=4)
    assert both.met(40, 4)
    assert not both.met(41, 1)
    assert not both.met(1, 4.1)
    assert not Target(ratio_least=0.4).met(1, 0.39)
    assert Target().met(math.inf, math.inf)
    assert both.words("ms") == "≤ 4 × and ≤ 40 ms"


async def test_posts_wait_only_when_the_burst_is_used_up() -> None:
    posts = Posts(burst=2, per_second=20)
    began = asyncio.get_running_loop().time()
    await posts.room_for(2)
    assert asyncio.get_running_loop().time() - began < 0.05
    await posts.room_for(2)
    assert asyncio.get_running_loop().time() - began >= 0.1 - 0.02


# files


def test_every_figure_has_a_name_and_a_target() -> None:
    assert list(FIGURES) == list(TARGETS) == NAMES


def test_the_committed_list_has_the_promised_form() -> None:
    rows = json.loads(report.LIST.read_text("utf-8"))
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        assert list(row) == ["name", "value", "unit", "floor", "ratio", "runs"]
        assert all(row[key] > 0 for key in ("value", "floor", "ratio", "runs"))
        assert TARGETS[row["name"]].met(row["value"], row["ratio"])


def test_the_committed_page_shows_the_same_run_and_names_no_place() -> None:
    page = report.TABLE.read_text("utf-8")
    for row in json.loads(report.LIST.read_text("utf-8")):
        assert f"| `{row['name']}` | {row['value']:g} {row['unit']} |" in page
    assert not re.search(r"/(home|root|tmp|usr|var|work)\b|\b(\d+\.){3}\d+\b|localhost", page)


def test_a_missed_figure_says_so_in_the_page() -> None:
    found = Figure("slash_ack", 9.0, "ms", 1.0, 9.0, 10, "What is measured.")
    assert "**missed:** ≤ 2.5 ×" in report.table([found], MACHINE)
    assert report.line(found).endswith("MISSED")
    assert json.loads(report.as_list([found])) == [found.row()]


# the programs


async def test_both_sides_acknowledge_and_keep_every_command(site: Site) -> None:
    found = await slash_ack(site, pairs=3)
    assert found.runs == 3
    assert found.floor > 0


async def test_the_bare_program_keeps_and_accepts_alerts_as_the_bot_does(site: Site) -> None:
    found = await alert_accepted(site, pairs=3)
    assert found.runs == 3


async def test_the_peer_answers_commands_and_stores_none(site: Site) -> None:
    peer = await site.bot("without-inbox", module="bench.without_inbox")
    assert await burst(peer) > 0
    await asyncio.sleep(QUIET)
    assert await asyncio.to_thread(_stored, site.folder / "without-inbox" / "watchkeeper.db") == 0


def _stored(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM inbox").fetchone()[0])


async def test_an_append_and_its_floor_run_the_same_statements(site: Site) -> None:
    appends = await noted(f"sqlite:///{site.folder / 'once.db'}", 1)
    words = [statement.split()[0] for statement, _ in appends[-1]]
    assert words == ["SELECT", "SELECT", "INSERT", "UPDATE"]
    assert (await ledger_append(site, pairs=5)).runs == 5
