"""What every way of learning has in common: an encoder, a loss, and something to do after a step.

A method is a module that holds the encoder and whatever else it trains with (heads, teachers, queues). All it must
remember lives in its parameters and buffers: then a checkpoint holds the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import reduce, wraps
from typing import Any, ParamSpec

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..nn import Encoder
from .checks import enough, expect_floats

Given = ParamSpec("Given")


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


def in_float32(loss: Callable[Given, Tensor]) -> Callable[Given, Tensor]:
    """A loss that computes in float32 at least, whatever it is given, under mixed precision too.

    Its tensors get one dtype, the widest of theirs and float32; numbers of shape () stay as they are.

    >>> half = torch.full((2, 300), 300, dtype=torch.float16)
    >>> half.square().sum(), in_float32(lambda x: x.square().sum())(half)
    (tensor(inf, dtype=torch.float16), tensor(54000000.))
    """

    @wraps(loss)
    def computed(*args: Given.args, **options: Given.kwargs) -> Tensor:
        given = [x for x in (*args, *options.values()) if isinstance(x, Tensor) and x.ndim and x.is_floating_point()]
        if not given:
            return loss(*args, **options)
        dtype = reduce(torch.promote_types, (x.dtype for x in given), torch.float32)

        def widened(x: Any) -> Any:
            return x.to(dtype) if isinstance(x, Tensor) and x.ndim and x.is_floating_point() else x

        kind = given[0].device.type
        mixed = torch.amp.is_autocast_available(kind)  # pyright: ignore[reportPrivateImportUsage]
        mixed = mixed and torch.is_autocast_enabled(kind)
        with torch.autocast(kind, enabled=False) if mixed else nullcontext():
            return loss(*map(widened, args), **{name: widened(x) for name, x in options.items()})  # pyright: ignore

    return computed


@torch.no_grad()
def feature_std(z: Tensor) -> Tensor:
    """How far embeddings (B, D) are spread over all directions, shape (): 0 when all are one, about 1 when evenly.

    The standard deviation of each number of the normalized embeddings, times √D (figure 2 of SimSiam, arXiv
    2011.10566, draws it without the √D).

    Raises:
        ValueError: unless there are two embeddings at least.

    >>> feature_std(torch.ones(8, 4)).item()
    0.0
    """
    expect_floats(z)
    if z.ndim != 2 or not z.shape[1]:
        raise ValueError(f"expected embeddings (B, D), got {tuple(z.shape)}")
    enough(z)
    return F.normalize(at_least_float32(z), dim=1).std(0).mean() * z.shape[1] ** 0.5
