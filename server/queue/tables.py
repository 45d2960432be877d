"""The tables of the queue, and what their columns mean.

`runs`             one row per run, from its submission until it is forgotten
`run_workflows`    the documents that runs use, once each, by the digest of their JSON
`run_events`       the numbered events: `id` counts all events of the server, `number` those of one run from 1
`run_artifacts`    the files that runs made; they outlive the row of their run
`run_timings`      how long nodes, steps and whole runs took, averaged, per workflow
`queue_settings`   what holds for the queue as a whole (`paused`)

Times are seconds since 1970. What is JSON is stored as text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from server.database import METADATA
from server.users.user import OWNER_NAME

runs = Table(
    "runs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False, server_default=OWNER_NAME),  # the user whose it is
    Column("client", String(64), nullable=False),  # whose share of the queue it counts to
    Column("name", String(200), nullable=False),  # of the workflow, for people
    Column("status", String(16), nullable=False),  # queued running done failed cancelled
    Column("priority", Integer, nullable=False),  # higher first
    Column("place", Float, nullable=False),  # order among the runs of a client with one priority
    Column("workflow", String(64), nullable=False),  # run_workflows.digest
    Column("changes", Text, nullable=False),  # JSON {"node.input": value}
    Column("targets", Text),  # JSON list of nodes, or NULL: those that make files
    Column("key", String(200)),  # the idempotency key, unique per client of a user
    Column("request", String(64)),  # the digest of the request that came with the key
    Column("batch", String(32)),
    Column("retry_of", String(32)),
    Column("cancelling", Boolean, nullable=False, default=False),
    Column("deaths", Integer, nullable=False, default=0),  # of workers in this run, since it last got on
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("seconds", Float),
    Column("steps", Integer, nullable=False, default=0),  # of the loops, to run, as planned
    Column("steps_done", Integer, nullable=False, default=0),
    Column("steps_cached", Integer, nullable=False, default=0),
    Column("last", Integer, nullable=False, default=0),  # number of its last event
    Column("report", Text),  # JSON {"nodes", "warnings", "problems"?, "node"?}, from its end on
    Column("error", Text),
    UniqueConstraint("owner", "client", "key", name="runs_key"),
    Index("runs_status", "status"),
    Index("runs_batch", "batch"),
    Index("runs_created", "created"),
    Index("runs_owner", "owner"),
)

run_workflows = Table(
    "run_workflows",
    METADATA,
    Column("digest", String(64), primary_key=True),  # sha256 of the text, hexadecimal
    Column("document", Text, nullable=False),
)

run_events = Table(
    "run_events",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("run", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("body", Text, nullable=False),  # the event as clients get it
    UniqueConstraint("run", "number", name="run_events_number"),
)

run_artifacts = Table(
    "run_artifacts",
    METADATA,
    Column("run", String(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # 0, 1, … in the order they were made
    Column("owner", String(32), nullable=False, server_default=OWNER_NAME),  # the user whose it is
    Column("node", String(200), nullable=False),
    Column("name", String(255), nullable=False),  # the file's name
    Column("path", Text, nullable=False),  # relative to the output folder, with slashes
    Column("digest", String(80), nullable=False),  # sha256:… of its bytes
    Column("mime", String(100), nullable=False),  # by its bytes, not by its name
    Column("bytes", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    Index("run_artifacts_digest", "digest"),
    Index("run_artifacts_created", "created"),
)

run_timings = Table(
    "run_timings",
    METADATA,
    Column("workflow", String(200), primary_key=True),  # its name
    Column("part", String(200), primary_key=True),  # a node; a frame: seconds per step; "": the whole run
    Column("seconds", Float, nullable=False),
)

queue_settings = Table(
    "queue_settings",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
