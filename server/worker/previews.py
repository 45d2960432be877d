"""Small pictures of a run under way, made while it goes on.

The device thread only hands over the newest value; another thread renders at most eight a second, so a step never waits
for a picture. A latent is shown without the VAE: its first channels, each stretched over its range, eight times as
large. That is cheap and rough, and enough to see a picture come.
"""

from __future__ import annotations

import dataclasses
import io
import threading
import time
from collections.abc import Callable
from typing import Any

from server.worker.frames import picture

PAUSE = 1 / 8
LARGEST = 256  # pixels


class Previews:
    """Renders the newest value that it was given, and hands the frame to `show`."""

    def __init__(self, show: Callable[[bytes], None]) -> None:
        self._show = show
        self._newest: tuple[dict[str, Any], Any] | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def offer(self, header: dict[str, Any], value: Any) -> None:
        """A value to show; one that was not rendered yet is forgotten."""
        with self._changed:
            self._newest = (header, value)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="loom-previews", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._newest is None:
                    self._changed.wait()
                (header, value), self._newest = self._newest, None
            found = render(value)
            if found is not None:
                self._show(picture({**header, "mime": "image/png"}, found))
            del value
            time.sleep(PAUSE)


def render(value: Any) -> bytes | None:
    """A value as PNG, if there is a picture in it."""
    tensor = first_tensor(value)
    if tensor is None or tensor.ndim not in (3, 4):
        return None
    from PIL import Image

    plane = (tensor[0] if tensor.ndim == 4 else tensor).detach().float().cpu()
    plane = plane[:3] if plane.shape[0] >= 3 else plane[:1].expand(3, -1, -1)
    low, high = plane.amin((1, 2), keepdim=True), plane.amax((1, 2), keepdim=True)
    pixels = ((plane - low) / (high - low).clamp(min=1e-6) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    image = Image.fromarray(pixels)
    scale = min(8.0, LARGEST / max(image.size))
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def first_tensor(value: Any) -> Any:
    """The first tensor in a value, or None."""
    if hasattr(value, "element_size") and hasattr(value, "ndim"):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            found = first_tensor(getattr(value, field.name))
            if found is not None:
                return found
    return None
