"""Which workspaces have installed the app, with their tokens: Slack's SDK's store on our own database, and the states.

A row stays when its workspace uninstalls, without its token, so that the first one remains the first. Tokens are
sealed with a key that lies outside the database; who reads the database, or a backup of it, cannot speak as the bot.
"""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from typing_extensions import override

from engine.errors import ConfigError
from engine.store.database import Database
from engine.store.tx import Tx

SECOND = 1_000_000
AHEAD = 2 * 3600  # seconds before its end that a token is exchanged; Slack's live for twelve hours
CLAIM = 60  # seconds that one replica has for the exchange, before another may try
# What is needed to speak and to exchange the token.
_KEPT = (
    "app_id",
    "team_id",
    "team_name",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "installed_at",
)
STATE_LIVES = 600  # seconds between the start of an installation and its return


def sealing_key(path: Path, *, make: bool = True) -> Fernet:
    """The key that seals tokens, made at the first start with mode 0600. Blocking. Raises `ConfigError`."""
    try:
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(Fernet.generate_key())
        return Fernet(path.read_bytes().strip())
    except (OSError, ValueError) as err:
        raise ConfigError(
            f"slack.oauth.key_file\n  {path} is no key that can be read: {err}",
            field="slack.oauth.key_file",
            mend="bring back the file, or remove it and let every workspace install anew",
        ) from err


class Installations(AsyncInstallationStore):
    """One row a workspace. Only bots: people give the app no tokens of theirs."""

    def __init__(self, database: Database, key: Fernet) -> None:
        self._db = database
        self._key = key

    @override
    async def async_save(self, installation: Installation) -> None:
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            raise BoltError("only a workspace can install this app, not a whole organisation")
        await self.async_save_bot(installation.to_bot())

    @override
    async def async_save_bot(self, bot: Bot) -> None:
        statement = """INSERT INTO workspace (team, name, since, installed_at, expires_at, sealed)
                       VALUES (:team, :name, {now}, {now}, :expires, :sealed)
                       ON CONFLICT (team) DO UPDATE SET name = excluded.name, installed_at = excluded.installed_at,
                       expires_at = excluded.expires_at, sealed = excluded.sealed, refreshing_until = NULL"""
        values = {"team": bot.team_id, "name": bot.team_name or bot.team_id, **self._sealed(bot)}
        await self._db.write(lambda tx: tx.run(statement, **values))

    @override
    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot of a workspace; None where it is not installed. Raises `Unavailable`, `ConfigError`."""
        row = await self._db.read(lambda tx: tx.one("SELECT sealed FROM workspace WHERE team = :t", t=team_id or ""))
        return None if row is None or row[0] is None else unsealed(self._key, row[0])

    @override
    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.remove(team_id or "", None)

    @override
    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Nothing: what a person installed is the bot, which goes by `async_delete_bot`."""

    async def remove(self, team: str, told_at: int | None) -> bool:
        """Forget the token. `told_at`, in Unix seconds: news from before an installation say nothing about it."""
        statement = """UPDATE workspace SET sealed = NULL, expires_at = NULL
                       WHERE team = :team AND sealed IS NOT NULL AND installed_at <= :told"""
        told = 2**62 if told_at is None else (told_at + 1) * SECOND
        return await self._db.write(lambda tx: tx.run(statement, team=team, told=told)) == 1

    async def first(self) -> str:
        """The workspace that installed first, whether it is still installed or not; empty while there is none."""
        row = await self._db.read(lambda tx: tx.one("SELECT team FROM workspace ORDER BY since, team LIMIT 1"))
        return str(row[0]) if row else ""

    async def name(self, team: str) -> str:
        """What a workspace calls itself."""
        row = await self._db.read(lambda tx: tx.one("SELECT name FROM workspace WHERE team = :t", t=team))
        return str(row[0]) if row else team

    async def due(self) -> Bot | None:
        """One whose token ends soon, claimed for this replica; the exchange is its alone for a minute."""

        def work(tx: Tx) -> bytes | None:
            due = """sealed IS NOT NULL AND expires_at < {now} + :ahead
                     AND (refreshing_until IS NULL OR refreshing_until < {now})"""
            row = tx.one(
                f"SELECT team, sealed FROM workspace WHERE {due} ORDER BY expires_at LIMIT 1 {{skip}}",  # noqa: S608
                ahead=AHEAD * SECOND,
            )
            if row is None:
                return None
            statement = "UPDATE workspace SET refreshing_until = {now} + :claim WHERE team = :team"
            tx.run(statement, claim=CLAIM * SECOND, team=row[0])
            return bytes(row[1])

        sealed = await self._db.write(work)
        return None if sealed is None else unsealed(self._key, sealed)

    async def rotated(self, bot: Bot) -> bool:
        """Put the new token in the old one's place; False where the workspace uninstalled or installed meanwhile."""
        statement = """UPDATE workspace SET sealed = :sealed, expires_at = :expires, refreshing_until = NULL
                       WHERE team = :team AND sealed IS NOT NULL AND refreshing_until IS NOT NULL"""
        values = {"team": bot.team_id, **self._sealed(bot)}
        return await self._db.write(lambda tx: tx.run(statement, **values)) == 1

    def _sealed(self, bot: Bot) -> dict[str, Any]:
        ends = bot.bot_token_expires_at
        sealed = self._key.encrypt(json.dumps({name: getattr(bot, name) for name in _KEPT}).encode())
        return {"expires": None if ends is None else int(ends) * SECOND, "sealed": sealed}


def unsealed(key: Fernet, sealed: bytes) -> Bot:
    """What `Installations` sealed. Raises `ConfigError` where it was another key."""
    try:
        return Bot(**json.loads(key.decrypt(bytes(sealed))))
    except InvalidToken:
        raise ConfigError(
            "slack.oauth.key_file\n  the tokens in the ledger's database were sealed with another key",
            field="slack.oauth.key_file",
            mend="bring back that file, or let every workspace install anew",
        ) from None


class States(AsyncOAuthStateStore):
    """What an installation is recognised by when it returns from Slack: once, and within ten minutes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @override
    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        state = secrets.token_urlsafe(24)

        def work(tx: Tx) -> None:
            tx.run("DELETE FROM install_state WHERE expires_at < {now}")
            tx.run(
                """INSERT INTO install_state (digest, expires_at) VALUES (:d, {now} + :lives)
                   ON CONFLICT (digest) DO NOTHING""",
                d=_digest(state),
                lives=STATE_LIVES * SECOND,
            )

        await self._db.write(work)
        return state

    @override
    async def async_consume(self, state: str) -> bool:
        statement = "DELETE FROM install_state WHERE digest = :d AND expires_at >= {now}"
        return await self._db.write(lambda tx: tx.run(statement, d=_digest(state))) == 1


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
