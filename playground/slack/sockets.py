"""Socket Mode: tickets, sockets, envelopes, acknowledgements, and redelivery of events nobody acknowledged.

It knows envelopes, not what is in them. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import functools
import json
import logging
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from playground.slack.clock import Clock
from playground.slack.delivery import ACK_SECONDS, RETRIES, Delivery, EnvelopeKind, Outcome
from playground.slack.model import App, Json
from playground.slack.wire import dumps

MOST_SOCKETS = 10
# Slack pings each socket; the SDK for JavaScript gives up a socket that stays silent for 30 s.
PING_SECONDS = 10.0

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Connection:
    """One socket of the app, with what waits to be written to it."""

    ws: web.WebSocketResponse
    request: web.Request
    outgoing: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    leaving: bool = False
    envelopes: int = 0


class Sockets:
    """All sockets of the one app."""

    def __init__(self, clock: Clock, app: App) -> None:
        self.root = ""
        self.connections: list[Connection] = []
        self.hold_acks = False
        self.duplicate = False
        self.hold_events = False
        self.dead_tickets = 0
        self._clock = clock
        self._app = app
        self._tickets: set[str] = set()
        self._open: dict[str, Delivery] = {}
        self._late: list[Delivery] = []
        self._turn = 0
        self._arrived = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()

    # tickets and sockets

    def ticket_url(self) -> str:
        """A URL that opens one socket, once; none while `dead_tickets` are left to be given."""
        ticket = secrets.token_urlsafe(24)
        if self.dead_tickets:
            self.dead_tickets -= 1
        else:
            self._tickets.add(ticket)
        return f"{self.root}/link/?ticket={ticket}&app_id={self._app.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until either side closes it; 401 for a ticket that was used or never given."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid ticket")
        self._tickets.remove(ticket)
        ws = web.WebSocketResponse(heartbeat=PING_SECONDS, compress=False)
        await ws.prepare(request)
        if len(self.connections) >= MOST_SOCKETS:
            await ws.send_str(_disconnect_frame("too_many_websockets"))
            await ws.close()
            return ws
        connection = Connection(ws, request)
        self.connections.append(connection)
        connection.outgoing.put_nowait(self._hello())
        self._arrived.set()
        self._arrived = asyncio.Event()
        writer = asyncio.create_task(self._write(connection))
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            self.connections.remove(connection)
            connection.outgoing.put_nowait(None)
            await writer
        return ws

    def disconnect(self, reason: str, close_after: float) -> int:
        """Announce a disconnect on every socket and close those after so many scaled seconds; returns how many."""
        for connection in self.connections:
            connection.leaving = True
            connection.outgoing.put_nowait(_disconnect_frame(reason))
            # None ends the writer, which closes the socket.
            self._later(close_after, functools.partial(connection.outgoing.put_nowait, None))
        return len(self.connections)

    def cut(self) -> None:
        """Drop every socket without a word and make all unused tickets dead; redeliveries stay due."""
        self._tickets.clear()
        for connection in self.connections:
            if connection.request.transport is not None:
                connection.request.transport.abort()

    def close(self) -> None:
        """Stop for good."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.cut()

    @property
    def unacknowledged(self) -> int:
        """Envelopes whose acknowledgement is still awaited."""
        return len(self._open)

    @property
    def staying(self) -> int:
        """Sockets that are not about to be closed."""
        return sum(not connection.leaving for connection in self.connections)

    async def until_staying(self, count: int) -> None:
        """Wait until the app has at least so many sockets that stay."""
        while self.staying < count:
            await self._arrived.wait()

    # deliveries

    def deliver(self, kind: EnvelopeKind, payload: Json, *, accepts: bool = False) -> Delivery:
        """As `Carrier` says: each attempt goes to one socket."""
        delivery = Delivery(kind, dumps(payload), asyncio.get_running_loop().create_future(), accepts)
        if self.hold_events and kind == "events_api":
            self._late.append(delivery)
        else:
            self._attempt(delivery)
        return delivery

    def deliver_late(self) -> int:
        """Send the events that `hold_events` kept, in their order; what came meanwhile has overtaken them."""
        late, self._late = self._late, []
        for delivery in late:
            self._attempt(delivery)
        return len(late)

    def _attempt(self, delivery: Delivery) -> None:
        for _ in range(2 if self.duplicate else 1):
            connection = self._next()
            if connection is None:
                break
            envelope_id = str(uuid.uuid4())
            self._open[envelope_id] = delivery
            delivery.open.add(envelope_id)
            connection.envelopes += 1
            connection.outgoing.put_nowait(_envelope(envelope_id, delivery))
        if not delivery.open and delivery.kind != "events_api":
            self._failed(delivery)
            return
        delivery.timer = self._later(ACK_SECONDS, lambda: self._failed(delivery))

    def _next(self) -> Connection | None:
        """Round robin over the sockets that stay; one about to close only if there is no other."""
        candidates = [c for c in self.connections if not c.leaving] or self.connections
        if not candidates:
            return None
        self._turn += 1
        return candidates[self._turn % len(candidates)]

    def _failed(self, delivery: Delivery) -> None:
        delivery.reason = "timeout" if delivery.open else "connection_failed"
        for envelope_id in delivery.open:
            self._open.pop(envelope_id, None)
        delivery.open.clear()
        if delivery.kind == "events_api" and delivery.attempt < len(RETRIES):
            wait = RETRIES[delivery.attempt]
            delivery.attempt += 1
            delivery.timer = self._later(wait, lambda: self._attempt(delivery))
        else:
            delivery.outcome.set_result(Outcome(False, reason=delivery.reason))

    def _acknowledge(self, text: str) -> None:
        """Take an acknowledgement, on whatever socket it comes; a late or unknown one changes nothing, as in Slack."""
        try:
            ack = json.loads(text)
            delivery = self._open.get(ack["envelope_id"])
        except (ValueError, TypeError, KeyError):
            log.warning("a frame that acknowledges nothing: %.200s", text)
            return
        if delivery is None or self.hold_acks:
            return
        for envelope_id in delivery.open:
            del self._open[envelope_id]
        delivery.open.clear()
        if delivery.timer is not None:
            delivery.timer.cancel()
            self._timers.discard(delivery.timer)
        delivery.outcome.set_result(Outcome(True, ack.get("payload")))

    # wire

    async def _write(self, connection: Connection) -> None:
        """Write what waits, in order; a socket that is slow holds up no other."""
        try:
            while (frame := await connection.outgoing.get()) is not None:
                await connection.ws.send_str(frame)
        except ConnectionError:
            log.info("a socket went away while something was written to it")
        await connection.ws.close()

    def _hello(self) -> str:
        return dumps(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {"host": "applink-standin", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._app.app_id},
            }
        )

    def _later(self, seconds: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        """A scaled wait that `close` cancels."""

        def run() -> None:
            self._timers.discard(timer)
            call()

        timer = self._clock.later(seconds, run)
        self._timers.add(timer)
        return timer


def _disconnect_frame(reason: str) -> str:
    return dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-standin"}})


def _envelope(envelope_id: str, delivery: Delivery) -> str:
    """The frame around a payload that was turned into JSON once, for all its attempts."""
    head = f'{{"envelope_id":"{envelope_id}","type":"{delivery.kind}","payload":{delivery.body},'
    if delivery.kind == "events_api":
        return (
            f'{head}"accepts_response_payload":false,"retry_attempt":{delivery.attempt},'
            f'"retry_reason":"{delivery.reason}"}}'
        )
    accepts = "true" if delivery.accepts else "false"
    return f'{head}"accepts_response_payload":{accepts}}}'
