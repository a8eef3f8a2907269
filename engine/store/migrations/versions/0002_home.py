"""The App Home and what it counts: who opened it, since when a record fails, and entries by kind and time.

A new database has all of it from the first migration, which makes the tables as they are today.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import cursor, entry, home, incident

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is missing."""
    connection = op.get_bind()
    home.create(connection, checkfirst=True)
    for index in (*entry.indexes, *incident.indexes):
        index.create(connection, checkfirst=True)
    if "failing_since" not in {column["name"] for column in sa.inspect(connection).get_columns(cursor.name)}:
        op.add_column(cursor.name, sa.Column("failing_since", sa.BigInteger))
