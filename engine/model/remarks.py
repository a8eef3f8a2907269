"""What an entry says of where it was read: a remark in a ticket, or a ticket's own state, in which version."""

from datetime import datetime
from typing import Literal

from engine.model.base import Noun


class Read(Noun):
    """One version of one remark, as an entry carries it under `read`; the entry's key names remark and version.

    `at` is the backend's time of this version, `digest` the SHA-256 of the text, empty once it is gone.
    `known`: the author is mapped to somebody in the chat.
    """

    backend: str
    ticket: str  # "GitHub #318"
    how: Literal["new", "edited", "deleted"]
    digest: str
    at: datetime
    known: bool = True
