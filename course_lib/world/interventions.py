"""Changes made to scenes on purpose: one thing differs and all else stays, so that what follows has one cause.

Each function takes scenes and gives a changed copy, and most fit `Stream(change=...)` as they are. An edit also says in
words what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ..expect import between, whole
from .backdrops import BACKDROPS
from .catalogue import COLORS, PATTERNS, THINGS, kinds_of, may_be
from .language import Chance, called, with_article
from .numbers import split_of, uniform
from .scene import Scene, arrange, expect_scenes

EDITS: tuple[str, ...] = ("recolor", "repattern", "replace", "remove", "add", "move", "backdrop", "size")
"""The kinds of edit."""
CLEAR = 0.62
"""Two things are clear of each other when their middles are apart by this share of their sizes' sum."""
INSIDE = 0.97
"""A thing's middle and half its extent together, if it is to stay in the picture."""


def _own(scene: Scene) -> Scene:
    """A copy of the scenes, to change; ValueError, in one sentence, for what is none or cannot be drawn."""
    expect_scenes(scene)
    return scene.copy()


def one_sky(scene: Scene) -> Scene:
    """The same things, all before one and the same sky.

    The scenes' numbers become 0, so that not even the clouds differ; whatever else follows from them, such as the
    wording of captions, is then the same for all too.

    >>> from course_lib import world
    >>> one_sky(world.draw(2, size=8).scene).backdrops.unique().tolist() == [world.BACKDROPS.index("sky")]
    True
    """
    scene = _own(scene)
    scene.backdrops[:] = list(BACKDROPS).index("sky")
    scene.mood[:] = 0
    scene.numbers[:] = 0
    return scene


def small_things(scene: Scene, busy: float = 0.0) -> Scene:
    """The same scenes with things of three fifths of their size, on calm (0) to loud (1) backdrops.

    Raises:
        ValueError: if `busy` is out of range.
    """
    busy = between(busy, "busy between 0 (calm) and 1 (busy)")
    scene = _own(scene)
    scene.sizes *= 0.6
    scene.busy[:] = busy
    return scene


def swapped_backdrops(scene: Scene) -> Scene:
    """The same things, each on the backdrop of its neighbor: scene i on that of scene i - 1.

    A scene's number goes with its backdrop, and with it the clutter and the wording of captions.
    """
    scene = _own(scene)
    for name in ("backdrops", "mood", "busy", "clutter", "numbers"):
        setattr(scene, name, getattr(scene, name).roll(1, 0))
    return scene


def twice_with_swapped_backdrops(scene: Scene) -> Scene:
    """Small things on loud backdrops, (2B): first as they are, then once more on the backdrops of their neighbors."""
    small = small_things(scene, busy=1.0)
    swapped = swapped_backdrops(small)
    return Scene(*(torch.cat([getattr(small, f.name), getattr(swapped, f.name)]) for f in fields(Scene)))


def with_backdrop(scene: Scene, name: str) -> Scene:
    """The same things on this backdrop.

    Raises:
        ValueError: for a backdrop that does not exist.

    >>> from course_lib import world
    >>> world.draw_scene(with_backdrop(world.draw(2, size=8).scene, "snow"), size=8).backdrops.unique().tolist()
    [7]
    """
    if name not in tuple(BACKDROPS):
        raise ValueError(f"expected a backdrop out of {', '.join(BACKDROPS)}; got {name!r}")
    scene = _own(scene)
    scene.backdrops[:] = list(BACKDROPS).index(name)
    return scene


def with_thing(scene: Scene, name: str) -> Scene:
    """The same scenes with a thing of this kind as the nearest one, whatever its color.

    Raises:
        ValueError: for a kind that does not exist.

    >>> from course_lib import world
    >>> world.draw_scene(with_thing(world.draw(2, size=8, mode="portrait").scene, "cat"), size=8).names(1)
    ['cat']
    """
    if name not in THINGS:
        raise ValueError(f"expected a thing out of {', '.join(THINGS)}; got {name!r}")
    scene = _own(scene)
    scene.things[:, 0] = THINGS.index(name)
    return scene


