"""The language in which a thing is drawn: dials, primitives, parts, things.

A thing lives in its own frame: x to the right, y **up**, everything between -1 and 1. It is a list of
parts painted from back to front, and each part is a union of simple shapes. A number may depend on the
thing's *dials*, which turn anew for every thing that is drawn: that is why no two cats are alike.

    >>> from course_lib.world.shapes import Part, Thing, dials, ellipse
    >>> a, b = dials(2)
    >>> egg = Thing("egg", "food", ("egg",), [Part("shell", "main", ellipse(0, 0, 0.6 + 0.1 * a, 0.8))])
    >>> egg.parts
    ('shell',)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DIALS = 6
"""How many dials a thing has; each turns between -1 and 1."""

MAX_NUMBERS = 13
"""The most numbers a primitive needs (a hexagon: six corners and a rounding)."""

ROLES = (
    "main", "light", "dark", "white", "black", "wood", "metal", "glass", "cream", "leaf", "gold", "rose", "night",
)  # fmt: skip
"""What a part may be painted with: the thing's own color, a tint or shade of it, or a fixed color."""


class Number:
    """A number that depends on the dials in a straight line: base + sum of slope times dial."""

    __slots__ = ("base", "slopes")

    def __init__(self, base: float, slopes: Sequence[float] = (0.0,) * DIALS) -> None:
        self.base = float(base)
        self.slopes = tuple(float(s) for s in slopes)

    def __add__(self, other: Number | float) -> Number:
        other = number(other)
        return Number(self.base + other.base, [a + b for a, b in zip(self.slopes, other.slopes, strict=True)])

    def __mul__(self, factor: float) -> Number:
        if isinstance(factor, Number):
            raise TypeError("a dial times a dial is not a straight line; multiply dials by plain numbers only")
        return Number(self.base * factor, [s * factor for s in self.slopes])

    def __truediv__(self, factor: float) -> Number:
        return self * (1.0 / factor)

    def __neg__(self) -> Number:
        return self * -1.0

    def __sub__(self, other: Number | float) -> Number:
        return self + -number(other)

    def __rsub__(self, other: float) -> Number:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__


Value = Number | float


def number(value: Value) -> Number:
    """A plain number as a `Number` that no dial moves."""
    return value if isinstance(value, Number) else Number(value)


def dials(count: int = DIALS) -> tuple[Number, ...]:
    """The first `count` dials of a thing, each between -1 and 1 and 0 on average.

    >>> a, b = dials(2)
    >>> (0.5 + 0.1 * a).slopes[:2]
    (0.1, 0.0)
    """
    return tuple(Number(0.0, [float(i == j) for j in range(DIALS)]) for i in range(count))


@dataclass(frozen=True)
class Primitive:
    """One simple shape: its form, its numbers, and whether it is added to the part or cut out of it."""

    form: str
    numbers: tuple[Number, ...]
    cut: bool = False


def _primitive(form: str, *values: Value) -> Primitive:
    return Primitive(form, tuple(number(v) for v in values))


def ellipse(x: Value, y: Value, rx: Value, ry: Value | None = None, angle: Value = 0.0) -> Primitive:
    """An ellipse around (x, y) with radii rx, ry, turned by `angle` degrees counter-clockwise."""
    return _primitive("ellipse", x, y, rx, rx if ry is None else ry, angle * (math.pi / 180))


def box(x: Value, y: Value, half_width: Value, half_height: Value, angle: Value = 0.0, round: Value = 0.0) -> Primitive:
    """A rectangle around (x, y), turned by `angle` degrees, its corners rounded by radius `round`."""
    return _primitive("box", x, y, half_width, half_height, angle * (math.pi / 180), round)


def stroke(x0: Value, y0: Value, x1: Value, y1: Value, r0: Value, r1: Value | None = None) -> Primitive:
    """A straight brush stroke from (x0, y0) to (x1, y1), its radius going from r0 to r1."""
    return _primitive("stroke", x0, y0, x1, y1, r0, r0 if r1 is None else r1)


def polygon(*corners: tuple[Value, Value], round: Value = 0.0) -> Primitive:
    """A convex polygon of three to six corners in order, its corners softened by radius `round`."""
    if not 3 <= len(corners) <= 6:
        raise ValueError(f"a polygon has three to six corners, got {len(corners)}; draw it as several")
    return _primitive(f"polygon{len(corners)}", *(v for corner in corners for v in corner), round)


def arc(x: Value, y: Value, radius: Value, half_width: Value, middle: Value, spread: Value) -> Primitive:
    """A bent stroke: part of a circle around (x, y), centered on direction `middle` (degrees counter-clockwise
    from the right), reaching `spread` degrees to either side, `half_width` thick to either side."""
    return _primitive("arc", x, y, radius, half_width, middle * (math.pi / 180), spread * (math.pi / 180))


def blob(x: Value, y: Value, radius: Value, wave: Value, lobes: int, angle: Value = 0.0) -> Primitive:
    """A wavy disk: its radius swings by the fraction `wave` in `lobes` lobes; a flower, a cloud, a bush, a sun."""
    return _primitive("blob", x, y, radius, wave, lobes, angle * (math.pi / 180))


def cut(shape: Primitive) -> Primitive:
    """The same shape, cut out of what stands before it in its part."""
    return Primitive(shape.form, shape.numbers, cut=True)


class Part:
    """One coat of paint: a named union of shapes in one color, with an ink line around it unless `ink=0`."""

    def __init__(self, name: str, role: str, *shapes: Primitive, ink: float = 1.0) -> None:
        if role not in ROLES:
            raise ValueError(f"a part is painted with one of {', '.join(ROLES)}, got {role!r}")
        if not shapes or shapes[0].cut:
            raise ValueError(f"part {name!r} needs a shape before anything can be cut out of it")
        self.name, self.role, self.shapes, self.ink = name, role, shapes, ink


class Thing:
    """A kind of thing: its names, its family, and its coats of paint from back to front.

    Args:
        name: the label, in the singular ("cat").
        family: the family it belongs to ("animal").
        words: nouns a caption may use for it, the first one the plainest ("cat", "kitty").
        coats: parts from back to front; several coats may share one part's name.
    """

    def __init__(self, name: str, family: str, words: tuple[str, ...], coats: list[Part]) -> None:
        self.name, self.family, self.words, self.coats = name, family, words, coats
        self.parts: tuple[str, ...] = tuple(dict.fromkeys(coat.name for coat in coats))
