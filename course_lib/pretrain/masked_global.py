"""MAE with a global term: paint what is covered, and know two views of one picture from all other pictures.

The joint objective of CMAE (Huang and others, 2022, "Contrastive Masked Autoencoders are Stronger Vision Learners",
arXiv 2207.13532), made simpler. There, one covered picture serves both terms: the encoder's tokens go to a decoder of
pixels and to a decoder of features, and the features of the second are compared with those of a slow copy of the
encoder, which sees a whole view that is shifted by a few pixels. Here there is no slow copy, no decoder of features and
no shift: the picture is painted as by MAE, and two more views of it go through the same encoder, as in SimCLR.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..expect import expect_number
from ..nn import ViT, mlp
from ..nn.masking import count_visible, split_mask
from ..views import DEFAULT_VIEWS
from .checks import patch_grid, positive_temperature
from .gather import gather
from .mae import MAE
from .method import Loss, Method
from .simclr import nt_xent


def pooled(encoder: ViT, pictures: Tensor, keep: Tensor | None = None) -> Tensor:
    """Features (B, width) of pictures (B, 3, H, W), of which only some patches (B, K) int64 are seen.

    The encoder's own pooling: its class token, or the mean over the patches that are seen.

    Raises:
        ValueError: for pictures or patches that the encoder does not take.

    >>> encoder, pictures = ViT(32, 1, 2, size=16, patch=8), torch.rand(2, 3, 16, 16)
    >>> torch.allclose(pooled(encoder, pictures, torch.arange(4).expand(2, -1)), encoder(pictures), atol=1e-5)
    True
    """
    if keep is None:
        return encoder(pictures)
    x = encoder.intermediate(pictures, [-1], keep=keep)[0]  # (B, P + K, width), not yet normed
    if encoder.pool == "class":
        return encoder.norm(x[:, 0])
    x = x[:, encoder.num_prefix_tokens :]
    return encoder.norm(x.mean(1)) if encoder.fc_norm else encoder.norm(x).mean(1)


class MaskedGlobal(Method):
    """An MAE, a projector on top of its encoder, and two losses: `mae_loss` + weight · `nt_xent`.

    With a weight of 0 it is the MAE alone, step by step and with the same chance; nothing else is then computed.

    Args:
        mae: encoder, decoder and masks of the first term; the encoder is shared.
        weight: how much the second term counts.
        ratio: the share of the patches of each view that is covered too, by the masks of the MAE; 0 for whole views.
        dim: width of the projector's output.
        hidden: width inside the projector.
        temperature: see `nt_xent`.
        views: pictures to views of them, each time others, for the second term. The first sees the pictures as they
            are.
        seed: settles the projector's random weights.

    Raises:
        ValueError: if it is given no MAE, for numbers out of their range, or, from `loss`, for fewer than two pictures
            unless the weight is 0.

    >>> from types import SimpleNamespace
    >>> from course_lib.nn import vit
    >>> method = MaskedGlobal(MAE(vit("mini", size=32, patch=4, pool="mean")), weight=0.5)
    >>> loss = method.loss(SimpleNamespace(pictures=torch.rand(4, 3, 32, 32)))
    >>> sorted(loss.metrics), torch.equal(loss.total, loss.metrics["mae"] + 0.5 * loss.metrics["contrastive"])
    (['contrastive', 'mae'], True)
    """

    def __init__(
        self,
        mae: MAE,
        weight: float = 1.0,
        ratio: float = 0.0,
        dim: int = 128,
        hidden: int = 256,
        temperature: float = 0.2,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(mae, MAE):
            raise ValueError(f"expected an MAE, got a {type(mae).__name__}")
        expect_number("a weight", weight)
        positive_temperature(temperature)
        count_visible((mae.encoder.size // mae.encoder.patch) ** 2, ratio)
        self.mae, self.weight, self.ratio = mae, float(weight), ratio
        self.temperature, self.views = temperature, views
        self.projector = mlp((mae.encoder.width, hidden, dim), seed)

    @property
    def encoder(self) -> ViT:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The encoder of the MAE: it is owned once, and is once in a checkpoint."""
        return self.mae.encoder

    def project(self, pictures: Tensor) -> Tensor:
        """Embeddings (B, dim) of pictures (B, 3, H, W) in [0, 1], a share of whose patches is covered first."""
        keep = None
        if self.ratio:
            rows, columns = patch_grid(pictures, None, self.encoder.patch)
            mask = self.mae.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
            keep = split_mask(mask, count_visible(rows * columns, self.ratio))[0]
        return self.projector(pooled(self.encoder, pictures, keep))

    def loss(self, batch: Any) -> Loss:
        # What is covered is painted; this draws first, so that it draws what the MAE alone would
        painted = self.mae.loss(batch).total
        if self.weight == 0:
            return Loss(painted, {"mae": painted.detach()})
        # Two views of each picture are known from all others
        views = torch.cat([self.views(batch.pictures), self.views(batch.pictures)])
        z1, z2 = self.project(views).chunk(2)
        contrastive = nt_xent(gather(z1), gather(z2), self.temperature)
        terms = {"mae": painted.detach(), "contrastive": contrastive.detach()}
        return Loss(painted + self.weight * contrastive, terms)

    def after_step(self, progress: float) -> None:
        self.mae.after_step(progress)
