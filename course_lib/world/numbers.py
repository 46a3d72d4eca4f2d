"""Random numbers that belong to a scene's own number, so that a scene is the same wherever it is drawn.

A scene is known by one 64-bit number. Its low three bits name the split, so scenes of different splits can never
be the same; the seed and the place in the stream fill the rest, so streams of different seeds never meet either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..expect import whole

SPLITS: tuple[str, ...] = ("train", "val", "test", "heldout_pairs", "heldout_things")
"""The splits of the world, in the order of their codes."""

MAX_SEED = 2**24
MAX_INDEX = 2**37


def scene_numbers(start: int, count: int, step: int = 1, *, seed: int = 0, split: str = "train") -> NDArray[np.uint64]:
    """The numbers of `count` scenes, from place `start` of the stream on, taking every `step`-th, (count,) uint64.

    Raises:
        ValueError: if the split does not exist or the seed or the place is out of range.

    >>> scene_numbers(0, 3, seed=1).tolist() == [(1 * 2**37 + i) * 8 for i in range(3)]
    True
    """
    if split not in SPLITS:
        raise ValueError(f"expected a split out of {', '.join(SPLITS)}, got {split!r}")
    seed = whole(seed, f"a whole seed from 0 to {MAX_SEED - 1}", 0, MAX_SEED - 1)
    start, count = (
        whole(value, "whole numbers of scenes to leave out and to draw, none below 0", 0) for value in (start, count)
    )
    if start + (count - 1) * step >= MAX_INDEX:
        raise ValueError(f"expected scenes at places from 0 to {MAX_INDEX - 1}, got {count} from {start} on")
    place = np.uint64(seed * MAX_INDEX + start) + np.arange(count, dtype=np.uint64) * np.uint64(step)
    return place * np.uint64(8) + np.uint64(SPLITS.index(split))


def split_of(scene: int) -> str:
    """The split that a scene's number names.

    >>> split_of(int(scene_numbers(5, 1, split="val")[0]))
    'val'
    """
    return SPLITS[scene & 7]


def uniform(scenes: NDArray[np.uint64], count: int, purpose: int = 0) -> NDArray[np.float32]:
    """`count` numbers in [0, 1) for each scene, (scenes, count), that no other scene or `purpose` shares.

    The mixing function is SplitMix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number generators").

    >>> bool((uniform(scene_numbers(0, 2), 3)[0] == uniform(scene_numbers(0, 9), 3)[0]).all())
    True
    """
    with np.errstate(over="ignore"):
        start = _mix(scenes ^ _mix(np.full(1, purpose, np.uint64)))
        step = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        bits = _mix(start[:, None] + step)
    return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
