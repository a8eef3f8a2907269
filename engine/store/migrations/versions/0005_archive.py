"""What a rebuild found in tickets and no chain proves.

A new database has it from the first migration, which makes the tables as they are today.
"""

from alembic import op

from engine.store.tables import archive

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    archive.create(op.get_bind(), checkfirst=True)
