"""What hangs in the sky."""

from ..shapes import Part, Thing, arc, blob, box, cut, dials, ellipse, polygon

a, b, c, d, e, f = dials()

sun = Thing(
    "sun",
    "sky",
    ("sun", "sunshine"),
    [
        Part("rays", "main", blob(0, 0, 0.77, 0.21, 12)),
        Part("glow", "light", ellipse(0, 0, 0.56 + 0.03 * a), ink=0.7),
        Part("disk", "main", ellipse(0, 0, 0.47 + 0.04 * b)),
        Part("shine", "light", ellipse(-0.18 + 0.04 * c, 0.2 + 0.04 * d, 0.12 + 0.03 * e, 0.08, angle=35), ink=0),
    ],
)

moon = Thing(
    "moon",
    "sky",
    ("moon", "crescent moon"),
    [
        Part("body", "main", ellipse(0.04, 0, 0.88), cut(ellipse(0.5 + 0.08 * a, 0.14 + 0.08 * b, 0.68 + 0.05 * c))),
        Part(
            "craters",
            "dark",
            ellipse(-0.5, 0.1 + 0.05 * d, 0.12),
            ellipse(-0.28, -0.5 + 0.04 * e, 0.1),
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
            ellipse(0, -0.02, 0.36),
            polygon((0, 0.93), (-0.25 - 0.04 * a, 0.18), (0.25 + 0.04 * a, 0.18), round=0.05),
            polygon((0.9, 0.27), (0.12, 0.38 + 0.04 * a), (0.3, -0.2 - 0.04 * a), round=0.05),
            polygon((0.56, -0.78), (0.38, -0.02), (-0.1, -0.36 - 0.04 * a), round=0.05),
            polygon((-0.56, -0.78), (-0.38, -0.02), (0.1, -0.36 - 0.04 * a), round=0.05),
            polygon((-0.9, 0.27), (-0.12, 0.38 + 0.04 * a), (-0.3, -0.2 - 0.04 * a), round=0.05),
        ),
        Part("middle", "light", ellipse(0, 0, 0.24 + 0.04 * b), ink=0),
        Part("shine", "white", ellipse(-0.08 + 0.03 * c, 0.14 + 0.03 * d, 0.08 + 0.02 * e, 0.06, angle=30), ink=0),
    ],
)

cloud = Thing(
    "cloud",
    "sky",
    ("cloud", "rain cloud"),
    [
        Part(
            "puffs",
            "main",
            ellipse(-0.54 - 0.04 * a, -0.12, 0.38, 0.32),
            ellipse(-0.16, 0.2 + 0.05 * b, 0.42 + 0.03 * c, 0.42),
            ellipse(0.34, 0.1 + 0.05 * d, 0.36 + 0.03 * e, 0.36),
            ellipse(0.6 + 0.04 * f, -0.16, 0.33, 0.28),
            ellipse(0, -0.22, 0.66, 0.24),
        ),
        Part("shade", "dark", ellipse(0.04, -0.34, 0.52, 0.07), ink=0),
        Part(
            "shine",
            "light",
            ellipse(-0.26, 0.36 + 0.05 * b, 0.17, 0.1, angle=28),
            ellipse(0.28, 0.28 + 0.05 * d, 0.12, 0.07, angle=20),
            ink=0,
        ),
    ],
)

planet = Thing(
    "planet",
    "sky",
    ("planet", "ringed planet"),
    [
        Part("ring", "light", ellipse(0, 0, 0.95, 0.3 + 0.05 * a, angle=18)),
        Part("body", "main", ellipse(0, 0, 0.6 + 0.03 * b)),
        Part("bands", "dark", arc(0.3, 0.86, 0.9, 0.06, -106, 22), arc(0.2, 0.5, 0.94, 0.045, -104, 26), ink=0),
        Part("shine", "light", ellipse(-0.2, 0.34 + 0.03 * c, 0.13, 0.08, angle=32), ink=0),
        Part(
            "ring",
            "light",
            ellipse(0, 0, 0.95, 0.3 + 0.05 * a, angle=18),
            cut(ellipse(0, 0, 0.72, 0.13 + 0.05 * a, angle=18)),
            cut(box(-0.155, 0.476, 1.2, 0.5, angle=18)),
        ),
        Part("moon", "cream", ellipse(0.7, 0.6 + 0.05 * e, 0.11 + 0.02 * f)),
    ],
)

THINGS = [sun, moon, star, cloud, planet]
