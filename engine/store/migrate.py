"""Bring a database to the tables this code expects. Three processes may start at once; one migrates."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy.pool import NullPool

HERE = Path(__file__).parent / "migrations"
LOCK = 7_201_126  # one number for all replicas of one database


def migrate(url: str) -> None:
    """Run what is missing. Blocking; call it before the event loop runs or in a thread."""
    engine = sqlalchemy.create_engine(url, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(HERE))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
