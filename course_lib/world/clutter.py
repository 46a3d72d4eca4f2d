"""Clutter: what stands about behind the things of a scene, as it does in photographs, and is none of its things.

Scraps are the silhouettes of things, single coats of them, and patches of texture, in colors that the air has washed
out. They are drawn as things are, so they are listed as things too: their labels go on where the catalogue ends.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from .backdrops import BACKDROPS
from .catalogue import TRAINED_THINGS
from .numbers import uniform
from .palette import COLORS, PATTERNS
from .scene import Scene
from .shapes import DIALS, Part, Primitive, Thing, arc, blob, box, ellipse, polygon
from .things import CATALOGUE

MOST = 12
"""How many scraps lie behind a scene with clutter 1."""
SMALLEST, LARGEST = 0.14, 0.9
"""Half the extent of scraps, in picture units; every doubling is equally likely."""

_LENGTHS = {
    "ellipse": "xyll.", "box": "xyll.l", "stroke": "xyxyll", "arc": "xyll..", "blob": "xyl...",
    "polygon3": "xyxyxyl", "polygon4": "xyxyxyxyl", "polygon5": "xyxyxyxyxyl", "polygon6": "xyxyxyxyxyxyl",
}  # fmt: skip
"""Which numbers of a form are places (x, y) and lengths (l); the others stay when it is moved or made larger."""


def _reach(shape: Primitive) -> list[tuple[float, float, float]]:
    """Circles (x, y, radius) that together hold the shape, wherever the dials stand."""
    n = [value.base for value in shape.numbers]
    pairs = zip(shape.numbers, _LENGTHS[shape.form], strict=True)
    slack = max(sum(map(abs, value.slopes)) for value, what in pairs if what != ".")
    if shape.form == "stroke":
        return [(n[0], n[1], n[4] + slack), (n[2], n[3], n[5] + slack)]
    if shape.form.startswith("polygon"):
        return [(n[i], n[i + 1], slack) for i in range(0, len(n) - 1, 2)]
    radius = {"ellipse": max(n[2:4]), "box": math.hypot(*n[2:4]), "arc": n[2] + n[3], "blob": n[2] * (1 + n[3])}
    return [(n[0], n[1], radius[shape.form] + slack)]


def _alone(coat: Part) -> Part:
    """One coat of a thing, moved to the middle of the frame and made as large as it."""
    circles = [circle for shape in coat.shapes if not shape.cut for circle in _reach(shape)]
    x0, y0 = min(x - r for x, _, r in circles), min(y - r for _, y, r in circles)
    x1, y1 = max(x + r for x, _, r in circles), max(y + r for _, y, r in circles)
    middle, half = {"x": (x0 + x1) / 2, "y": (y0 + y1) / 2, "l": 0.0}, max(x1 - x0, y1 - y0) / 2

    def moved(shape: Primitive) -> Primitive:
        pairs = zip(shape.numbers, _LENGTHS[shape.form], strict=True)
        return Primitive(
            shape.form, tuple(v if what == "." else (v - middle[what]) / half for v, what in pairs), shape.cut
        )

    role = coat.role if coat.role in ("main", "light", "dark") else "main"
    return Part(coat.name, role, *map(moved, coat.shapes), ink=0.6 * coat.ink * half)


def _silhouette(thing: Thing) -> Part:
    """What a thing covers, as one coat."""
    shapes = [shape for coat in thing.coats if coat.ink for shape in coat.shapes if not shape.cut]
    return Part("all", "main", *shapes, ink=0)


def _scraps() -> list[list[Thing]]:
    """The scraps of each thing of the catalogue, its silhouette first; then the patches of texture."""
    patches = (
        ellipse(0, 0, 1, 0.7), box(0, 0, 1, 0.8, round=0.2), box(0, 0, 1, 0.3, round=0.05), blob(0, 0, 0.8, 0.2, 5),
        polygon((-1, -0.8), (0.9, -1), (0.3, 0.9)), polygon((-1, -0.6), (0.7, -0.9), (1, 0.5), (-0.6, 0.9)),
        arc(0, 0, 0.75, 0.22, 90, 120), blob(0, 0, 0.85, 0.14, 9),
    )  # fmt: skip
    coats = [[_silhouette(thing), *map(_alone, thing.coats)] for thing in CATALOGUE]
    coats.append([Part("patch", "main", shape, ink=0) for shape in patches])
    return [[Thing(coat.name, "scrap", (), [coat]) for coat in group] for group in coats]


_GROUPS = _scraps()
SCRAPS: list[Thing] = [scrap for group in _GROUPS for scrap in group]
"""Every scrap, as a thing with one coat; scrap i is drawn as the thing with label len(CATALOGUE) + i."""
_COUNT = np.array([len(group) for group in _GROUPS])
_FIRST = len(CATALOGUE) + _COUNT.cumsum() - _COUNT


def clutter_of(scene: Scene) -> Scene:
    """The scraps behind B scenes, themselves as scenes of up to `MOST` slots, front to back.

    They follow from a scene's number, its backdrop and how much clutter it has; more clutter adds scraps to those that
    are there. None is of a kind that the scene shows, and none of a kind that training never sees.

    >>> from course_lib import world
    >>> scene = world.draw(2, size=8, clutter=0.5).scene
    >>> (clutter_of(scene).things >= 0).sum(1).tolist()
    [6, 6]
    """
    n = len(scene)
    numbers = scene.numbers.numpy().view(np.uint64)
    u = uniform(numbers, MOST * (17 + DIALS), purpose=8).reshape(n, MOST, 17 + DIALS)
    size, order, angle, mirror, sort, kind, which, color, strength, light, woven, weave, phase, lean, plain = (
        np.moveaxis(u[..., :15], -1, 0)
    )
    size = SMALLEST * (LARGEST / SMALLEST) ** np.sort(size, axis=1)  # the smaller, the nearer
    there = (order.argsort(1).argsort(1) + 0.5) / MOST < scene.clutter.numpy()[:, None]

    kinds = _other_kinds(kind, scene.things.numpy())
    is_patch, is_outline = sort < 0.25, sort > 0.65
    group = np.where(is_patch, len(CATALOGUE), kinds)
    own = np.where(is_patch, 0, 1)  # where a group's single coats begin
    within = np.where(is_outline, 0, own + (which * (_COUNT[group] - own)).astype(np.int64))
    spin = np.where(is_outline, 0.7, 2 * np.pi) * (angle - 0.5)
    # What pattern: patches always have one, half of the others are plain.
    others = [i for i, pattern in enumerate(PATTERNS) if pattern != "plain"]
    patterns = np.array(others)[(woven * len(others)).astype(np.int64)]
    patterns = np.where(is_patch | (plain < 0.5), patterns, list(PATTERNS).index("plain"))

    centers = (u[..., 15:17] * 2 - 1) * 1.1
    back = list(BACKDROPS.values())
    horizon = np.array([-b.horizon for b in back])[scene.backdrops.numpy()]
    shades = np.array([[b.above, b.below] for b in back])[scene.backdrops.numpy()]  # (B, 2, 3)
    behind = np.where(centers[..., 1:] < horizon[:, None, None], shades[:, :1], shades[:, 1:])  # (B, MOST, 3)
    colors = (color * len(COLORS)).astype(np.int64)
    full = np.array(list(COLORS.values()))[colors]
    washed = behind + (0.35 + 0.45 * strength[..., None]) * (full - behind) + 0.16 * (light[..., None] - 0.5)

    def tensor(array: NDArray) -> torch.Tensor:
        return torch.from_numpy(
            np.ascontiguousarray(array.astype(np.float32 if array.dtype.kind == "f" else array.dtype))
        )

    return Scene(
        numbers=scene.numbers,
        things=tensor(np.where(there, _FIRST[group] + within, -1)),
        colors=tensor(colors),
        patterns=tensor(patterns),
        centers=tensor(centers),
        sizes=tensor(size),
        angles=tensor(spin),
        mirrored=tensor(mirror < 0.5),
        dials=tensor(u[..., 17:] * 2 - 1),
        tints=tensor(washed - full),
        weave=tensor(np.stack([2 + 4 * weave, phase, np.pi * lean], -1)),
        backdrops=scene.backdrops,
        mood=scene.mood,
        busy=scene.busy,
    )


def _other_kinds(u: NDArray[np.float32], things: NDArray[np.int64]) -> NDArray[np.int64]:
    """A kind for each scrap (B, MOST) that is not among the scene's things (B, K)."""
    trained = np.array(TRAINED_THINGS)
    place = (u * len(trained)).astype(np.int64)
    for _ in range(things.shape[1]):
        taken = (trained[place][:, :, None] == things[:, None, :]).any(2)
        place = (place + taken) % len(trained)
    return trained[place]
