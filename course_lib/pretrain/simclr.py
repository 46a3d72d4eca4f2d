"""SimCLR: two views of one picture should be near each other, and far from all other pictures (Chen and others, 2020,
"A Simple Framework for Contrastive Learning of Visual Representations", arXiv 2002.05709).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..nn import Encoder, mlp
from ..views import DEFAULT_VIEWS
from .checks import positive_temperature, same_shape
from .gather import gather
from .method import Loss, Method, feature_std, in_float32


@in_float32
def nt_xent(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    """Each view looks for its partner among all other views of the batch: equation 1 of the paper, "NT-Xent".

    Args:
        z1: (B, D), of any length; row i and row i of z2 are views of one picture.
        z2: (B, D).
        temperature: what the cosines are divided by; the smaller, the more the nearest others count.

    Returns:
        The mean cross-entropy over all 2·B views, shape ().

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pictures, or the temperature is not positive.

    >>> nt_xent(torch.eye(4), torch.eye(4), 0.1).item() < 1e-3
    True
    """
    same_shape(z1, z2, least=2)
    positive_temperature(temperature)
    z = F.normalize(torch.cat([z1, z2]), dim=1)  # (2·B, D)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    scores = (z @ z.T / temperature).masked_fill(itself, -torch.inf)  # nobody looks for itself
    targets = torch.arange(len(z), device=z.device).roll(len(z1))  # the other view of the same picture
    return F.cross_entropy(scores, targets)


class SimCLR(Method):
    """An encoder, a projector on top of it, and the loss between two views.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's output.
        hidden: width inside the projector.
        temperature: see `nt_xent`.
        views: pictures to views of them, each time others.
        seed: settles the projector's random weights.

    >>> from course_lib.nn import ConvNet
    >>> SimCLR(ConvNet(), dim=32).project(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 32])
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 128,
        hidden: int = 256,
        temperature: float = 0.2,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        positive_temperature(temperature)
        self.encoder, self.temperature, self.views = encoder, temperature, views
        self.projector = mlp((encoder.width, hidden, dim), seed)

    def project(self, pictures: Tensor) -> Tensor:
        """Embeddings (B, dim) of pictures (B, 3, H, W) in [0, 1]: what the loss compares."""
        return self.projector(self.encoder(pictures))

    def loss(self, batch: Any) -> Loss:
        views = torch.cat([self.views(batch.pictures), self.views(batch.pictures)])
        z1, z2 = self.project(views).chunk(2)
        return Loss(nt_xent(gather(z1), gather(z2), self.temperature), {"feature_std": feature_std(z1)})
