"""How well covered patches are painted, and what is reached without learning anything."""

from __future__ import annotations

import torch
from torch import Tensor

from ..expect import expect_number, expect_whole
from ..nn.patches import patchify, unpatchify
from ..nn.pictures import expect_pictures
from .checks import numbers, tensor


def psnr(painted: Tensor, pictures: Tensor) -> float:
    """The peak signal-to-noise ratio in decibels: −10 · log₁₀ of the mean squared error, for colors in [0, 1].

    The mean is taken over all pixels of all pictures. 10 dB more is a tenth of the error; equal pictures have infinity.
    What comes back is rounded to four digits.

    Args:
        painted: (B, 3, H, W) in [0, 1].
        pictures: (B, 3, H, W) in [0, 1], the truth.

    Raises:
        ValueError: for what is no picture, or if the shapes differ.

    >>> psnr(torch.full((1, 3, 4, 4), 0.6), torch.full((1, 3, 4, 4), 0.5))  # an error of 0.1 everywhere
    20.0
    """
    return _decibels((_pair(painted, pictures)).square().mean())


def masked_psnr(painted: Tensor, pictures: Tensor, mask: Tensor, patch: int) -> float:
    """The peak signal-to-noise ratio of the covered patches alone, in decibels: one mean over all their pixels.

    The error of all pictures becomes decibels once. Another convention is the mean of the decibels of single pictures.

    Args:
        painted, pictures: (B, 3, H, W) in [0, 1].
        mask: (B, N) bool, True where a patch is covered.
        patch: the side of a patch in pixels.

    Raises:
        ValueError: as `psnr`, if the mask does not fit, or covers nothing.

    >>> truth = torch.zeros(1, 3, 2, 4)
    >>> masked_psnr(truth + 0.1, truth, torch.tensor([[True, False]]), patch=2)
    20.0
    """
    error = patchify(_pair(painted, pictures).square(), patch).mean(-1)  # (B, N)
    hidden = _mask_of(mask, error)
    if not hidden.any():
        raise ValueError("expected a mask that covers something, got one that covers nothing")
    return _decibels(error[hidden].mean())


