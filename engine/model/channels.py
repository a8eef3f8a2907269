"""A channel of an incident's own in the chat, as the ledger records it."""

from datetime import timedelta
from typing import Literal

from engine.model.base import Noun


class OwnChannel(Noun):
    """What became of it. `archive_after`: seconds from the close until it is archived, None for never.

    opened: the incident's messages go there. refused: it could not be made. lost: it takes no messages any more.
    archived: by the policy. kept: it could not be archived. `says` is the chat's reason for all but the first.
    """

    state: Literal["opened", "refused", "lost", "archived", "kept"]
    id: str = ""
    name: str = ""
    says: str = ""
    archive_after: float | None = None

    @property
    def lasts(self) -> timedelta:
        """`archive_after`; a channel that is never archived has no such time."""
        return timedelta(seconds=self.archive_after or 0.0)

    @property
    def takes_messages(self) -> bool:
        """Whether the incident's messages go there."""
        return self.state in ("opened", "kept")
