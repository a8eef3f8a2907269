"""What every follower of the ledger needs at hand: the ledger itself, the folded incidents, the claim, people, time."""

from dataclasses import dataclass

from engine.fold import Incidents
from engine.lease import Lease
from engine.ledger import Ledger
from engine.people import People
from engine.ports import Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """One process's view of one installation."""

    ledger: Ledger
    incidents: Incidents
    lease: Lease
    people: People
    clock: Clock