def twins(scene: Scene) -> Scene:
    """Scenes in which two things are of one kind and of different colors, apart and both in view.

    Of the two things that are farthest apart for their sizes, the farther one becomes what the nearer one is. A scene
    of one thing gets a second, and both take new places. Captions and questions then say the colors of the two. In
    the split of held-out pairs only the nearer twin keeps its held-out color.

    Raises:
        ValueError: for portraits, which have no room for two.

    >>> from course_lib import world
    >>> batch = world.draw_scene(twins(world.draw(4, size=8, seed=4).scene), size=8)
    >>> [batch.names(i).count(max(batch.names(i), key=batch.names(i).count)) for i in range(4)]
    [2, 2, 2, 2]
    """
    scene = _own(scene)
    if scene.things.shape[1] < 2:
        raise ValueError("expected scenes with room for two things, got portraits")
    numbers = scene.numbers.numpy().view(np.uint64)
    slots = torch.arange(scene.things.shape[1], device="cpu")
    alone = (scene.things >= 0).sum(1) == 1
    u = uniform(numbers, len(slots) + 1, purpose=10)
    sizes, centers = (torch.from_numpy(a).float() for a in arrange(numbers, u[:, 1:], np.full(len(scene), 2)))
    scene.sizes = torch.where(alone[:, None], sizes, scene.sizes)
    scene.centers = torch.where(alone[:, None, None], centers, scene.centers)
    scene.patterns[:, 1] = torch.where(alone, scene.patterns[:, 0], scene.patterns[:, 1])

    here = (scene.things >= 0) | (alone[:, None] & (slots == 1))
    room = _room(scene.centers, scene.sizes)
    pair = here[:, :, None] & here[:, None, :] & (slots[:, None] < slots)
    best = room.masked_fill(~pair, -1).flatten(1).argmax(1)
    near, far = best // len(slots), best % len(slots)
    rows = torch.arange(len(scene), device="cpu")
    scene.things[rows, far] = scene.things[rows, near]
    for row, (a, b) in enumerate(zip(near.tolist(), far.tolist(), strict=True)):
        allowed = _colors_for(scene, row, int(scene.things[row, a]))
        others = [color for color in allowed if color != scene.colors[row, a]]
        scene.colors[row, b] = others[int(u[row, 0] * len(others))]
    return scene


def _room(centers: Tensor, sizes: Tensor) -> Tensor:
    """How far apart things (..., K) are, pair by pair, as a share of their sizes' sum: (..., K, K)."""
    gap = (centers[..., :, None, :] - centers[..., None, :, :]).norm(dim=-1)
    return gap / (sizes[..., :, None] + sizes[..., None, :])


def _colors_for(scene: Scene, row: int, thing: int) -> list[int]:
    """The colors that one scene's split allows for a thing."""
    split = split_of(int(scene.numbers[row]))
    return [color for color in range(len(COLORS)) if may_be(thing, color, split)]


@dataclass
class Edited:
    """B edited scenes and what was done to each."""

    scene: Scene  # what the instructions lead to
    instructions: list[str]  # what to do, in words
    kinds: list[str]  # what kind of edit it is, out of EDITS
    slots: Tensor  # (B,) the slot of the thing that is changed, taken away or added; −1 where it is the backdrop


def edit(scene: Scene, seed: int = 0, kinds: Sequence[str] = EDITS) -> Edited:
    """One change to each scene, and the instruction that asks for it.

    Every change can be seen, and is what the instruction says; a thing that has a twin is called by its color. No
    scene of training gets a thing, or a pair of thing and color, that training never shows. In the splits of held-out
    things and pairs, colors are free.

    Args:
        scene: B scenes.
        seed: the same scene and seed give the same edit, in whatever batch.
        kinds: which of `EDITS` to choose from, each as likely as the others where a scene allows it: not every scene
            has a thing to spare or room to move.

    Raises:
        ValueError: for kinds that do not exist or a seed that is not from 0 to 2⁵⁵, and if a scene allows none of the
            kinds; a backdrop can always be changed, and a thing that words can tell from the others recolored.

    >>> from course_lib import world
    >>> batch = world.compose([("cat", "red", "plain")], "snow", size=8, seed=2)
    >>> edit(batch.scene, kinds=("recolor",)).instructions
    ['the cat should be purple']
    """
    scene = _own(scene)
    if not isinstance(kinds, list | tuple) or not kinds or not all(kind in EDITS for kind in kinds):
        given = ", ".join(map(str, kinds)) if isinstance(kinds, list | tuple) else repr(kinds)
        raise ValueError(f"expected a list of kinds of edit out of {', '.join(EDITS)}; got {given or 'none'}")
    seed = whole(seed, "a seed from 0 to 2⁵⁵", 0, 2**55)
    instructions, done, slots = [], [], []
    chances = uniform(scene.numbers.numpy().view(np.uint64), 128, purpose=11 + 256 * seed).tolist()
    for row, numbers in enumerate(chances):
        kind, slot, words = _edited(_Row(scene, row), Chance(numbers), kinds)
        instructions.append(words)
        done.append(kind)
        slots.append(slot)
    return Edited(scene, instructions, done, torch.tensor(slots, dtype=torch.int64, device="cpu"))


