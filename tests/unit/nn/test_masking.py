"""Masks: as many patches in each picture whatever the grid, in the order that MAE publishes, and nothing waits."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from course_lib.nn import block_masking, grid_masking, random_mask, random_masking
from course_lib.nn.masking import count_visible, split_mask

MASKINGS = {"random": random_mask, "blocks": block_masking, "grid": grid_masking}
sides = st.integers(1, 9)


@given(st.integers(1, 400), st.integers(0, 99))
def test_what_is_visible_is_rounded_down_from_the_exact_number(patches, percent):
    visible = patches * (100 - percent) // 100
    if visible:
        assert count_visible(patches, percent / 100) == visible
    else:
        with pytest.raises(ValueError, match=f"leaves at least one of {patches} patches visible"):
            count_visible(patches, percent / 100)


@pytest.mark.parametrize("name", MASKINGS)
@given(rows=sides, columns=sides, percent=st.integers(0, 99), seed=st.integers(0, 9))
def test_as_many_are_covered_in_each_picture_for_any_grid_and_ratio(name, rows, columns, percent, seed):
    visible = rows * columns * (100 - percent) // 100
    if not visible:
        with pytest.raises(ValueError, match="leaves at least one"):
            MASKINGS[name](3, rows, columns, percent / 100)
        return
    mask = MASKINGS[name](3, rows, columns, percent / 100, generator=torch.Generator().manual_seed(seed))
    assert mask.shape == (3, rows * columns) and mask.dtype == torch.bool
    assert (~mask).sum(1).tolist() == [visible] * 3


@pytest.mark.parametrize("name", MASKINGS)
def test_a_generator_says_what_is_drawn(name):
    before = torch.get_rng_state()
    one, other = (MASKINGS[name](4, 6, 5, 0.6, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(one, other) and torch.equal(torch.get_rng_state(), before)
    assert name == "grid" or len(one.unique(dim=0)) == 4
    one[0] = True  # nobody else's
    assert not one[1].all()


@pytest.mark.parametrize("name", MASKINGS)
def test_nothing_waits_for_the_device(name):
    with FakeTensorMode():
        mask = MASKINGS[name](4, 6, 5, 0.6, device="cuda")
        assert mask.device.type == "cuda" and mask.shape == (4, 30) and mask.dtype == torch.bool
        ids_keep, ids_restore = split_mask(mask, visible=12)
        assert ids_keep.shape == (4, 12) and ids_restore.shape == (4, 30) and ids_keep.device.type == "cuda"
        with pytest.raises(DataDependentOutputException):  # how many, it would have to ask
            split_mask(mask)
        visible, mask, _ = random_masking(torch.rand(4, 30, 8, device="cuda"), 0.6)
        assert visible.shape == (4, 12, 8) and mask.device.type == "cuda"


# --- In what order


@given(st.permutations(range(7)), st.sampled_from([0.0, 0.3, 0.6, 0.85]))
def test_those_with_the_smallest_noise_stay_in_its_order(ranks, ratio):
    """MAE's paper, appendix A.1: shuffle, keep the first, and later restore."""
    tokens = torch.arange(7.0)[None, :, None]
    visible, mask, ids_restore = random_masking(tokens, ratio, torch.tensor([ranks]) / 7)
    shuffled = sorted(range(7), key=lambda place: ranks[place])
    count = count_visible(7, ratio)
    assert visible.flatten().tolist() == shuffled[:count]
    assert mask[0].tolist() == [rank >= count for rank in ranks]
    assert [shuffled[i] for i in ids_restore[0].tolist()] == list(range(7))


@given(st.lists(st.booleans(), min_size=1, max_size=20).filter(lambda mask: not all(mask)))
def test_a_mask_that_is_split_is_restored(covered):
    mask = torch.tensor([covered, covered[::-1]])
    tokens = torch.randn(2, len(covered), 3)
    ids_keep, ids_restore = split_mask(mask)
    assert ids_keep.tolist() == [[i for i, hidden in enumerate(one) if not hidden] for one in mask.tolist()]
    visible = tokens.gather(1, ids_keep[:, :, None].expand(-1, -1, 3))
    gaps = torch.full((2, len(covered) - visible.shape[1], 3), 9.0)
    restored = torch.cat([visible, gaps], 1).gather(1, ids_restore[:, :, None].expand(-1, -1, 3))
    assert torch.equal(restored, torch.where(mask[:, :, None], 9.0, tokens))


# --- Which


def test_each_set_of_patches_is_as_likely():
    mask = random_mask(6000, 2, 2, 0.5, torch.Generator().manual_seed(0))
    sets, counts = mask.unique(dim=0, return_counts=True)
    assert len(sets) == 6 and counts.min() > 850 and counts.max() < 1150  # 1000 each, deviation 29


