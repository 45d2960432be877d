"""Many images in one picture."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes.grid import concat, grid
from nodes.types import Image


def flat(value, batch=1, height=4, width=6):
    return Image(torch.full((batch, 3, height, width), value))


@given(st.integers(1, 7), st.integers(0, 4), st.integers(0, 3))
def test_every_image_has_its_cell(count, columns, gap):
    made = grid((flat(0.1, count - 1), flat(0.2)), columns=columns, gap=gap, background=0.0).data
    across = min(columns or next(c for c in range(1, 9) if c * c >= count), count)
    down = -(-count // across)
    assert made.shape == (1, 3, down * (4 + gap) + gap, across * (6 + gap) + gap)
    for i in range(count):
        left, top = gap + i % across * (6 + gap), gap + i // across * (4 + gap)
        cell = made[0, :, top : top + 4, left : left + 6]
        assert torch.equal(cell, torch.full((3, 4, 6), 0.2 if i == count - 1 else 0.1))
    assert made.sum().item() == pytest.approx(3 * 24 * (0.1 * (count - 1) + 0.2), rel=1e-5)


def test_smaller_images_stand_in_the_centre():
    made = grid((flat(1.0), flat(1.0, height=2, width=2)), columns=2, gap=0, background=0.0).data[0, 0]
    assert made[:, 6:].tolist() == [[0] * 6, [0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0], [0] * 6]


def test_labels_stand_below_their_images_and_are_cut_where_the_cell_ends():
    images = tuple(flat(0.5, height=8, width=40) for _ in range(3))
    made = grid(images, columns=3, gap=2, labels=["7", "a label that is far too long for its cell"], label_size=10).data
    assert made.shape == (1, 3, 8 + 15 + 4, 3 * 42 + 2)
    below = made[0, :, 10:25]
    assert (below[..., 2:42] < 0.5).any()
    assert (below[..., 44:84] < 0.5).any()
    assert torch.equal(below[..., 84:], torch.ones(3, 15, 44))


def test_a_sheet_needs_images_and_no_more_labels_than_images():
    with pytest.raises(NodeError, match="at least one image"):
        grid(())
    with pytest.raises(NodeError, match="at most 1 labels, one per image, got 2") as caught:
        grid((flat(0.0),), labels=["a", "b"])
    assert caught.value.input == "labels"
    with pytest.raises(NodeError, match="16384"):
        grid((flat(0.0, 20, 1, 1000),), columns=20)


def test_side_by_side_and_one_below_the_other():
    a, b = flat(0.25, batch=2), flat(0.5, height=2, width=2)
    wide = concat((a, b), gap=1, background=0.0).data
    assert wide.shape == (2, 3, 4, 9)
    assert wide[1, 0].tolist() == [
        [0.25] * 6 + [0, 0, 0],
        [0.25] * 6 + [0, 0.5, 0.5],
        [0.25] * 6 + [0, 0.5, 0.5],
        [0.25] * 6 + [0, 0, 0],
    ]
    tall = concat((a, b), direction="vertical").data
    assert tall.shape == (2, 3, 6, 6)
    assert tall[0, 0, 5].tolist() == [1, 1, 0.5, 0.5, 1, 1]


def test_strips_need_images_in_equal_batches():
    with pytest.raises(NodeError, match="at least one image"):
        concat(())
    with pytest.raises(NodeError, match="batches of 3 or 1 images, got 2"):
        concat((flat(0.0, 3), flat(0.0, 2)))