class _Row:
    """One scene of several: its things in plain Python, and a hand to change it with."""

    def __init__(self, scene: Scene, row: int) -> None:
        self.scene, self.row = scene, row
        self.things = [thing for thing in scene.things[row].tolist() if thing >= 0]
        self.colors = scene.colors[row, : len(self.things)].tolist()
        self.split = split_of(int(scene.numbers[row]))

    def name(self, slot: int) -> str | None:
        found = called(self.things, self.colors, slot)
        return found and f"the {found}"

    def free_colors(self, thing: int, slot: int) -> list[int]:
        """The colors that a thing in this slot may have without looking like another one."""
        others = [look for k, look in enumerate(zip(self.things, self.colors, strict=True)) if k != slot]
        return [c for c in range(len(COLORS)) if may_be(thing, c, self.split) and (thing, c) not in others]

    def stands(self, slot: int, center: Tensor, size: float) -> bool:
        """Whether a thing can stand there: in the picture, clear of the others, and as depth demands it."""
        n = max(len(self.things), slot + 1)
        centers, sizes = self.scene.centers[self.row, :n].clone(), self.scene.sizes[self.row, :n].clone()
        before = _room(centers, sizes)[slot]
        centers[slot], sizes[slot] = center, size
        after, others = _room(centers, sizes)[slot], torch.arange(n, device="cpu") != slot
        feet = centers[:, 1] + sizes
        return bool(
            (center.abs().max() + size <= INSIDE + 1e-4)
            and ((after > CLEAR) | ((slot < len(self.things)) & (after >= before)))[others].all()
            and (sizes.diff() <= 1e-4).all()
            and (feet.diff() <= 1e-4).all()
        )


def _point(x: float, y: float) -> Tensor:
    """A place in the picture, (2,): float32 and on the CPU, whatever torch's defaults are."""
    return torch.tensor([x, y], dtype=torch.float32, device="cpu")


def _edited(row: _Row, chance: Chance, kinds: Sequence[str]) -> tuple[str, int, str]:
    """Change one scene; which kind of edit it was, in which slot, and the instruction."""
    for kind in chance.shuffled(kinds):
        slots = {"backdrop": [-1], "add": [len(row.things)]}.get(kind) or chance.shuffled(range(len(row.things)))
        for slot in slots:
            name = row.name(slot) if 0 <= slot < len(row.things) else ""
            wordings = None if name is None else _HOW[kind](row, slot, name, chance)
            if wordings:
                return kind, slot, chance.choose(wordings)
    raise ValueError(
        f"expected kinds of edit that every scene allows, got {', '.join(kinds)}; add backdrop, for example"
    )


Wordings = tuple[str, ...] | None
"""Some ways to ask for an edit that has been made; None if the scene did not allow it."""


