"""Bring a database to the tables this code expects, in one transaction. Of three that start at once one migrates.

A database that newer code has migrated already is left as it is: migrations only expand until the last old replica is
gone, and an incident that needs newer code says so itself (`min_code`).
"""

from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

HERE = Path(__file__).parent / "migrations"
LOCK = 7_201_126  # one number for all replicas of one database


def migrate(url: str) -> None:
    """Run what is missing. Blocking; call it before the event loop runs or in a thread."""
    engine = sqlalchemy.create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        _begin_for_real(engine)
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _known(connection, config):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _known(connection: sqlalchemy.Connection, config: Config) -> bool:
    ours = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return set(MigrationContext.configure(connection).get_current_heads()) <= ours


def _begin_for_real(engine: sqlalchemy.Engine) -> None:
    """Python's driver would commit before each CREATE, and a start that was killed half way could never start again."""

    @sqlalchemy.event.listens_for(engine, "connect")
    def no_begin_of_the_driver(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @sqlalchemy.event.listens_for(engine, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
