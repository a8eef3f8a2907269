"""Alerts from Prometheus Alertmanager, by its webhook, version 4.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
Surprises: a group of status `firing` may hold resolved members, so each member's own status counts. `endsAt` of a
firing alert is the year 1. `truncatedAlerts` counts members that `max_alerts` cut. It repeats only after 5xx: an alert
answered with 4xx is lost, so a body that cannot be read is for its storer to keep, not for the sender to hear of.
"""

import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from engine.errors import Denied, Unsupported
from engine.model import Alert
from engine.redact import scrub
from engine.words import moment

MAX_LABEL, MAX_ANNOTATION = 1_000, 8_000


class AlertmanagerConfig(BaseModel):
    """`token` is what Alertmanager sends as `authorization.credentials`; without one only this machine may send."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = None
    service_labels: tuple[str, ...] = ("service", "job", "app")
    environment_labels: tuple[str, ...] = ("environment", "env", "namespace")


class Alertmanager:
    """One Alertmanager as a source of alerts."""

    Config = AlertmanagerConfig

    def __init__(self, name: str, config: AlertmanagerConfig) -> None:
        self.name = name
        self._config = config

    def verify(self, headers: Mapping[str, str], body: bytes, peer: str) -> None:
        """See `AlertSource`: the bearer token where one is configured, else a loopback peer."""
        if self._config.token is None:
            if not _is_loopback(peer):
                raise Denied(f"{self.name} has no token, so only this machine may send; set alerts.{self.name}.token")
            return
        sent = next((value for key, value in headers.items() if key.lower() == "authorization"), "")
        scheme, _, token = sent.partition(" ")
        expected = self._config.token.get_secret_value().encode()
        # compare_digest takes the same time whatever differs; a wrong scheme is compared too.
        same = hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), expected)
        if not (same and scheme.lower() == "bearer"):
            raise Denied(f"{self.name}: the bearer token is missing or wrong")

    def parse(self, body: bytes) -> Sequence[Alert]:
        """See `AlertSource`."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as err:
            raise Unsupported(f"{self.name}: the body is not JSON") from err
        if not isinstance(document, dict) or not isinstance(document.get("alerts"), list):
            raise Unsupported(f"{self.name}: the body is no Alertmanager webhook (version 4)")
        return [self._alert(document, member) for member in document["alerts"] if isinstance(member, dict)]

    def _alert(self, group: Mapping[str, Any], member: Mapping[str, Any]) -> Alert:
        labels = _texts(member.get("labels"), MAX_LABEL) or _texts(group.get("commonLabels"), MAX_LABEL)
        annotations = _texts(member.get("annotations"), MAX_ANNOTATION)
        status = member.get("status") or group.get("status")
        name = labels.get("alertname", "")
        summary = annotations.get("summary") or annotations.get("description") or annotations.get("message") or name
        link = _text(member.get("generatorURL"), 2_000)
        return Alert(
            source=self.name,
            name=name,
            status="resolved" if status == "resolved" else "firing",
            fingerprint=_text(member.get("fingerprint"), 200) or _hash(labels),
            starts_at=_time(member.get("startsAt")),
            ends_at=_time(member.get("endsAt")),
            service=_first(labels, self._config.service_labels),
            environment=_first(labels, self._config.environment_labels),
            severity=labels.get("severity", ""),
            summary=summary,
            labels=labels,
            annotations=annotations,
            link=link if link.lower().startswith(("http://", "https://")) else "",
        )


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _texts(value: object, limit: int) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {_text(key, 200): _text(item, limit) for key, item in value.items() if item is not None}


def _text(value: object, limit: int) -> str:
    if value is None:
        return ""
    text = scrub(value if isinstance(value, str) else json.dumps(value))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _time(value: object) -> datetime | None:
    at = moment(value)
    return at if at and at > datetime(1971, 1, 1, tzinfo=UTC) else None


def _first(labels: Mapping[str, str], names: Sequence[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _hash(labels: Mapping[str, str]) -> str:
    text = json.dumps(sorted(labels.items()), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
