"""What every loss looks at before it computes: shapes that fit, pictures to compare, a temperature to divide by."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..expect import expect_number
from ..nn import ViT
from ..nn.masking import count_visible
from ..nn.pictures import expect_pictures


def shape_of(x: Any) -> str:
    """The shape of a tensor as one reads it, or what it is if it is none.

    >>> shape_of(torch.zeros(2, 3)), shape_of([1, 2])
    ('(2, 3)', 'list')
    """
    return str(tuple(x.shape)) if isinstance(x, Tensor) else type(x).__name__


def same_shape(one: Tensor, other: Tensor, least: int = 1) -> None:
    """Raise ValueError, in one sentence, if two lists of embeddings are not (B, D) both, or B is below the least.

    >>> import torch
    >>> same_shape(torch.zeros(4, 2), torch.zeros(3, 2))
    Traceback (most recent call last):
    ValueError: expected two lists of embeddings (B, D), got (4, 2) and (3, 2)
    """
    expect_floats(one, other)
    if one.ndim != 2 or one.shape != other.shape or not one.shape[1]:
        raise ValueError(f"expected two lists of embeddings (B, D), got {tuple(one.shape)} and {tuple(other.shape)}")
    enough(one, least)


def expect_floats(*given: Tensor) -> None:
    """Raise ValueError, in one sentence, unless all that is given are tensors of a floating dtype.

    >>> expect_floats(torch.zeros(2, dtype=torch.int64))
    Traceback (most recent call last):
    ValueError: expected tensors of float32 or another floating dtype, got torch.int64
    """
    for x in given:
        if not isinstance(x, Tensor) or not x.is_floating_point():
            got = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"expected tensors of float32 or another floating dtype, got {got}")


def enough(pictures: Tensor, least: int = 2) -> None:
    """Raise ValueError, in one sentence, if a batch (B, …) is too small: two pictures where they are compared.

    >>> enough(torch.zeros(1, 3, 8, 8))
    Traceback (most recent call last):
    ValueError: expected at least two pictures, which learn from each other, got 1: take larger batches
    """
    if len(pictures) < least:
        what = "one picture" if least == 1 else "two pictures, which learn from each other"
        raise ValueError(f"expected at least {what}, got {len(pictures)}: take larger batches")


def positive_temperature(temperature: Any) -> None:
    """Raise ValueError, in one sentence, if a temperature is not above 0; one that is learned is not looked at.

    >>> positive_temperature(0.0)
    Traceback (most recent call last):
    ValueError: expected a temperature above 0, got 0.0
    """
    expect_number("a temperature", temperature, above=True)


def labels_for(labels: Tensor, pictures: Tensor, classes: int | None = None) -> None:
    """Raise ValueError, in one sentence, if there is not one label, (B,), for each of the rows (B, …) of pictures.

    Labels are −1 or from 0, below the number of classes if that is given. On a GPU their values are not looked at,
    since that would be to wait.

    >>> import torch
    >>> labels_for(torch.zeros(3), torch.zeros(4, 2))
    Traceback (most recent call last):
    ValueError: expected a label for each picture, (B,), got (3,) for 4 pictures
    """
    if not isinstance(labels, Tensor) or labels.shape != pictures.shape[:1]:
        raise ValueError(
            f"expected a label for each picture, (B,), got {shape_of(labels)} for {len(pictures)} pictures"
        )
    if labels.dtype != torch.int64:
        raise ValueError(f"expected labels as int64, got {labels.dtype}: make them whole with labels.long()")
    if labels.device.type == "cpu" and len(labels):
        low, high = labels.aminmax()
        if low < -1 or (classes is not None and high >= classes):
            to = "on" if classes is None else f"to {classes - 1}"
            raise ValueError(f"expected labels from 0 {to}, or −1 where none is known, got {low} to {high}")


def expect_mask(mask: Tensor, *patches: Tensor) -> None:
    """Raise ValueError, in one sentence, unless there is a mask (B, N) for patches (B, N, P), all of one shape.

    On the CPU the mask is looked at too: something is to be covered.

    >>> expect_mask(torch.ones(2, 4), torch.zeros(2, 5, 3))
    Traceback (most recent call last):
    ValueError: expected a mask (2, 5), 1 where a patch is covered, got (2, 4)
    """
    expect_floats(*patches)
    first = patches[0]
    if first.ndim != 3 or not first.shape[2] or any(other.shape != first.shape for other in patches):
        raise ValueError(f"expected patches (B, N, P), got {' and '.join(shape_of(one) for one in patches)}")
    if not isinstance(mask, Tensor) or mask.shape != first.shape[:2]:
        raise ValueError(f"expected a mask {tuple(first.shape[:2])}, 1 where a patch is covered, got {shape_of(mask)}")
    if mask.device.type == "cpu" and not mask.any():
        raise ValueError("expected a mask that covers something, got one that covers nothing")


def patch_grid(pictures: Tensor, mask: Tensor | None, patch: int) -> tuple[int, int]:
    """How many rows and columns of patches pictures (B, 3, H, W) have.

    Raises ValueError, in one sentence, for what is no picture, or a mask, if there is one, that is not bool (B, N).

    >>> patch_grid(torch.rand(2, 3, 8, 16), None, patch=4)
    (2, 4)
    """
    expect_pictures(pictures)
    rows, columns = pictures.shape[2] // patch, pictures.shape[3] // patch
    wanted = (len(pictures), rows * columns)
    if mask is not None and not (isinstance(mask, Tensor) and mask.shape == wanted and mask.dtype == torch.bool):
        dtype = f" of {mask.dtype}" if isinstance(mask, Tensor) else ""
        raise ValueError(
            f"expected a mask {wanted} of bool, True where a patch is covered, got {shape_of(mask)}{dtype}"
        )
    return rows, columns


def expect_ratio(ratio: Any, patches: int) -> None:
    """Raise ValueError, in one sentence, for a mask ratio that covers none of so many patches, or all of them.

    >>> expect_ratio(0.0, patches=64)
    Traceback (most recent call last):
    ValueError: expected a mask ratio that covers at least one of 64 patches, got 0.0
    """
    if count_visible(patches, ratio) == patches:
        raise ValueError(f"expected a mask ratio that covers at least one of {patches} patches, got {ratio}")


def expect_mask_token(encoder: Any) -> ViT:
    """The encoder again; raises ValueError, in one sentence, unless it is a ViT that has a mask token.

    Its stem is to look at one patch at a time: one of convolutions would see what is covered.

    >>> expect_mask_token(ViT(32, 1, 2, size=8, patch=4))
    Traceback (most recent call last):
    ValueError: expected a ViT that has a mask token, got a ViT without: make it with mask_token=True
    """
    if not isinstance(encoder, ViT) or encoder.mask_token is None:
        without = " without: make it with mask_token=True" if isinstance(encoder, ViT) else ""
        raise ValueError(f"expected a ViT that has a mask token, got a {type(encoder).__name__}{without}")
    if not isinstance(encoder.stem, nn.Conv2d):
        raise ValueError("expected a ViT with stem='patch', of whose tokens none sees what is covered, got stem='conv'")
    return encoder
