"""Chance that is settled by a seed and leaves no trace outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
