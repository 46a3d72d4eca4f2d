"""Plants: a tree, a flower, a cactus, a fir tree; and a palm tree, which training never sees."""

from ..shapes import Part, Thing, arc, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

tree = Thing(
    "tree",
    "plant",
    ("tree", "oak"),
    [
        Part(
            "trunk",
            "wood",
            polygon(
                (-0.12 - 0.03 * f, 0),
                (0.12 + 0.03 * f, 0),
                (0.24 + 0.05 * a, -0.91),
                (-0.24 - 0.05 * a, -0.91),
                round=0.04,
            ),
        ),
        Part(
            "branches",
            "wood",
            stroke(0, -0.5, 0.4, -0.1, 0.07, 0.05),
            stroke(0, -0.42, -0.38, -0.06, 0.07, 0.05),
        ),
        Part("trunk", "wood", stroke(0, -0.2, 0, -0.66, 0.08, 0.12), ink=0),
        Part("hollow", "black", ellipse(0.02, -0.6, 0.055, 0.085), ink=0),
        Part(
            "crown",
            "main",
            ellipse(-0.52 - 0.05 * b, 0.14, 0.34, 0.32),
            ellipse(0.53 + 0.05 * b, 0.18, 0.33, 0.31),
            ellipse(-0.3 - 0.03 * b, 0.5 + 0.03 * c, 0.36, 0.31),
            ellipse(0.28 + 0.03 * b, 0.48 + 0.03 * c, 0.38, 0.33),
            ellipse(-0.02, 0.59 + 0.05 * c, 0.33, 0.27),
            ellipse(-0.2, -0.02 - 0.04 * d, 0.3, 0.24),
            ellipse(0.24, 0, 0.32, 0.26 + 0.04 * d),
            ellipse(0, 0.26, 0.34, 0.26),
        ),
        Part(
            "crown",
            "dark",
            arc(-0.42, 0.26, 0.2, 0.022, -50, 50),
            arc(-0.02, 0.1, 0.2, 0.022, -50, 50),
            arc(0.26, 0.44 + 0.03 * c, 0.22, 0.022, -45, 50),
            ink=0,
        ),
        Part(
            "crown",
            "light",
            ellipse(-0.2, 0.66 + 0.05 * c, 0.15, 0.08, angle=25),
            ellipse(-0.62 - 0.04 * b, 0.27, 0.11, 0.07, angle=35),
            ink=0,
        ),
    ],
)

flower = Thing(
    "flower",
    "plant",
    ("flower", "blossom"),
    [
        Part("stem", "leaf", stroke(0.0, 0.2, 0.05 * a, -0.86, 0.055)),
        Part(
            "leaves",
            "leaf",
            ellipse(-0.27, -0.58 + 0.05 * b, 0.27 + 0.03 * c, 0.12, angle=-30),
            ellipse(0.29, -0.52 - 0.05 * b, 0.27 + 0.03 * c, 0.12, angle=32),
        ),
        Part(
            "petals",
            "main",
            ellipse(0, 0.65, 0.21 + 0.03 * d, 0.26),
            ellipse(0.36, 0.42, 0.26, 0.21 + 0.03 * d, angle=18),
            ellipse(0.22, -0.01, 0.21 + 0.03 * d, 0.26, angle=36),
            ellipse(-0.22, -0.01, 0.21 + 0.03 * d, 0.26, angle=-36),
            ellipse(-0.36, 0.42, 0.26, 0.21 + 0.03 * d, angle=-18),
        ),
        Part(
            "petals",
            "dark",
            stroke(0, 0.3, 0, 0.7, 0.03, 0.012),
            stroke(0, 0.3, 0.38, 0.42, 0.03, 0.012),
            stroke(0, 0.3, 0.235, -0.02, 0.03, 0.012),
            stroke(0, 0.3, -0.235, -0.02, 0.03, 0.012),
            stroke(0, 0.3, -0.38, 0.42, 0.03, 0.012),
            ink=0,
        ),
        Part("middle", "gold", ellipse(0, 0.3, 0.2 + 0.04 * e)),
        Part(
            "middle",
            "wood",
            ellipse(0, 0.3, 0.03),
            ellipse(-0.08, 0.37, 0.026),
            ellipse(0.08, 0.37, 0.026),
            ellipse(-0.08, 0.23, 0.026),
            ellipse(0.08, 0.23, 0.026),
            ink=0,
        ),
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
            stroke(-0.1, -0.14 + 0.06 * a, -0.56, -0.1 + 0.06 * a, 0.15),
            stroke(-0.56, -0.1 + 0.06 * a, -0.56, 0.34 + 0.1 * b, 0.15),
            stroke(0.1, 0.06 + 0.06 * c, 0.55, 0.1 + 0.06 * c, 0.14),
            stroke(0.55, 0.1 + 0.06 * c, 0.55, 0.52 + 0.1 * d, 0.14),
        ),
        Part("body", "main", stroke(0, -0.5, 0, 0.56 + 0.04 * e, 0.27 + 0.03 * f)),
        Part("body", "dark", stroke(-0.1, -0.4, -0.1, 0.6, 0.02), stroke(0.1, -0.4, 0.1, 0.6, 0.02), ink=0),
        Part(
            "spines",
            "black",
            stroke(-0.02, 0.4, 0.03, 0.45, 0.014),
            stroke(0.02, 0.02, -0.03, 0.07, 0.014),
            stroke(-0.58, 0.28 + 0.1 * b, -0.53, 0.33 + 0.1 * b, 0.014),
            stroke(-0.55, 0.02 + 0.06 * a, -0.6, 0.07 + 0.06 * a, 0.014),
            stroke(0.52, 0.4 + 0.1 * d, 0.57, 0.45 + 0.1 * d, 0.014),
            stroke(0.57, 0.16 + 0.06 * c, 0.52, 0.21 + 0.06 * c, 0.014),
            ink=0,
        ),
        Part(
            "blossom",
            "rose",
            ellipse(-0.11, 0.83, 0.11, 0.065, angle=-25),
            ellipse(0.11, 0.83, 0.11, 0.065, angle=25),
            ellipse(0, 0.86, 0.07, 0.08),
            ink=0.7,
        ),
        Part("pot", "wood", polygon((-0.42, -0.56), (0.42, -0.56), (0.3, -0.92), (-0.3, -0.92), round=0.04)),
        Part("pot", "wood", box(0, -0.52, 0.46, 0.085, round=0.04)),
    ],
)

