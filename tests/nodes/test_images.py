"""Size, parts and mixtures of images."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes import images as n
from nodes.types import Image, Mask

sides = st.integers(1, 24)
filters = st.sampled_from(["lanczos", "bicubic", "bilinear", "box", "nearest"])


def random_image(batch=1, height=5, width=7, seed=0):
    return Image(torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed)))


def test_the_size_of_an_image():
    assert n.size(random_image(2, 5, 7)) == (7, 5, 2)


@given(sides, sides, sides, sides, filters, st.sampled_from(["stretch", "cover", "contain"]))
def test_resizing_gives_the_size_and_stays_in_range(width, height, new_width, new_height, filter, fit):
    made = n.resize(random_image(2, height, width), width=new_width, height=new_height, fit=fit, filter=filter)
    assert made.data.shape == (2, 3, new_height, new_width)
    assert made.data.min() >= 0
    assert made.data.max() <= 1


@given(sides, sides, sides, sides)
def test_inside_keeps_the_proportions_and_the_bound(width, height, new_width, new_height):
    made = n.resize(random_image(1, height, width), width=new_width, height=new_height, fit="inside").data
    assert made.shape[-1] <= new_width
    assert made.shape[-2] <= new_height
    assert made.shape[-1] == new_width or made.shape[-2] == new_height


@given(sides, sides, filters)
def test_its_own_size_changes_nothing(width, height, filter):
    image = random_image(1, height, width)
    assert torch.equal(n.resize(image, width=width, height=height, filter=filter).data, image.data)


def test_cover_cuts_and_contain_pads_around_the_centre():
    image = Image(torch.tensor([0.0, 0.25, 0.75, 1.0]).expand(1, 3, 2, 4).contiguous())
    assert n.resize(image, width=2, height=2, fit="cover").data[0, 0, 0].tolist() == [0.25, 0.75]
    tall = n.resize(image, width=4, height=4, fit="contain").data[0, 0]
    assert tall.tolist() == [[0, 0, 0, 0], [0, 0.25, 0.75, 1], [0, 0.25, 0.75, 1], [0, 0, 0, 0]]


def test_nearest_repeats_pixels():
    image = random_image(1, 2, 2)
    made = n.resize(image, width=4, height=4, filter="nearest")
    assert torch.equal(made.data, image.data.repeat_interleave(2, -1).repeat_interleave(2, -2))


def test_scaling_gives_multiples():
    assert n.scale(random_image(1, 30, 50), factor=2, multiple=8).data.shape == (1, 3, 64, 96)
    assert n.scale(random_image(1, 3, 3), factor=0.1, multiple=8).data.shape == (1, 3, 8, 8)
    with pytest.raises(NodeError, match="16384") as caught:
        n.scale(Image(torch.zeros(1, 3, 1, 8000)), factor=16)
    assert caught.value.input == "factor"


@given(sides, sides, st.data())
def test_what_is_padded_and_cropped_is_as_it_was(width, height, data):
    image = random_image(2, height, width)
    left, top, right, bottom = (data.draw(st.integers(0, 5)) for _ in range(4))
    fill = data.draw(st.sampled_from([None, 0.0, 0.5]))
    made = n.pad(image, left=left, top=top, right=right, bottom=bottom, fill=fill)
    back = n.crop(made.image, left=left, top=top, width=width, height=height)
    assert torch.equal(back.data, image.data)
    assert made.mask.data.sum() == 2 * ((width + left + right) * (height + top + bottom) - width * height)
    if fill is not None:
        new = made.mask.data.bool().expand(-1, 3, -1, -1)
        assert (made.image.data[new] == fill).all()


def test_padding_without_a_gray_repeats_the_rim():
    image = random_image(1, 2, 2)
    made = n.pad(image, left=3, bottom=2).image.data
    assert torch.equal(made[0, :, 0, :3], image.data[0, :, 0, :1].expand(-1, 3))


@pytest.mark.parametrize(
    ("box", "input"),
    [({"left": 3, "width": 5, "height": 5}, "width"), ({"top": 1, "width": 7, "height": 5}, "height")],
)
def test_a_crop_stays_inside_the_image(box, input):
    with pytest.raises(NodeError, match="expected") as caught:
        n.crop(random_image(), **box)
    assert caught.value.input == input


@given(st.sampled_from(["horizontal", "vertical"]))
def test_flipping_and_inverting_twice_changes_nothing(direction):
    image = Image(torch.arange(36).reshape(1, 3, 3, 4) / 64)
    assert torch.equal(n.flip(n.flip(image, direction=direction), direction=direction).data, image.data)
    assert not torch.equal(n.flip(image, direction=direction).data, image.data)
    assert torch.equal(n.invert(n.invert(image)).data, image.data)


def test_a_composite_keeps_the_bits_outside_the_mask():
    image, over = random_image(2, seed=1), random_image(1, seed=2)
    mask = Mask(torch.zeros(1, 1, 5, 7))
    mask.data[..., 1:3, 2:5] = 1
    mask.data[..., 4, 0] = 0.25
    made = n.composite(image, over, mask).data
    inside = mask.data.bool().expand(2, 3, -1, -1)
    assert torch.equal(made[~inside], image.data[~inside])
    assert torch.equal(made[..., 1:3, 2:5], over.data[..., 1:3, 2:5].expand(2, -1, -1, -1))
    corner = 0.75 * image.data[..., 4, 0] + 0.25 * over.data[..., 4, 0]
    assert torch.allclose(made[..., 4, 0], corner)


def test_a_composite_names_what_does_not_fit():
    with pytest.raises(NodeError, match="expected 7 × 5 pixels, got 4 × 5") as caught:
        n.composite(random_image(), random_image(width=4), Mask(torch.zeros(1, 1, 5, 7)))
    assert caught.value.input == "over"
    with pytest.raises(NodeError, match="expected a batch of 2 or 1, got 3") as caught:
        n.composite(random_image(2), random_image(2), Mask(torch.zeros(3, 1, 5, 7)))
    assert caught.value.input == "mask"


def test_batches_are_put_together_and_taken_apart():
    a, b = random_image(2, seed=1), random_image(1, seed=2)
    whole = n.batch((a, b))
    assert torch.equal(whole.data, torch.cat([a.data, b.data]))
    assert torch.equal(n.stack(n.items(whole)).data, whole.data)
    assert torch.equal(n.pick(whole, index=-1).data, b.data)
    assert torch.equal(n.pick(whole, index=1).data, a.data[1:])


def test_a_batch_names_what_does_not_fit():
    with pytest.raises(NodeError, match="expected images of 7 × 5, got one of 4 × 5"):
        n.batch((random_image(), random_image(width=4)))
    with pytest.raises(NodeError, match="got none"):
        n.stack([])
    with pytest.raises(NodeError, match="inside the batch of 1, got 1"):
        n.pick(random_image(), index=1)
