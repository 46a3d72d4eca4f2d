"""The names of the world: its things, families, realms and colors, and which of them training never sees."""

from __future__ import annotations

import torch
from torch import Tensor

from .palette import COLORS as _COLORS
from .palette import PATTERNS as _PATTERNS
from .things import CATALOGUE

REALM_OF_FAMILY: dict[str, str] = {
    "animal": "living",
    "plant": "living",
    "food": "food",
    "sky": "sky",
    "vehicle": "made",
    "building": "made",
    "furniture": "made",
    "tool": "made",
    "instrument": "made",
    "clothing": "made",
}
"""The realm of each family."""

THINGS: tuple[str, ...] = tuple(thing.name for thing in CATALOGUE)
"""The kinds of things; a label is an index into these names."""
FAMILIES: tuple[str, ...] = tuple(REALM_OF_FAMILY)
"""The families of things."""
REALMS: tuple[str, ...] = tuple(dict.fromkeys(REALM_OF_FAMILY.values()))
"""The realms of families: the top of the hierarchy."""
COLORS: tuple[str, ...] = tuple(_COLORS)
"""The colors of things."""
PATTERNS: tuple[str, ...] = tuple(_PATTERNS)
"""The patterns of things."""
PARTS: dict[str, tuple[str, ...]] = {thing.name: thing.parts for thing in CATALOGUE}
"""The names of each thing's parts, in the order of `Batch.parts`."""
WORDS: dict[str, tuple[str, ...]] = {thing.name: thing.words for thing in CATALOGUE}
"""The nouns a caption may use for each thing, the plainest first."""

PATHS: Tensor = torch.tensor(
    [
        [i, FAMILIES.index(thing.family), REALMS.index(REALM_OF_FAMILY[thing.family])]
        for i, thing in enumerate(CATALOGUE)
    ],
    device="cpu",
)
"""Each thing's path up the hierarchy, (things, 3): thing, family, realm."""

HELD_OUT_THINGS: tuple[int, ...] = tuple(
    max(i for i, thing in enumerate(CATALOGUE) if thing.family == family)
    for family in dict.fromkeys(t.family for t in CATALOGUE)
)
"""Labels that training never draws: the last thing of each family."""
TRAINED_THINGS: tuple[int, ...] = tuple(i for i in range(len(THINGS)) if i not in HELD_OUT_THINGS)
"""Labels that training draws."""
HELD_OUT_COLOR: Tensor = torch.tensor([(3 * i + 9) % len(COLORS) for i in range(len(THINGS))], device="cpu")
"""For each thing the one color that training never gives it, (things,)."""
_HELD_OUT_COLOR: list[int] = HELD_OUT_COLOR.tolist()

PART_NAMES: tuple[tuple[str, str], ...] = tuple((thing, part) for thing, parts in PARTS.items() for part in parts)
"""Every part of every thing, (thing, part), numbered through: what `Batch.patch_parts` gives is an index into these."""
FIRST_PART: Tensor = torch.tensor([0, *(len(parts) for parts in PARTS.values())], device="cpu").cumsum(0)[:-1]
"""For each thing the number of its first part in `PART_NAMES`, (things,); its others follow in the order of `PARTS`."""


def may_be(thing: int, color: int, split: str) -> bool:
    """Whether a scene of this split may show, or speak of, this thing in this color.

    Only the splits that hold things or pairs out for tests may use every color.

    >>> may_be(0, int(HELD_OUT_COLOR[0]), "train"), may_be(0, int(HELD_OUT_COLOR[0]), "heldout_pairs")
    (False, True)
    """
    return split.startswith("heldout") or color != _HELD_OUT_COLOR[thing]


def kinds_of(split: str) -> tuple[int, ...]:
    """The labels that scenes of this split show.

    >>> kinds_of("val") == TRAINED_THINGS, kinds_of("heldout_things") == HELD_OUT_THINGS
    (True, True)
    """
    return HELD_OUT_THINGS if split == "heldout_things" else TRAINED_THINGS
