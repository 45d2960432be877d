"""Regions of a picture: connected parts, grown and shrunk masks, enclosed holes. Plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.judge.colour import Bools, Floats

Numbers = NDArray[np.int64]


def labels(mask: Bools) -> tuple[Numbers, int]:
    """Number every 4-connected part 1, 2, ... (0 elsewhere), and say how many there are.

    A row is a handful of runs; runs that touch in neighbouring rows are one part (union-find over the runs).
    """
    height, width = mask.shape
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    parent = list(range(len(row)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    # The runs of the row above that overlap a run are consecutive: from the first that stops after it starts to the
    # last that starts before it stops. Keys that count rows first make both a search in a sorted list.
    stride = width + 1
    first = np.searchsorted(row * stride + stop, (row - 1) * stride + start, side="right")
    last = np.searchsorted(row * stride + start, (row - 1) * stride + stop, side="left")
    for run, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for above in range(low, high):
            one, other = root(above), root(run)
            parent[max(one, other)] = min(one, other)
    roots = np.array([root(run) for run in range(len(row))], np.int64)
    kept, number = np.unique(roots, return_inverse=True)
    painted = np.zeros((height, width + 1), np.int64)
    painted[row, start] += number + 1
    painted[row, stop] -= number + 1  # a run never starts where another stops: at least one pixel lies between
    return painted.cumsum(axis=1)[:, :-1], len(kept)


def components(mask: Bools) -> list[Bools]:
    """The 4-connected parts of a mask."""
    numbers, count = labels(mask)
    return [numbers == number for number in range(1, count + 1)]


def grown(mask: Bools, steps: int) -> Bools:
    """The mask with its 4-neighbours, so many times."""
    for _ in range(steps):
        more = mask.copy()
        more[1:] |= mask[:-1]
        more[:-1] |= mask[1:]
        more[:, 1:] |= mask[:, :-1]
        more[:, :-1] |= mask[:, 1:]
        mask = more
    return mask


def shrunk(mask: Bools, steps: int) -> Bools:
    """The mask without what lies within so many steps of its edge; the picture's edge is no edge."""
    return ~grown(~mask, steps)


def enclosed(mask: Bools) -> Bools:
    """The holes: what is not the mask and cannot be reached from the picture's frame."""
    numbers, count = labels(~np.pad(mask, 1))
    return (numbers != numbers[0, 0])[1:-1, 1:-1] & ~mask if count > 1 else np.zeros_like(mask)


def local_peak(values: Floats, reach: int) -> Floats:
    """The highest value within `reach` pixels along both axes, to a byte's precision of the range."""
    top = float(values.max()) or 1.0
    bytes_ = Image.fromarray((values * (255 / top)).astype(np.uint8))
    return np.asarray(bytes_.filter(ImageFilter.MaxFilter(2 * reach + 1)), np.float64) * (top / 255)


def box_mean(values: NDArray[Any], reach: int = 1) -> Floats:
    """Means over squares of 2 reach + 1 pixels, the edge repeated outwards."""
    padding = [(reach, reach)] * 2 + [(0, 0)] * (values.ndim - 2)
    wide = np.pad(values.astype(np.float64), padding, mode="edge")
    height, width = values.shape[:2]
    spots = [(i, j) for i in range(2 * reach + 1) for j in range(2 * reach + 1)]
    total: Floats = sum((wide[i : i + height, j : j + width] for i, j in spots), np.zeros(values.shape))
    return total / len(spots)