fir_tree = Thing(
    "fir tree",
    "plant",
    ("fir tree", "fir", "conifer"),
    [
        Part("trunk", "wood", box(0, -0.76, 0.12 + 0.03 * a, 0.16, round=0.03)),
        Part(
            "needles",
            "main",
            polygon((-0.74 - 0.1 * b, -0.64), (0.74 + 0.1 * b, -0.64), (0, 0.12), round=0.08),
        ),
        Part("needles", "dark", ellipse(0, -0.28, 0.34, 0.06), ink=0),
        Part("cones", "wood", ellipse(0.3, -0.29, 0.075, 0.13 + 0.02 * f), ink=0.8),
        Part(
            "needles",
            "main",
            polygon((-0.6 - 0.08 * c, -0.2), (0.6 + 0.08 * c, -0.2), (0, 0.54), round=0.08),
        ),
        Part("needles", "dark", ellipse(0, 0.16, 0.27, 0.055), ink=0),
        Part("cones", "wood", ellipse(-0.16, 0.15, 0.07, 0.12 + 0.02 * f), ink=0.8),
        Part(
            "needles",
            "main",
            polygon((-0.43 - 0.06 * d, 0.24), (0.43 + 0.06 * d, 0.24), (0, 0.9 + 0.03 * e), round=0.06),
        ),
        Part(
            "needles",
            "light",
            stroke(-0.11, 0.6, -0.19, 0.42, 0.03),
            stroke(-0.28, 0.1, -0.36, 0.0, 0.03),
            stroke(-0.38, -0.36, -0.47, -0.46, 0.03),
            ink=0,
        ),
    ],
)

palm_tree = Thing(
    "palm tree",
    "plant",
    ("palm tree", "palm"),
    [
        Part("sand", "cream", ellipse(0, -0.92, 0.5 + 0.06 * f, 0.2), cut(box(0, -1.22, 0.7, 0.3))),
        Part("trunk", "wood", arc(1.1 + 0.1 * a, -0.62, 1.16 + 0.1 * a, 0.085, 158, 25)),
        Part(
            "leaves",
            "dark",
            stroke(0.03, 0.42, -0.24, 0.74, 0.08, 0.13),
            stroke(-0.24, 0.74, -0.58, 0.84 - 0.04 * b, 0.13, 0.02),
            stroke(0.03, 0.42, 0.28, 0.76, 0.08, 0.13),
            stroke(0.28, 0.76, 0.62, 0.84 - 0.04 * b, 0.13, 0.02),
        ),
        Part(
            "leaves",
            "main",
            stroke(0.0, 0.46, -0.46, 0.5, 0.09, 0.15 + 0.02 * c),
            stroke(-0.46, 0.5, -0.9, 0.14 - 0.06 * d, 0.15 + 0.02 * c, 0.02),
            stroke(0.06, 0.46, 0.5, 0.5, 0.09, 0.15 + 0.02 * c),
            stroke(0.5, 0.5, 0.9, 0.12 - 0.06 * d, 0.15 + 0.02 * c, 0.02),
        ),
        Part(
            "leaves",
            "main",
            stroke(0.0, 0.44, -0.3, 0.22, 0.09, 0.13),
            stroke(-0.3, 0.22, -0.44, -0.22 - 0.06 * e, 0.13, 0.02),
            stroke(0.06, 0.44, 0.36, 0.22, 0.09, 0.13),
            stroke(0.36, 0.22, 0.52, -0.22 - 0.06 * e, 0.13, 0.02),
        ),
        Part(
            "leaves",
            "light",
            stroke(-0.14, 0.5, -0.44, 0.54, 0.02),
            stroke(-0.44, 0.54, -0.72, 0.32 - 0.03 * d, 0.02, 0.01),
            stroke(0.2, 0.5, 0.48, 0.54, 0.02),
            stroke(0.48, 0.54, 0.74, 0.31 - 0.03 * d, 0.02, 0.01),
            ink=0,
        ),
        Part("coconuts", "wood", ellipse(-0.07, 0.36, 0.12), ellipse(0.15, 0.34, 0.12), ink=0.8),
    ],
)

THINGS = [tree, flower, cactus, fir_tree, palm_tree]
