"""What the ledger's database says of the workspaces that installed the app; read only, also while the bot runs."""

from bot.installations import sealing_key, unsealed
from bot.ledger_reader import LedgerUnreadable, reading
from bot.rows import Row
from bot.settings import Settings
from bot.settings_slack import INSTALL_PATH
from engine.errors import ConfigError
from engine.store.tx import Tx
from engine.words import count, listed


def look_at_installed(settings: Settings) -> tuple[str, list[Row]]:
    """The home workspace's token, empty where there is none, and the row that says who installed. Blocking."""
    oauth = settings.slack.oauth
    assert oauth is not None  # noqa: S101  asked only where it is configured
    mend = (
        f"open {oauth.url}{INSTALL_PATH} while `watchkeeper run` runs, in the workspace that shall have the incidents"
    )
    try:
        with reading(settings.ledger) as tx:
            rows = _rows(tx)
        if not rows:
            return "", [Row("installed", "FAIL", "nobody has installed the app yet", mend)]
        home = oauth.home or rows[0][0]
        sealed = next((sealed for team, _, sealed in rows if team == home), None)
        if sealed is None:
            return "", [Row("installed", "FAIL", f"the home workspace {home} has not installed the app", mend)]
        token = unsealed(sealing_key(oauth.key_file, make=False), sealed).bot_token
    except LedgerUnreadable as err:
        return "", [Row("installed", "FAIL", f"nobody can have installed the app yet: {err}", mend)]
    except ConfigError as err:
        return "", [Row("installed", "FAIL", str(err).partition("\n  ")[2], err.mend)]
    names = [name for _, name, sealed in rows if sealed is not None]
    says = f"{count(len(names), 'workspace')}: {listed(names)}; home is {home}"
    if not oauth.home and len(names) > 1:
        return token, [Row("installed", "warn", f"{says}, because it was the first", f"slack.oauth.home: {home}")]
    return token, [Row("installed", "ok", says)]


def _rows(tx: Tx) -> list[tuple[str, str, bytes | None]]:
    found = tx.all("SELECT team, name, sealed FROM workspace ORDER BY since, team")
    return [(str(team), str(name), None if sealed is None else bytes(sealed)) for team, name, sealed in found]
