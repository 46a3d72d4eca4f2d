"""Rollout, distance, the pointing game and the overlap of masks, on cases made by hand."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import world
from course_lib.evaluate import (
    attention_distance,
    attention_on,
    mask_iou,
    pointing,
    rollout,
)


def test_rollout_as_a_loop():
    attention = torch.rand(3, 2, 4, 5, 5, generator=torch.Generator().manual_seed(0)).softmax(-1)
    for b in range(2):
        through = torch.eye(5)
        for block in range(3):
            through = (0.5 * attention[block, b].mean(0) + 0.5 * torch.eye(5)) @ through
        assert torch.allclose(rollout(attention)[b], through, atol=1e-6)
    with pytest.raises(ValueError, match="expected attention .blocks, B, heads, N, N., got"):
        rollout(attention[0])


def test_distance_counts_patches():
    to_the_right = torch.eye(6).roll(1, 1)  # 2 rows of 3: the last patch of a row looks at the next row's first
    far = attention_distance(to_the_right.expand(1, 1, 1, 6, 6), columns=3)
    steps = [1, 1, 5**0.5, 1, 1, 5**0.5]
    assert far.item() == pytest.approx(sum(steps) / 6)
    with_class = torch.zeros(1, 1, 1, 7, 7)
    with_class[..., 1:, 1:], with_class[..., 0] = 0.5 * to_the_right, 0.5
    assert attention_distance(with_class, columns=3, num_prefix_tokens=1).item() == pytest.approx(sum(steps) / 6)


def test_attention_spread_evenly_falls_on_a_thing_as_often_as_it_is_there():
    masks = world.draw(5, size=32, mode="portrait").masks[:, 0]
    on, area = attention_on(torch.ones(3, 5, 4, 4), masks)
    assert on.shape == area.shape == (3, 5) and torch.allclose(on, area)
    assert torch.allclose(area[0], masks.float().mean((1, 2)))
    with pytest.raises(ValueError, match="that divide into 3 by 3 patches"):
        attention_on(torch.ones(5, 3, 3), masks)


def mask(*rows: str) -> torch.Tensor:
    """A mask (1, H, W) drawn with letters: # is on."""
    return torch.tensor([[letter == "#" for letter in row] for row in rows])[None]


CORNER = mask("##..", "##..", "....", "....")


MAP = torch.tensor([[[0.1, 0.6], [0.2, 0.1]]])


def test_the_strongest_cell_points():
    assert pointing(MAP, mask("..##", "..##", "....", "....")) == 1.0
    assert pointing(MAP, CORNER) == 0.0
    assert pointing(MAP.flip(2), CORNER) == 1.0
    assert pointing(-MAP, CORNER) == 0.5  # scores may lie below 0; here two cells share the first place


def test_the_center_of_the_cell_decides_not_its_area():
    spot, ring = mask("....", "....", "....", "...#"), mask("....", "....", "..##", "..#.")
    lower_right = torch.tensor([[[0.0, 0.0], [0.0, 1.0]]])
    assert pointing(lower_right, spot) == 1.0 and pointing(lower_right, ring) == 0.0
    one = torch.tensor([[[1.0]]])
    assert pointing(one, mask("...", ".#.", "...")) == 1.0 and pointing(one, mask("###", "#.#", "###")) == 0.0


def test_a_map_as_fine_as_the_mask_points_at_one_pixel():
    g = torch.Generator().manual_seed(0)
    maps, masks = torch.rand(40, 7, 9, generator=g), torch.rand(40, 7, 9, generator=g) < 0.4
    best = maps.flatten(1).argmax(1)
    assert pointing(maps, masks) == pytest.approx(masks.flatten(1)[torch.arange(40), best].float().mean().item())


def test_pictures_count_alike_and_empty_masks_are_misses():
    maps = MAP.flip(2).repeat(4, 1, 1)
    masks = torch.cat([CORNER, CORNER, ~CORNER, torch.zeros_like(CORNER)])
    assert pointing(maps, masks) == 0.5


def test_a_map_that_is_the_same_everywhere_scores_as_chance_does():
    assert pointing(torch.ones(1, 4, 4), CORNER) == 0.25 == CORNER.float().mean()
    two = torch.tensor([[[5.0, 5.0], [0.0, 0.0]]])
    assert pointing(two, CORNER) == 0.5


def test_the_fewest_cells_that_hold_the_mass():
    ones = torch.ones_like(CORNER)
    shares = torch.tensor([[[0.4, 0.3], [0.2, 0.1]]])
    for mass, cells in ((0.05, 1), (0.4, 1), (0.41, 2), (0.7, 2), (0.71, 3), (0.9, 3), (0.95, 4), (1.0, 4)):
        assert mask_iou(shares, ones, mass) == cells / 4, mass
        assert mask_iou(100 * shares, ones, mass) == cells / 4, mass


def test_overlap_by_hand():
    shares = torch.tensor([[[0.4, 0.3], [0.2, 0.1]]])  # at 0.6 the upper half is marked: 8 pixels
    assert mask_iou(shares, CORNER) == pytest.approx(4 / 8)
    assert mask_iou(shares, mask("####", "####", "....", "....")) == 1.0
    assert mask_iou(shares, mask("....", "....", "####", "####")) == 0.0
    assert mask_iou(shares, mask("....", "####", "####", "....")) == pytest.approx(4 / 12)
    both = torch.cat([CORNER, ~CORNER])
    assert mask_iou(shares.repeat(2, 1, 1), both) == pytest.approx((4 / 8 + 4 / 16) / 2)


