"""What a scene holds, before a single pixel is drawn: which things, where, how big, in what colors."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..expect import between
from .backdrops import BACKDROPS
from .catalogue import COLORS, HELD_OUT_COLOR, PATTERNS, THINGS, kinds_of
from .numbers import uniform
from .shapes import DIALS

MODES: tuple[str, ...] = ("portrait", "scene")
MAX_THINGS = 4
"""The most things in one scene."""
LAYOUTS = 8
"""How many arrangements a scene considers; it takes the first one that hides nothing important."""


@dataclass
class Scene:
    """B scenes of up to K things, front to back, all on the CPU; −1 where a scene has fewer things.

    Lengths are in picture units: the picture is 2 wide, (0, 0) is its middle, y points down.
    """

    numbers: Tensor  # (B,) each scene's own number, int64
    things: Tensor  # (B, K) label
    colors: Tensor  # (B, K) index into COLORS
    patterns: Tensor  # (B, K) index into PATTERNS
    centers: Tensor  # (B, K, 2)
    sizes: Tensor  # (B, K) half the extent of the thing
    angles: Tensor  # (B, K) in radians, counter-clockwise
    mirrored: Tensor  # (B, K) bool
    dials: Tensor  # (B, K, DIALS) between -1 and 1
    tints: Tensor  # (B, K, 3) added to the color
    weave: Tensor  # (B, K, 3) the pattern's waves per unit, phase, and angle
    backdrops: Tensor  # (B,) index into BACKDROPS
    mood: Tensor  # (B, 5) the backdrop's own dials, between -1 and 1
    busy: Tensor  # (B,) how strongly textures show, 0 calm to 1 busy
    clutter: Tensor = field(
        default_factory=lambda: torch.empty(0, device="cpu")
    )  # (B,) how much stands about behind, 0 to 1

    def __post_init__(self) -> None:
        if not len(self.clutter):  # left out: none
            self.clutter = torch.zeros_like(self.busy)

    def __len__(self) -> int:
        return len(self.things)

    def copy(self) -> Scene:
        """The same scenes with memory of their own."""
        return Scene(*(getattr(self, f.name).clone() for f in fields(self)))

    def __getitem__(self, index: Any) -> Scene:
        """Some of the scenes; `index` is what `rows` takes."""
        index = rows(index, len(self))
        return Scene(*(getattr(self, f.name)[index] for f in fields(self)))


def rows(index: Any, n: int) -> Tensor | slice:
    """Which of n rows are asked for, in a form that every tensor takes.

    Args:
        index: a slice; or whole numbers (N,) from −n to n − 1, or n times True or False, as a list, an array or a
            tensor.
        n: how many rows there are.

    Raises:
        ValueError: for anything else, a single number too, and for rows that are not there.

    >>> rows([2, 0], 3), rows(torch.tensor([True, False, True]), 3)
    (tensor([2, 0]), tensor([0, 2]))
    """
    if isinstance(index, slice):
        try:
            if index.indices(n)[2] > 0:
                return index
        except (TypeError, ValueError):
            pass
        raise ValueError(f"expected a slice of whole numbers that goes forward, got {index}")
    try:
        chosen = torch.as_tensor(index, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        chosen = None
    if chosen is None or chosen.ndim != 1 or (chosen.is_floating_point() and len(chosen)) or chosen.is_complex():
        given = f"{index!r}" if chosen is None or not chosen.ndim else f"{tuple(chosen.shape)} of {chosen.dtype}"
        raise ValueError(
            f"expected several rows at once, as in [2:5] or [[2, 4]], or [2:3] for one of them alone, got {given}"
        )
    if chosen.dtype == torch.bool:
        if len(chosen) != n:
            raise ValueError(f"expected True or False for each of {n} rows, got {len(chosen)} of them")
        return chosen.nonzero()[:, 0]
    chosen = chosen.long()
    if ((chosen < -n) | (chosen >= n)).any():
        raise ValueError(f"expected rows from 0 to {n - 1}, got {int(chosen.min())} to {int(chosen.max())}")
    return chosen


def expect_scenes(scene: Any) -> None:
    """Raise ValueError, in one sentence, unless these are scenes that can be drawn and told of.

    All numbers of things, colors, patterns and backdrops are to be those of something, each scene is to hold a thing,
    front to back, with −1 after the last one, and things are to have a size.
    """
    if not isinstance(scene, Scene):
        raise ValueError(f"expected scenes, such as `batch.scene`, got {type(scene).__name__}")
    things, sizes = scene.things.numpy(), scene.sizes.numpy()
    there = things >= 0
    for name, count in (("things", len(THINGS)), ("colors", len(COLORS)), ("patterns", len(PATTERNS))):
        numbers = getattr(scene, name).numpy()
        if ((numbers >= count) | (numbers < 0) & there).any():
            raise ValueError(
                f"expected scene.{name} from 0 to {count - 1} where there is a thing, and −1 elsewhere, "
                f"got {numbers.min()} to {numbers.max()}"
            )
    places = scene.backdrops.numpy()
    if ((places < 0) | (places >= len(BACKDROPS))).any():
        raise ValueError(
            f"expected scene.backdrops from 0 to {len(BACKDROPS) - 1}, got {places.min()} to {places.max()}"
        )
    if not there[:, 0].all() or (there[:, 1:] > there[:, :-1]).any():
        raise ValueError("expected at least one thing in each scene, front to back, and −1 only after the last one")
    if not ((sizes > 0) & (sizes < np.inf) | ~there).all():
        raise ValueError("expected the size of each thing to be a number above 0")


def sample(scenes: NDArray[np.uint64], mode: str, split: str, busy: float, clutter: float = 0.0) -> Scene:
    """The scenes with these numbers.

    Args:
        scenes: scene numbers (B,), see `numbers.scene_numbers`.
        mode: "portrait", one large thing, or "scene", one to four things that may overlap.
        split: decides which things and which pairs of thing and color may appear.
        busy: how strongly the backdrop's texture and its color casts show, 0 to 1.
        clutter: how much stands about behind the things, 0 to 1.

    Raises:
        ValueError: for a mode that does not exist, or `busy` or `clutter` out of range.
    """
    if mode not in MODES:
        raise ValueError(f"expected mode {' or '.join(map(repr, MODES))}, got {mode!r}")
    busy = between(busy, "busy between 0 (calm) and 1 (busy)")
    clutter = between(clutter, "clutter between 0 (none) and 1 (as full as a photograph)")
    n, k = len(scenes), MAX_THINGS if mode == "scene" else 1
    u = uniform(scenes, k * 6 + 9, purpose=1)
    slot = u[:, : k * 6].reshape(n, k, 6)
    rest = u[:, k * 6 :]

    count = 1 + (rest[:, 0] * k).astype(np.int64)
    absent = np.arange(k) >= count[:, None]
    kinds = np.array(kinds_of(split))
    things = kinds[_distinct(slot[:, :, 0], len(kinds))]
    colors = _allowed_colors(things, slot[:, :, 1], split)
    patterns = (slot[:, :, 2] * len(PATTERNS)).astype(np.int64)
    for index in (things, colors, patterns):
        index[absent] = -1

    if mode == "portrait":
        sizes = 0.64 + 0.18 * slot[:, :, 3]
        centers = (rest[:, None, 1:3] - 0.5) * 0.36
        lean = 36.0
    else:
        sizes, centers = arrange(scenes, slot[:, :, 3], count)
        lean = 24.0

    shape = uniform(scenes, k * (DIALS + 6), purpose=2).reshape(n, k, DIALS + 6)
    signed = shape * 2 - 1
    weave = np.stack([2.1 + 0.9 * shape[..., -1], shape[..., -2], np.pi * shape[..., -3]], -1)

    def tensor(array: NDArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array))

    return Scene(
        numbers=tensor(scenes.view(np.int64)),
        things=tensor(things),
        colors=tensor(colors),
        patterns=tensor(patterns),
        centers=tensor(centers.astype(np.float32)),
        sizes=tensor(sizes.astype(np.float32)),
        angles=tensor(np.deg2rad(lean * (slot[:, :, 4] - 0.5)).astype(np.float32)),
        mirrored=tensor(slot[:, :, 5] < 0.5),
        dials=tensor(signed[..., :DIALS]),
        tints=tensor(0.045 * signed[..., DIALS : DIALS + 3]),
        weave=tensor(weave.astype(np.float32)),
        backdrops=tensor((rest[:, 8] * len(BACKDROPS)).astype(np.int64)),
        mood=tensor(uniform(scenes, 5, purpose=3) * 2 - 1),
        busy=torch.full((n,), busy, dtype=torch.float32, device="cpu"),
        clutter=torch.full((n,), clutter, dtype=torch.float32, device="cpu"),
    )


def _distinct(u: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    """Different choices out of n for the slots of each scene (B, K), every one equally likely."""
    chosen = np.zeros(u.shape, np.int64)
    for k in range(u.shape[1]):
        pick = (u[:, k] * (n - k)).astype(np.int64)
        for earlier in np.sort(chosen[:, :k], axis=1).T:
            pick += pick >= earlier
        chosen[:, k] = pick
    return chosen


def _allowed_colors(things: NDArray[np.int64], u: NDArray[np.float32], split: str) -> NDArray[np.int64]:
    """A color for each thing: never its held-out one, except in the split that holds just those pairs."""
    held_out = HELD_OUT_COLOR.numpy()[things]
    if split == "heldout_pairs":
        return held_out
    if split == "heldout_things":
        return (u * len(COLORS)).astype(np.int64)
    pick = (u * (len(COLORS) - 1)).astype(np.int64)
    return pick + (pick >= held_out)


def arrange(
    scenes: NDArray[np.uint64], u: NDArray[np.float32], count: NDArray[np.int64]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Sizes (B, K) and centers (B, K, 2): things may overlap, but as far as it can be helped each keeps its middle
    in view. The nearer a thing is, the larger it is and the lower it stands, so that depth can be seen."""
    n, k = u.shape
    here = np.arange(k) < count[:, None]
    largest = np.array([0.0, 0.62, 0.50, 0.44, 0.40], np.float32)[count]
    sizes = largest[:, None] * (0.75 + 0.25 * _falling(u, here))
    places = uniform(scenes, LAYOUTS * k * 2, purpose=4).reshape(n, LAYOUTS, k, 2)
    places[..., 1] = _falling(places[..., 1], here[:, None])
    centers = (places * 2 - 1) * (0.97 - sizes)[:, None, :, None]
    gap = np.linalg.norm(centers[:, :, :, None] - centers[:, :, None, :], axis=-1)
    room = gap / (sizes[:, None, :, None] + sizes[:, None, None, :])
    pair = here[:, :, None] & here[:, None, :] & ~np.eye(k, dtype=bool)
    tightest = np.where(pair[:, None], room, 9.0).min(axis=(2, 3))  # (B, LAYOUTS)
    good = tightest > 0.62
    best = np.where(good.any(1), good.argmax(1), tightest.argmax(1))
    return sizes, centers[np.arange(n), best]


def _falling(u: NDArray[np.float32], here: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The numbers of the slots that are taken, the greatest first; −1 in the slots that are not."""
    return -np.sort(-np.where(here, u, np.float32(-1)), axis=-1)
