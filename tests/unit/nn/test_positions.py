"""Positions: learned ones on another grid, fixed waves, and the ways from one patch to another."""

import pytest
import torch

from course_lib.nn import RelativePositionBias, resize_pos_embed, sincos_pos_embed


def test_stretched_positions_keep_the_class_token_and_a_slope():
    slope = torch.cat([torch.full((1, 1), 9.0), torch.arange(16.0)[:, None] // 4])
    larger = resize_pos_embed(slope, 1, 8, 8)
    assert larger[0] == 9 and larger[1:].reshape(8, 8)[:, 3].diff().min() >= 0
    assert resize_pos_embed(slope, 1, 4, 4) is slope


def test_sine_cosine_positions_are_all_different_and_say_column_then_row():
    square = sincos_pos_embed(32, 4, 4)
    assert torch.cdist(square, square).fill_diagonal_(1).min() > 0.1
    oblong = sincos_pos_embed(8, 2, 3).view(2, 3, 8)
    assert torch.equal(oblong[0, :, :4], oblong[1, :, :4]) and torch.equal(oblong[:, 0, 4:], oblong[:, 2, 4:])
    with pytest.raises(ValueError, match="a width that 4 divides evenly for sine-cosine positions, got 30"):
        sincos_pos_embed(30, 2, 2)


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (3, 5), (1, 7)])
@torch.no_grad()
def test_relative_positions_depend_on_the_way_alone(rows, columns):
    bias = RelativePositionBias(heads=3, side=4, num_prefix_tokens=2, blocks=2)
    bias.table.copy_(torch.randn(bias.table.shape))
    found = bias(rows, columns)
    assert found.shape == (2, 1, 3, 2 + rows * columns, 2 + rows * columns)
    among = found[0, 0, :, 2:, 2:].unflatten(2, (rows, columns)).unflatten(1, (rows, columns))
    assert torch.equal(among[:, 1:, :, 1:], among[:, :-1, :, :-1])  # one patch down, both
    assert torch.equal(among[:, :, 1:, :, 1:], among[:, :, :-1, :, :-1])  # one patch to the right, both
    assert len(among[0].unique()) == (2 * rows - 1) * (2 * columns - 1)
    to_patch, to_prefix, between = found[..., :2, 2:], found[..., 2:, :2], found[..., :2, :2]
    for one, last in ((to_patch, -3), (to_prefix, -2), (between, -1)):
        assert (one == bias.table[:, None, last, :, None, None]).all()


@torch.no_grad()
def test_relative_positions_of_patches_that_are_kept():
    bias = RelativePositionBias(heads=3, side=4, num_prefix_tokens=1)
    bias.table.copy_(torch.randn(bias.table.shape))
    keep = torch.tensor([[5, 0], [2, 2]])
    found, full = bias(4, 4, keep), bias(4, 4)
    assert found.shape == (1, 2, 3, 3, 3)
    for picture, tokens in enumerate(([0, 6, 1], [0, 3, 3])):
        assert torch.equal(found[0, picture], full[0, 0][:, tokens][:, :, tokens])


def test_grids_that_are_none_get_a_sentence():
    for call, told in (
        (lambda: resize_pos_embed(torch.rand(16, 8), 1, 2, 2), r"a square of positions, .*got \(16, 8\)"),
        (lambda: resize_pos_embed(torch.rand(1, 8), 1, 2, 2), "a square of positions"),
        (lambda: resize_pos_embed(torch.rand(16, 8), 0, 0, 2), "at least one row and one column, got 0 and 2"),
        (lambda: sincos_pos_embed(0, 2, 2), "a width, rows and columns, whole and from 1, got 0"),
        (lambda: sincos_pos_embed(8, 2, 1.5), "a width, rows and columns, whole and from 1, got 1.5"),  # pyright: ignore[reportArgumentType]
        (lambda: RelativePositionBias(2, 0), "a side, whole and from 1"),
        (lambda: RelativePositionBias(2, 3, -1), "a number of prefix tokens, whole and from 0"),
        (lambda: RelativePositionBias(2, 3)(3, 0), "at least one row and one column, got 3 and 0"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
