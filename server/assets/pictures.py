"""What Pillow does for the server: see whether a picture is one, and make small copies.

Nothing is decoded before its size is known, so a picture that would unpack to gigabytes is refused by its header; texts
inside a PNG are bounded by Pillow itself. Only types that no browser runs are opened. All of it happens in one thread,
so that many uploads at once cost the memory of one picture.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from aiohttp import web

from server.answers import Refusal

T = TypeVar("T")

TYPES = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "GIF": ("image/gif", ".gif")}
TYPES["WEBP"] = ("image/webp", ".webp")
QUALITY = 82


class Pictures:
    """The thread, and the most pixels that a picture may have."""

    def __init__(self, most_pixels: int) -> None:
        self._most = most_pixels
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loom-pictures")

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run `question(*arguments)` in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, *arguments)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True)

    # in the thread

    def inspect(self, path: Path) -> tuple[str, str, int, int]:
        """Media type, suffix, width and height of a picture. Raises `Refusal` 415 for anything else, 413 for a bomb."""

        def look(file: BinaryIO) -> tuple[str, str, int, int]:
            with self._open(file) as picture:
                media, suffix = TYPES[picture.format]
                width, height = picture.size
                picture.verify()
            return media, suffix, width, height

        return self._guarded(path, look)

    def thumbnail(self, file: BinaryIO, size: int) -> bytes:
        """A WebP of at most `size` × `size`. Raises `Refusal` for what is no picture."""

        def shrink(file: BinaryIO) -> bytes:
            from PIL import Image, ImageOps

            with self._open(file) as picture:
                picture.draft("RGB", (size, size))  # a JPEG is decoded small
                small = ImageOps.exif_transpose(picture)
                small = small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB")
                small.thumbnail((size, size), Image.Resampling.LANCZOS)
                out = io.BytesIO()
                small.save(out, "WEBP", quality=QUALITY)
            return out.getvalue()

        return self._guarded(file, shrink)

    def _open(self, file: BinaryIO) -> Any:
        from PIL import Image

        picture = Image.open(file, formats=tuple(TYPES))
        width, height = picture.size
        if width * height > self._most:
            raise Refusal(413, f"expected at most {self._most} pixels, got {width} × {height}")
        return picture

    def _guarded(self, source: Path | BinaryIO, work: Callable[[BinaryIO], T]) -> T:
        """Pillow's many ways to fail, as refusals."""
        from PIL import Image

        try:
            if isinstance(source, Path):
                with source.open("rb") as file:
                    return work(file)
            return work(source)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Refusal(413, f"expected at most {self._most} pixels, got more") from None
        except (Refusal, MemoryError):
            raise
        except Exception:  # a broken file makes Pillow raise anything
            raise Refusal(415, f"this is no picture that can be read; expected {', '.join(TYPES)}") from None


PICTURES = web.AppKey("pictures", Pictures)
