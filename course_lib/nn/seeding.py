"""Chance that is settled by a seed and leaves no trace outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Everything drawn on the CPU in this block follows from the seed; torch's own chance goes on as if nothing was.

    >>> with seeded(3): a = torch.rand(2)
    >>> with seeded(3): b = torch.rand(2)
    >>> torch.equal(a, b)
    True
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def generator(seed: int, purpose: str) -> torch.Generator:
    """A generator on the CPU for one purpose; with the same seed, another purpose draws nothing like it.

    Two that share a bare seed shuffle alike: then the labels that are made wrong are those of the first batches.

    >>> one, other = (torch.rand(1, generator=generator(0, purpose)) for purpose in ("wrong labels", "order"))
    >>> torch.equal(one, other)
    False
    """
    return torch.Generator().manual_seed(int.from_bytes(blake2b(f"{purpose}/{seed}".encode(), digest_size=7).digest()))
