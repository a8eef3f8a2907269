"""The terms of a proposal, the schedules and the freezes: pure, so every claim is tried on whatever can be made up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Mode, Risk
from engine.oversight.freezes import WEEK, Span, Weekly
from engine.oversight.on_call import Schedule, Shift
from engine.oversight.rules import Deciders, Facts, Freeze, Policy, Rule, Terms, When, lowest

ORDER = [Mode.OBSERVE, Mode.REVIEW, Mode.AUTO]
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OWN = Terms(Deciders(("slack:U0OWN",)), place="watchkeeper.yaml line 7")

words = st.sampled_from(["checkout", "payments", "search"])
whens = st.builds(
    When,
    action=st.lists(st.sampled_from(["restart-*", "roll-back", "*"]), max_size=2).map(tuple),
    service=st.lists(words, max_size=2).map(tuple),
    severity=st.lists(st.sampled_from(["SEV1", "SEV2"]), max_size=2).map(tuple),
    risk=st.lists(st.sampled_from(["low", "high"]), max_size=2).map(tuple),
)
deciders = st.builds(Deciders, people=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple))
rules = st.builds(
    Rule,
    when=whens,
    approvers=st.none() | deciders,
    quorum=st.none() | st.integers(1, 4),
    two_person=st.booleans(),
    expires=st.none() | st.builds(timedelta, minutes=st.integers(1, 60)),
    veto=st.none() | st.sampled_from(["everyone", "approvers"]) | deciders,
    mode=st.none() | st.sampled_from(ORDER),
)
facts = st.builds(
    Facts,
    action=st.sampled_from(["restart-database", "roll-back"]),
    risk=st.sampled_from(list(Risk)),
    service=words,
    severity=st.sampled_from(["SEV1", "SEV2", ""]),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


class TestTerms:
    @given(st.lists(rules, max_size=4), facts)
    def test_the_first_rule_that_matches_overrides_field_by_field_and_no_other_does(
        self, given_: Sequence[Rule], about: Facts
    ) -> None:
        terms = Policy(rules=tuple(given_)).terms(OWN, about)
        first = next((rule for rule in given_ if rule.when.matches(about)), Rule())
        assert terms.approvers == (first.approvers if first.approvers is not None else OWN.approvers)
        assert terms.expires == (first.expires or OWN.expires)
        assert terms.quorum == max(first.quorum or 1, 2 if first.two_person else 1)
        wanted = {"everyone": None, "approvers": terms.approvers, None: None}
        assert terms.veto == (first.veto if isinstance(first.veto, Deciders) else wanted[first.veto])

    @given(
        st.lists(rules, max_size=4), facts, st.sampled_from(ORDER), st.none() | st.sampled_from(ORDER), st.booleans()
    )
    def test_no_mode_is_above_any_that_was_said_and_nothing_said_is_review(
        self, given_: Sequence[Rule], about: Facts, ceiling: Mode, asked: Mode | None, may: bool
    ) -> None:
        terms = Policy(rules=tuple(given_), ceiling=ceiling).terms(OWN, about, asked, may_auto=may)
        rule = next((rule for rule in given_ if rule.when.matches(about)), Rule())
        said = [mode for mode in (asked, rule.mode) if mode] or [Mode.REVIEW]
        assert terms.mode is lowest([terms.mode, ceiling, *said])
        if terms.mode is Mode.AUTO:
            assert (may, terms.quorum, about.risk is Risk.HIGH) == (True, 1, False)

    @given(st.lists(rules, max_size=4), facts, st.none() | st.sampled_from(ORDER), st.sampled_from(ORDER))
    def test_what_was_bound_is_found_again_while_the_policy_is_the_same(
        self, given_: Sequence[Rule], about: Facts, asked: Mode | None, ceiling: Mode
    ) -> None:
        """The gate knows the proposal's own mode only, and must come to the same digest by it."""
        policy = Policy(rules=tuple(given_), ceiling=ceiling)
        bound = policy.terms(OWN, about, asked, may_auto=True)
        again = policy.terms(OWN, about, bound.mode, may_auto=bound.mode is Mode.AUTO)
        assert again.digest(about) == bound.digest(about)

    @pytest.mark.parametrize(
        "change",
        [
            {"quorum": 2},
            {"approvers": Deciders(("slack:U0OWN", "slack:U0NEW"))},
            {"approvers": Deciders(("slack:U0OWN",), on_call="checkout")},
            {"veto": Deciders(("slack:U0OWN",))},
            {"expires": timedelta(minutes=1)},
            {"mode": Mode.AUTO},
        ],
    )
    def test_the_digest_binds_who_decides_and_how_and_not_the_line_it_stands_on(self, change: dict[str, Any]) -> None:
        about = Facts("roll-back", Risk.MEDIUM)
        assert replace(OWN, **change).digest(about) != OWN.digest(about)
        assert replace(OWN, place="watchkeeper.yaml line 9").digest(about) == OWN.digest(about)


