"""The catalogue: every kind of thing, one file a family, five things a family.

The last thing of each family is held out: training never draws it (`split="heldout_things"` does).
"""

from __future__ import annotations

from ..shapes import Thing
from . import animals, buildings, clothes, food, furniture, instruments, plants, sky, tools, vehicles

_FAMILIES = (animals, plants, food, sky, vehicles, buildings, furniture, tools, instruments, clothes)

CATALOGUE: tuple[Thing, ...] = tuple(thing for family in _FAMILIES for thing in family.THINGS)
