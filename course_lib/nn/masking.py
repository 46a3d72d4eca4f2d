"""Which patches are covered: at random, block by block, on a grid, or by hand; as many in each picture of a batch.

A mask is bool, (B, N), True where a patch is covered; N patches are numbered row by row. All chance is drawn on the
device of the mask, and nothing here waits for it.

>>> random_mask(2, 4, 4, ratio=0.75).sum(1)
tensor([12, 12])
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..expect import expect_number, expect_whole

Masking = Callable[..., Tensor]
"""Draws masks: (batch, rows, columns, ratio, generator=…, device=…) to bool (batch, rows · columns)."""


def count_visible(patches: int, ratio: float) -> int:
    """How many of so many patches stay visible when a share of them is covered, rounded down.

    Raises:
        ValueError: for a ratio that is not from 0 to 1, or that leaves nothing visible.

    >>> count_visible(64, 0.75), count_visible(10, 0.8)
    (16, 2)
    """
    expect_number("a mask ratio", ratio, 0, 1)
    visible = int(patches * (1 - ratio) + 1e-6)  # 10 · (1 − 0.8) is 1.9999999999999996
    if not visible:
        raise ValueError(f"expected a mask ratio that leaves at least one of {patches} patches visible, got {ratio}")
    return visible


def random_masking(tokens: Tensor, ratio: float, noise: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Keep a random part of the tokens of each picture, as MAE does (He and others, 2021, arXiv 2111.06377, section 3).

    Args:
        tokens: (B, N, D).
        ratio: the share that is covered.
        noise: (B, N), a number for each token: those with the smallest stay. If left out, drawn at random.

    Returns:
        The visible tokens (B, V, D), in the order of their noise; the mask (B, N), True where covered; and
        `ids_restore` (B, N): where each token stands in the list of the visible, followed by the covered ones.

    Raises:
        ValueError: if the shapes do not fit, or nothing would be left.

    >>> tokens = torch.arange(4.0).view(1, 4, 1)
    >>> visible, mask, ids_restore = random_masking(tokens, 0.5, noise=torch.tensor([[0.9, 0.2, 0.4, 0.1]]))
    >>> visible.flatten(), mask, ids_restore
    (tensor([3., 1.]), tensor([[ True, False,  True, False]]), tensor([[3, 1, 2, 0]]))
    """
    if not isinstance(tokens, Tensor) or tokens.ndim != 3:
        got = tuple(tokens.shape) if isinstance(tokens, Tensor) else type(tokens).__name__
        raise ValueError(f"expected tokens (B, N, D), got {got}")
    visible = count_visible(tokens.shape[1], ratio)
    if noise is None:
        noise = torch.rand(tokens.shape[:2], device=tokens.device)
    if noise.shape != tokens.shape[:2]:
        raise ValueError(f"expected noise {tuple(tokens.shape[:2])}, one for each token, got {tuple(noise.shape)}")
    # Sort by noise; the first stay. Sorting the order itself says where each token went
    ids_shuffle = noise.argsort(1)
    ids_restore = ids_shuffle.argsort(1)
    ids_keep = ids_shuffle[:, :visible]
    kept = tokens.gather(1, ids_keep[:, :, None].expand(-1, -1, tokens.shape[2]))
    return kept, ids_restore >= visible, ids_restore


def split_mask(mask: Tensor, visible: int | None = None) -> tuple[Tensor, Tensor]:
    """A mask (B, N) as the numbers of its visible patches, (B, V), in their order, and `ids_restore` (B, N).

    Args:
        mask: bool, True where a patch is covered; as many in each picture.
        visible: V, if it is known: without it the device is asked, and waited for.

    Raises:
        ValueError: if pictures have different numbers of visible patches, or none; on a GPU with `visible` given,
            this is not looked at.

    >>> split_mask(torch.tensor([[True, False, True, False]]))
    (tensor([[1, 3]]), tensor([[2, 0, 3, 1]]))
    """
    if not isinstance(mask, Tensor) or mask.ndim != 2 or mask.dtype != torch.bool:
        got = f"{tuple(mask.shape)} of {mask.dtype}" if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(f"expected a mask (B, N) of bool, True where a patch is covered, got {got}")
    if visible is None or mask.device.type == "cpu":
        counts = (~mask).sum(1)
        low, high = (int(count) for count in counts.aminmax())
        if low != high or not low or (visible is not None and visible != low):
            wanted = "some patches, as many in each picture," if visible is None else f"{visible} patches"
            raise ValueError(f"expected a mask that leaves {wanted} visible, got {low} to {high}")
        visible = low
    ids_shuffle = mask.to(torch.uint8).argsort(dim=1, stable=True)
    return ids_shuffle[:, :visible], ids_shuffle.argsort(1)


