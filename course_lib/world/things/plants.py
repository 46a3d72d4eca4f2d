"""Plants."""

from ..shapes import Part, Thing, arc, box, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

tree = Thing(
    "tree",
    "plant",
    ("tree", "oak"),
    [
        Part(
            "trunk",
            "wood",
            polygon((-0.13, 0), (0.13, 0), (0.22 + 0.04 * a, -0.9), (-0.22 - 0.04 * a, -0.9), round=0.04),
        ),
        Part("branches", "wood", stroke(0, -0.5, 0.36, -0.1, 0.065, 0.05), stroke(0, -0.42, -0.34, -0.06, 0.065, 0.05)),
        Part(
            "crown",
            "main",
            ellipse(-0.42 - 0.05 * b, 0.16, 0.44, 0.38),
            ellipse(0.44 + 0.05 * b, 0.18, 0.44, 0.38),
            ellipse(0, 0.5 + 0.06 * c, 0.52, 0.38 + 0.03 * c),
            ellipse(0, 0.16, 0.5, 0.34),
        ),
        Part(
            "crown",
            "light",
            ellipse(-0.2, 0.6 + 0.06 * c, 0.18, 0.09, angle=20),
            ellipse(-0.58, 0.28, 0.12, 0.07, angle=30),
            ink=0,
        ),
        Part("crown", "dark", ellipse(0.06, -0.06, 0.46, 0.09), ellipse(0.56, 0.02, 0.16, 0.07), ink=0),
    ],
)

flower = Thing(
    "flower",
    "plant",
    ("flower", "blossom"),
    [
        Part("stem", "leaf", stroke(0.0, 0.2, 0.04 * a, -0.9, 0.055)),
        Part(
            "leaves",
            "leaf",
            ellipse(-0.26, -0.56 + 0.06 * b, 0.27 + 0.03 * c, 0.11, angle=-28),
            ellipse(0.28, -0.66 - 0.06 * b, 0.27 + 0.03 * c, 0.11, angle=30),
        ),
        Part(
            "petals",
            "main",
            ellipse(0, 0.72, 0.2 + 0.03 * d, 0.25),
            ellipse(0.4, 0.43, 0.25, 0.2 + 0.03 * d, angle=18),
            ellipse(0.25, -0.02, 0.2 + 0.03 * d, 0.25, angle=36),
            ellipse(-0.25, -0.02, 0.2 + 0.03 * d, 0.25, angle=-36),
            ellipse(-0.4, 0.43, 0.25, 0.2 + 0.03 * d, angle=-18),
        ),
        Part("heart", "gold", ellipse(0, 0.32, 0.21 + 0.03 * e)),
        Part("heart", "wood", ellipse(-0.05, 0.28, 0.03), ellipse(0.07, 0.3, 0.03), ellipse(0.0, 0.4, 0.03), ink=0),
    ],
)

cactus = Thing(
    "cactus",
    "plant",
    ("cactus",),
    [
        Part(
            "arms",
            "main",
            stroke(-0.1, -0.12 + 0.06 * a, -0.56, -0.08 + 0.06 * a, 0.14),
            stroke(-0.56, -0.08 + 0.06 * a, -0.56, 0.36 + 0.1 * b, 0.14),
            stroke(0.1, 0.08 + 0.06 * c, 0.54, 0.12 + 0.06 * c, 0.13),
            stroke(0.54, 0.12 + 0.06 * c, 0.54, 0.52 + 0.1 * d, 0.13),
        ),
        Part("body", "main", stroke(0, -0.5, 0, 0.62 + 0.03 * e, 0.26 + 0.02 * f)),
        Part("ribs", "dark", stroke(-0.1, -0.4, -0.1, 0.6, 0.02), stroke(0.1, -0.4, 0.1, 0.6, 0.02), ink=0),
        Part(
            "blossom",
            "rose",
            ellipse(-0.08, 0.86, 0.1, 0.07, angle=-40),
            ellipse(0.08, 0.86, 0.1, 0.07, angle=40),
            ink=0.7,
        ),
        Part("pot", "wood", polygon((-0.42, -0.56), (0.42, -0.56), (0.3, -0.93), (-0.3, -0.93), round=0.04)),
        Part("pot", "wood", box(0, -0.52, 0.46, 0.085, round=0.04)),
    ],
)

fir_tree = Thing(
    "fir tree",
    "plant",
    ("fir tree", "pine tree"),
    [
        Part("trunk", "wood", box(0, -0.76, 0.12 + 0.02 * a, 0.18, round=0.03)),
        Part("needles", "main", polygon((-0.72 - 0.08 * b, -0.66), (0.72 + 0.08 * b, -0.66), (0, 0.12), round=0.07)),
        Part("needles", "dark", stroke(-0.36, -0.16, 0.36, -0.16, 0.05, 0.05), ink=0),
        Part("needles", "main", polygon((-0.58 - 0.06 * c, -0.2), (0.58 + 0.06 * c, -0.2), (0, 0.54), round=0.07)),
        Part("needles", "dark", stroke(-0.24, 0.28, 0.24, 0.28, 0.05, 0.05), ink=0),
        Part(
            "top", "main", polygon((-0.42 - 0.05 * d, 0.24), (0.42 + 0.05 * d, 0.24), (0, 0.93 + 0.02 * e), round=0.06)
        ),
        Part("shine", "light", stroke(-0.12, 0.6, -0.2, 0.42, 0.03), stroke(-0.26, 0.08, -0.36, -0.06, 0.03), ink=0),
    ],
)

palm_tree = Thing(
    "palm tree",
    "plant",
    ("palm tree", "coconut palm"),
    [
        Part("trunk", "wood", arc(1.1 + 0.1 * a, -0.62, 1.16 + 0.1 * a, 0.085, 158, 30)),
        Part(
            "leaves",
            "dark",
            arc(-0.34, 0.1, 0.44, 0.1, 88, 60),
            arc(0.42, 0.1, 0.44, 0.1, 92, 60),
        ),
        Part(
            "leaves",
            "main",
            ellipse(-0.36, 0.62 + 0.03 * b, 0.46, 0.17 + 0.02 * c, angle=14),
            ellipse(0.46, 0.62 + 0.03 * b, 0.46, 0.17 + 0.02 * c, angle=-14),
            ellipse(-0.3, 0.3, 0.42 + 0.03 * d, 0.16, angle=48),
            ellipse(0.4, 0.3, 0.42 + 0.03 * d, 0.16, angle=-48),
            ellipse(0.06, 0.7, 0.17, 0.24 + 0.02 * e),
        ),
        Part(
            "leaves",
            "light",
            stroke(-0.62, 0.57 + 0.03 * b, -0.06, 0.68, 0.018),
            stroke(0.72, 0.57 + 0.03 * b, 0.16, 0.68, 0.018),
            stroke(-0.5, 0.1, -0.1, 0.5, 0.018),
            stroke(0.6, 0.1, 0.2, 0.5, 0.018),
            ink=0,
        ),
        Part("coconuts", "wood", ellipse(-0.06, 0.4, 0.12), ellipse(0.16, 0.38, 0.12), ink=0.8),
        Part("sand", "cream", ellipse(0.0, -0.88, 0.5 + 0.05 * f, 0.09)),
    ],
)

THINGS = [tree, flower, cactus, fir_tree, palm_tree]
