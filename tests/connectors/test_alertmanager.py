"""Every recorded webhook of Alertmanager becomes sensible alerts, and only who may send is let in."""

import json
from pathlib import Path

import pytest

from connectors.alerts.alertmanager import Alertmanager, AlertmanagerConfig
from engine.errors import Denied, Unsupported
from tests.connectors.outside import SECRET

PAYLOADS = Path("../shared/payloads/alertmanager")
FILES = sorted(PAYLOADS.glob("*.json")) if PAYLOADS.is_dir() else []
LABELS = {"alertname": "CheckoutErrorRate", "service": "checkout", "environment": "production", "severity": "major"}


def source(**settings: object) -> Alertmanager:
    return Alertmanager("alertmanager", AlertmanagerConfig.model_validate(settings))


def body(*alerts: object, **group: object) -> bytes:
    return json.dumps({"version": "4", "status": "firing", "alerts": alerts, **group}).encode()


@pytest.mark.skipif(not FILES, reason="the recorded payloads lie beside the repository, and are absent here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_payload_becomes_alerts(path: Path) -> None:
    alerts = source().parse(path.read_bytes())
    assert len(alerts) == len(json.loads(path.read_bytes())["alerts"])
    for alert in alerts:
        assert alert.name
        assert alert.fingerprint
        assert alert.summary
        assert alert.starts_at is None or alert.starts_at.tzinfo
        assert alert.link == "" or alert.link.startswith("http")
        json.dumps(alert.to_json(), ensure_ascii=False).encode()  # no NUL, no lone surrogate
        assert "\x00" not in json.dumps(alert.to_json(), ensure_ascii=False)


def test_an_alert_has_our_words() -> None:
    link = "http://prometheus.example.com/graph?g0.expr=x"
    annotations = {"summary": "7.3 % of requests fail", "description": "the threshold is 1 %"}
    member = {
        "status": "firing",
        "labels": LABELS,
        "annotations": annotations,
        "startsAt": "2026-11-24T02:07:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": link,
        "fingerprint": "f00d",
    }
    (alert,) = source().parse(body(member))
    assert (alert.name, alert.service, alert.environment) == ("CheckoutErrorRate", "checkout", "production")
    assert (alert.severity, alert.summary, alert.link) == ("major", "7.3 % of requests fail", link)
    assert alert.starts_at
    assert alert.starts_at.isoformat() == "2026-11-24T02:07:00.123456+00:00"
    assert alert.ends_at is None


def test_each_member_has_its_own_status() -> None:
    alerts = source().parse(body({"status": "resolved", "labels": LABELS}, {"labels": LABELS}))
    assert [alert.status for alert in alerts] == ["resolved", "firing"]


def test_without_a_fingerprint_the_labels_make_one() -> None:
    one, two, other = source().parse(
        body({"labels": {"a": "1", "b": "2"}}, {"labels": {"b": "2", "a": "1"}}, {"labels": {"a": "2"}})
    )
    assert one.fingerprint == two.fingerprint != other.fingerprint


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x", "//x", "", None, 7, {"a": 1}])
def test_a_link_that_is_no_web_address_is_dropped(link: object) -> None:
    (alert,) = source().parse(body({"labels": LABELS, "generatorURL": link}))
    assert alert.link == ""


@pytest.mark.parametrize(
    "member",
    [
        {},
        {"labels": None, "annotations": [], "startsAt": 5, "endsAt": {}, "fingerprint": None, "status": "odd"},
        {"labels": {"alertname": ["x"], "service": {"a": 1}}, "startsAt": "not-a-date"},
        {"labels": {"x": "y" * 100_000}, "annotations": {"summary": "z" * 1_000_000}},
    ],
)
def test_an_odd_member_is_still_an_alert(member: object) -> None:
    (alert,) = source().parse(body(member))
    assert alert.status == "firing"
    assert len(json.dumps(alert.to_json())) < 30_000


@pytest.mark.parametrize(
    "odd", [b"", b"not json", b"[]", b"{}", b'{"alerts": 5}', b"\xff\xfe", b"[" * 100_000, b'{"alerts":{}}']
)
def test_a_body_that_is_not_alertmanagers_is_unsupported(odd: bytes) -> None:
    with pytest.raises(Unsupported):
        source().parse(odd)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_without_a_token_this_machine_may_send(peer: str) -> None:
    source().verify({}, b"", peer)


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "", "localhost", "127.0.0.1.evil"])
def test_without_a_token_nobody_else_may(peer: str) -> None:
    with pytest.raises(Denied, match=r"alerts\.alertmanager\.token"):
        source().verify({}, b"", peer)


def test_with_a_token_everybody_needs_it() -> None:
    guarded = source(token=SECRET)
    guarded.verify({"AUTHORIZATION": f"Bearer {SECRET}"}, b"", "10.0.0.1")
    for headers in ({}, {"Authorization": f"Basic {SECRET}"}, {"Authorization": f"Bearer {SECRET}x"}, {"x": "é"}):
        with pytest.raises(Denied) as denied:
            guarded.verify(headers, b"", "127.0.0.1")
        assert SECRET not in str(denied.value)
