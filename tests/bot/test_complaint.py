"""A fault that lasts is said when it begins, when it changes, and ever more rarely."""

from bot.complaint import Complaint


def test_it_is_said_on_change_and_with_growing_pauses() -> None:
    now = 0.0
    complaint = Complaint(lambda: now)
    said = []
    for now in range(0, 4 * 3600, 3):
        if complaint.is_news("down"):
            said.append(now)
    assert said[:6] == [0, 60, 180, 420, 900, 1860]
    assert len(said) < 12
    assert complaint.is_news("refused")
    assert not complaint.is_news("refused")
    assert complaint.is_news("down")
