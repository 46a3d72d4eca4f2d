"""What stands on top of an encoder while it learns: small perceptrons that are thrown away afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import nn

from ..expect import expect_whole
from .seeding import seeded


def mlp(
    widths: Sequence[int], seed: int = 0, norm: bool = True, last: Literal["plain", "norm"] = "plain"
) -> nn.Sequential:
    """Linear layers with a batch norm and a ReLU between them, (B, widths[0]) to (B, widths[-1]).

    Args:
        widths: of the input, of each layer inside, and of the output.
        seed: settles the random weights.
        norm: put a batch norm before each ReLU.
        last: end with the last linear layer, or with one more batch norm that has nothing to learn.

    Raises:
        ValueError: for fewer than two widths, widths that are not whole, or another ending.

    >>> import torch
    >>> mlp((128, 256, 64))(torch.rand(4, 128)).shape
    torch.Size([4, 64])
    """
    if len(widths) < 2:
        raise ValueError(f"expected the width of the input and of at least one layer, got {tuple(widths)}")
    if last not in ("plain", "norm"):
        raise ValueError(f"expected last 'plain' or 'norm', got {last!r}")
    widths = [expect_whole("a width", width) for width in widths]
    layers: list[nn.Module] = []
    with seeded(seed):
        for before, inside in zip(widths[:-2], widths[1:-1], strict=True):
            layers.append(nn.Linear(before, inside, bias=not norm))
            layers += [nn.BatchNorm1d(inside), nn.ReLU()] if norm else [nn.ReLU()]
        layers.append(nn.Linear(widths[-2], widths[-1], bias=last == "plain"))
    if last == "norm":
        layers.append(nn.BatchNorm1d(widths[-1], affine=False))
    return nn.Sequential(*layers)
