"""The picture world: scenes drawn on the spot, in which everything is known.

>>> from course_lib import world
>>> batch = world.draw(3, size=32, seed=7)
>>> len(batch.captions), batch.pictures.shape
(3, torch.Size([3, 3, 32, 32]))
"""

from . import interventions
from .backdrops import BACKDROPS as _BACKDROPS
from .batch import MAX_PARTS, Batch, Tokenizer, draw_scene
from .catalogue import (
    COLORS,
    FAMILIES,
    FIRST_PART,
    HELD_OUT_COLOR,
    HELD_OUT_THINGS,
    PART_NAMES,
    PARTS,
    PATHS,
    PATTERNS,
    REALM_OF_FAMILY,
    REALMS,
    THINGS,
    TRAINED_THINGS,
    WORDS,
)
from .interventions import EDITS, Edited
from .language import NEGATIVES
from .numbers import SPLITS
from .scene import MAX_THINGS, MODES, Scene
from .stream import Stream, compose, draw

BACKDROPS: tuple[str, ...] = tuple(_BACKDROPS)
"""The names of the backdrops."""

__all__ = [
    "BACKDROPS", "COLORS", "EDITS", "FAMILIES", "FIRST_PART", "HELD_OUT_COLOR", "HELD_OUT_THINGS", "MAX_PARTS",
    "MAX_THINGS", "MODES", "NEGATIVES", "PARTS", "PART_NAMES", "PATHS", "PATTERNS", "REALMS", "REALM_OF_FAMILY",
    "SPLITS", "THINGS", "TRAINED_THINGS", "WORDS", "Batch", "Edited", "Scene", "Stream", "Tokenizer", "compose",
    "draw", "draw_scene", "interventions",
]  # fmt: skip
