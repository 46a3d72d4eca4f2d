"""SupCon: contrast with labels, so that all pictures of one kind are partners (Khosla and others, 2020, "Supervised
Contrastive Learning", arXiv 2004.11362).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .checks import labels_for, positive_temperature, same_shape
from .gather import gather
from .method import Loss, feature_std, in_float32
from .simclr import SimCLR


@in_float32
def supcon_loss(z1: Tensor, z2: Tensor, labels: Tensor, temperature: float = 0.1) -> Tensor:
    """Each view looks for all views with its label: equation 2 of the paper, the mean outside the logarithm.

    Args:
        z1: (B, D), of any length; row i and row i of z2 are views of one picture.
        z2: (B, D).
        labels: (B,) int64; −1 where none is known, whose only partner is then its other view.
        temperature: what the cosines are divided by.

    Returns:
        The mean over all 2·B views, shape (). With all labels different it is `nt_xent`.

    Raises:
        ValueError: if the shapes or the labels do not fit, there are fewer than two pictures, or the temperature is not
            positive.

    >>> z = torch.eye(2).repeat(2, 1)
    >>> supcon_loss(z, z, torch.tensor([0, 1, 0, 1]), 0.1).item()  # doctest: +ELLIPSIS
    1.098...
    """
    same_shape(z1, z2, least=2)
    positive_temperature(temperature)
    labels_for(labels, z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)  # (2·B, D)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    log_p = (z @ z.T / temperature).masked_fill(itself, -torch.inf).log_softmax(1)
    picture = torch.arange(len(z1), device=z.device).repeat(2)
    label = labels.repeat(2)
    partners = (picture[:, None] == picture) | ((label[:, None] == label) & (label[:, None] >= 0))
    partners = partners & ~itself
    return -(log_p.masked_fill(~partners, 0.0).sum(1) / partners.sum(1)).mean()


class SupCon(SimCLR):
    """SimCLR with labels; the arguments are those of `SimCLR`.

    >>> from course_lib.nn import ConvNet
    >>> SupCon(ConvNet(), temperature=0.1).temperature
    0.1
    """

    def loss(self, batch: Any) -> Loss:
        views = torch.cat([self.views(batch.pictures), self.views(batch.pictures)])
        z1, z2 = self.project(views).chunk(2)
        loss = supcon_loss(gather(z1), gather(z2), gather(batch.labels), self.temperature)
        return Loss(loss, {"feature_std": feature_std(z1)})
