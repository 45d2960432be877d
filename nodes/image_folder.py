"""Many image files: a folder as a list of names, or as a list of images.

`list.files` and a frame with `image.load` go over a folder of any size, one picture at a time, and cache each; the
images of `image.folder` are in memory together.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, NamedTuple

from pydantic import Field

from engine.context import INJECTED, Context
from engine.errors import LoomError, NodeError
from engine.node import node
from nodes.image_files import input_path, read
from nodes.lists import LONGEST
from nodes.types import Image

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
PIXELS = 1 << 27  # of all images together: 1.5 GiB as float32
Limit = Annotated[int, Field(ge=1, le=LONGEST)]


class LoadedFolder(NamedTuple):
    """The images, each [1, 3, H, W], and the names of their files."""

    images: list[Image]
    names: list[str]


@node("list.files", plan=True)
def list_files(*, folder: str, pattern: str = "*.png", ctx: Context = INJECTED) -> list[str]:
    """The names of the input files of a folder and the folders in it that fit `pattern`, in order.

    pattern: of the file's own name; `*` stands for any characters, `?` for one. Case does not count. Raises NodeError
    if the folder is missing and for more than 10 000 files.
    """
    return _fitting(folder, lambda name: fnmatchcase(name.lower(), pattern.lower()), LONGEST, ctx)


@node("image.folder", thread="pool")
def load_folder(*, folder: str, most: Limit = 1000, ctx: Context = INJECTED) -> LoadedFolder:
    """The image files of an input folder and the folders in it, in the order of their names.

    Sizes may differ; `image.stack` makes a batch of equal ones. Raises NodeError if there is no image, if there are
    more than `most` or than 2²⁷ pixels in all (then: `list.files` and a frame), and as `image.load` does.
    """
    names = _images(folder, most, ctx)
    images: list[Image] = []
    pixels = 0
    for done, name in enumerate(names):
        ctx.progress(done, len(names))
        image = read(input_path(name, ctx), name).image
        pixels += image.data.shape[-1] * image.data.shape[-2]
        if pixels > PIXELS:
            raise NodeError(f"expected at most {PIXELS} pixels in all, got more at {name}", input="folder")
        images.append(image)
    return LoadedFolder(images, names)


@load_folder.fingerprint
def _folder(folder: str, most: int, ctx: Context) -> list[str]:
    """Names and digests of the files."""
    return [part for name in _images(folder, most, ctx) for part in (name, ctx.files.digest(input_path(name, ctx)))]


def _images(folder: str, most: int, ctx: Context) -> list[str]:
    names = _fitting(folder, lambda name: PurePosixPath(name.lower()).suffix in ENDINGS, most, ctx)
    if not names:
        raise NodeError(f"there is no image in {folder!r}", input="folder")
    return names


def _fitting(folder: str, fits: Callable[[str], bool], most: int, ctx: Context) -> list[str]:
    try:
        names = [name for name in ctx.files.within(folder) if fits(PurePosixPath(name).name)]
    except LoomError as error:
        raise NodeError(str(error), input="folder") from None
    if len(names) > most:
        raise NodeError(f"expected at most {most} files, {folder!r} has {len(names)}", input="folder")
    return names
