"""SimSiam: predict what you yourself make of another view, and do not let the answer move (Chen and He, 2020,
"Exploring Simple Siamese Representation Learning", arXiv 2011.10566).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ..nn import Encoder, mlp
from ..views import DEFAULT_VIEWS
from .checks import enough, same_shape
from .method import Loss, Method, feature_std, in_float32


@in_float32
def negative_cosine(prediction: Tensor, target: Tensor, stop_gradient: bool = True) -> Tensor:
    """How far two directions are from pointing the same way, −cosine: equation 1 of the paper.

    Args:
        prediction: (B, D), of any length.
        target: (B, D), of any length.
        stop_gradient: no gradient flows into the target; without, everything collapses.

    Returns:
        The mean over the batch, shape (), from −1 (the same direction) to 1 (the opposite one).

    Raises:
        ValueError: if the shapes do not fit, or there is no picture.

    >>> import torch
    >>> negative_cosine(torch.eye(2), 3 * torch.eye(2)).item()
    -1.0
    """
    same_shape(prediction, target)
    target = target.detach() if stop_gradient else target
    return -F.cosine_similarity(prediction, target, dim=1, eps=1e-12).mean()


class SimSiam(Method):
    """One network with a projector and a predictor.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's and the predictor's output.
        hidden: width inside the projector.
        bottleneck: width inside the predictor.
        stop_gradient: see `negative_cosine`.
        predict: with a predictor; without, everything collapses.
        norm: with a batch norm at the projector's end, as in the paper: then not all embeddings can become one, and a
            collapse leaves a single direction.
        views: pictures to views of them, each time others.
        seed: settles the random weights of projector and predictor.

    >>> from course_lib.nn import ConvNet
    >>> SimSiam(ConvNet(), dim=32).predictor[-1].out_features
    32
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 128,
        hidden: int = 256,
        bottleneck: int = 64,
        stop_gradient: bool = True,
        predict: bool = True,
        norm: bool = True,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.stop_gradient, self.views = encoder, stop_gradient, views
        self.projector = mlp((encoder.width, hidden, hidden, dim), seed, last="norm" if norm else "plain")
        self.predictor = mlp((dim, bottleneck, dim), seed + 1) if predict else nn.Identity()

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        z1, z2 = (self.projector(self.encoder(self.views(batch.pictures))) for _ in range(2))
        p1, p2 = self.predictor(z1), self.predictor(z2)
        total = negative_cosine(p1, z2, self.stop_gradient) + negative_cosine(p2, z1, self.stop_gradient)
        return Loss(total / 2, {"feature_std": feature_std(z1)})
