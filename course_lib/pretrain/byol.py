"""BYOL: predict what a slow copy of yourself makes of another view (Grill and others, 2020, "Bootstrap Your Own
Latent", arXiv 2006.07733).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..nn import Encoder, MomentumEncoder, mlp
from ..nn.momentum import Schedule
from ..views import DEFAULT_VIEWS
from .checks import enough, same_shape
from .method import Loss, Method, feature_std, in_float32


@in_float32
def byol_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """The squared distance between two directions, 2 − 2·cosine: equation 2 of the paper.

    Args:
        prediction: (B, D), of any length.
        target: (B, D), of any length; no gradient flows into it.

    Returns:
        The mean over the batch, shape (), from 0 (the same direction) to 4 (the opposite one).

    Raises:
        ValueError: if the shapes do not fit, or there is no picture.

    >>> byol_loss(torch.eye(2), 3 * torch.eye(2)).item()
    0.0
    """
    same_shape(prediction, target)
    return 2 - 2 * F.cosine_similarity(prediction, target.detach(), dim=1, eps=1e-12).mean()


class BYOL(Method):
    """An online network with a predictor, and a target network that follows it slowly.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's and the predictor's output.
        hidden: width inside both.
        momentum: how much of itself the target keeps at first (section 3.3 of the paper).
        schedule: see `MomentumEncoder`; in the paper the momentum rises to 1.
        predict: with a predictor; without, everything collapses.
        views: pictures to views of them, each time others.
        seed: settles the random weights of projector and predictor.

    >>> from course_lib.nn import ConvNet
    >>> BYOL(ConvNet(), dim=32).target[1][-1].out_features
    32
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 128,
        hidden: int = 256,
        momentum: float = 0.99,
        schedule: Schedule = "cosine",
        predict: bool = True,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.views = encoder, views
        self.projector = mlp((encoder.width, hidden, dim), seed)
        self.predictor = mlp((dim, hidden, dim), seed + 1) if predict else nn.Identity()
        self.target = MomentumEncoder(encoder, self.projector, momentum=momentum, schedule=schedule)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        one, two = self.views(batch.pictures), self.views(batch.pictures)
        p1, p2 = (self.predictor(self.projector(self.encoder(view))) for view in (one, two))
        with torch.no_grad():
            t1, t2 = self.target(one), self.target(two)
        return Loss(byol_loss(p1, t2) + byol_loss(p2, t1), {"feature_std": feature_std(t1)})

    def after_step(self, progress: float) -> None:
        self.target.update(progress)
