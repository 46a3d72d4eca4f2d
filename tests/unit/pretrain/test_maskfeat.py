"""MaskFeat: which way edges run where it is covered; histograms know of edges alone, not of brightness and contrast."""

from math import sqrt
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from course_lib import world
from course_lib.nn import ConvNet, block_masking, grid_masking, random_mask
from course_lib.pretrain import MaskFeat, hog, maskfeat_loss
from course_lib.pretrain.maskfeat import hog_targets

from .small import repainted, some, stirred, tiny


def ramp(right: float, down: float, side: int = 8, channels: int = 1) -> Tensor:
    """A picture that gets brighter by so much from pixel to pixel."""
    place = torch.arange(float(side))
    return (right * place + down * place[:, None]).expand(1, channels, side, side)


def lengths(found: Tensor, bins: int = 9) -> Tensor:
    return found.unflatten(1, (-1, bins)).norm(dim=2)


# --- Histograms


@pytest.mark.parametrize(
    ("right", "down", "which"), [(1, 0, 0), (1, 1, 2), (3, 4, 2), (0, 1, 4), (-1, 2, 5), (-1, 1, 6), (-5, 1, 8)]
)
def test_an_edge_votes_for_its_way_from_dark_to_bright_and_back(right, down, which):
    expected = torch.eye(9)[which]
    for sign in (1, -1):  # the cell in the middle, away from the border
        assert torch.allclose(hog(ramp(sign * right, sign * down, 12), cell=4)[0, :, 1, 1], expected, atol=1e-4)


def test_a_histogram_by_hand():
    """36 pixels inside have both gradients, 12 above and below the one to the right alone, 12 beside the one down."""
    votes = torch.tensor([12 * 2 * 3, 0, 36 * 2 * 5, 0, 12 * 2 * 4, 0, 0, 0, 0]) / sqrt(144000)
    assert torch.allclose(hog(ramp(0.03, 0.04)).flatten(), votes, atol=1e-4)
    two = torch.tensor([12 * 2 * 3 + 36 * 2 * 5, 12 * 2 * 4]) / sqrt(432**2 + 96**2)  # from 90° on it is the second
    assert torch.allclose(hog(ramp(0.03, 0.04), bins=2).flatten(), two, atol=1e-4)


def test_each_color_and_each_cell_has_a_list_of_its_own():
    pictures = torch.cat([ramp(1, 0, 12), ramp(0, 1, 12), ramp(1, 1, 12)], 1)
    found = hog(pictures, cell=4)
    assert found.shape == (1, 27, 3, 3)
    assert torch.allclose(found[0, :, 1, 1], torch.eye(9)[[0, 4, 2]].flatten(), atol=1e-4)
    for color in range(3):
        assert torch.equal(found[:, 9 * color : 9 * (color + 1)], hog(pictures[:, color : color + 1], cell=4))
    other = pictures.clone()
    other[:, :, :3, :3] = 0.2  # a pixel further, and the next cell would see it
    assert torch.equal(hog(other, cell=4).flatten(2)[:, :, 1:], found.flatten(2)[:, :, 1:])


