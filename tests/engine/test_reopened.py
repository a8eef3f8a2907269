"""A second outbreak of the same alert: it is judged by its own alert, its own evidence and its own proof."""

from tests.views.book import utc
from tests.views.situations import SITUATIONS


def test_the_newest_outbreaks_alert_is_the_alert() -> None:
    state = SITUATIONS["reopened"]().state()
    assert state.alert is not None
    assert state.alert.starts_at == utc("03:04:00")


def test_evidence_of_the_first_outbreak_is_no_evidence_for_the_second() -> None:
    state = SITUATIONS["reopened, investigating"]().state()
    assert state.reopened_entry is not None
    assert [heard.question.key for heard in state.heard_now] == ["errors"]
    assert all(heard.entry > state.reopened_entry.n for heard in state.heard_now)
    assert len(state.heard) > len(state.heard_now)


def test_what_the_first_outbreak_ended_with_is_not_what_stands_now() -> None:
    assert SITUATIONS["closed"]().state().current is not None
    assert SITUATIONS["reopened"]().state().current is None
    vetoed = SITUATIONS["reopened, vetoed"]().state().current
    assert vetoed is not None
    assert vetoed.status == "vetoed"
