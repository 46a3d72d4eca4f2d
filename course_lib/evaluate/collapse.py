"""Have the features collapsed? How far they are spread, over how many directions, how near partners and how far others.

Complete collapse: all pictures have the same feature. Dimensional collapse: features fill only a few of the directions
that they could.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def spectrum(features: Tensor) -> Tensor:
    """How much spread each direction has, the largest first, (min(N, D),): singular values of features (N, D).

    The mean is taken off first. Jing and others, 2021, "Understanding Dimensional Collapse in Contrastive
    Self-supervised Learning", arXiv 2110.09348, figure 2.

    Raises:
        ValueError: if the features are not (N, D) with at least two of them.

    >>> spectrum(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))[0] > 1
    tensor(True)
    """
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"expected features (N, D) of at least two pictures, got {tuple(features.shape)}")
    x = features.detach().float()
    with torch.autocast(x.device.type, enabled=False):
        return torch.linalg.svdvals(x - x.mean(0)) / (len(x) - 1) ** 0.5


def rank_me(features: Tensor) -> float:
    """How many directions the features fill, from 1 to D: a number that need not be whole.

    e to the entropy of the singular values, taken as shares (Garrido and others, 2022, "RankMe", arXiv 2210.02885,
    equation 1), here with the mean taken off. All features the same count as 1.

    >>> rank_me(torch.eye(8).repeat(4, 1))  # doctest: +ELLIPSIS
    7.0...
    """
    values = spectrum(features)
    scale = values.max()
    if scale < 1e-7:
        return 1.0
    share = values / values.sum() + 1e-7
    return (-(share * share.log()).sum()).exp().item()


def alignment(one: Tensor, other: Tensor) -> float:
    """How far apart the two views of a picture are: the mean squared distance of directions (N, D), from 0 to 4.

    Wang and Isola, 2020, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
    Hypersphere", arXiv 2005.10242, equation 4 with α = 2.

    >>> alignment(torch.eye(2), 3 * torch.eye(2))
    0.0
    """
    one, other = F.normalize(one.float(), dim=1), F.normalize(other.float(), dim=1)
    return (one - other).square().sum(1).mean().item()


def uniformity(features: Tensor) -> float:
    """How evenly directions (N, D) lie around, the lower the more evenly: from 0, all the same, to about −4.

    The logarithm of the mean of e^(−2 · squared distance) over all pairs (the same paper, equation 5 with t = 2).

    Raises:
        ValueError: for fewer than two features.

    >>> uniformity(torch.ones(3, 2))
    0.0
    """
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"expected features (N, D) of at least two pictures, got {tuple(features.shape)}")
    x = F.normalize(features.float(), dim=1)
    distance = torch.pdist(x).square()
    return distance.mul(-2).exp().mean().log().item()
