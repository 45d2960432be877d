"""Edges and outlines: hint images for a ControlNet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Slider, node
from nodes import papers
from nodes.filters import blurred, convolved
from nodes.types import Image

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Strength = Annotated[float, Field(ge=0, le=2), Slider(0.01)]

TAN = math.tan(math.pi / 8)  # 22.5°: the border between two of the four directions in which an edge is thinned


@node("image.canny", thread="pool", label="Canny edges", paper=papers.CANNY)
def canny(
    image: Image,
    *,
    low: Strength = 0.1,
    high: Strength = 0.2,
    sigma: Annotated[float, Field(ge=0, le=10), Slider(0.1)] = 0.0,
) -> Image:
    """Edges as white lines one pixel wide on black (Canny 1986).

    Blur by `sigma` pixels (0: none, as ControlNets are trained), Sobel gradient of the channel where it is strongest,
    thinning across the edge, then every pixel above `low` that is connected to one above `high`. A step from 0 to 1 has
    strength 1; OpenCV's thresholds 100 and 200 are 0.1 and 0.2 here. Raises NodeError if low > high.
    """
    if low > high:
        raise NodeError(f"expected low ≤ high, got {low} > {high}", input="low")
    smooth = blurred(image.data, sigma, math.ceil(3 * sigma))
    x = convolved(convolved(smooth, (-1, 0, 1), -1), (0.25, 0.5, 0.25), -2)
    y = convolved(convolved(smooth, (-1, 0, 1), -2), (0.25, 0.5, 0.25), -1)
    strength, channel = (x.square() + y.square()).sqrt().max(1, keepdim=True)
    thin = _thinned(strength, x.gather(1, channel), y.gather(1, channel))
    edges = torch.stack([_connected(one > high, one > low) for one in thin[:, 0]])
    return Image(edges[:, None].expand(-1, 3, -1, -1).float().contiguous())


@node("image.outline", thread="pool")
def outline(
    image: Image, *, threshold: Strength = 0.1, width: Annotated[int, Field(ge=1, le=32), Slider()] = 1
) -> Image:
    """White where the colour differs from the pixel to the right or below by more than `threshold` in some channel.

    For flat drawings: the outlines of their shapes, `width` pixels wide (grown evenly around a line of 1 pixel).
    """
    step_x = torch.nn.functional.pad(image.data.diff(dim=-1), (0, 1)).abs().amax(1, keepdim=True)
    step_y = torch.nn.functional.pad(image.data.diff(dim=-2), (0, 0, 0, 1)).abs().amax(1, keepdim=True)
    line = (torch.maximum(step_x, step_y) > threshold).float()
    if width > 1:
        before, after = (width - 1) // 2, width // 2
        line = torch.nn.functional.pad(line, (after, before, after, before))
        line = torch.nn.functional.max_pool2d(line, width, stride=1)
    return Image(line.expand(-1, 3, -1, -1).contiguous())


def _thinned(strength: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """`strength` where it is a maximum across the edge, along the gradient (x, y) rounded to 45°, else 0."""
    around = torch.nn.functional.pad(strength, (1, 1, 1, 1))

    def toward(down: int, right: int) -> torch.Tensor:
        height, width = strength.shape[-2:]
        return around[..., 1 + down : 1 + down + height, 1 + right : 1 + right + width]

    flat, steep = y.abs() < TAN * x.abs(), x.abs() < TAN * y.abs()
    falling = x * y > 0  # the gradient points down and right, or up and left
    before = torch.where(falling, toward(-1, -1), toward(-1, 1))
    after = torch.where(falling, toward(1, 1), toward(1, -1))
    before = torch.where(flat, toward(0, -1), torch.where(steep, toward(-1, 0), before))
    after = torch.where(flat, toward(0, 1), torch.where(steep, toward(1, 0), after))
    return torch.where((strength > before) & (strength >= after), strength, 0)


def _connected(strong: torch.Tensor, weak: torch.Tensor) -> torch.Tensor:
    """The pixels of `weak` that an 8-connected path within `weak` joins to one of `strong`; both [H, W]."""
    margin = (1, 1, 1, 1)
    open_, width = torch.nn.functional.pad(weak, margin), weak.shape[1] + 2
    found = torch.nn.functional.pad(strong, margin)
    passable, reached = open_.reshape(-1), found.view(-1)
    steps = torch.tensor([down * width + right for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right])
    front = reached.nonzero()
    while len(front):
        near = (front + steps).reshape(-1)
        front = torch.unique(near[passable[near] & ~reached[near]])[:, None]
        reached[front] = True
    return found[1:-1, 1:-1]
