"""Chance that is settled by a seed and leaves no trace outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import torch

from ..expect import expect_whole

SEEDS = 2**32
"""How many seeds there are: torch's chance on a CPU begins with 32 bits of its seed, and hears no more of it."""


def as_seed(seed: Any) -> int:
    """A seed as an int, be it numpy's or Python's; no two of them draw the same.

    Raises:
        ValueError: if it is no whole number from 0 to 2³² − 1.

    >>> as_seed(2**32)
    Traceback (most recent call last):
    ValueError: expected a seed below 4294967296, got 4294967296, which would draw what 0 draws
    """
    number = expect_whole("a seed", seed, least=0)
    if number >= SEEDS:
        raise ValueError(f"expected a seed below {SEEDS}, got {number}, which would draw what {number % SEEDS} draws")
    return number


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Everything drawn on the CPU in this block follows from the seed; torch's own chance goes on as if nothing was.

    Raises:
        ValueError: for what is no seed, see `as_seed`.

    >>> with seeded(3): a = torch.rand(2)
    >>> with seeded(3): b = torch.rand(2)
    >>> torch.equal(a, b)
    True
    """
    seed = as_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def generator(seed: int, purpose: str) -> torch.Generator:
    """A generator on the CPU for one purpose; with the same seed, another purpose draws nothing like it.

    Two that share a bare seed shuffle alike: then the labels that are made wrong are those of the first batches.

    Raises:
        ValueError: for what is no seed, see `as_seed`.

    >>> one, other = (torch.rand(1, generator=generator(0, purpose)) for purpose in ("wrong labels", "order"))
    >>> torch.equal(one, other)
    False
    """
    told = f"{purpose}/{as_seed(seed)}".encode()
    return torch.Generator().manual_seed(int.from_bytes(blake2b(told, digest_size=7).digest()))
