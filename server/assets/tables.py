"""The tables of files.

`assets`        uploads, once for each user, by the digest of their bytes
`gallery`       what can be asked of the pictures that runs made, folded from their records; may be made anew
`file_digests`  digests of model files by path, size and time, so that they are read once

Times are seconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from server.database import METADATA

assets = Table(
    "assets",
    METADATA,
    Column("digest", String(80), primary_key=True),  # sha256:… of the bytes
    Column("owner", String(32), primary_key=True),  # the user whose it is
    Column("name", String(255), nullable=False),  # what the person called it; for people
    Column("input", String(255), nullable=False),  # the name that nodes find it by, below LOOM_HOME/inputs
    Column("mime", String(100), nullable=False),  # by its bytes
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created", Float, nullable=False),
)

gallery = Table(
    "gallery",
    METADATA,
    Column("digest", String(80), primary_key=True),
    Column("owner", String(32), primary_key=True),  # the user whose it is
    Column("run", String(32), nullable=False),  # the first that made it
    Column("node", String(200), nullable=False),
    Column("name", String(255), nullable=False),
    Column("path", Text, nullable=False),  # in the output folder
    Column("mime", String(100), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    Column("workflow", String(200), nullable=False),  # its name
    Column("text", Text, nullable=False),  # all prompts, one a line
    Column("sought", Text, nullable=False),  # the same, folded for search
    Column("models", Text, nullable=False),  # names and digests, one a line
    Column("favourite", Boolean, nullable=False),
    Column("deleted", Float),  # when a person deleted it; a run that makes it again later brings it back
    Index("gallery_created", "created"),
)

file_digests = Table(
    "file_digests",
    METADATA,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
