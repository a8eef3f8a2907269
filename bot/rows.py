"""A table on the command line: a name, a verdict in a word, a sentence, and below it the mend. No colour, no emoji."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "FAIL"]
WIDTH = 12


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
        return f"{line}\n{'':<{WIDTH}}       mend: {self.mend}" if self.mend else line
