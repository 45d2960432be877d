"""The tables of documents: one row per document, one per revision, and a whole copy now and then.

A revision is a row of `document_log`: who, with which id, what was asked (`operations`), what it did (`changes`). The
document at a revision is the last copy before it with the changes since. Rows are never changed; the oldest are folded
into copies when there are many (`fold`). A document that was deleted keeps them, so that it can be restored, and its
name goes on counting.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from server.database import METADATA

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("nodes", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
)

LOG = Table(
    "document_log",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("client", String(128), nullable=False),
    Column("edit", String(64), nullable=False),  # the id that the client gave it
    Column("kind", String(16), nullable=False),
    Column("at", Float, nullable=False),
    Column("operations", Text, nullable=False),
    Column("changes", Text, nullable=False),
    UniqueConstraint("name", "client", "edit", name="document_log_edit"),
)

COPIES = Table(
    "document_copies",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
)

SHARES = Table(
    "document_shares",
    METADATA,
    Column("name", String(128), primary_key=True),  # of the document
    Column("user", String(32), primary_key=True),  # whom it is shared with
    Column("right", String(8), nullable=False),  # view edit
    Index("document_shares_user", "user"),
)

FILES = Table(
    "document_files",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("revision", Integer, nullable=False),  # what the file in the folder shows
    Column("digest", String(64), nullable=False),
    Column("digest_before", String(64), nullable=False),  # what it showed before, if it was not written after all
)
