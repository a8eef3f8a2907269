"""What can go wrong, as one tree; the sentence of an error is the sentence a person reads.

    WatchkeeperError
    ├── Refused            the ledger's guard said no; nothing was written
    │   ├── NotOwner       another process owns the incident now
    │   ├── Moved          the incident moved on since it was folded
    │   ├── TooLate        the deadline had passed, by the database's clock
    │   └── Halted         a person halted all actions
    ├── Unavailable        the ledger's database does not answer; what was written is found again by its key
    ├── Retryable          not done, and may be tried again after `after` seconds
    ├── Permanent          not done, and trying again changes nothing
    ├── Ambiguous          it may have happened: look before you send again
    ├── Unsupported        the other side cannot do this at all
    ├── Denied             who asks may not (signature, token, right)
    └── ConfigError        a setting is wrong; names file, line, field and mend

Configuration errors never hide in a retry: nothing catches `ConfigError` but the command line.
"""


class WatchkeeperError(Exception):
    """The root of every error that Watchkeeper raises itself."""


class Refused(WatchkeeperError):
    """A guard of the ledger refused the entry; nothing was written."""


class NotOwner(Refused):
    """Another process owns this incident now."""


class Moved(Refused):
    """The incident has newer entries than the ones this decision was folded from."""


class TooLate(Refused):
    """The deadline had passed, by the database's clock."""


class Halted(Refused):
    """All actions are halted; `/watch resume` ends it."""


class Unavailable(WatchkeeperError):
    """The ledger's database does not answer. Whether a write took effect is told by repeating it: it has a key."""


class Retryable(WatchkeeperError):
    """It was not done and may be tried again, `after` seconds from now at the earliest."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Permanent(WatchkeeperError):
    """It was refused and trying again changes nothing."""


class Ambiguous(WatchkeeperError):
    """It may have happened: a time-out, a cut connection, a 5xx, an unreadable answer."""


class Unsupported(WatchkeeperError):
    """The other side cannot do this."""


class Denied(WatchkeeperError):
    """Whoever asks may not."""


class ConfigError(WatchkeeperError):
    """A setting is wrong. `str()` names the file, the line, the field and the mend."""

    def __init__(self, message: str, *, field: str = "", line: int | None = None, mend: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.line = line
        self.mend = mend
