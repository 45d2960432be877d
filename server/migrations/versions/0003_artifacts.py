"""The tables of files: uploads, the gallery, digests."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Make the tables; `server.assets.tables` says what the columns mean."""
    op.create_table(
        "assets",
        Column("digest", String(80), primary_key=True),
        Column("name", String(255), nullable=False),
        Column("input", String(255), nullable=False),
        Column("mime", String(100), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("created", Float, nullable=False),
    )
    op.create_table(
        "gallery",
        Column("digest", String(80), primary_key=True),
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
    op.create_index("gallery_created", "gallery", ["created"])
    op.create_table(
        "file_digests",
        Column("key", String(80), primary_key=True),
        Column("value", Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("file_digests", "gallery", "assets"):
        op.drop_table(table)
