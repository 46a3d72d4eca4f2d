"""Figures in one style, each with a caption and a description in words, and labs with a still twin."""

from .attention import attention_lab, attention_maps
from .charts import bars, confusion, curves, embedding
from .collapse_lab import collapse, collapse_lab
from .explorer import explore, scene_explorer
from .figure import INK, PALETTE, WIDTH, Figure, Page, style, subplots
from .images import boxes, overlay, pictures
from .label_lab import label_lab, trained_on_labels
from .labs import Lab, lab
from .matches import match_table, matched, search_lab
from .timeline import LANES, PAPERS, Paper, timeline
from .training import history
from .truth import VIEWS, truths
from .view_lab import view_lab, views_and_matches

__all__ = [
    "INK",
    "LANES",
    "PALETTE",
    "PAPERS",
    "VIEWS",
    "WIDTH",
    "Figure",
    "Lab",
    "Page",
    "Paper",
    "attention_lab",
    "attention_maps",
    "bars",
    "boxes",
    "collapse",
    "collapse_lab",
    "confusion",
    "curves",
    "embedding",
    "explore",
    "history",
    "lab",
    "label_lab",
    "match_table",
    "matched",
    "overlay",
    "pictures",
    "scene_explorer",
    "search_lab",
    "style",
    "subplots",
    "timeline",
    "trained_on_labels",
    "truths",
    "view_lab",
    "views_and_matches",
]
