"""When a share of failed requests is an alert, and what Alertmanager's webhook says then; it does no I/O.

Format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote_plus

NBSP = "\u00a0"
NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class Rule:
    """`share` of requests failed over `window` seconds, for `hold` seconds; below `least_failures` it says nothing."""

    threshold: float = 0.01
    window: float = 4.0
    hold: float = 1.0
    least_failures: int = 3
    labels: Mapping[str, str] = field(
        default_factory=lambda: {
            "alertname": "CheckoutErrorRate",
            "environment": "production",
            "service": "checkout",
            "severity": "major",
        }
    )

    @property
    def expression(self) -> str:
        """The rule as a query."""
        window = f"[{self.window:g}s]"
        return (
            f'sum(rate(checkout_requests_total{{code=~"5.."}}{window})) '
            f"/ sum(rate(checkout_requests_total{window})) > {self.threshold:g}"
        )


@dataclass(frozen=True)
class Reading:
    """The two counters at one moment; `at` is monotonic seconds."""

    at: float
    requests: float
    failed: float


class Alert:
    """The rule's state over time: inactive, pending or firing. Feed it readings in order."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.state: Literal["inactive", "pending", "firing"] = "inactive"
        self.share: float | None = None
        self.starts_at: datetime | None = None
        self.ends_at: datetime | None = None
        self.annotations: dict[str, str] = {}
        self._readings: deque[Reading] = deque()
        self._exceeded_at = 0.0

    def read(self, reading: Reading) -> None:
        """Take one reading. Without requests in the window nothing is known, and the state stays."""
        if self._readings and reading.requests < self._readings[-1].requests:
            # The service began anew, and its counters with it.
            self._readings.clear()
        self._readings.append(reading)
        while len(self._readings) > 2 and self._readings[1].at <= reading.at - self.rule.window:
            self._readings.popleft()
        requests = reading.requests - self._readings[0].requests
        failed = reading.failed - self._readings[0].failed
        if requests <= 0:
            return
        self.share = failed / requests
        if self.share > self.rule.threshold and (failed >= self.rule.least_failures or self.state == "firing"):
            self._exceeded(reading.at)
        else:
            self._below()

    def _exceeded(self, at: float) -> None:
        if self.state == "inactive":
            self.state, self._exceeded_at = "pending", at
        if self.state == "pending" and at - self._exceeded_at >= self.rule.hold:
            self.state, self.starts_at, self.ends_at = "firing", datetime.now(UTC), None
        if self.state == "firing":
            self.annotations = self._annotate(at - self._exceeded_at)

    def _below(self) -> None:
        if self.state == "firing":
            self.ends_at = datetime.now(UTC)
        self.state = "inactive"

    def _annotate(self, exceeded_for: float) -> dict[str, str]:
        threshold = f"{self.rule.threshold * 100:g}{NBSP}%"
        value = f"{(self.share or 0) * 100:.1f}{NBSP}%"
        return {
            "description": f"the threshold is {threshold}, exceeded for {spoken(exceeded_for)}",
            "measure": f"checkout:error_ratio:rate{self.rule.window:g}s",
            "summary": f"{value} of requests fail",
            "threshold": threshold,
            "value": value,
            "window": spoken(self.rule.window),
        }


def spoken(seconds: float) -> str:
    """Write a duration as people say it: `54 s`, `3 min 17 s`, `2 min`."""
    minutes, rest = divmod(round(seconds), 60)
    parts = [f"{minutes}{NBSP}min"] * bool(minutes) + [f"{rest}{NBSP}s"] * bool(rest or not minutes)
    return " ".join(parts)


def fingerprint(labels: Mapping[str, str]) -> str:
    """Hash labels as Prometheus does: FNV-1a of 64 bits over the sorted names and values, 0xFF after each."""
    digest = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in b"".join(part.encode() + b"\xff" for part in (name, labels[name])):
            digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return f"{digest:016x}"


def webhook(alert: Alert, *, receiver: str, url: str) -> dict[str, Any]:
    """Write the notification for the alert's present state; `url` is where the monitor answers."""
    labels = dict(alert.rule.labels)
    status = "firing" if alert.state == "firing" else "resolved"
    group = {name: labels[name] for name in ("alertname", "service")}
    quoted = ", ".join(f'{name}="{value}"' for name, value in group.items())
    single = {
        "status": status,
        "labels": labels,
        "annotations": alert.annotations,
        "startsAt": _stamp(alert.starts_at),
        "endsAt": _stamp(alert.ends_at),
        "generatorURL": f"{url}/graph?g0.expr={quote_plus(alert.rule.expression)}&g0.tab=1",
        "fingerprint": fingerprint(labels),
    }
    return {
        "receiver": receiver,
        "status": status,
        "alerts": [single],
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": alert.annotations,
        "externalURL": url,
        "version": "4",
        "groupKey": f"{{}}:{{{quoted}}}",
        "truncatedAlerts": 0,
    }


def _stamp(time: datetime | None) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else NEVER
