"""What bytes are, by their first ones: one of the pictures that a browser may show in place, or just bytes."""

from __future__ import annotations

ANYTHING = "application/octet-stream"


def picture_type(data: bytes) -> str | None:
    """The media type of a picture that a browser may show in place; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def media_type(data: bytes) -> str:
    """The same, with a name for anything else."""
    return picture_type(data) or ANYTHING
