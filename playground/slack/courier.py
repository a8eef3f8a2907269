"""Takes every payload to the app: to its sockets, or to its request URL once it has one. It keeps nothing."""

from playground.slack.delivery import Delivery, EnvelopeKind
from playground.slack.model import Json
from playground.slack.request_url import RequestUrl
from playground.slack.sockets import Sockets


class Courier:
    """An app has Socket Mode switched on, or a request URL; never both."""

    def __init__(self, sockets: Sockets, request_url: RequestUrl) -> None:
        self._sockets = sockets
        self._request_url = request_url

    def deliver(self, kind: EnvelopeKind, payload: Json, *, accepts: bool = False) -> Delivery:
        """As `Carrier` says."""
        carrier = self._request_url if self._request_url.url else self._sockets
        return carrier.deliver(kind, payload, accepts=accepts)
