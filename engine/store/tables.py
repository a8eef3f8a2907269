"""The tables, once. Times are microseconds since 1970 UTC, by the database's clock; JSON is text that is never queried.

`entry` is append-only: the triggers of the first migration refuse update, delete, replace and truncate.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# The one row that holds what is true for the whole installation. A start locks it FOR SHARE, a halt updates it.
control = Table(
    "control",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("installation", Text, nullable=False),
    Column("generation", Integer, nullable=False),  # of the ledger: a rebuild opens a new one
    Column("config_generation", Integer, nullable=False),
    Column("halted_at", BigInteger),
    Column("resumed_at", BigInteger),
)
counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
process = Table(
    "process",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lease_until", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
)
incident = Table(
    "incident",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    Column("head", Text, nullable=False),
    Column("owner", Text),
    Column("epoch", Integer, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("min_code", Integer, nullable=False),
    Column("quiet_n", Integer, nullable=False),  # the entry up to which every follower is done; below n: needs an owner
    Index("incident_open", "closed_at"),
    Index("incident_owner", "owner"),
    Index("incident_opened", "opened_at"),
)
fingerprint = Table(
    "fingerprint",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("incident", BigInteger, nullable=False),
)
entry = Table(
    "entry",
    metadata,
    Column("incident", BigInteger, ForeignKey("incident.id"), primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("published", LargeBinary, nullable=False),
    UniqueConstraint("incident", "key", name="entry_key"),
    Index("entry_kind_at", "kind", "at"),  # what the last days brought, without a scan
)
# Whole answers, kept apart from the chain and entered there by their digest.
evidence = Table(
    "evidence",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
# The one table from which a datum can be deleted: entries carry the pseudonym only.
personal = Table(
    "personal",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("salt", Text, nullable=False),
    Column("name", Text, nullable=False),
)
inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("source", Text, nullable=False),  # "slack" or "alerts/<name>"
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("done_at", BigInteger),
    Column("parked_at", BigInteger),
    Column("note", Text),  # a Reason, or why it is parked
    Index("inbox_waiting", "done_at", "parked_at"),
)
# What stands in the chat: one row a message, written before the first post (the intent).
message = Table(
    "message",
    metadata,
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", Text, primary_key=True),
    Column("op", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("ts", Text),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", BigInteger, nullable=False),
    Column("shown_n", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Index("message_ts", "channel", "ts"),
)
# One cursor per incident and backend: what is acknowledged, what is under way, why it waits.
cursor = Table(
    "cursor",
    metadata,
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("backend", Text, primary_key=True),
    Column("acked", Integer, nullable=False),
    Column("ticket", Text),  # JSON: id, label, url
    Column("inflight", Text),  # JSON: first, n, part, parts, op, digest, why, attempt, at
    Column("settled", Text, nullable=False),  # digest of the ticket state (title, labels, open or closed) set last
    Column("failures", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("trouble", Text),  # one sentence; empty when all is well
    Column("parked_at", BigInteger),
    Column("failing_since", BigInteger),  # the first failure since the last success
)
# What each backend acknowledged, note by note: `digest` is of the text as the backend gives it back.
carried = Table(
    "carried",
    metadata,
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("backend", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # the last entry of the note
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("op", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)
# What a rebuild found in tickets and no chain proves: text for people, apart from the entries.
archive = Table(
    "archive",
    metadata,
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),  # the last entry of the note
    Column("hash", Text, primary_key=True),
    Column("first", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # the ticket's own time
    Column("backend", Text, nullable=False),
    Column("text", Text, nullable=False),
)
# How far the tickets were read back. 0 is never; `mark` is the vendor's clock, the rest the database's.
reading = Table(
    "reading",
    metadata,
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("backend", Text, primary_key=True),
    Column("mark", BigInteger, nullable=False),
    Column("full_at", BigInteger, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("hinted_at", BigInteger, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),  # of an incident that nobody owns
)
# Who has opened the App Home lately, and what it shows. Publishing is claimed, so that one replica does it.
home = Table(
    "home",
    metadata,
    Column("actor", Text, primary_key=True),  # a pseudonym; the chat's id stands in `personal` alone
    Column("opened_at", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),
)
# Who installed the app, where that is how it gets its tokens. `sealed` is empty once a workspace uninstalls.
workspace = Table(
    "workspace",
    metadata,
    Column("team", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("since", BigInteger, nullable=False),  # the first time; the first workspace stays the first
    Column("installed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # of the token; none without rotation
    Column("refreshing_until", BigInteger),  # one replica's claim on the exchange
    Column("sealed", LargeBinary),
)
install_state = Table(
    "install_state",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)
# Writes taken from what a vendor grants, by all replicas together: a row per backend and length of the span in seconds.
budget = Table(
    "budget",
    metadata,
    Column("backend", Text, primary_key=True),
    Column("span", Integer, primary_key=True, autoincrement=False),
    Column("began_at", BigInteger, nullable=False),
    Column("taken", Integer, nullable=False),
)
