"""VICReg: three terms, one against each way to fail (Bardes, Ponce and LeCun, 2021, "VICReg: Variance-Invariance-
Covariance Regularization for Self-Supervised Learning", arXiv 2105.04906).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from ..expect import expect_number
from ..nn import Encoder, mlp
from ..views import DEFAULT_VIEWS
from .checks import enough, same_shape
from .gather import gather
from .method import Loss, Method, feature_std, in_float32


@in_float32
def variance_term(z: Tensor) -> Tensor:
    """How far the spread of each number of z (B, D) over the batch stays below 1, shape (): equations 1 and 2.

    Raises:
        ValueError: unless z is (B, D), of two pictures at least.

    >>> import torch
    >>> variance_term(torch.zeros(4, 3)).item()  # doctest: +ELLIPSIS
    0.99...
    """
    same_shape(z, z, least=2)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean()


@in_float32
def covariance_term(z: Tensor) -> Tensor:
    """How much the numbers of z (B, D) go along with each other over the batch, shape (): equations 3 and 4.

    Raises:
        ValueError: unless z is (B, D), of two pictures at least.

    >>> import torch
    >>> covariance_term(torch.tensor([[1.0, 1.0], [-1.0, -1.0]])).item()
    4.0
    """
    same_shape(z, z, least=2)
    z = z - z.mean(0)
    c = z.T @ z / (len(z) - 1)  # (D, D)
    return (c.square().sum() - c.diagonal().square().sum()) / z.shape[1]


@in_float32
def vicreg_loss(
    z1: Tensor, z2: Tensor, invariance: float = 25.0, variance: float = 25.0, covariance: float = 1.0
) -> Tensor:
    """Views agree, numbers differ between pictures, and tell different things: equation 6 of the paper.

    Args:
        z1: (B, D), as they are; row i and row i of z2 are views of one picture.
        z2: (B, D).
        invariance: weight of the mean squared difference of two views.
        variance: weight of `variance_term`.
        covariance: weight of `covariance_term`.

    Returns:
        The weighted sum, shape (). The authors' code takes the mean of the variance terms of both views, and the sum
        of their covariance terms; so does this.

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pictures, or a weight is below 0.

    >>> import torch
    >>> z = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> vicreg_loss(z, z).item()
    0.0
    """
    same_shape(z1, z2, least=2)
    for weight in (invariance, variance, covariance):
        expect_number("a weight", weight)
    total = invariance * F.mse_loss(z1, z2)
    total = total + variance * (variance_term(z1) + variance_term(z2)) / 2
    return total + covariance * (covariance_term(z1) + covariance_term(z2))


class VICReg(Method):
    """An encoder and a wide projector, which the paper calls expander.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's output.
        hidden: width inside the projector.
        invariance, variance, covariance: see `vicreg_loss`.
        views: pictures to views of them, each time others.
        seed: settles the projector's random weights.

    >>> from course_lib.nn import ConvNet
    >>> VICReg(ConvNet(), dim=64).projector[-1].out_features
    64
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 256,
        hidden: int = 256,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.views = encoder, views
        for weight in (invariance, variance, covariance):
            expect_number("a weight", weight)
        self.weights = {"invariance": invariance, "variance": variance, "covariance": covariance}
        self.projector = mlp((encoder.width, hidden, hidden, dim), seed)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        z1, z2 = (gather(self.projector(self.encoder(self.views(batch.pictures)))) for _ in range(2))
        return Loss(vicreg_loss(z1, z2, **self.weights), {"feature_std": feature_std(z1)})
