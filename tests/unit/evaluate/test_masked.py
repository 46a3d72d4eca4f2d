"""Decibels counted by hand; floors as a loop paints them, and without a look at what is covered."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib.evaluate import copy_nearest, interpolate, masked_psnr, paint_mean, psnr
from course_lib.nn.patches import patchify

FLOORS = [paint_mean, copy_nearest, interpolate]


def off_by(*errors: float) -> tuple[Tensor, Tensor]:
    """Painted pictures (B, 3, 2, 8), four patches each, that are wrong by so much everywhere, and the truth."""
    truth = torch.full((len(errors), 3, 2, 8), 0.5)
    return truth + torch.tensor(errors)[:, None, None, None], truth


def test_decibels_are_of_the_mean_of_all_squared_errors():
    assert psnr(*off_by(0.1)) == 20 and psnr(*off_by(-0.01)) == 40
    assert psnr(*off_by(0.1, 0.3)) == 13.0103  # of (0.01 + 0.09) / 2, and no mean of 20 and 10.4576
    assert psnr(*off_by(0.0)) == float("inf")


def test_only_covered_patches_count_and_each_as_much():
    painted, truth = off_by(0.1, 0.3)
    mask = torch.tensor([[True, False, False, False], [False, True, True, True]])
    assert masked_psnr(painted, truth, mask, 2) == 11.549  # of (1 · 0.01 + 3 · 0.09) / 4
    painted[0, :, :, 2:], painted[1, :, :, :2] = 0.0, 1.0  # what is visible
    assert masked_psnr(painted, truth, mask, 2) == 11.549
    mask[1] = False  # a picture of which nothing is covered
    assert masked_psnr(painted, truth, mask, 2) == 20


@st.composite
def covered(draw: st.DrawFn) -> tuple[Tensor, Tensor, int, int]:
    """Pictures, masks that leave something of each visible, the patch and how many columns there are."""
    rows, columns, patch, batch = (draw(st.integers(1, most)) for most in (5, 5, 3, 3))
    g = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    mask = torch.rand(batch, rows * columns, generator=g) < draw(st.sampled_from([0.0, 0.3, 0.75, 1.0]))
    mask[torch.arange(batch), torch.randint(rows * columns, (batch,), generator=g)] = False
    return torch.rand(batch, 3, rows * patch, columns * patch, generator=g), mask, patch, columns


@settings(deadline=None, derandomize=True, max_examples=50)
@given(covered())
def test_floors_paint_what_a_loop_paints(given: tuple[Tensor, Tensor, int, int]) -> None:
    pictures, mask, patch, columns = given
    before, truth = pictures.clone(), patchify(pictures, patch)
    mean, copied, smooth = (patchify(paint(pictures, mask, patch), patch) for paint in FLOORS)
    for b, hidden in enumerate(mask.tolist()):
        seen = [n for n, covered in enumerate(hidden) if not covered]
        color = truth[b, seen].view(-1, 3).mean(0)
        for n, is_hidden in enumerate(hidden):
            far = [(n // columns - m // columns) ** 2 + (n % columns - m % columns) ** 2 for m in seen]
            assert torch.equal(copied[b, n], truth[b, seen[far.index(min(far))]])  # the first of the nearest
            if is_hidden:
                assert torch.allclose(mean[b, n].view(-1, 3), color, atol=1e-6)
                near = torch.tensor([math.exp(-(distance**0.5) / 0.5) for distance in far])
                blend = (near[:, None] * truth[b, seen].view(len(seen), -1, 3).mean(1)).sum(0) / near.sum()
                assert torch.allclose(smooth[b, n].view(-1, 3), blend, atol=1e-5)
            else:
                assert torch.equal(mean[b, n], truth[b, n]) and torch.equal(smooth[b, n], truth[b, n])
    assert torch.equal(pictures, before)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(covered())
def test_floors_do_not_look_at_what_is_covered(given: tuple[Tensor, Tensor, int, int]) -> None:
    pictures, mask, patch, _ = given
    black = torch.zeros_like(pictures)
    for paint in FLOORS:
        painted = paint(pictures, mask, patch)
        again = paint(painted, mask, patch)  # nothing but the floor itself is left under the mask
        assert painted.shape == pictures.shape and torch.allclose(painted, again, atol=1e-6)
        assert not paint(black, mask, patch).any()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(covered())
def test_with_everything_covered_it_is_the_plain_measure(given: tuple[Tensor, Tensor, int, int]) -> None:
    pictures, mask, patch, _ = given
    painted = (pictures + 0.1 * torch.rand(pictures.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    whole = psnr(painted, pictures)
    assert masked_psnr(painted, pictures, torch.ones_like(mask), patch) == pytest.approx(whole, abs=2e-4)
    assert whole == psnr(pictures, painted) and whole > 20


def test_of_several_that_are_as_near_the_first_in_reading_order_is_copied():
    numbers = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]).expand(1, 3, 3, 3)
    mask = torch.tensor([[False, True, False, False, True, True, True, False, True]])
    expected = torch.tensor([[0.1, 0.1, 0.3], [0.4, 0.4, 0.3], [0.4, 0.8, 0.8]])
    assert torch.equal(copy_nearest(numbers, mask, 1), expected.expand(1, 3, 3, 3))


@pytest.mark.parametrize("paint", FLOORS)
def test_pictures_of_any_floating_dtype_are_painted(paint):
    pictures, mask = torch.rand(1, 3, 4, 4), torch.tensor([[True, False, False, True]])
    assert paint(pictures.half(), mask, 2).dtype == torch.float32
    assert paint(pictures.double(), mask, 2).dtype == torch.float64
    assert torch.allclose(paint(pictures.half(), mask, 2), paint(pictures, mask, 2), atol=1e-3)


P, MASK = torch.rand(2, 3, 4, 4), torch.tensor([[True, False, False, True]] * 2)
WRONG: list[tuple[Any, Any, Any, str]] = [
    (P[0], MASK, 2, r"pictures \(B, 3, H, W\)"),
    (255 * P, MASK, 2, r"pictures in \[0, 1\]"),
    (P * torch.nan, MASK, 2, r"pictures in \[0, 1\]"),
    (P, MASK, 3, "whose sides patches of 3 pixels divide"),
    (P, MASK, 0, "a patch, whole and from 1, got 0"),
    (P, MASK, 4, r"a mask \(2, 1\) of bool, True where a patch is covered, got \(2, 4\)"),
    (P, MASK[:1], 2, r"a mask \(2, 4\) of bool"),
    (P, MASK.float(), 2, "got .* of torch.float32"),
    (P, MASK.tolist(), 2, "a mask as a tensor, got a list"),
]


@pytest.mark.parametrize(("pictures", "mask", "patch", "words"), WRONG)
def test_what_does_not_fit_is_said_in_a_sentence(pictures, mask, patch, words):
    for call in (
        lambda: masked_psnr(pictures, pictures, mask, patch),
        *(lambda f=f: f(pictures, mask, patch) for f in FLOORS),
    ):
        with pytest.raises(ValueError, match=f"^expected .*{words}") as error:
            call()
        assert "\n" not in str(error.value)


def test_masks_of_nothing_and_of_all_are_told():
    with pytest.raises(ValueError, match="covers something, got one that covers nothing"):
        masked_psnr(P, P, torch.zeros_like(MASK), 2)
    for paint in FLOORS:
        assert torch.equal(paint(P, torch.zeros_like(MASK), 2), P)
        with pytest.raises(ValueError, match="something of each picture visible, got one that covers all"):
            paint(P, torch.stack([MASK[0], torch.ones_like(MASK[0])]), 2)
    for one, other in ((P, P[:1]), (P[:, :, 1:], P), (P[:0], P[:0])):
        with pytest.raises(ValueError, match="as many pictures of the same size, at least one, got"):
            psnr(one, other)
