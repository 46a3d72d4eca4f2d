"""A finite set of pictures as an endless stream: in a new order each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from .world.stream import share


class Examples(Protocol):
    """Pictures with what is known about them: a `world.Batch`, or `photos.Photos`."""

    @property
    def pictures(self) -> Tensor: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor, /) -> Self: ...

    def to(self, device: torch.device | str, /) -> Self: ...


T = TypeVar("T", bound=Examples)


class Epochs(Iterator[T], Generic[T]):
    """Endless batches of a finite set, each epoch in a new order; several processes share each batch.

    Args:
        examples: the pictures and their truth.
        batch_size: pictures in each batch of this process; fewer if there are not so many.
        seed: settles the orders.

    Raises:
        ValueError: if there are no examples.

    >>> from course_lib import world
    >>> next(Epochs(world.draw(5, size=8), 2)).pictures.shape
    torch.Size([2, 3, 8, 8])
    """

    def __init__(self, examples: T, batch_size: int = 256, seed: int = 0):
        if len(examples) < 1 or batch_size < 1:
            raise ValueError(f"expected some examples and a batch size, got {len(examples)} and {batch_size}")
        self.examples, self.batch_size, self.seed = examples, batch_size, seed
        self.passed = 0

    def __next__(self) -> T:
        rank, processes = share()
        n = len(self.examples)
        size = min(self.batch_size * processes, n // processes * processes) or 1
        in_epoch = n // size  # the last few of an order wait for the next one
        epoch, batch = divmod(self.passed, in_epoch)
        self.passed += 1
        generator = torch.Generator().manual_seed(self.seed * 2**20 + epoch)
        order = torch.randperm(n, generator=generator)[batch * size : (batch + 1) * size]
        return self.examples[order[rank::processes]]

    def skip(self, batches: int) -> Epochs[T]:
        """Leave out some batches, to go on where an earlier stream stopped; costs nothing."""
        self.passed += batches
        return self

    def to(self, device: torch.device | str) -> Epochs[T]:
        """Keep all examples on this device from now on, so that a batch costs no transfer."""
        self.examples = self.examples.to(device)
        return self


def balanced(labels: Tensor, each: int, seed: int = 0) -> Tensor:
    """Where to find `each` examples of every class, (classes × each,), chosen by the seed.

    Args:
        labels: (N,) int64.
        each: how many of every class that turns up.

    Raises:
        ValueError: if a class has fewer.

    >>> balanced(torch.tensor([0, 1, 0, 1, 1]), 2, seed=1).shape
    torch.Size([4])
    """
    if each < 1 or not len(labels) or labels.min() < 0:
        raise ValueError(f"expected one or more of every class, and labels that are known, got each={each}")
    counts = labels.bincount()
    if counts[counts > 0].min() < each:
        raise ValueError(f"expected at least {each} of every class, got as few as {int(counts[counts > 0].min())}")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return torch.cat([order[labels.cpu()[order] == kind][:each] for kind in labels.cpu().unique()])
