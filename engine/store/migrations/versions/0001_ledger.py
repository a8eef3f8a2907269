"""The ledger's tables, and the triggers that make entries append-only in both databases.

The triggers refuse mistakes; `watchkeeper ledger verify` detects malice.
"""

from alembic import op

from engine.store.tables import metadata

revision = "0001"
down_revision = None

# INSERT OR REPLACE walks past DELETE and UPDATE triggers, so the insert of an existing key is refused as well.
SQLITE = (
    "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    """CREATE TRIGGER entry_once BEFORE INSERT ON entry
       WHEN EXISTS (SELECT 1 FROM entry WHERE incident = NEW.incident AND (n = NEW.n OR key = NEW.key))
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$""",
    """CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE ON entry
       FOR EACH ROW EXECUTE FUNCTION entries_are_append_only()""",
    """CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry
       FOR EACH STATEMENT EXECUTE FUNCTION entries_are_append_only()""",
)


def upgrade() -> None:
    """Create everything."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