def random_mask(
    batch: int,
    rows: int,
    columns: int,
    ratio: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Masks (batch, rows · columns) with a share of the patches covered, each set of patches equally likely.

    Raises:
        ValueError: for no grid, or a ratio that leaves nothing visible.

    >>> random_mask(3, 2, 4, ratio=0.5).sum(1)
    tensor([4, 4, 4])
    """
    count, device = _expect_grid(batch, rows, columns), _device(generator, device)
    return _cover_first(torch.rand(batch, count, generator=generator, device=device), count_visible(count, ratio))


def block_masking(
    batch: int,
    rows: int,
    columns: int,
    ratio: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
    *,
    smallest: float = 16 / 196,
    aspect: float = 0.3,
) -> Tensor:
    """Masks (batch, rows · columns) that cover whole rectangles, until a share of the patches is covered.

    Bao and others, 2021, "BEiT", arXiv 2106.08254, algorithm 1. There the last rectangles are small ones that still
    fit, and a few patches may be left to cover; here the last one is cut, so that all pictures have as many.

    Args:
        batch, rows, columns, ratio: as in `random_mask`.
        generator, device: where chance comes from; all of it is drawn at once.
        smallest: the least share of the patches that a rectangle covers (16 of 196 in the paper).
        aspect: the least ratio of a rectangle's sides; the greatest is its inverse.

    Raises:
        ValueError: for no grid, or a number out of its range.

    >>> mask = block_masking(1, 8, 8, ratio=0.4, generator=torch.Generator().manual_seed(0))
    >>> mask.sum().item()
    26
    """
    count, device = _expect_grid(batch, rows, columns), _device(generator, device)
    visible = count_visible(count, ratio)
    expect_number("a smallest share", smallest, 0, 1, above=True)
    expect_number("an aspect", aspect, 0, 1, above=True)
    # More rectangles than it takes: each with an area, a ratio of sides, and a place
    covered = count - visible
    low = min(max(1.0, smallest * count), max(1.0, covered))
    tries = 4 + math.ceil(4 * covered / low)
    area, ratios, top, left = torch.rand(4, batch, tries, 1, generator=generator, device=device)
    area = low + (max(low, covered) - low) * area
    ratios = torch.exp((2 * ratios - 1) * math.log(1 / aspect))
    height = (area * ratios).sqrt().round().clamp(1, rows)
    width = (area / ratios).sqrt().round().clamp(1, columns)
    top, left = (top * (rows - height + 1)).floor(), (left * (columns - width + 1)).floor()
    # The first rectangle that covers each patch; in a rectangle row by row, from one of its four corners
    place = torch.arange(count, device=device)
    row, column = place // columns, place % columns
    inside = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)  # (batch, tries, N)
    never = torch.full((batch, 1, count), True, device=device)
    first = torch.cat([inside, never], 1).to(torch.uint8).argmax(1)  # (batch, N)
    up, back = torch.rand(2, batch, 1, generator=generator, device=device) < 0.5
    order = (
        first * count + torch.where(up, rows - 1 - row, row) * columns + torch.where(back, columns - 1 - column, column)
    )
    # Cover in this order, until it is enough
    return order.argsort(1).argsort(1) < covered


def grid_masking(
    batch: int,
    rows: int,
    columns: int,
    ratio: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Masks (batch, rows · columns) on a regular grid: each visible patch has covered ones around it, always the same.

    MAE's figure 6 compares them with random ones: one patch of each 2 × 2 is visible at a ratio of 0.75. At another
    ratio, what is to be covered is spread as evenly over the rows and columns as whole patches can be.

    Raises:
        ValueError: for no grid, or a ratio that leaves nothing visible.

    >>> grid_masking(1, 2, 4, 0.75).view(2, 4)
    tensor([[False,  True, False,  True],
            [ True,  True,  True,  True]])
    """
    count, device = _expect_grid(batch, rows, columns), _device(generator, device)
    visible = count_visible(count, ratio)
    # Bayer's order: the first patch of each 2 × 2, then the one across, and so on, each quarter in the same order
    place = torch.arange(count, device=device)
    row, column = place // columns, place % columns
    rank = torch.zeros(count, dtype=torch.int64, device=device)
    bits = max(rows - 1, columns - 1, 1).bit_length()
    for bit in range(bits):
        r, c = (row >> bit) & 1, (column >> bit) & 1
        rank = rank + ((2 * (r ^ c) + r) << 2 * (bits - 1 - bit))
    return (rank.argsort(stable=True).argsort() >= visible).expand(batch, -1).clone()


def _cover_first(noise: Tensor, visible: int) -> Tensor:
    """A mask (B, N) of all patches but those with the smallest noise."""
    return noise.argsort(1).argsort(1) >= visible


def _expect_grid(batch: int, rows: int, columns: int) -> int:
    """How many patches a grid has; raises ValueError if there is none, or no picture."""
    expect_whole("a batch", batch)
    return expect_whole("rows of patches", rows) * expect_whole("columns of patches", columns)


def _device(generator: torch.Generator | None, device: torch.device | str | None) -> torch.device | str | None:
    """Where to draw: the device asked for, else the generator's."""
    return generator.device if device is None and generator is not None else device
