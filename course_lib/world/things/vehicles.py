"""Vehicles."""

from ..shapes import Part, Thing, box, dials, ellipse, polygon

a, b, c, d, e, f = dials()

car = Thing(
    "car",
    "vehicle",
    ("car", "automobile"),
    [
        Part(
            "cabin",
            "main",
            polygon(
                (-0.55, 0.0),
                (-0.36 + 0.05 * a, 0.46 + 0.06 * b),
                (0.22 + 0.05 * a, 0.46 + 0.06 * b),
                (0.55, 0),
                round=0.08,
            ),
        ),
        Part(
            "windows",
            "glass",
            polygon(
                (-0.42, 0.04),
                (-0.28 + 0.05 * a, 0.37 + 0.06 * b),
                (-0.06, 0.37 + 0.06 * b),
                (-0.06, 0.04),
                round=0.03,
            ),
            polygon(
                (0.04, 0.04),
                (0.04, 0.37 + 0.06 * b),
                (0.18 + 0.05 * a, 0.37 + 0.06 * b),
                (0.4, 0.04),
                round=0.03,
            ),
            ink=0.7,
        ),
        Part("body", "main", box(0, -0.16, 0.94, 0.24 + 0.02 * c, round=0.16)),
        Part("lights", "gold", ellipse(0.86, -0.1, 0.07, 0.09), ink=0.7),
        Part("bumper", "metal", box(0, -0.36, 0.9, 0.05, round=0.04), ink=0.7),
        Part("wheels", "black", ellipse(-0.52, -0.4, 0.21 + 0.03 * d), ellipse(0.52, -0.4, 0.21 + 0.03 * d)),
        Part("wheels", "metal", ellipse(-0.52, -0.4, 0.1), ellipse(0.52, -0.4, 0.1), ink=0.5),
    ],
)

THINGS = [car]
