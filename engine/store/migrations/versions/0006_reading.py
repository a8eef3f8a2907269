"""How far the tickets were read back.

A database that is made now has it already: the first migration creates every table that `tables.py` names.
"""

from alembic import op

from engine.store.tables import reading

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create it."""
    reading.create(op.get_bind(), checkfirst=True)
