"""A finite set of pictures as an endless stream: in a new order each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from .expect import whole
from .nn.seeding import as_seed, generator
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
    """Endless batches of a finite set, each epoch in a new order; several processes share each batch, and so do the
    workers of a torch DataLoader.

    Args:
        examples: the pictures and their truth.
        batch_size: pictures in each batch of this process; fewer if there are not so many.
        seed: settles the orders.

    Raises:
        ValueError: for a batch size or a seed that is none, and for no examples, or fewer than there are processes.

    >>> from course_lib import world
    >>> next(Epochs(world.draw(5, size=8), 2)).pictures.shape
    torch.Size([2, 3, 8, 8])
    """

    def __init__(self, examples: T, batch_size: int = 256, seed: int = 0):
        if not hasattr(examples, "pictures") or not len(examples):
            given = "none" if hasattr(examples, "pictures") else type(examples).__name__
            raise ValueError(f"expected some examples, such as `world.draw(100)` or photographs, got {given}")
        self.examples, self.seed = examples, as_seed(seed)
        self.batch_size = whole(batch_size, "a whole batch_size of at least 1")
        self.passed = 0

    def __next__(self) -> T:
        rank, processes = share()
        n = len(self.examples)
        if n < processes:
            raise ValueError(f"expected at least one example for each of {processes} processes, got {n}")
        size = min(self.batch_size * processes, n // processes * processes)
        in_epoch = n // size  # the last few of an order wait for the next one
        epoch, batch = divmod(self.passed, in_epoch)
        order = _order(n, self.seed, epoch)[batch * size : (batch + 1) * size]
        examples = self.examples[order[rank::processes]]
        self.passed += 1
        return examples

    def skip(self, batches: int) -> Epochs[T]:
        """Leave out some batches, to go on where an earlier stream stopped; costs nothing.

        Raises:
            ValueError: for a number that is not whole, or leads back to before the first batch.
        """
        self.passed += whole(batches, "a whole number of batches", -self.passed)
        return self

    def to(self, device: torch.device | str) -> Epochs[T]:
        """Keep all examples on this device from now on, so that a batch costs no transfer."""
        self.examples = self.examples.to(device)
        return self


def _order(n: int, seed: int, epoch: int) -> Tensor:
    """All of n in the order of one epoch, (n,) int64 on the CPU."""
    if seed < 2**12 and epoch < 2**20:  # together 32 bits, and a generator begins with no more of them
        chance = torch.Generator().manual_seed(seed * 2**20 + epoch)
    else:
        chance = generator(seed, f"epoch {epoch}")
    return torch.randperm(n, generator=chance, device="cpu")


def balanced(labels: Tensor, each: int, seed: int = 0) -> Tensor:
    """Where to find `each` examples of every class, (classes × each,) int64 on the CPU, chosen by the seed.

    Args:
        labels: (N,) whole numbers from 0.
        each: how many of every class that turns up.

    Raises:
        ValueError: if a class has fewer, and for labels, a number or a seed that is none.

    >>> balanced(torch.tensor([0, 1, 0, 1, 1]), 2, seed=1).shape
    torch.Size([4])
    """
    each = whole(each, "a whole number of each class, at least 1")
    known = isinstance(labels, Tensor) and labels.ndim == 1 and len(labels) > 0 and not labels.is_floating_point()
    if not known or (labels := labels.cpu()).min() < 0:
        raise ValueError(f"expected labels (N,) that are known, whole numbers from 0, got {labels}")
    kinds, counts = labels.unique(return_counts=True)
    if counts.min() < each:
        raise ValueError(f"expected at least {each} of every class, got as few as {int(counts.min())}")
    chance = torch.Generator().manual_seed(as_seed(seed))
    order = torch.randperm(len(labels), generator=chance, device="cpu")
    return torch.cat([order[labels[order] == kind][:each] for kind in kinds])
