"""Backdrops: where a scene takes place. Two stretches of color, a horizon between them, a texture on each."""

from __future__ import annotations

from dataclasses import dataclass

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Texture:
    """A faint pattern: cos(along + bend) times cos(across), shown where it passes `over`.

    `along` and `across` are (x, y) frequencies in waves per picture; `bend` says how wavy the lines are.
    """

    color: Color
    strength: float
    along: tuple[float, float]
    across: tuple[float, float] = (0.0, 0.0)
    bend: float = 0.0
    over: float = 0.3


@dataclass(frozen=True)
class Backdrop:
    """Colors from the top of the picture to its foot, the horizon's height and hills, and two textures."""

    words: tuple[str, ...]
    top: Color
    above: Color
    below: Color
    foot: Color
    horizon: float
    hills: tuple[float, float]
    upper: Texture
    lower: Texture


BACKDROPS: dict[str, Backdrop] = {
    "meadow": Backdrop(
        ("in a meadow", "on the grass"),
        (0.62, 0.84, 0.97), (0.90, 0.97, 1.00), (0.68, 0.85, 0.52), (0.50, 0.74, 0.38), 0.18, (0.10, 0.8),
        Texture((1.00, 1.00, 1.00), 0.35, (0.6, 2.2), bend=0.8, over=0.5),
        Texture((0.36, 0.60, 0.28), 0.35, (7.0, 1.5), (1.5, 5.5), 1.0, 0.45),
    ),
    "sea": Backdrop(
        ("by the sea", "on the sea"),
        (0.70, 0.88, 0.98), (0.96, 0.98, 0.98), (0.36, 0.68, 0.82), (0.16, 0.44, 0.68), -0.10, (0.012, 2.0),
        Texture((1.00, 1.00, 1.00), 0.30, (0.5, 2.0), bend=0.6, over=0.5),
        Texture((0.80, 0.94, 0.98), 0.40, (0.4, 5.5), (1.6, 0.6), 1.3, 0.55),
    ),
    "sky": Backdrop(
        ("in the sky", "high up in the air"),
        (0.42, 0.70, 0.96), (0.66, 0.86, 0.99), (0.66, 0.86, 0.99), (0.88, 0.96, 1.00), 0.10, (0.0, 1.0),
        Texture((1.00, 1.00, 1.00), 0.45, (0.7, 2.6), (0.5, 0.3), 1.2, 0.35),
        Texture((1.00, 1.00, 1.00), 0.45, (0.9, 2.2), (0.4, 0.5), 1.4, 0.35),
    ),
    "night": Backdrop(
        ("at night", "in the dark"),
        (0.07, 0.09, 0.22), (0.19, 0.22, 0.42), (0.13, 0.19, 0.26), (0.08, 0.12, 0.18), 0.42, (0.08, 0.7),
        Texture((1.00, 0.97, 0.80), 0.85, (5.3, 2.1), (-1.7, 4.9), 2.2, 0.93),
        Texture((0.22, 0.30, 0.38), 0.45, (5.0, 1.0), (1.0, 4.0), 1.0, 0.5),
    ),
    "room": Backdrop(
        ("in a room", "at home"),
        (0.97, 0.90, 0.80), (0.95, 0.86, 0.75), (0.80, 0.62, 0.45), (0.70, 0.50, 0.34), 0.42, (0.0, 1.0),
        Texture((0.90, 0.76, 0.66), 0.55, (5.0, 0.0), over=0.55),
        Texture((0.60, 0.42, 0.28), 0.45, (0.0, 5.5), over=0.75),
    ),
    "paper": Backdrop(
        ("on paper", "on a sheet of paper"),
        (0.99, 0.98, 0.95), (0.98, 0.97, 0.93), (0.98, 0.97, 0.93), (0.97, 0.95, 0.91), 0.0, (0.0, 1.0),
        Texture((0.66, 0.78, 0.90), 0.60, (0.0, 5.0), over=0.93),
        Texture((0.66, 0.78, 0.90), 0.60, (0.0, 5.0), over=0.93),
    ),
    "desert": Backdrop(
        ("in the desert", "on the sand"),
        (0.99, 0.86, 0.66), (1.00, 0.94, 0.80), (0.95, 0.80, 0.54), (0.87, 0.66, 0.40), 0.12, (0.13, 0.6),
        Texture((1.00, 0.97, 0.88), 0.35, (0.4, 1.6), bend=0.5, over=0.5),
        Texture((0.80, 0.58, 0.33), 0.35, (1.0, 4.5), bend=1.6, over=0.62),
    ),
    "snow": Backdrop(
        ("in the snow", "on a snowy hill"),
        (0.66, 0.76, 0.88), (0.84, 0.90, 0.96), (0.97, 0.98, 1.00), (0.86, 0.91, 0.97), 0.16, (0.12, 0.7),
        Texture((1.00, 1.00, 1.00), 0.85, (4.3, 1.7), (-1.4, 4.1), 1.8, 0.86),
        Texture((0.80, 0.87, 0.95), 0.50, (0.8, 3.2), bend=1.2, over=0.6),
    ),
}  # fmt: skip
"""The places a scene can be set in."""
