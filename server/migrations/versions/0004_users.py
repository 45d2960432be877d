"""Whose things are: a user for runs, files, uploads and pictures; shared documents. What was there is the owner's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text

revision = "0004"
down_revision: str | None = "0003"

OWNER = "owner"
WIDER = (
    ("documents", "name"), ("document_log", "name"), ("document_log", "client"),
    ("document_copies", "name"), ("document_files", "name"),
)  # fmt: skip


def upgrade() -> None:
    """The tables modules say what the columns mean."""
    for table in ("runs", "run_artifacts"):
        op.add_column(table, Column("owner", String(32), nullable=False, server_default=OWNER))
    with op.batch_alter_table("runs") as runs:
        runs.drop_constraint("runs_key", type_="unique")
        runs.create_unique_constraint("runs_key", ["owner", "client", "key"])
    op.create_index("runs_owner", "runs", ["owner"])
    op.rename_table("assets", "assets_before")
    op.create_table(
        "assets",
        Column("digest", String(80), primary_key=True),
        Column("owner", String(32), primary_key=True),
        Column("name", String(255), nullable=False),
        Column("input", String(255), nullable=False),
        Column("mime", String(100), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("created", Float, nullable=False),
    )
    _refill("assets", "digest, name, input, mime, bytes, width, height, created")
    op.drop_index("gallery_created", "gallery")
    op.rename_table("gallery", "gallery_before")
    op.create_table(
        "gallery",
        Column("digest", String(80), primary_key=True),
        Column("owner", String(32), primary_key=True),
        Column("run", String(32), nullable=False),
        Column("node", String(200), nullable=False),
        Column("name", String(255), nullable=False),
        Column("path", Text, nullable=False),
        Column("mime", String(100), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("created", Float, nullable=False),
        Column("workflow", String(200), nullable=False),
        Column("text", Text, nullable=False),
        Column("sought", Text, nullable=False),
        Column("models", Text, nullable=False),
        Column("favourite", Boolean, nullable=False),
        Column("deleted", Float),
    )
    same = "digest, run, node, name, path, mime, bytes, created, workflow, text, sought, models, favourite, deleted"
    _refill("gallery", same)
    op.create_index("gallery_created", "gallery", ["created"])
    op.create_table(
        "document_shares",
        Column("name", String(128), primary_key=True),
        Column("user", String(32), primary_key=True),
        Column("right", String(8), nullable=False),
    )
    op.create_index("document_shares_user", "document_shares", ["user"])
    if op.get_bind().dialect.name != "sqlite":  # which heeds no lengths
        for table, column in WIDER:
            op.alter_column(table, column, type_=String(128))


def _refill(table: str, columns: str) -> None:
    """Take over what was there."""
    op.execute(sa.text(f"INSERT INTO {table} ({columns}, owner) SELECT {columns}, '{OWNER}' FROM {table}_before"))
    op.drop_table(f"{table}_before")


def downgrade() -> None:
    """There is no way back: what several users have cannot be told apart without these columns."""
    raise CommandError("0004_users cannot be undone: restore a copy of the state folder instead")
