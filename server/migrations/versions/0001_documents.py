"""The tables of documents."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Float, Integer, String, Text, UniqueConstraint

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables; `server.live.tables` says what the columns mean."""
    op.create_table(
        "documents",
        Column("name", String(64), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("deleted", Boolean, nullable=False),
        Column("bytes", Integer, nullable=False),
        Column("nodes", Integer, nullable=False),
        Column("title", Text, nullable=False),
        Column("created", Float, nullable=False),
        Column("changed", Float, nullable=False),
    )
    op.create_table(
        "document_log",
        Column("name", String(64), primary_key=True),
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("client", String(64), nullable=False),
        Column("edit", String(64), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("at", Float, nullable=False),
        Column("operations", Text, nullable=False),
        Column("changes", Text, nullable=False),
        UniqueConstraint("name", "client", "edit", name="document_log_edit"),
    )
    op.create_table(
        "document_copies",
        Column("name", String(64), primary_key=True),
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("document", Text, nullable=False),
    )
    op.create_table(
        "document_files",
        Column("name", String(64), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("digest_before", String(64), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("document_files", "document_copies", "document_log", "documents"):
        op.drop_table(table)
