"""Edges and outlines."""

import pytest
import torch

from engine.errors import NodeError
from nodes.edges import canny, outline
from nodes.types import Image


def drawing(*boxes, height=24, width=30):
    """Boxes (left, top, right, bottom, colour) on black."""
    data = torch.zeros(1, 3, height, width)
    for left, top, right, bottom, colour in boxes:
        data[0, :, top:bottom, left:right] = torch.tensor(colour)[:, None, None]
    return Image(data)


WHITE = (1.0, 1.0, 1.0)


def test_a_step_gives_a_line_one_pixel_wide():
    made = canny(drawing((10, 0, 30, 24, WHITE))).data
    assert made.shape == (1, 3, 24, 30)
    assert set(made.unique().tolist()) == {0.0, 1.0}
    assert made.sum(-1).tolist() == [[[1.0] * 24] * 3]
    assert made[0, 0, :, 9:11].sum() == 24


@pytest.mark.parametrize("turn", range(4))
def test_a_step_is_found_in_every_direction(turn):
    made = canny(Image(torch.rot90(drawing((10, 0, 30, 24, WHITE)).data, turn, (-2, -1)))).data
    assert made.sum() == 3 * 24


def test_a_diagonal_is_thin_and_unbroken():
    y, x = torch.meshgrid(torch.arange(40), torch.arange(40), indexing="ij")
    made = canny(Image((x > y).float().expand(1, 3, 40, 40)), sigma=1.0).data[0, 0]
    rows = made[4:-4].sum(1)
    assert rows.min() >= 1
    assert rows.max() <= 2


def test_a_box_gives_a_closed_line():
    made = canny(drawing((8, 6, 20, 16, WHITE))).data[0, 0]
    ys, _ = made.nonzero().unbind(1)
    assert (ys.min(), ys.max()) in ((5, 15), (6, 15), (5, 16), (6, 16))
    assert 36 <= made.sum() <= 48
    assert made[8:14, 10:18].sum() == 0


def test_flat_images_have_no_edges():
    for value in (0.0, 0.3, 1.0):
        assert canny(Image(torch.full((2, 3, 8, 8), value))).data.sum() == 0


def test_colours_of_equal_brightness_have_an_edge():
    red, green = (0.587, 0.0, 0.0), (0.0, 0.299, 0.0)
    assert canny(drawing((0, 0, 15, 24, red), (15, 0, 30, 24, green))).data[0, 0].sum() == 24


def test_a_faint_edge_counts_only_where_it_meets_a_strong_one():
    half = (0.5,) * 3
    faint = (0.15,) * 3
    joined = drawing((10, 0, 30, 12, half), (10, 12, 30, 24, faint))
    alone = drawing((10, 12, 30, 24, faint))
    rows = canny(joined, low=0.1, high=0.3).data[0, 0, :, 9:11].sum(1)
    assert rows.tolist() == [1.0] * 24
    assert canny(alone, low=0.1, high=0.3).data.sum() == 0
    assert canny(joined, low=0.3, high=0.3).data[0, 0, 14:, 9:11].sum() == 0


def test_the_strength_of_a_step_is_its_height():
    step = drawing((10, 0, 30, 24, (0.5,) * 3))
    assert canny(step, low=0.49, high=0.49).data.sum() > 0
    assert canny(step, low=0.51, high=0.51).data.sum() == 0


def test_images_of_a_batch_do_not_see_each_other():
    a, b = drawing((10, 0, 30, 24, WHITE)), drawing((8, 6, 20, 16, WHITE))
    both = canny(Image(torch.cat([a.data, b.data]))).data
    assert torch.equal(both, torch.cat([canny(a).data, canny(b).data]))


def test_thresholds_must_be_in_order():
    with pytest.raises(NodeError, match="low ≤ high") as caught:
        canny(drawing(), low=0.5, high=0.2)
    assert caught.value.input == "low"


def test_an_outline_runs_around_a_shape():
    made = outline(drawing((8, 6, 20, 16, WHITE))).data[0, 0]
    expected = torch.zeros(24, 30)
    expected[6:16, 7] = expected[6:16, 19] = 1
    expected[5, 8:20] = expected[15, 8:20] = 1
    assert torch.equal(made, expected)


def test_an_outline_grows_evenly():
    step = drawing((10, 0, 30, 24, WHITE))
    for width in (1, 2, 3, 5):
        made = outline(step, width=width).data
        assert made.shape == (1, 3, 24, 30)
        columns = made[0, 0, 12].nonzero()[:, 0].tolist()
        first = 9 - (width - 1) // 2
        assert columns == list(range(first, first + width))
