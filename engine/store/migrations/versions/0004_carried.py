"""What was carried, note by note: several entries in one, and one entry in several; and what a vendor grants.

A new database has all of it from the first migration, which makes the tables as they are today. The table of before,
`delivery`, stays: a replica of an earlier version may still be running, and would fail with every note without it.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import budget, carried

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what is missing, and take over what was acknowledged so far."""
    connection = op.get_bind()
    for table in (carried, budget):
        table.create(connection, checkfirst=True)
    if not sa.inspect(connection).has_table("delivery"):
        return
    op.execute(
        """INSERT INTO carried (incident, backend, n, part, first, parts, op, digest, ref, attempts, at)
           SELECT incident, backend, n, 1, n, 1, op, digest, ref, attempts, at FROM delivery"""
    )
