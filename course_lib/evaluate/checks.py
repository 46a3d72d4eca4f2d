"""What every measure looks at before it measures: finite numbers, and labels that fit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def tensor(x: Any, name: str) -> Tensor:
    """The same, if it is a tensor of real numbers; ValueError, in one sentence, if not.

    >>> tensor([0.5], "features")
    Traceback (most recent call last):
    ValueError: expected features as a tensor, got a list: use torch.tensor(…)
    """
    if not isinstance(x, Tensor):
        raise ValueError(f"expected {name} as a tensor, got a {type(x).__name__}: use torch.tensor(…)")
    if x.is_complex():
        raise ValueError(f"expected {name} of real numbers, got {dtype_of(x)}: take .real or .abs()")
    return x


def numbers(x: Tensor, name: str) -> Tensor:
    """Finite numbers without gradients, in float32, or float64 as they come; ValueError, in one sentence, if others.

    >>> numbers(torch.tensor([1, 2]), "features")
    tensor([1., 2.])
    """
    x = tensor(x, name).detach()
    x = x if x.dtype == torch.float64 else x.float()
    if not x.isfinite().all():
        raise ValueError(
            f"expected {name} of finite numbers, got some that are infinite or not a number: look whether the training "
            f"diverged, or compute them in float32"
        )
    return x


def features_of(features: Tensor, name: str = "features", least: int = 0) -> Tensor:
    """Features (N, D) as `numbers` gives them; ValueError, in one sentence, for another shape, or fewer than `least`.

    >>> features_of(torch.ones(3))
    Traceback (most recent call last):
    ValueError: expected features (N, D), got (3,)
    """
    if tensor(features, name).ndim != 2 or features.shape[1] < 1 or len(features) < least:
        few = {0: "", 1: " of at least one picture", 2: " of at least two pictures"}[least]
        raise ValueError(f"expected {name} (N, D){few}, got {tuple(features.shape)}")
    return numbers(features, name)


def labels_of(labels: Tensor, count: int, classes: int | None = None, name: str = "labels", least: int = 0) -> Tensor:
    """Labels (count,) as int64, from `least` up and below `classes`; ValueError, in one sentence, if they are not that.

    >>> labels_of(torch.tensor([0, 7]), 2, classes=5)
    Traceback (most recent call last):
    ValueError: expected labels from 0 to 4, got some from 0 to 7
    """
    if tensor(labels, name).shape != (count,):
        raise ValueError(f"expected {name} (N,), one for each of {count} pictures, got {tuple(labels.shape)}")
    if labels.is_floating_point():
        raise ValueError(f"expected {name} as whole numbers, got {dtype_of(labels)}: use .long()")
    labels = labels.detach().long()
    low, high = (value.item() for value in labels.aminmax()) if count else (least, least)
    if low < least or (classes is not None and high >= classes):
        span = f"from {least} up" if classes is None else f"from {least} to {classes - 1}"
        unknown = ": leave out pictures whose label is unknown, as in `x[labels >= 0]`" if low < least else ""
        raise ValueError(f"expected {name} {span}, got some from {low} to {high}{unknown}")
    return labels


def power_of_two(x: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """The power of two just below the largest of x along `dim`, which stays as 1; divided by it x keeps all its digits.

    Squares of numbers near 1 neither vanish nor overflow.

    Args:
        x: float32 or float64, finite.
        dim: along which the largest is looked for.

    >>> power_of_two(torch.tensor([[0.3, -0.7], [0.0, 9e8]]), 1)
    tensor([[5.0000e-01],
            [5.3687e+08]])
    """
    bits, exponent = (torch.int64, 0x7FF << 52) if x.dtype == torch.float64 else (torch.int32, 0xFF << 23)
    largest = x.abs().amax(dim, keepdim=True) if x.numel() else x.new_ones([1] * x.ndim)
    return (largest.view(bits) & exponent).view(x.dtype).clamp(min=torch.finfo(x.dtype).tiny)


def directions(features: Tensor) -> Tensor:
    """Features (N, D) as `features_of` gives them, each brought to length 1; those of zeros stay zeros.

    >>> directions(torch.tensor([[3e-30, 4e-30]]))
    tensor([[0.6000, 0.8000]])
    """
    features = features / power_of_two(features, 1)
    return features / features.norm(dim=1, keepdim=True).clamp(min=1e-12)


def dtype_of(x: Tensor) -> str:
    """The name of its dtype, such as "int64"."""
    return str(x.dtype).removeprefix("torch.")
