"""What every way of learning has in common: an encoder, a loss, and something to do after a step.

A method is a module that holds the encoder and whatever else it trains with (heads, teachers, queues). All it must
remember lives in its parameters and buffers: then a checkpoint holds the whole of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..nn import Encoder


@dataclass
class Loss:
    """What a step minimizes, with named numbers worth watching; all of shape (), none waited for.

    >>> import torch
    >>> Loss(torch.tensor(1.5)).total.item()
    1.5
    """

    total: Tensor
    metrics: dict[str, Tensor] = field(default_factory=dict)


class Method(nn.Module):
    """One way of learning: turn a batch into a loss. `fit` does the rest.

    >>> class Brightness(Method):
    ...     def __init__(self, encoder):
    ...         super().__init__()
    ...         self.encoder = encoder
    ...         self.head = nn.Linear(encoder.width, 1)
    ...     def loss(self, batch):
    ...         guess = self.head(self.encoder(batch.pictures))[:, 0]
    ...         return Loss((guess - batch.pictures.mean((1, 2, 3))).square().mean())
    """

    encoder: Encoder
    """What the learner keeps: pictures (B, 3, H, W) in [0, 1] to features (B, D)."""

    def loss(self, batch: Any) -> Loss:
        """The loss of one batch, a mean over its pictures. Never waits for the device: no `.item()`, no `.cpu()`."""
        raise NotImplementedError(f"{type(self).__name__} has to say what its loss is: def loss(self, batch) -> Loss")

    def after_step(self, progress: float) -> None:
        """Called after each step with the share of the training that is done, from 0 to 1: move a teacher, a queue."""


def at_least_float32(x: Tensor) -> Tensor:
    """The same numbers in float32 at least: losses that add up many products need it under mixed precision.

    >>> at_least_float32(torch.ones(1, dtype=torch.float16)).dtype
    torch.float32
    """
    return x.to(torch.promote_types(x.dtype, torch.float32))


@torch.no_grad()
def feature_std(z: Tensor) -> Tensor:
    """How far embeddings (B, D) are spread over all directions, shape (): 0 when all are one, about 1 when evenly.

    The standard deviation of each number of the normalized embeddings, times √D (figure 2 of SimSiam, arXiv
    2011.10566, draws it without the √D).

    >>> feature_std(torch.ones(8, 4)).item()
    0.0
    """
    return F.normalize(z.float(), dim=1).std(0).mean() * z.shape[1] ** 0.5
