"""Have the features collapsed? How far they are spread, over how many directions, how near partners and how far others.

Complete collapse: all pictures have the same feature. Dimensional collapse: features fill only a few of the directions
that they could.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .checks import directions, features_of, power_of_two


def spectrum(features: Tensor) -> Tensor:
    """How much spread each direction has, the largest first, (min(N, D),): singular values of features (N, D).

    The mean is taken off first. Jing and others, 2021, "Understanding Dimensional Collapse in Contrastive
    Self-supervised Learning", arXiv 2110.09348, figure 2.

    Raises:
        ValueError: if the features are not (N, D) with at least two of them, or not finite.

    >>> spectrum(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))[0] > 1
    tensor(True)
    """
    values, power = _spectrum(features)
    return (values * power).float()


def rank_me(features: Tensor) -> float:
    """How many directions the features fill, from 1 to D: a number that need not be whole, the same at every scale.

    e to the entropy of the singular values, taken as shares (Garrido and others, 2022, "RankMe", arXiv 2210.02885,
    equation 1), here with the mean taken off. All features the same, but for their last digit, count as 1.

    Raises:
        ValueError: as `spectrum`.

    >>> rank_me(torch.eye(8).repeat(4, 1))  # doctest: +ELLIPSIS
    7.0...
    """
    values, _ = _spectrum(features)
    if values.max() < torch.finfo(values.dtype).eps:
        return 1.0
    share = values / values.sum() + 1e-7
    return min(max((-(share * share.log()).sum()).exp().item(), 1.0), float(features.shape[1]))


def alignment(one: Tensor, other: Tensor) -> float:
    """How far apart the two views of a picture are: the mean squared distance of directions (N, D), from 0 to 4.

    Wang and Isola, 2020, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
    Hypersphere", arXiv 2005.10242, equation 4 with α = 2.

    Raises:
        ValueError: if the two are not (N, D) alike, with at least one picture, or not finite.

    >>> alignment(torch.eye(2), 3 * torch.eye(2))
    0.0
    """
    one, other = features_of(one, "views", 1), features_of(other, "views", 1)
    if one.shape != other.shape:
        raise ValueError(
            f"expected two views of the same pictures, (N, D) both, got {tuple(one.shape)} and {tuple(other.shape)}"
        )
    one, other = directions(one), directions(other)
    return (one - other).square().sum(1).mean().item()


def uniformity(features: Tensor) -> float:
    """How evenly directions (N, D) lie around, the lower the more evenly: from 0, all the same, to about −4.

    The logarithm of the mean of e^(−2 · squared distance) over all pairs (the same paper, equation 5 with t = 2).

    Raises:
        ValueError: for fewer than two features, or numbers that are not finite.

    >>> uniformity(torch.ones(3, 2))
    0.0
    """
    distance = torch.pdist(directions(features_of(features, least=2))).square()
    return distance.mul(-2).exp().mean().log().item()


def _spectrum(features: Tensor) -> tuple[Tensor, Tensor]:
    """The spectrum of features over a power of two that brings them near 1, and that power, ()."""
    x = features_of(features, least=2)
    power = power_of_two(x, (0, 1))
    x = x / power
    with torch.autocast(x.device.type, enabled=False):
        return torch.linalg.svdvals(x - x.mean(0)) / (len(x) - 1) ** 0.5, power.squeeze()
