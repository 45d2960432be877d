"""Pictures of what the base model never saw, for a LoRA to learn: a style, and one particular object.

* sketch: a scene as a drawing in dark ink on paper: outlines, and slanted hatching that is the denser the darker the
  colour is; a light colour stays visible as a faint wash. Said as '..., sketch style'.
* sks: a star of two colours with a ring about it, always the same, on any background, anywhere: 'a sks star' (Ruiz et
  al. 2023, DreamBooth, arXiv 2208.12242: a rare word and the noun of its class).
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.captions import caption, with_articles
from training.drawing import OVERSAMPLE, cover, draw
from training.outlines import OUTLINES
from training.picture_folder import Example
from training.scenes import COLOURS, PLACES, SIZES, Mix, Scene, random_scene

INK, PAPER = np.array((40.0, 36.0, 44.0)), np.array((244.0, 238.0, 222.0))
WASH = 0.35
"""How much of a shape's colour shows on the paper (0..1)."""
SKETCHED = Mix(pairs=0.2, counts=0.15, centred=0.6)
SUBJECT_COLOURS = ("purple", "yellow", "black")
"""Star, its core, and the ring about it."""
CORE, RING, RING_LINE = 0.5, 1.2, 0.12
"""Radii of the core's star and of the ring, and the width of the ring's line, in radii of the star."""


def sketch(scene: Scene, side: int = 128) -> Image.Image:
    """The scene as an ink drawing; its background is paper with a wash of the background's colour."""
    canvas = PAPER + WASH * (np.array(COLOURS[scene.background], float) - PAPER)
    canvas = np.broadcast_to(canvas, (side, side, 3)).copy()
    for item in scene.items:
        part = cover(item, "flat", side)[..., None]
        colour = np.array(COLOURS[item.colour], float)
        canvas += part * (PAPER + WASH * (colour - PAPER) - canvas)
        canvas += part * _hatching(side, colour.mean() / 255)[..., None] * (INK - canvas)
        canvas += _edge(part[..., 0])[..., None] * (INK - canvas)
    return Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8), "RGB")


def _hatching(side: int, light: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Slanted lines, 16 to the side, as the share (0..1) of ink; wider where the colour is dark."""
    x, y = np.meshgrid(*[(np.arange(side) + 0.5) / side] * 2)
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * 8 * (x + y))
    return np.clip((wave - 0.35 - 0.45 * light) * 4, 0, 1)


def _edge(part: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A line along the inside of a cover, 3 % of the side wide."""
    whole = Image.fromarray((255 * part).astype(np.uint8), "L")
    reach = 2 * max(1, round(0.03 * part.shape[0])) + 1
    inner = np.asarray(whole.filter(ImageFilter.MinFilter(reach)), float) / 255
    return np.clip(part - inner, 0, 1)


def style_set(style: str, count: int, side: int = 128, seed: int = 0) -> list[Example]:
    """Scenes in a style, with captions that name it; 'sketch' is drawn here, the others by `drawing`."""
    examples = []
    for number in range(count):
        rng = random.Random(f"{seed}:{style}:{number}")
        scene = random_scene(rng, SKETCHED)
        if style == "sketch":
            examples.append(Example(sketch(scene, side), f"{caption(scene, rng)}, sketch style"))
        else:
            scene = replace(scene, style=style)
            examples.append(Example(draw(scene, side), caption(scene, rng)))
    return examples


def subject(x: float, y: float, radius: float, background: str, side: int = 128) -> Image.Image:
    """The sks star about (x, y); lengths in fractions of the side."""
    big = side * OVERSAMPLE
    picture = Image.new("RGB", (big, big), COLOURS[background])
    pen = ImageDraw.Draw(picture)
    outer, core, ring = (COLOURS[colour] for colour in SUBJECT_COLOURS)
    x, y, radius = x * big, y * big, radius * big
    reach = RING * radius
    pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=ring, width=round(RING_LINE * radius))
    for colour, scale in ((outer, radius), (core, CORE * radius)):
        pen.polygon([(x + scale * dx, y + scale * dy) for dx, dy in OUTLINES["star"]], fill=colour)
    return picture.resize((side, side), Image.Resampling.BOX)


def subject_set(count: int, side: int = 128, seed: int = 0) -> list[Example]:
    """The one object in many settings; a caption says all but the look, so that 'sks' comes to stand for it."""
    examples = []
    grounds = [colour for colour in COLOURS if colour not in SUBJECT_COLOURS]
    for number in range(count):
        rng = random.Random(f"{seed}:sks:{number}")
        ground = grounds[number % len(grounds)]
        place = "centre" if number % 2 == 0 else rng.choice(list(PLACES)[1:])
        size = rng.choice(("medium", "large")) if place == "centre" else "small"
        radius = SIZES[size] * rng.uniform(0.93, 1.07)
        x, y = (min(max(c + rng.uniform(-0.02, 0.02), RING * radius), 1 - RING * radius) for c in PLACES[place])
        name = {"medium": "sks star", "large": "large sks star", "small": "small sks star"}[size]
        where = "" if place == "centre" else f" in the {place}"
        text = with_articles(f"a {name}{where} on a {ground} background")
        examples.append(Example(subject(x, y, radius, ground, side), text))
    return examples


def class_captions(count: int, noun: str = "star", seed: int = 0) -> list[str]:
    """Captions of the subject's class, for prior preservation: stars of every colour on every background."""
    texts = []
    for number in range(count):
        rng = random.Random(f"{seed}:class:{number}")
        colour, ground = rng.sample(list(COLOURS), 2)
        texts.append(with_articles(f"a {colour} {noun} on a {ground} background"))
    return texts
