"""Figures in one style, each with a caption and a description in words, and labs with a still twin.

What any chapter may use; the labs of single chapters stand in their rooms.
"""

from .attention import attention_maps
from .charts import bars, confusion, curves, embedding
from .figure import INK, PALETTE, WIDTH, Figure, Sheet, style, subplots
from .images import boxes, overlay, pictures
from .labs import Lab, lab
from .matches import match_table
from .measures import measures
from .training import history
from .truth import VIEWS, truths

__all__ = [
    "INK",
    "PALETTE",
    "VIEWS",
    "WIDTH",
    "Figure",
    "Lab",
    "Sheet",
    "attention_maps",
    "bars",
    "boxes",
    "confusion",
    "curves",
    "embedding",
    "history",
    "lab",
    "match_table",
    "measures",
    "overlay",
    "pictures",
    "style",
    "subplots",
    "truths",
]
