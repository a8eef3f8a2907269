"""The shop's own measures, as its /metrics page shows them; it decides nothing."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

SECONDS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.75, 1.0, 2.5)
QUERY_SECONDS = (0.001, 0.002, 0.003, 0.004, 0.005, 0.01, 0.025, 0.1)


class Measures:
    """One registry per shop, so that several shops live in one process without sharing counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "checkout_requests", "Answered requests.", ("method", "path", "code"), registry=self.registry
        )
        self.duration = Histogram(
            "checkout_request_duration_seconds",
            "From request to answer.",
            ("method", "path"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.payments = Counter(
            "payments_requests", "Calls to the payment provider, by its answer.", ("code",), registry=self.registry
        )
        self.queries = Histogram(
            "db_query_duration_seconds", "Database queries.", buckets=QUERY_SECONDS, registry=self.registry
        )
        self.connections = Gauge("db_connections", "Database connections in use.", registry=self.registry)
        self.connections_max = Gauge("db_connections_max", "Database connections allowed.", registry=self.registry)
        self.pods_up = Gauge("checkout_pods_up", "Pods that take requests.", registry=self.registry)
        # A series that appears only with its first failure has no rate before it: begin at nought.
        for code in ("201", "422", "500", "502", "503"):
            self.requests.labels("POST", "/orders", code)
        for code in ("200", "503"):
            self.payments.labels(code)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Write the page in the format that the Accept header asks for; returns the body and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