def _recolor(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    color = chance.choose([c for c in row.free_colors(row.things[slot], slot) if c != row.colors[slot]])
    row.scene.colors[row.row, slot] = color
    word = COLORS[color]
    return (
        f"make {name} {word}",
        f"paint {name} {word}",
        f"{name} should be {word}",
        f"change the color of {name} to {word}",
    )


def _repattern(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    pattern = chance.choose([p for p in range(len(PATTERNS)) if p != row.scene.patterns[row.row, slot]])
    row.scene.patterns[row.row, slot] = pattern
    word = PATTERNS[pattern]
    return f"make {name} {word}", f"{name} should be {word}", f"change the pattern of {name} to {word}"


def _replace(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    color = row.colors[slot]
    options = [t for t in kinds_of(row.split) if t not in row.things and may_be(t, color, row.split)]
    row.scene.things[row.row, slot] = thing = chance.choose(options)
    new = with_article(THINGS[thing])
    return f"turn {name} into {new}", f"replace {name} with {new}", f"put {new} in the place of {name}"


def _remove(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    if len(row.things) < 2:
        return None
    slots = torch.arange(row.scene.things.shape[1], device="cpu")
    order = torch.cat([slots[slots != slot], slots[slots == slot]])  # those behind it move up
    for field in _OF_EACH_SLOT:
        column = getattr(row.scene, field)
        column[row.row] = column[row.row, order]
    for column in (row.scene.things, row.scene.colors, row.scene.patterns):
        column[row.row, -1] = -1
    return f"take {name} away", f"remove {name}", f"the same without {name}"


def _add(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    if slot >= row.scene.things.shape[1]:
        return None
    thing = chance.choose([t for t in kinds_of(row.split) if t not in row.things])
    color = chance.choose(row.free_colors(thing, slot))
    size = 0.8 * float(row.scene.sizes[row.row, :slot].min())
    highest = float((row.scene.centers[row.row, :slot, 1] + row.scene.sizes[row.row, :slot]).min()) - size
    reach = INSIDE - size
    for _ in range(8):
        across, down = chance.choose(range(100)) / 99, chance.choose(range(100)) / 99
        y = -reach + down * (min(highest, reach) + reach)
        center = _point((2 * across - 1) * reach, y)
        if row.stands(slot, center, size):
            scene = row.scene
            scene.things[row.row, slot], scene.colors[row.row, slot] = thing, color
            scene.patterns[row.row, slot] = PATTERNS.index("plain")
            scene.centers[row.row, slot], scene.sizes[row.row, slot] = center, size
            new = with_article(f"{COLORS[color]} {THINGS[thing]}")
            return f"add {new}", f"put {new} into the picture", f"the same with {new}"
    return None


def _move(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    center, size = row.scene.centers[row.row, slot].clone(), float(row.scene.sizes[row.row, slot])
    for words, step in chance.shuffled(_STEPS.items()):
        there = (center + _point(*step)).clamp(size - INSIDE, INSIDE - size)
        along = ((there - center) * _point(*step)).sum() / 0.4
        if along > 0.2 and (there - center).abs().min() < 1e-6 and row.stands(slot, there, size):
            row.scene.centers[row.row, slot] = there
            return f"move {name} {words}", f"{name} should be farther {words}", f"shift {name} {words}"
    return None


def _backdrop(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    places = list(BACKDROPS)
    place = chance.choose([i for i in range(len(places)) if i != row.scene.backdrops[row.row]])
    row.scene.backdrops[row.row] = place
    where = chance.choose(BACKDROPS[places[place]].words)
    return f"show the same {where}", f"the same {where}", f"use a {places[place]} backdrop"


def _size(row: _Row, slot: int, name: str, chance: Chance) -> Wordings:
    center, size = row.scene.centers[row.row, slot], float(row.scene.sizes[row.row, slot])
    for words, factor in chance.shuffled((("bigger", 1.35), ("smaller", 0.7))):
        if row.stands(slot, center, size * factor):
            row.scene.sizes[row.row, slot] = size * factor
            return f"make {name} {words}", f"{name} should be {words}"
    return None


_STEPS = {"to the left": (-0.4, 0.0), "to the right": (0.4, 0.0), "up": (0.0, -0.4), "down": (0.0, 0.4)}
_OF_EACH_SLOT = (
    "things", "colors", "patterns", "centers", "sizes", "angles", "mirrored", "dials", "tints", "weave",
)  # fmt: skip
_HOW: dict[str, Callable[[_Row, int, str, Chance], Wordings]] = {
    "recolor": _recolor, "repattern": _repattern, "replace": _replace, "remove": _remove, "add": _add, "move": _move,
    "backdrop": _backdrop, "size": _size,
}  # fmt: skip
