"""Barlow Twins: each number of the embedding agrees between views, and tells nothing that another tells (Zbontar and
others, 2021, "Barlow Twins: Self-Supervised Learning via Redundancy Reduction", arXiv 2103.03230).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ..expect import expect_number
from ..nn import Encoder, mlp
from ..views import DEFAULT_VIEWS
from .checks import enough, same_shape
from .gather import gather
from .method import Loss, Method, feature_std, in_float32


@in_float32
def cross_correlation(z1: Tensor, z2: Tensor) -> Tensor:
    """How each number of z1 (B, D) goes along with each of z2 over the batch, (D, D), from −1 to 1: equation 2.

    The spread is the biased one (divided by B), as in the authors' code.

    Raises:
        ValueError: if the shapes do not fit, or there are fewer than two pictures.

    >>> import torch
    >>> cross_correlation(torch.tensor([[0.0], [2.0]]), torch.tensor([[5.0], [3.0]])).item()  # doctest: +ELLIPSIS
    -0.999...
    """
    same_shape(z1, z2, least=2)
    a, b = ((z - z.mean(0)) / (z.var(0, correction=0) + 1e-5).sqrt() for z in (z1, z2))
    return a.T @ b / len(z1)


@in_float32
def barlow_twins_loss(z1: Tensor, z2: Tensor, lambd: float = 5e-3) -> Tensor:
    """How far the table of correlations is from 1 on the diagonal and 0 elsewhere: equation 1 of the paper.

    Args:
        z1: (B, D), as they are; row i and row i of z2 are views of one picture.
        z2: (B, D).
        lambd: how much everything off the diagonal counts, from 0.

    Returns:
        The sum over the table, shape ().

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pictures, or lambd is out of range.

    >>> import torch
    >>> barlow_twins_loss(torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0], [-1.0]])).item() < 1e-4
    True
    """
    expect_number("lambd", lambd)
    c = cross_correlation(z1, z2)
    agree = (c.diagonal() - 1).square().sum()
    redundant = c.square().sum() - c.diagonal().square().sum()
    return agree + lambd * redundant


class BarlowTwins(Method):
    """An encoder and a wide projector.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's output; more is better here.
        hidden: width inside the projector.
        lambd: see `barlow_twins_loss`.
        scale: what the loss is multiplied by; the sum over the table is large.
        views: pictures to views of them, each time others.
        seed: settles the projector's random weights.

    >>> from course_lib.nn import ConvNet
    >>> BarlowTwins(ConvNet(), dim=64).projector[-1].out_features
    64
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 256,
        hidden: int = 256,
        lambd: float = 5e-3,
        scale: float = 0.025,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        expect_number("lambd", lambd)
        expect_number("a scale", scale, above=True)
        self.encoder, self.lambd, self.scale, self.views = encoder, lambd, scale, views
        self.projector = mlp((encoder.width, hidden, hidden, dim), seed)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        z1, z2 = (gather(self.projector(self.encoder(self.views(batch.pictures)))) for _ in range(2))
        return Loss(self.scale * barlow_twins_loss(z1, z2, self.lambd), {"feature_std": feature_std(z1)})
