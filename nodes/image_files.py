"""Images from files and to files.

A node never writes: `image.save` gives the bytes as artifacts and the engine delivers them, so that a cached save still
delivers its files. The bytes hold no clock: equal images give equal files.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from engine.context import INJECTED, Context
from engine.errors import LoomError, NodeError
from engine.lazy import lazy
from engine.node import Choice, Slider, node
from engine.values import Artifact
from nodes.pixels import MOST, picture, resampled, tensor
from nodes.types import Image, Mask

if TYPE_CHECKING:
    import numpy as np
    import PIL
    import torch
    from PIL import Image as PilImage
    from PIL import ImageOps as PilOps
else:
    np, torch = lazy("numpy"), lazy("torch")
    PIL, PilImage, PilOps = lazy("PIL"), lazy("PIL.Image"), lazy("PIL.ImageOps")

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # nothing that runs an interpreter
SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
FIELDS = ("{name}", "{node}", "{n}")


class LoadedImage(NamedTuple):
    """image [1, 3, H, W]; mask [1, 1, H, W]: 1 where the file is transparent, 0 where it is opaque."""

    image: Image
    mask: Mask


@node("image.load", thread="pool")
def load(*, file: Annotated[str, Choice("inputs")], ctx: Context = INJECTED) -> LoadedImage:
    """An image file: PNG, JPEG, WebP, BMP, GIF or TIFF (of several pictures, the first).

    Turned as its EXIF orientation says. Gray becomes RGB; 16 bits of gray are kept. Raises NodeError if the file is
    missing, is no image, is cut off, or has more than 2²⁶ pixels.
    """
    return read(input_path(file, ctx), file)


@load.fingerprint
def _load(file: str, ctx: Context) -> str:
    """The digest of the file's bytes."""
    return ctx.files.digest(input_path(file, ctx))


def input_path(file: str, ctx: Context) -> Path:
    """Where an input file lies. Raises NodeError if there is none of that name, or if the name leaves the folders."""
    try:
        return ctx.files.input(file)
    except LoomError as error:
        raise NodeError(str(error), input="file") from None


def read(path: Path, name: str) -> LoadedImage:
    """The image at `path`; errors call it `name`."""
    try:
        with path.open("rb") as stream, PilImage.open(stream, formats=FORMATS) as shown:
            width, height = shown.size
            if width * height > MOST:
                raise NodeError(f"{name}: expected at most {MOST} pixels, got {width} × {height}", input="file")
            return _values(PilOps.exif_transpose(shown))
    except (FileNotFoundError, IsADirectoryError):
        raise NodeError(f"there is no file {name!r} among the inputs", input="file") from None
    except (PilImage.DecompressionBombError, PilImage.DecompressionBombWarning):
        raise NodeError(f"{name}: expected at most {MOST} pixels, got more", input="file") from None
    except PIL.UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise NodeError(f"{name} is no image: expected {kinds}", input="file") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise NodeError(f"{name} cannot be read as an image: {error}", input="file") from error


def _values(shown: PilImage.Image) -> LoadedImage:
    if shown.mode.startswith(("I", "F")):  # 16-bit or float gray
        gray = torch.from_numpy(np.array(shown, dtype=np.float32)) / (1 if shown.mode == "F" else 65535)
        data = gray.clamp(0, 1).expand(3, -1, -1).contiguous()
    else:
        data = tensor(shown)
    mask = torch.zeros(1, *data.shape[1:])
    if shown.has_transparency_data:
        alpha = np.asarray(shown.convert("RGBA").getchannel("A"), dtype=np.float32) / 255
        mask = 1 - torch.from_numpy(alpha)[None]
    return LoadedImage(Image(data[None]), Mask(mask[None]))


def _checked(name: str) -> str:
    """For the document's validation, which refuses a bad name before anything runs."""
    try:
        check_name(name)
    except NodeError as error:
        raise ValueError(str(error)) from None
    return name


FileName = Annotated[str, AfterValidator(_checked)]


@node("image.save", sink=True, thread="pool")
def save(
    image: Image,
    *,
    name: FileName = "{name}-{n}",
    format: Literal["png", "jpeg", "webp"] = "png",
    quality: Annotated[int, Field(ge=1, le=100), Slider()] = 95,
) -> tuple[Artifact, ...]:
    """One file per image of the batch.

    name: file name without suffix; {name} is the workflow, {node} this node, {n} a running number; a slash makes a
    folder. quality: of JPEG and WebP (WebP at 100 is lossless). Raises NodeError for a name that leaves the output
    folder and for an image with values that are not finite.
    """
    check_name(name)
    media = f"image/{format}"
    return tuple(Artifact(_bytes(one, format, quality), SUFFIXES[format], name, media) for one in image.data)


def _bytes(image: torch.Tensor, format: str, quality: int) -> bytes:
    options: dict[str, object] = {"compress_level": 6}
    if format == "jpeg":
        options = {"quality": quality, "subsampling": 0}
    elif format == "webp":
        options = {"quality": quality, "lossless": quality == 100}
    out = io.BytesIO()
    picture(image).save(out, format, **options)
    return out.getvalue()


def check_name(name: str) -> None:
    """Raises NodeError for a name template with unknown fields or one that could leave the output folder."""
    plain = re.sub("|".join(map(re.escape, FIELDS)), "x", name)
    if "{" in plain or "}" in plain:
        raise NodeError(f"expected no fields but {', '.join(FIELDS)}, got {name!r}", input="name")
    parts = plain.split("/")
    if any(part.strip() in ("", ".", "..") for part in parts) or re.search(r'[\x00-\x1f\\:*?"<>|~]', plain):
        raise NodeError(f"expected a file name inside the output folder, got {name!r}", input="name")
    if len(name) > 200:
        raise NodeError(f"expected at most 200 characters, got {len(name)}", input="name")


@node("image.preview", sink=True, thread="pool")
def preview(
    image: Image, *, size: Annotated[int, Field(ge=16, le=2048), Slider(16)] = 512, ctx: Context = INJECTED
) -> Image:
    """The images at most `size` pixels high and wide, to look at. Makes no file."""
    height, width = image.data.shape[-2:]
    scale = min(1.0, size / max(height, width))
    small = Image(resampled(image.data, max(1, round(width * scale)), max(1, round(height * scale)), "box"))
    ctx.preview(small)
    return small
