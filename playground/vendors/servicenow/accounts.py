"""Who has an account at the stand-in: the bot, the storyboard's people, and users whose roles fall short."""

import hashlib
from dataclasses import dataclass


def sys_id(of: str) -> str:
    """32 hexadecimal digits, the same for the same words; in no order, as ServiceNow's are."""
    return hashlib.blake2s(of.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class User:
    """A row of sys_user. `reads`, `writes`: what its roles grant on incidents; `journal`: on sys_journal_field."""

    user_name: str
    name: str
    password: str
    writes: bool = True
    reads: bool = True
    journal: bool = True

    @property
    def sys_id(self) -> str:
        """The key of the row."""
        return sys_id(f"sys_user {self.user_name}")


@dataclass(frozen=True)
class Client:
    """An application registry entry for the grant type client credentials, and the user that it acts as."""

    id: str
    secret: str
    user: User


BOT = User("watchkeeper", "Watchkeeper", "sn_watchkeeper")
USERS = (
    BOT,
    User("priya.raman", "Priya Raman", "sn_priya"),
    User("maya.okafor", "Maya Okafor", "sn_maya"),
    User("ben.adler", "Ben Adler", "sn_ben"),
    User("jonas.lind", "Jonas Lind", "sn_jonas"),
    User("tom.becker", "Tom Becker", "sn_tom", writes=False),
    User("sam.reyes", "Sam Reyes", "sn_sam", writes=False, reads=False, journal=False),
    User("dana.silva", "Dana Silva", "sn_dana"),
    User("watchkeeper.blind", "Watchkeeper, without the journal", "sn_blind", journal=False),
)
CLIENTS = (Client("0c4e7b1d9a52", "sn_client_secret", BOT),)