@pytest.mark.parametrize("cell", [2, 4, 8])
@pytest.mark.parametrize("bins", [1, 6, 9])
def test_lists_have_length_1_and_flat_cells_have_zeros(cell, bins):
    found = hog(some(2, 16, 24), cell, bins)
    assert found.shape == (2, 3 * bins, 16 // cell, 24 // cell) and found.min() >= 0
    assert torch.allclose(lengths(found, bins), torch.ones(()), atol=1e-4)
    assert not hog(torch.full((1, 3, 16, 16), 0.7), cell, bins).any()
    half = torch.cat([torch.zeros(1, 3, 16, 16), some(1)], 3)
    assert not hog(half, cell, bins)[..., : 16 // cell - 1].any()


@pytest.mark.parametrize("bins", [4, 9])
def test_a_picture_upside_down_has_the_same_edges_upside_down(bins):
    for pictures in (some(3, 16, 24).double(), world.draw(3, size=32).pictures.double()):
        turned = hog(pictures.rot90(2, (2, 3)), 4, bins)
        assert torch.allclose(turned, hog(pictures, 4, bins).rot90(2, (2, 3)), atol=1e-9)


def test_brightness_and_contrast_make_no_difference():
    pictures = some().double()
    found = hog(pictures, 4)
    for other in (pictures + 0.3, 0.4 * pictures, 0.4 * pictures + 0.3, 1 - pictures):
        assert torch.allclose(hog(other, 4), found, atol=1e-6)
    colors = torch.tensor([0.2, 0.7, 1.0])[:, None, None]
    assert torch.allclose(hog(pictures * colors, 4), found, atol=1e-6)  # each color for itself
    assert not torch.allclose(hog(pictures.flip(3), 4).flip(3), found, atol=0.1)  # edges lean the other way


def test_histograms_are_of_single_precision_or_more():
    pictures = some()
    assert hog(pictures.half(), 4).dtype == torch.float32 and hog(pictures.double(), 4).dtype == torch.float64
    assert torch.allclose(hog(pictures.half(), 4), hog(pictures.half().float(), 4))
    for side in (1, 2):  # nothing but border
        assert hog(torch.rand(1, 3, side, side), side).shape == (1, 27, 1, 1)
    assert not hog(torch.rand(1, 3, 2, 2), 1).any()


def test_targets_are_the_cells_of_each_patch_row_by_row():
    pictures = some(2, 16, 24)
    cells, targets = hog(pictures, 4), hog_targets(pictures, patch=8, cell=4)
    assert targets.shape == (2, 6, 108)
    for n in range(6):
        row, column = 2 * (n // 3), 2 * (n % 3)
        parts = [cells[:, :, row + r, column + c] for r in (0, 1) for c in (0, 1)]
        assert torch.equal(targets[:, n], torch.stack(parts, 1).flatten(1))
    whole = hog_targets(pictures, patch=8, cell=8)
    assert torch.equal(whole, hog(pictures, 8).flatten(2).mT)


# --- The loss


def test_the_loss_by_hand():
    prediction = torch.tensor([[[1.0, -3.0], [0.5, 0.0], [9.0, 9.0]], [[7.0, 7.0], [0.0, 2.0], [8.0, 8.0]]])
    targets = torch.tensor([[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [2.0, 1.0], [0.0, 0.0]]])
    mask = torch.tensor([[True, True, False], [False, True, False]])
    expected = ((1 + 9) / 2 + (0.25 + 1) / 2 + (4 + 1) / 2) / 3
    assert maskfeat_loss(prediction, targets, mask).item() == pytest.approx(expected)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.data())
def test_the_loss_is_the_one_of_plain_loops(batch, count, numbers, data):
    covered = data.draw(st.lists(st.booleans(), min_size=batch * count, max_size=batch * count).filter(any))
    mask = torch.tensor(covered).view(batch, count)
    prediction, targets = torch.randn(batch, count, numbers), torch.randn(batch, count, numbers)
    errors = [
        (x - y) ** 2
        for b, n in mask.nonzero().tolist()
        for x, y in zip(prediction[b, n].tolist(), targets[b, n].tolist(), strict=True)
    ]
    found = maskfeat_loss(prediction, targets, mask)
    assert found.item() == pytest.approx(sum(errors) / len(errors), rel=1e-4)
    assert maskfeat_loss(prediction, targets, mask.float()).item() == found.item()


def test_what_is_visible_is_not_asked_for():
    prediction, targets = torch.randn(2, 4, 3).requires_grad_(), torch.randn(2, 4, 3)
    mask = torch.tensor([[True, False, False, True], [False, True, False, False]])
    maskfeat_loss(prediction, targets, mask).backward()
    assert prediction.grad is not None
    assert torch.allclose(prediction.grad, 2 * (prediction - targets).detach() * mask[:, :, None] / 9)


def test_the_loss_of_a_method_is_that_of_its_histograms():
    for whole in (MaskFeat(tiny()), MaskFeat(tiny(), cell=2, bins=6)):
        model, pictures = stirred(whole), some()
        torch.manual_seed(3)
        found = model.loss(SimpleNamespace(pictures=pictures)).total
        torch.manual_seed(3)
        prediction, mask = model(pictures)
        targets = hog_targets(pictures, 4, model.cell, model.bins)
        expected = (prediction - targets)[mask].square().mean()
        assert found.item() == pytest.approx(expected.item(), rel=1e-5)


# --- Who sees what


@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("options", [{}, {"pool": "mean", "registers": 2}, {"rel_pos_bias": "shared"}])
@torch.no_grad()
def test_covered_pixels_are_not_seen_and_visible_ones_are(options, masking):
    model, pictures, mask = stirred(MaskFeat(tiny(**options))), some(), masking(3, 4, 4, 0.4)
    prediction, used = model(pictures, mask)
    assert torch.equal(used, mask) and prediction.shape == (3, 16, 27)
    assert torch.equal(model(repainted(pictures, mask), mask)[0], prediction)
    for patch in (~mask[0]).nonzero().flatten().tolist():
        one = torch.zeros_like(mask)
        one[0, patch] = True
        changed = (model(repainted(pictures, one), mask)[0] - prediction).abs().amax((1, 2))
        assert changed[0] > 1e-3 and changed[1:].max() < 1e-5


def test_blocks_are_drawn_where_no_mask_is_given():
    model = MaskFeat(tiny())
    assert model.masking is block_masking and model.cell == 4
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [7] * 3 and not torch.equal(one, other)
    prediction, mask = model(some(2, 24, 32))
    assert prediction.shape == (2, 48, 27) and mask.sum(1).tolist() == [20, 20]


# --- Learning


def test_all_that_is_trained_gets_a_gradient():
    model = stirred(MaskFeat(tiny(), cell=2)).train()
    model.loss(SimpleNamespace(pictures=some())).total.backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_a_seed_says_what_the_linear_layer_begins_with():
    before = torch.get_rng_state()
    one, same, other = (MaskFeat(tiny(), seed=seed).head.weight for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_what_does_not_fit_gets_a_sentence():
    model, pictures, patches = MaskFeat(tiny()), some(2), torch.zeros(1, 4, 3)
    mask = torch.tensor([[True, False, False, False]])
    for call, told in (
        (lambda: MaskFeat(tiny(mask_token=False)), "a ViT that has a mask token, got a ViT without"),
        (lambda: MaskFeat(ConvNet((8, 8))), "a ViT that has a mask token, got a ConvNet"),  # pyright: ignore
        (lambda: MaskFeat(tiny(), cell=3), "cells that divide a patch of 4 pixels, got cells of 3"),
        (lambda: MaskFeat(tiny(), cell=8), "cells that divide a patch of 4 pixels, got cells of 8"),
        (lambda: MaskFeat(tiny(), cell=2.0), "a cell, whole and from 1, got 2.0"),  # pyright: ignore
        (lambda: MaskFeat(tiny(), bins=0), "a number of bins, whole and from 1, got 0"),
        (lambda: MaskFeat(tiny(), ratio=0.99), "leaves at least one of 16 patches visible, got 0.99"),
        (lambda: MaskFeat(tiny(), ratio=-1), "a mask ratio from 0 to 1, got -1"),
        (lambda: hog(pictures, cell=5), r"whose sides cells of 5 pixels divide, got \(2, 3, 16, 16\)"),
        (lambda: hog(pictures[0], cell=4), r"pictures \(B, C, H, W\) .*, got \(3, 16, 16\)"),
        (lambda: hog(pictures, cell=0), "a cell, whole and from 1, got 0"),
        (lambda: hog_targets(pictures, 6, 3), "patches|cells of 3 pixels divide"),
        (lambda: hog_targets(pictures, 0, 3), "a patch, whole and from 1, got 0"),
        (lambda: model(pictures[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: model(pictures, mask), r"a mask \(2, 16\) of bool, .*, got \(1, 4\)"),
        (lambda: model(pictures[:, :1]), r"pictures \(B, 3, H, W\)"),
        (lambda: maskfeat_loss(patches, patches, ~mask & mask), "a mask that covers something, got one"),
        (lambda: maskfeat_loss(patches, patches[:, :3], mask), r"got \(1, 4, 3\) and \(1, 3, 3\)"),
        (lambda: maskfeat_loss(patches, patches, mask[:, :3]), r"a mask \(1, 4\), .*, got \(1, 3\)"),
        (lambda: maskfeat_loss(patches, patches.int(), mask), "floating dtype, got torch.int32"),
    ):
        with pytest.raises(ValueError, match=f"expected .*({told})") as raised:
            call()
        assert "\n" not in str(raised.value)