@pytest.mark.parametrize(("ratio", "side"), [(0.75, 2), (15 / 16, 4), (63 / 64, 8)])
@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (8, 24), (16, 8)])
def test_a_grid_shows_one_patch_of_each_square(ratio, side, rows, columns):
    visible = ~grid_masking(1, rows, columns, ratio).view(rows, columns)
    assert torch.equal(visible.nonzero() % side, torch.zeros_like(visible.nonzero()))


def test_a_grid_of_another_ratio_is_as_even_as_it_can_be():
    board = grid_masking(1, 6, 6, 0.5).view(6, 6)
    assert (board[1:] != board[:-1]).all() and (board[:, 1:] != board[:, :-1]).all()
    for percent in range(5, 100, 5):
        visible = ~grid_masking(1, 16, 16, percent / 100).view(16, 16)
        for side in (2, 4, 8):
            counts = visible.unfold(0, side, side).unfold(1, side, side).sum((2, 3))
            assert counts.max() - counts.min() <= 1
    for less, more in pairwise(grid_masking(1, 7, 5, percent / 100) for percent in range(0, 95, 5)):
        assert (less <= more).all()  # what a smaller share covers, a larger one covers too


def neighbors(mask: torch.Tensor, rows: int, columns: int) -> float:
    """How many of its four neighbors are covered too, where a patch is covered; a mean."""
    mask = mask.view(-1, rows, columns).float()
    pairs = (mask[:, 1:] * mask[:, :-1]).sum() + (mask[:, :, 1:] * mask[:, :, :-1]).sum()
    return (2 * pairs / mask.sum()).item()


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (14, 14), (6, 12)])
def test_blocks_lie_together_and_a_grid_apart(rows, columns):
    g = torch.Generator().manual_seed(0)
    drawn = {name: neighbors(draw(200, rows, columns, 0.4, g), rows, columns) for name, draw in MASKINGS.items()}
    assert drawn["grid"] < drawn["random"] < 1.6 and drawn["blocks"] > 2.4


def test_a_block_is_a_rectangle_anywhere():
    """36 patches, in one piece, as high as wide: a square of 6 × 6, at each of 7 × 7 places."""
    mask = block_masking(1000, 12, 12, 0.25, torch.Generator().manual_seed(1), smallest=1.0, aspect=1.0).view(
        -1, 12, 12
    )
    places = {tuple(one.nonzero().amin(0).tolist() + one.nonzero().amax(0).tolist()) for one in mask}
    assert places == {(top, left, top + 5, left + 5) for top in range(7) for left in range(7)}


@pytest.mark.parametrize("ratio", [0.4, 0.6, 0.75])
def test_blocks_prefer_no_corner(ratio):
    often = block_masking(2000, 8, 8, ratio, torch.Generator().manual_seed(2)).float().mean(0).view(8, 8)
    for turned in (often.flip(0), often.flip(1), often.T):
        assert (often - turned).abs().max() < 0.07
    assert often[3:5, 3:5].min() > 2 * often[[0, 0, -1, -1], [0, -1, 0, -1]].max()  # but the center to all of them


# --- Sentences


def test_what_does_not_fit_gets_a_sentence():
    mask = torch.tensor([[True, False], [False, False]])
    for call, told in (
        (lambda: count_visible(4, 1.5), "a mask ratio from 0 to 1, got 1.5"),
        (lambda: count_visible(4, float("nan")), "a mask ratio from 0 to 1, got nan"),
        (lambda: random_mask(0, 4, 4, 0.5), "a batch, whole and from 1, got 0"),
        (lambda: block_masking(1, 0, 4, 0.5), "rows of patches, whole and from 1, got 0"),
        (lambda: grid_masking(1, 4, 1.5, 0.5), "columns of patches, whole and from 1, got 1.5"),  # pyright: ignore
        (lambda: block_masking(1, 4, 4, 0.5, smallest=0), "a smallest share above 0 to 1, got 0"),
        (lambda: block_masking(1, 4, 4, 0.5, aspect=2), "an aspect above 0 to 1, got 2"),
        (lambda: random_masking(torch.rand(2, 4), 0.5), r"tokens \(B, N, D\), got \(2, 4\)"),
        (lambda: random_masking(torch.rand(2, 4, 3), 0.5, torch.rand(2, 3)), r"noise \(2, 4\), one for each token"),
        (lambda: random_masking(torch.rand(2, 4, 3), 0.9), "leaves at least one of 4 patches visible, got 0.9"),
        (lambda: split_mask(mask), "some patches, as many in each picture, visible, got 1 to 2"),
        (lambda: split_mask(mask[1:], visible=1), "leaves 1 patches visible, got 2 to 2"),
        (lambda: split_mask(torch.ones(1, 4, dtype=torch.bool)), "got 0 to 0"),
        (lambda: split_mask(mask.float()), r"a mask \(B, N\) of bool, .*got \(2, 2\) of torch.float32"),
        (lambda: split_mask(mask[0]), r"got \(2,\) of torch.bool"),
    ):
        with pytest.raises(ValueError, match=told) as raised:
            call()
        assert "\n" not in str(raised.value)