class TestOnCall:
    @given(st.integers(1, 5), st.integers(1, 40), st.floats(0, 3e6))
    def test_a_rotation_has_no_gap_and_everybody_has_the_same_share(self, people: int, days: int, after: float) -> None:
        names = tuple(f"slack:U{i}" for i in range(people))
        schedule = Schedule(names, START, timedelta(days=days))
        now = START + timedelta(seconds=after)
        shift = schedule.at(now)
        assert shift is not None
        assert shift.since <= now < shift.until == schedule.changes(now)
        following = schedule.at(shift.until)
        assert following is not None
        assert names.index(following.user) == (names.index(shift.user) + 1) % people
        assert shift.until - shift.since == timedelta(days=days)

    def test_before_it_begins_and_in_a_gap_nobody_is_on_call(self) -> None:
        assert Schedule(("slack:U1",), START).at(START - timedelta(seconds=1)) is None
        one = Shift("slack:U1", START, START + timedelta(hours=8))
        other = Shift("slack:U2", START + timedelta(hours=7), START + timedelta(hours=9))
        schedule = Schedule(shifts=(one, other))
        found = [schedule.at(START + timedelta(hours=h)) for h in (0, 6.99, 7, 8.5, 9)]
        assert [shift.user if shift else "" for shift in found] == ["slack:U1", "slack:U1", "slack:U2", "slack:U2", ""]
        assert schedule.changes(START - timedelta(hours=1)) == START
        assert schedule.changes(START + timedelta(hours=9)) is None


class TestFreezes:
    @given(st.integers(0, 10_079), st.integers(0, 10_079), moments)
    def test_a_weekly_one_is_on_once_a_week_and_says_when_it_ends_and_begins(
        self, first: int, last: int, now: datetime
    ) -> None:
        span = Weekly(timedelta(minutes=first), timedelta(minutes=last))
        length = (span.until - span.since) % WEEK or WEEK
        begins = span.next(now)
        assert begins is not None
        assert now < begins <= now + WEEK
        assert begins.weekday() * 1440 + begins.hour * 60 + begins.minute == first
        assert span.at(begins) == begins + length
        if (end := span.at(now)) is None:
            assert span.at(begins - timedelta(microseconds=1)) is None
        else:
            assert now < end <= now + length
            assert end - length <= now
        assert span.at(now) == (span.at(now + WEEK) - WEEK if (span.at(now + WEEK)) else None)  # type: ignore[operator]

    @given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=9)), moments)
    def test_a_single_one_is_on_from_its_beginning_until_before_its_end(
        self, since: datetime, length: timedelta, now: datetime
    ) -> None:
        span = Span(since, since + length)
        assert (span.at(now) is not None) == (since <= now < since + length)
        assert span.next(now) == (since if now < since else None)

    def test_of_two_the_later_end_counts_and_each_is_for_what_it_names(self) -> None:
        short = Freeze("lunch", Span(START, START + timedelta(hours=1)))
        long = Freeze("quarter end", Span(START, START + timedelta(days=3)), When(service=("payments",)))
        policy = Policy(freezes=(short, long))
        pay, shop = (Facts("roll-back", Risk.LOW, service) for service in ("payments", "checkout"))
        for about, name in ((pay, "quarter end"), (shop, "lunch")):
            frozen = policy.frozen(about, START)
            assert frozen is not None
            assert frozen.name == name
        assert policy.frozen(shop, START + timedelta(hours=1)) is None
        assert policy.next_freeze(shop, START - timedelta(hours=1)) == START
        assert policy.changes(START) == START + timedelta(hours=1)


def test_the_schedule_of_an_incident_is_that_of_the_first_rule_that_fits_it() -> None:
    on = Deciders(on_call="payments")
    policy = Policy(
        rules=(Rule(When(service=("payments",), action=("restart-*",)), on), Rule(approvers=Deciders(on_call="shop"))),
        schedules={"payments": Schedule(), "shop": Schedule()},
    )
    assert policy.watch(Facts("", Risk.MEDIUM, "payments")) == "payments"
    assert policy.watch(Facts("", Risk.MEDIUM, "search")) == "shop"
    assert Policy(schedules={"only": Schedule()}).watch(Facts("", Risk.MEDIUM)) == "only"
