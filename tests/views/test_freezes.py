"""What a frozen card says: an approval counts after the freeze, unless the proposal does not live that long."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.views.freezes import not_now
from engine.oversight.freezes import Frozen

NOW = datetime(2026, 11, 24, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasts", "words"), [(5, "An approval counts after that only."), (15, "This expires before that")]
)
def test_no_approval_is_promised_to_count_after_the_expiry(lasts: int, words: str) -> None:
    decided: Any = SimpleNamespace(
        n=13, has_quorum=False, proposal=SimpleNamespace(expires_at=NOW + timedelta(minutes=15))
    )
    scene: Any = SimpleNamespace(halted=None, frozen={13: Frozen("weekend", NOW + timedelta(minutes=lasts))})
    assert words in not_now(scene, decided)
