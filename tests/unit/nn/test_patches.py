"""Pictures as rows of patches: nothing is lost, and each number stands where MAE's code has it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.nn import patchify, unpatchify

few = st.integers(1, 4)


@given(few, few, few, few, few)
def test_nothing_is_lost_for_any_grid(batch, colors, rows, columns, patch):
    pictures = torch.randn(batch, colors, rows * patch, columns * patch)
    patches = patchify(pictures, patch)
    assert patches.shape == (batch, rows * columns, patch**2 * colors)
    assert torch.equal(unpatchify(patches, patch, rows), pictures)


def test_patches_go_row_by_row_and_colors_fastest():
    pictures = torch.arange(2 * 3 * 4 * 6.0).view(2, 3, 4, 6)
    patches = patchify(pictures, 2)
    for r, c, i, j, color in ((0, 0, 0, 1, 2), (1, 2, 1, 0, 0), (0, 1, 1, 1, 1)):
        found = patches[:, 3 * r + c, 3 * (2 * i + j) + color]
        assert torch.equal(found, pictures[:, color, 2 * r + i, 2 * c + j])


def test_a_square_needs_no_number_of_rows():
    pictures = torch.rand(2, 3, 8, 8)
    assert torch.equal(unpatchify(patchify(pictures, 2), 2), pictures)


@pytest.mark.parametrize("count", [2, 6, 12, 20, 24])
def test_what_is_no_square_needs_a_number_of_rows(count):
    with pytest.raises(ValueError, match=f"got {count}: say how many rows there are"):
        unpatchify(torch.rand(1, count, 12), 2)


def test_what_does_not_fit_gets_a_sentence():
    for call, told in (
        (lambda: patchify(torch.rand(2, 3, 32, 30), 8), r"sides patches of 8 pixels divide, got \(2, 3, 32, 30\)"),
        (lambda: patchify(torch.rand(3, 32, 32), 8), r"got \(3, 32, 32\)"),
        (lambda: patchify([1], 8), "got list"),  # pyright: ignore[reportArgumentType]
        (lambda: patchify(torch.rand(2, 3, 32, 32), 0), "a patch, whole and from 1, got 0"),
        (lambda: unpatchify(torch.rand(2, 4, 13), 2), r"expected patches \(B, N, 4 · C\), got \(2, 4, 13\)"),
        (lambda: unpatchify(torch.rand(4, 12), 2), r"got \(4, 12\)"),
        (lambda: unpatchify(torch.rand(2, 4, 12), 2, rows=3), "patches that fill 3 rows, got 4"),
        (lambda: unpatchify(torch.rand(2, 4, 12), 2, rows=0), "a number of rows, whole and from 1, got 0"),
        (lambda: unpatchify(torch.rand(2, 0, 12), 2), "got 0"),
    ):
        with pytest.raises(ValueError, match=told) as raised:
            call()
        assert "\n" not in str(raised.value)
