"""The tables of runs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text, UniqueConstraint

revision = "0002"
down_revision: str | None = "0001"

INDEXES = (
    ("runs_status", "runs", "status"),
    ("runs_batch", "runs", "batch"),
    ("runs_created", "runs", "created"),
    ("run_artifacts_digest", "run_artifacts", "digest"),
    ("run_artifacts_created", "run_artifacts", "created"),
)


def upgrade() -> None:
    """Make the tables; `server.queue.tables` says what the columns mean."""
    op.create_table(
        "runs",
        Column("id", String(32), primary_key=True),
        Column("client", String(64), nullable=False),
        Column("name", String(200), nullable=False),
        Column("status", String(16), nullable=False),
        Column("priority", Integer, nullable=False),
        Column("place", Float, nullable=False),
        Column("workflow", String(64), nullable=False),
        Column("changes", Text, nullable=False),
        Column("targets", Text),
        Column("key", String(200)),
        Column("request", String(64)),
        Column("batch", String(32)),
        Column("retry_of", String(32)),
        Column("cancelling", Boolean, nullable=False),
        Column("deaths", Integer, nullable=False),
        Column("created", Float, nullable=False),
        Column("started", Float),
        Column("ended", Float),
        Column("seconds", Float),
        Column("steps", Integer, nullable=False),
        Column("steps_done", Integer, nullable=False),
        Column("steps_cached", Integer, nullable=False),
        Column("last", Integer, nullable=False),
        Column("report", Text),
        Column("error", Text),
        UniqueConstraint("client", "key", name="runs_key"),
    )
    op.create_table(
        "run_workflows",
        Column("digest", String(64), primary_key=True),
        Column("document", Text, nullable=False),
    )
    op.create_table(
        "run_events",
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("run", String(32), nullable=False),
        Column("number", Integer, nullable=False),
        Column("body", Text, nullable=False),
        UniqueConstraint("run", "number", name="run_events_number"),
    )
    op.create_table(
        "run_artifacts",
        Column("run", String(32), primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("node", String(200), nullable=False),
        Column("name", String(255), nullable=False),
        Column("path", Text, nullable=False),
        Column("digest", String(80), nullable=False),
        Column("mime", String(100), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("created", Float, nullable=False),
    )
    op.create_table(
        "run_timings",
        Column("workflow", String(200), primary_key=True),
        Column("part", String(200), primary_key=True),
        Column("seconds", Float, nullable=False),
    )
    op.create_table(
        "queue_settings",
        Column("name", String(40), primary_key=True),
        Column("value", Text, nullable=False),
    )
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("queue_settings", "run_timings", "run_artifacts", "run_events", "run_workflows", "runs"):
        op.drop_table(table)
