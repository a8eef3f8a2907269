"""Who has a user at the stand-in, and which keys there are: for the account, for a user, and one that may only read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A person or a bot user; `responds` is whether the role may change incidents."""

    id: str
    name: str
    email: str
    responds: bool = True


@dataclass(frozen=True)
class Key:
    """An API key; who writes with it is said by the From header of each request."""

    value: str
    writes: bool = True


BOT = User("PWATCHK", "Watchkeeper", "watchkeeper@shop.example")

USERS = (
    BOT,
    User("PPRIYA1", "Priya Raman", "priya.raman@shop.example"),
    User("PMAYA02", "Maya Okafor", "maya.okafor@shop.example"),
    User("PBEN003", "Ben Adler", "ben.adler@shop.example"),
    User("PJONAS4", "Jonas Lind", "jonas.lind@shop.example"),
    User("PDANA05", "Dana Silva", "dana.silva@shop.example"),
    User("PTOM006", "Tom Becker", "tom.becker@shop.example", responds=False),
)

KEYS = (Key("pd-watchkeeper"), Key("pd-reads", writes=False))


def user(who: str) -> User | None:
    """The user with this email address."""
    return next((one for one in USERS if one.email == who.lower()), None)
