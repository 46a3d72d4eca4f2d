"""Colors and patterns: ten colors with names a child knows, four patterns, and the fixed paints of details."""

from __future__ import annotations

COLORS: dict[str, tuple[float, float, float]] = {
    "red": (0.86, 0.16, 0.18),
    "orange": (0.97, 0.53, 0.12),
    "yellow": (0.98, 0.84, 0.20),
    "green": (0.25, 0.66, 0.30),
    "blue": (0.18, 0.42, 0.86),
    "purple": (0.52, 0.27, 0.74),
    "pink": (0.97, 0.58, 0.74),
    "brown": (0.53, 0.34, 0.19),
    "gray": (0.55, 0.57, 0.60),
    "white": (0.96, 0.96, 0.94),
}
"""The colors a thing can have, as red, green, blue in [0, 1]."""

PAINTS: dict[str, tuple[float, float, float]] = {
    "white": (1.00, 1.00, 0.98),
    "black": (0.13, 0.13, 0.17),
    "wood": (0.69, 0.48, 0.29),
    "metal": (0.78, 0.80, 0.84),
    "glass": (0.75, 0.89, 0.96),
    "cream": (0.99, 0.92, 0.78),
    "leaf": (0.36, 0.58, 0.28),
    "gold": (0.98, 0.79, 0.33),
    "rose": (0.95, 0.60, 0.62),
    "night": (0.25, 0.28, 0.42),
}
"""The fixed colors of details: a wheel is black whatever the color of the car."""

INK = (0.16, 0.12, 0.18)
"""The color of outlines."""

# A pattern is where a + b·s + c·t + d·s·t + e·(s² + t²) > 0, with s, t waves between 0 and 1 across the thing.
PATTERNS: dict[str, tuple[float, float, float, float, float]] = {
    "plain": (-9.0, 0.0, 0.0, 0.0, 0.0),
    "striped": (-0.75, 1.5, 0.0, 0.0, 0.0),
    "dotted": (0.48, 0.0, 0.0, 0.0, -1.5),
    "checked": (1.0, -2.0, -2.0, 4.0, 0.0),
}
"""The patterns a thing can have, as the coefficients of that field."""
