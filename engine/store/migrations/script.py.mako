"""${message}"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand only; contract in a later revision, when no older code runs."""
    ${upgrades if upgrades else "pass"}