def paint_mean(pictures: Tensor, mask: Tensor, patch: int) -> Tensor:
    """The floor: every covered patch gets the mean color of its picture's visible patches, (B, 3, H, W).

    Args:
        pictures: (B, 3, H, W) in [0, 1].
        mask: (B, N) bool, True where a patch is covered.
        patch: the side of a patch in pixels.

    Raises:
        ValueError: for what is no picture, or a mask that does not fit, or leaves nothing visible.

    >>> pictures = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.5, 0.5]).expand(1, 3, 2, 6)
    >>> paint_mean(pictures, torch.tensor([[False, False, True]]), patch=2)[0, 0, 0]
    tensor([0.0000, 0.0000, 1.0000, 1.0000, 0.5000, 0.5000])
    """
    patch = expect_whole("a patch", patch)
    patches, hidden = _patches(pictures, mask, patch)
    seen = (~hidden)[:, :, None]
    mean = (_colors(pictures, patches) * seen).sum(1) / seen.sum(1)  # (B, 3)
    filled = torch.where(hidden[:, :, None], mean.repeat(1, patch**2)[:, None], patches)
    return unpatchify(filled, patch, pictures.shape[2] // patch)


def interpolate(pictures: Tensor, mask: Tensor, patch: int, reach: float = 0.5) -> Tensor:
    """What needs no learning: every covered patch gets a mean color of the visible ones, near ones counting most.

    A visible patch at distance d, in patches from middle to middle, has the weight e to the −d / reach.

    Args:
        pictures: (B, 3, H, W) in [0, 1].
        mask: (B, N) bool, True where a patch is covered.
        patch: the side of a patch in pixels.
        reach: in patches, above 0; the larger, the more it is like `paint_mean`.

    Returns:
        Pictures (B, 3, H, W), the visible patches as they were.

    Raises:
        ValueError: as `paint_mean`, or for a reach that is not above 0.

    >>> pictures = torch.tensor([0.0, 0.0, 0.9, 0.9, 0.5, 0.5]).expand(1, 3, 2, 6)
    >>> interpolate(pictures, torch.tensor([[False, True, False]]), patch=2)[0, 0, 0]  # both are as near
    tensor([0.0000, 0.0000, 0.2500, 0.2500, 0.5000, 0.5000])
    """
    patch = expect_whole("a patch", patch)
    expect_number("a reach", reach, above=True)
    patches, hidden = _patches(pictures, mask, patch)
    scores = -_squared_distances(pictures, patch).to(patches.dtype).sqrt() / reach  # (N, N)
    weights = scores.masked_fill(hidden[:, None], -torch.inf).softmax(-1)  # (B, N, N): whom each patch takes after
    with torch.autocast(patches.device.type, enabled=False):  # colors in full precision
        mean = weights @ _colors(pictures, patches)  # (B, N, 3)
    filled = torch.where(hidden[:, :, None], mean.repeat(1, 1, patch**2), patches)
    return unpatchify(filled, patch, pictures.shape[2] // patch)


def copy_nearest(pictures: Tensor, mask: Tensor, patch: int) -> Tensor:
    """A cheap trick: every covered patch becomes a copy of the nearest visible one, (B, 3, H, W).

    Near is what has the smallest distance from middle to middle; of several, the first in reading order.

    Args:
        pictures: (B, 3, H, W) in [0, 1].
        mask: (B, N) bool, True where a patch is covered.
        patch: the side of a patch in pixels.

    Raises:
        ValueError: for what is no picture, or a mask that does not fit, or leaves nothing visible.

    >>> pictures = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.5, 0.5]).expand(1, 3, 2, 6)
    >>> copy_nearest(pictures, torch.tensor([[False, True, True]]), patch=2)[0, 0, 0]
    tensor([0., 0., 0., 0., 0., 0.])
    """
    patch = expect_whole("a patch", patch)
    patches, hidden = _patches(pictures, mask, patch)
    far = _squared_distances(pictures, patch)
    never = far.max() + 1
    nearest = torch.where(hidden[:, None], never, far).argmin(-1)  # (B, N); a visible one is nearest to itself
    filled = patches.gather(1, nearest[:, :, None].expand(-1, -1, patches.shape[2]))
    return unpatchify(filled, patch, pictures.shape[2] // patch)


def _colors(pictures: Tensor, patches: Tensor) -> Tensor:
    """The mean color of each patch, (B, N, 3)."""
    return patches.unflatten(-1, (-1, pictures.shape[1])).mean(-2)


def _squared_distances(pictures: Tensor, patch: int) -> Tensor:
    """How far patches are apart from middle to middle, squared, in patches: (N, N) int64."""
    rows, columns = pictures.shape[2] // patch, pictures.shape[3] // patch
    place = torch.arange(rows * columns, device=pictures.device)
    row, column = place // columns, place % columns
    return (row[:, None] - row).square() + (column[:, None] - column).square()


def _pair(painted: Tensor, pictures: Tensor) -> Tensor:
    """How far two lists of pictures are apart, (B, 3, H, W)."""
    for given in (painted, pictures):
        expect_pictures(given, look=True)
    if painted.shape != pictures.shape or not len(pictures):
        raise ValueError(
            f"expected as many pictures of the same size, at least one, got {tuple(painted.shape)} and "
            f"{tuple(pictures.shape)}"
        )
    return numbers(painted, "what is painted") - numbers(pictures, "pictures").to(painted.device)


def _patches(pictures: Tensor, mask: Tensor, patch: int) -> tuple[Tensor, Tensor]:
    """The patches (B, N, P) of pictures, and where they are covered (B, N)."""
    expect_pictures(pictures, look=True)
    patches = patchify(numbers(pictures, "pictures"), patch)
    hidden = _mask_of(mask, patches)
    if hidden.all(1).any():
        raise ValueError("expected a mask that leaves something of each picture visible, got one that covers all")
    return patches, hidden


def _mask_of(mask: Tensor, patches: Tensor) -> Tensor:
    if tensor(mask, "a mask").shape != patches.shape[:2] or mask.dtype != torch.bool:
        raise ValueError(
            f"expected a mask {tuple(patches.shape[:2])} of bool, True where a patch is covered, "
            f"got {tuple(mask.shape)} of {mask.dtype}"
        )
    return mask.to(patches.device)


def _decibels(error: Tensor) -> float:
    return round(-10 * torch.log10(error.double()).item(), 4)
