"""Words on the command line: a name, a verdict, a sentence, and below it the mend. No colour, no emoji.

What came from outside drives no terminal, and every space is one that `grep` finds.
"""

import re
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "FAIL"]
WIDTH = 12
# Control and direction characters, all but the line feed.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


def plain(text: str) -> str:
    """The text for a terminal."""
    return _CONTROL.sub(" ", text).replace("\u00a0", " ")


@dataclass(frozen=True, slots=True)
class Row:
    """One line about one thing; `mend` says what to do about it."""

    what: str
    verdict: Verdict
    says: str
    mend: str = ""

    @property
    def text(self) -> str:
        """The line, and the mend on a line of its own."""
        line = f"{self.what:<{WIDTH}} {self.verdict:<4}  {self.says}"
        return plain(f"{line}\n{'':<{WIDTH}}       mend: {self.mend}" if self.mend else line)
