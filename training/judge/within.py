"""Masks of a picture: what of it is not background, and what lies within a region of it.

For a ControlNet, whose shapes should cover what the hint covers, and for pictures that are painted into or edited.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from training.judge.colour import Bools
from training.judge.patches import Patch, survey


def cover_of(picture: Image.Image) -> Bools:
    """The pixels of all patches, side x side."""
    parts = survey(picture).parts
    return np.logical_or.reduce(parts) if parts else np.zeros((picture.height, picture.width), bool)


def patches_within(picture: Image.Image, region: Bools) -> tuple[Patch, ...]:
    """The patches of which at least half lies within a region (side x side), the largest first."""
    seen = survey(picture)
    pairs = zip(seen.found.patches, seen.parts, strict=True)
    return tuple(patch for patch, part in pairs if 2 * int((part & region).sum()) >= int(part.sum()))


def shows(picture: Image.Image, region: Bools, shape: str, colour: str) -> bool:
    """Is exactly one patch within the region, of this shape and colour?"""
    found = patches_within(picture, region)
    return len(found) == 1 and (found[0].shape, found[0].colour) == (shape, colour)


def unchanged(before: Image.Image, after: Image.Image, region: Bools) -> float:
    """Share (0..1) of the patches outside the region that the second picture still shows, 1 when there were none."""
    old, new = ([(p.shape, p.colour, p.fill) for p in patches_within(one, ~region)] for one in (before, after))
    kept = 0
    for kind in old:
        if kind in new:
            new.remove(kind)
            kept += 1
    return kept / len(old) if old else 1.0
