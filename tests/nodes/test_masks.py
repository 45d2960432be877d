"""Masks: where to change an image."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes import masks as m
from nodes.types import Image, Mask


def point(height=9, width=11, y=4, x=5):
    data = torch.zeros(1, 1, height, width)
    data[..., y, x] = 1
    return Mask(data)


def random_mask(seed=0):
    return Mask(torch.rand(2, 1, 6, 8, generator=torch.Generator().manual_seed(seed)))


def test_channels_of_an_image():
    image = Image(torch.tensor([1.0, 0.5, 0.25]).reshape(1, 3, 1, 1).expand(2, 3, 4, 5))
    for channel, value in (("red", 1.0), ("green", 0.5), ("blue", 0.25), ("luminance", 0.299 + 0.2935 + 0.0285)):
        made = m.from_image(image, channel=channel).data
        assert torch.allclose(made, torch.full((2, 1, 4, 5), value))


def test_a_mask_survives_being_an_image():
    mask = random_mask()
    assert torch.equal(m.from_image(m.to_image(mask), channel="red").data, mask.data)
    assert torch.allclose(m.from_image(m.to_image(mask)).data, mask.data)


@given(*[st.integers(-5, 20)] * 4)
def test_a_rectangle_holds_the_pixels_of_its_box(left, top, right, bottom):
    box = {"left": left, "top": top, "right": right, "bottom": bottom}
    if right <= left or bottom <= top:
        with pytest.raises(NodeError, match="expected"):
            m.rectangle(width=12, height=10, **box)
        return
    made = m.rectangle(width=12, height=10, **box).data
    expected = [[float(left <= x < right and top <= y < bottom) for x in range(12)] for y in range(10)]
    assert made.tolist() == [[expected]]


def test_an_ellipse_has_the_area_of_an_ellipse():
    made = m.ellipse(width=80, height=60, left=10, top=10, right=70, bottom=50).data
    assert made.shape == (1, 1, 60, 80)
    assert made.sum().item() == pytest.approx(math.pi * 30 * 20, rel=0.005)
    assert torch.equal(made, made.flip(-1))
    assert torch.equal(made, made.flip(-2))
    assert made[..., 30, 40] == 1
    assert made[..., 10, 10] == 0


@pytest.mark.parametrize("shape", [m.rectangle, m.ellipse])
def test_a_box_needs_an_inside(shape):
    for box, input in (({"left": 9, "right": 9}, "right"), ({"top": 9, "bottom": 3}, "bottom")):
        with pytest.raises(NodeError) as caught:
            shape(**box)
        assert caught.value.input == input


def test_inverting_and_combining():
    a, b = random_mask(1), random_mask(2)
    assert torch.equal(m.combine(a, b).data, torch.maximum(a.data, b.data))
    assert torch.equal(m.combine(a, b, how="intersection").data, torch.minimum(a.data, b.data))
    apart = m.combine(a, b, how="difference")
    assert torch.equal(apart.data, m.combine(a, m.invert(b), how="intersection").data)
    with pytest.raises(NodeError, match="expected 8 × 6 pixels"):
        m.combine(a, point())


def test_a_threshold_leaves_zero_and_one():
    made = m.threshold(random_mask(), level=0.5).data
    assert torch.equal(made, (random_mask().data >= 0.5).float())


@given(st.integers(0, 6))
def test_a_point_grows_to_a_square_and_shrinks_back(pixels):
    grown = m.grow(point(21, 21, 10, 10), pixels=pixels)
    assert grown.data.sum() == (2 * pixels + 1) ** 2
    assert torch.equal(m.grow(grown, pixels=-pixels).data, point(21, 21, 10, 10).data)


def test_growing_keeps_values_between():
    mask = Mask(point().data * 0.3)
    assert m.grow(mask, pixels=1).data.sum().item() == pytest.approx(9 * 0.3)


@given(st.integers(0, 4))
def test_a_feather_reaches_no_farther_than_its_radius(radius):
    made = m.feather(point(), radius=radius).data[0, 0]
    assert made.sum().item() == pytest.approx(1, abs=1e-5)
    y, x = made.nonzero().unbind(1)
    assert (y - 4).abs().max() == radius
    assert (x - 5).abs().max() == radius
    assert torch.allclose(made, made.flip(0))


def test_a_feather_leaves_flat_parts_alone():
    ones = Mask(torch.ones(1, 1, 9, 9))
    assert torch.allclose(m.feather(ones, radius=3).data, ones.data)


def test_resizing_a_mask():
    assert m.resize(random_mask(), width=4, height=3).data.shape == (2, 1, 3, 4)
