"""What hangs in the sky: a sun, a moon, a star, a cloud; and a planet, which training never sees."""

from math import cos, pi, sin

from ..shapes import Part, Thing, arc, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

sun = Thing(
    "sun",
    "sky",
    ("sun",),
    [
        Part(
            "rays",
            "main",
            *(
                stroke(
                    0.45 * cos(k * pi / 5),
                    0.45 * sin(k * pi / 5),
                    (0.86 + 0.05 * (b if k % 2 else a)) * cos(k * pi / 5),
                    (0.86 + 0.05 * (b if k % 2 else a)) * sin(k * pi / 5),
                    0.15,
                    0.02,
                )
                for k in range(10)
            ),
        ),
        Part("disk", "main", ellipse(0, 0, 0.5 + 0.05 * c)),
        Part("disk", "light", arc(0, 0, 0.39 + 0.05 * c, 0.03, 140 + 10 * d, 32 + 10 * e), ink=0),
        Part("shine", "light", ellipse(-0.14, 0.15, 0.1 + 0.03 * f, 0.08, angle=35), ink=0),
    ],
)

moon = Thing(
    "moon",
    "sky",
    ("moon", "crescent moon"),
    [
        Part(
            "body",
            "main",
            ellipse(0.04, 0, 0.88),
            cut(ellipse(0.5 + 0.08 * a, 0.14 + 0.08 * b, 0.68 + 0.05 * c)),
        ),
        Part(
            "craters",
            "dark",
            ellipse(-0.5, 0.1 + 0.05 * d, 0.12),
            ellipse(-0.28, -0.5 + 0.04 * e, 0.1 + 0.02 * f),
            ellipse(-0.52, -0.22, 0.06),
            ink=0,
        ),
        Part("shine", "light", arc(0.04, 0, 0.72, 0.04, 132, 20), ink=0),
    ],
)

star = Thing(
    "star",
    "sky",
    ("star",),
    [
        Part(
            "points",
            "main",
            ellipse(0, -0.04, 0.38 + 0.04 * b),
            polygon((0, 0.9 + 0.03 * c), (-0.27 - 0.04 * a, 0.16), (0.27 + 0.04 * a, 0.16), round=0.09),
            polygon((0.9 + 0.03 * d, 0.25), (0.1, 0.38 + 0.04 * a), (0.3, -0.22 - 0.04 * a), round=0.09),
            polygon((0.58, -0.82 - 0.03 * e), (0.4, -0.04), (-0.12, -0.36 - 0.04 * a), round=0.09),
            polygon((-0.58, -0.82 - 0.03 * e), (-0.4, -0.04), (0.12, -0.36 - 0.04 * a), round=0.09),
            polygon((-0.9 - 0.03 * d, 0.25), (-0.1, 0.38 + 0.04 * a), (-0.3, -0.22 - 0.04 * a), round=0.09),
        ),
        Part(
            "shade",
            "dark",
            polygon((0, 0.78), (0.2, 0.24), (0, -0.02)),
            polygon((0.74, 0.2), (0.3, -0.1), (0, -0.02)),
            polygon((0.49, -0.69), (0.02, -0.34), (0, -0.02)),
            polygon((-0.49, -0.69), (-0.33, -0.12), (0, -0.02)),
            polygon((-0.74, 0.2), (-0.2, 0.24), (0, -0.02)),
            ink=0,
        ),
        Part("shine", "white", ellipse(-0.1, 0.36, 0.05 + 0.01 * f, 0.1 + 0.02 * f, angle=-18), ink=0),
    ],
)

cloud = Thing(
    "cloud",
    "sky",
    ("cloud", "rain cloud"),
    [
        Part(
            "drops",
            "glass",
            stroke(-0.34, -0.5, -0.4, -0.7, 0.03, 0.075),
            stroke(0.06, -0.56, 0.0, -0.78 - 0.04 * a, 0.03, 0.08),
            stroke(0.46, -0.5, 0.4, -0.7, 0.03, 0.075),
            ink=0.8,
        ),
        Part(
            "puffs",
            "main",
            ellipse(-0.52 - 0.04 * a, 0.06, 0.36, 0.33),
            ellipse(-0.18, 0.4 + 0.05 * b, 0.42 + 0.03 * c, 0.4),
            ellipse(0.34, 0.3 + 0.05 * d, 0.36 + 0.03 * e, 0.36),
            ellipse(0.57 + 0.03 * f, 0.02, 0.32, 0.29),
            ellipse(0, -0.04, 0.62, 0.26),
        ),
        Part("shade", "dark", arc(-0.5 - 0.03 * a, 0.02, 0.32, 0.024, 40, 45), ink=0),
        Part(
            "shine",
            "light",
            ellipse(-0.28, 0.58 + 0.05 * b, 0.16, 0.09, angle=28),
            ellipse(0.28, 0.48 + 0.05 * d, 0.11, 0.07, angle=20),
            ink=0,
        ),
    ],
)

planet = Thing(
    "planet",
    "sky",
    ("planet", "ringed planet"),
    [
        Part("moon", "cream", ellipse(0.68 + 0.04 * c, 0.7, 0.12 + 0.03 * d)),
        Part("body", "main", ellipse(0, 0, 0.62 + 0.03 * b)),
        Part(
            "ring",
            "light",
            ellipse(0, 0, 0.92, 0.29 + 0.04 * a, angle=18),
            cut(ellipse(0, 0, 0.74, 0.155 + 0.04 * a, angle=18)),
        ),
        Part(
            "ring",
            "dark",
            ellipse(0, 0, 0.845, 0.23 + 0.04 * a, angle=18),
            cut(ellipse(0, 0, 0.815, 0.205 + 0.04 * a, angle=18)),
            ink=0,
        ),
        Part(
            "body",
            "main",
            ellipse(0, 0, 0.62 + 0.03 * b),
            cut(box(0.216, -0.666, 1.0, 0.7, angle=18)),
            ellipse(0, 0, 0.61 + 0.03 * b, 0.125 + 0.04 * a, angle=18),
        ),
        Part(
            "bands",
            "dark",
            ellipse(0, 0, 0.62 + 0.03 * b),
            cut(box(-0.241, 0.742, 1, 0.42, angle=18)),
            cut(box(0.034, -0.105, 1, 0.37 + 0.02 * e, angle=18)),
            cut(box(0.294, -0.904, 1, 0.42, angle=18)),
            ink=0,
        ),
        Part("shine", "light", ellipse(-0.28, 0.4, 0.1 + 0.02 * f, 0.06, angle=40), ink=0),
    ],
)

THINGS = [sun, moon, star, cloud, planet]