def test_a_map_that_does_not_divide_the_mask_is_enlarged_by_nearest_neighbor():
    shares = torch.tensor([[[0.0, 1.0, 0.0]]])
    larger = torch.nn.functional.interpolate(shares[:, None], size=(2, 7), mode="nearest")[0] > 0
    assert mask_iou(shares, larger) == 1.0


def test_of_equally_strong_cells_the_upper_left_comes_first():
    even = torch.ones(1, 2, 2)
    assert mask_iou(even, mask("####", "####", "....", "...."), 0.5) == 1.0
    assert mask_iou(even, CORNER, 0.25) == 1.0


def test_where_nothing_is_nothing_overlaps():
    assert mask_iou(torch.zeros(1, 2, 2), CORNER) == 0.0
    assert mask_iou(torch.zeros(1, 2, 2), CORNER & False) == 0.0
    assert mask_iou(MAP, CORNER & False) == 0.0
    assert mask_iou(torch.tensor([[[1.0, 0.0]]]), mask("#.", "#."), 1.0) == 1.0  # cells without mass are never marked


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=6, max_size=6), st.sampled_from([1, 2, 3, 5, 6, 9, 10]), st.integers(0, 63))
def test_overlap_is_what_a_loop_finds(cells, tenths, bits):
    marked, held = [False] * 6, Fraction(0)
    for i in sorted(range(6), key=lambda i: -cells[i]):
        if held < Fraction(tenths, 10) * sum(cells):
            marked[i], held = True, held + cells[i]
    on = [bool(bits >> i & 1) for i in range(6)]
    both, either = (sum(f(a, b) for a, b in zip(marked, on, strict=True)) for f in (lambda a, b: a & b, max))
    maps = torch.tensor(cells, dtype=torch.float32).view(1, 2, 3)
    masks = torch.tensor(on).view(1, 2, 3).repeat_interleave(4, 1).repeat_interleave(4, 2)
    assert mask_iou(maps, masks, tenths / 10) == pytest.approx(both / max(either, 1))


@pytest.mark.parametrize("measure", [pointing, mask_iou])
def test_nothing_is_made_on_another_device(measure):
    g = torch.Generator().manual_seed(1)
    maps, masks = torch.rand(5, 4, 6, generator=g), torch.rand(5, 16, 18, generator=g) < 0.5
    with torch.device("meta"):  # whatever is made without a device has no numbers here
        there = measure(maps, masks)
    assert there == measure(maps, masks) and isinstance(there, float)


def test_attention_is_measured_where_it_is():
    g = torch.Generator().manual_seed(1)
    attention, maps = torch.rand(2, 3, 2, 5, 5, generator=g).softmax(-1), torch.rand(3, 2, 2, generator=g)
    masks = torch.rand(3, 4, 4, generator=g) < 0.5
    with torch.device("meta"):
        there = rollout(attention), attention_distance(attention, 2, 1), *attention_on(maps, masks)
    here = rollout(attention), attention_distance(attention, 2, 1), *attention_on(maps, masks)
    assert all(torch.equal(one, other) for one, other in zip(there, here, strict=True))


@pytest.mark.parametrize("measure", [pointing, mask_iou])
def test_maps_may_ask_for_gradients_and_be_of_half_precision(measure):
    g = torch.Generator().manual_seed(2)
    maps, masks = torch.rand(5, 4, 4, generator=g).half(), torch.rand(5, 16, 16, generator=g) < 0.5
    assert measure(maps, masks) == measure(maps.float().requires_grad_(), masks)


def test_attention_on_the_thing_points_at_it_and_covers_it():
    masks = torch.zeros(3, 32, 32, dtype=torch.bool)
    masks[0, :16, 16:] = masks[1, 8:24, 8:24] = masks[2, 20:, :12] = True
    maps = torch.nn.functional.avg_pool2d(masks[:, None].float(), 4)[:, 0]
    assert pointing(maps, masks) == 1.0 and mask_iou(maps, masks, 1.0) == 1.0
    assert torch.equal(attention_on(maps, masks)[0], torch.ones(3))


@pytest.mark.parametrize("measure", [pointing, mask_iou])
@pytest.mark.parametrize(
    ("maps", "masks", "words"),
    [
        (torch.rand(2, 4), CORNER, r"maps \(N, h, w\) and masks .*, got \(2, 4\) and \(1, 4, 4\)"),
        (torch.rand(2, 2, 2), CORNER, r"as many pictures, .*, got \(2, 2, 2\) and \(1, 4, 4\)"),
        (torch.rand(1, 5, 4), CORNER, r"the masks as large or larger, got \(1, 5, 4\) and \(1, 4, 4\)"),
        (torch.rand(1, 4, 5), CORNER, r"got \(1, 4, 5\) and \(1, 4, 4\)"),
        (torch.rand(1, 0, 4), CORNER, r"got \(1, 0, 4\) and \(1, 4, 4\)"),
        (torch.rand(0, 2, 2), CORNER[:0], r"at least one, .*, got \(0, 2, 2\) and \(0, 4, 4\)"),
        (MAP, CORNER.float(), "masks of bool, True on the thing, got torch.float32"),
        (MAP * torch.inf, CORNER, "finite numbers"),
        (MAP * torch.nan, CORNER, "finite numbers"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(measure, maps, masks, words):
    with pytest.raises(ValueError, match=words) as error:
        measure(maps, masks)
    assert "\n" not in str(error.value)


def test_a_mass_is_a_share_and_maps_for_it_do_not_go_below_zero():
    for mass in (0, -0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="a mass above 0 and at most 1, got"):
            mask_iou(MAP, CORNER, mass)
    with pytest.raises(ValueError, match="from 0 up, got some as low as -0.6"):
        mask_iou(-MAP, CORNER)
