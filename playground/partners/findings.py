"""What failed requests have in common, counted from log lines; it reads no file and speaks to nobody."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from playground.partners.answer import Fact

Line = dict[str, Any]


@dataclass
class Pattern:
    """The most frequent kind of failure in a window."""

    error: str
    release: str
    where: str | None
    matching: list[Line]
    failed: int
    requests: int
    releases: Counter[str]
    served: set[str] = field(default_factory=set)

    @property
    def share(self) -> float:
        """How much of the failed requests it explains, 0 to 1."""
        return len(self.matching) / self.failed

    @property
    def one_release(self) -> bool:
        """Tell whether no other release shows it."""
        return len(self.releases) == 1

    @property
    def apps(self) -> str | None:
        """Name the app versions that fail, if the release serves none of them: `6.2 and older`, or a list."""
        failing = {line["app"] for line in self.matching}
        if failing & self.served:
            return None
        newest = max(failing, key=_version)
        if all(_version(app) > _version(newest) for app in self.served):
            return f"{newest} and older"
        return ", ".join(sorted(failing, key=_version))

    @property
    def confidence(self) -> float:
        """The lower end of the 95 % Wilson interval of the share: few lines make it low, whatever they say."""
        n, z = self.failed, 1.96
        middle = self.share + z * z / (2 * n)
        spread = z * math.sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n))
        return round((middle - spread) / (1 + z * z / n), 2)

    def facts(self) -> dict[str, Fact]:
        """The pattern as flat values."""
        return {
            "requests": self.requests,
            "failed": self.failed,
            "error_rate": round(self.failed / self.requests, 4),
            "error": self.error,
            "matching": len(self.matching),
            "share": round(self.share, 4),
            "other_failures": self.failed - len(self.matching),
            "release": self.release,
            "one_release": self.one_release,
            "where": self.where,
            "apps": self.apps,
        }


def find_pattern(lines: Iterable[Line]) -> tuple[int, Pattern | None]:
    """Count the requests, and group the failed ones by error; no pattern when none failed."""
    answered = [line for line in lines if "status" in line]
    failed = [line for line in answered if line["status"] >= 500]
    if not failed:
        return len(answered), None
    error = Counter(line["error"] for line in failed).most_common(1)[0][0]
    matching = [line for line in failed if line["error"] == error]
    releases = Counter(str(line.get("release")) for line in matching)
    release = releases.most_common(1)[0][0]
    served = {line["app"] for line in answered if line["status"] < 400 and line.get("release") == release}
    where = Counter(line.get("where") for line in matching).most_common(1)[0][0]
    pattern = Pattern(error, release, where, matching, len(failed), len(answered), releases, served)
    return len(answered), pattern


def as_text(line: Line) -> str:
    """Write a line as people read it, in three rows; it is not masked, the reader's side has to do that."""
    time = line["time"].partition(".")[0] + "Z"
    error = f"  {line['error']}" if "error" in line else ""
    where = f"  {line['where']}" if "where" in line else ""
    return (
        f"{time} {line['level']} {line['service']} {line.get('release', '-')} pod={line.get('pod', '-')}\n"
        f"  {line['method']} {line['path']} {line['status']}{error}{where}\n"
        f"  app={line['app']}  order={line['order']}  customer={line['customer']}"
    )


def _version(app: str) -> tuple[int, ...]:
    return tuple(int(part) for part in app.split(".") if part.isdigit())
