"""Workspaces that installed the app, and the installations that are under way.

A database that is made now has both already: the first migration creates every table that `tables.py` names.
"""

from alembic import op

from engine.store.tables import install_state, metadata, workspace

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create what is missing."""
    metadata.create_all(op.get_bind(), tables=[workspace, install_state])
