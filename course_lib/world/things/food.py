"""Food: an apple, an ice cream, a cake, a mushroom; and a pear, which training never sees."""

from ..shapes import Part, Thing, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

apple = Thing(
    "apple",
    "food",
    ("apple",),
    [
        Part("stem", "wood", stroke(0, 0.3, 0.1 * d, 0.82, 0.05, 0.06)),
        Part(
            "leaves",
            "leaf",
            stroke(0.06, 0.5, 0.32, 0.68 + 0.08 * c, 0.03, 0.13),
            stroke(0.32, 0.68 + 0.08 * c, 0.62 + 0.06 * e, 0.74 + 0.08 * c, 0.13, 0.02),
        ),
        Part(
            "fruit",
            "main",
            ellipse(-0.32, -0.16, 0.5 + 0.05 * a, 0.65 + 0.08 * b, 8),
            ellipse(0.32, -0.16, 0.5 + 0.05 * a, 0.65 + 0.08 * b, -8),
        ),
        Part("fruit", "light", ellipse(-0.46, 0.1, 0.14, 0.22 + 0.04 * f, -20), ink=0),
    ],
)

ice_cream = Thing(
    "ice cream",
    "food",
    ("ice cream", "ice cream cone"),
    [
        Part("cone", "gold", polygon((-0.5, -0.06), (0.5, -0.06), (0, -0.93), round=0.06)),
        Part(
            "cone",
            "wood",
            stroke(-0.09, -0.75, 0.28, -0.1, 0.022),
            stroke(-0.22, -0.52, 0.02, -0.1, 0.022),
            stroke(0.09, -0.75, -0.28, -0.1, 0.022),
            stroke(0.22, -0.52, -0.02, -0.1, 0.022),
            ink=0,
        ),
        Part("scoops", "light", ellipse(0.04 * d, 0.44 + 0.03 * b, 0.42 + 0.06 * a, 0.34)),
        Part("cherry", "rose", ellipse(0.04 * d + 0.05 * f, 0.77 + 0.03 * b, 0.12)),
        Part(
            "scoops",
            "main",
            ellipse(0, 0.08, 0.56 + 0.05 * c, 0.34),
            stroke(-0.38, 0.0, -0.38, -0.1 - 0.06 * e, 0.14),
            stroke(-0.03, 0.0, -0.03, -0.22 + 0.06 * e, 0.15),
            stroke(0.36, 0.0, 0.36, -0.06 - 0.08 * e, 0.14),
        ),
        Part("scoops", "white", ellipse(-0.24, 0.22, 0.11, 0.06, 30), ink=0),
    ],
)

cake = Thing(
    "cake",
    "food",
    ("cake", "birthday cake"),
    [
        Part("plate", "metal", ellipse(0, -0.7, 0.92, 0.16)),
        Part(
            "candles",
            "white",
            box(-0.42, 0.4 + 0.06 * b, 0.055, 0.24),
            box(0, 0.4 + 0.06 * c, 0.055, 0.24),
            box(0.42, 0.4 + 0.06 * b, 0.055, 0.24),
        ),
        Part(
            "flames",
            "gold",
            ellipse(-0.42, 0.74 + 0.06 * b, 0.065, 0.11),
            ellipse(0, 0.74 + 0.06 * c, 0.065, 0.11),
            ellipse(0.42, 0.74 + 0.06 * b, 0.065, 0.11),
            ink=0.8,
        ),
        Part("body", "main", box(0, -0.24, 0.72 + 0.06 * a, 0.48 + 0.03 * f, round=0.1)),
        Part("body", "cream", box(0, -0.44, 0.72 + 0.06 * a, 0.045), ink=0),
        Part(
            "icing",
            "light",
            box(0, 0.18 + 0.03 * f, 0.75 + 0.06 * a, 0.12, round=0.11),
            stroke(-0.55, 0.1, -0.55, -0.04 - 0.07 * d, 0.1),
            stroke(-0.19, 0.1, -0.19, -0.01 + 0.07 * d, 0.1),
            stroke(0.19, 0.1, 0.19, -0.05 - 0.07 * e, 0.1),
            stroke(0.55, 0.1, 0.55, 0.07 * e, 0.1),
        ),
    ],
)

mushroom = Thing(
    "mushroom",
    "food",
    ("mushroom",),
    [
        Part("stem", "cream", stroke(0, 0, 0.06 * f, -0.64, 0.2 + 0.03 * a, 0.25 + 0.03 * b)),
        Part("gills", "cream", ellipse(0, -0.02, 0.62 + 0.06 * c, 0.17)),
        Part(
            "cap",
            "main",
            ellipse(0, 0.02, 0.82 + 0.07 * c, 0.82 + 0.06 * d),
            cut(box(0, -0.5, 1, 0.56)),
            stroke(-0.73 - 0.07 * c, 0.1, 0.73 + 0.07 * c, 0.1, 0.11),
        ),
        Part("shine", "light", ellipse(-0.34, 0.46 + 0.03 * d, 0.13, 0.2, -40), ink=0),
    ],
)

pear = Thing(
    "pear",
    "food",
    ("pear",),
    [
        Part("stem", "wood", stroke(0.05 * f, 0.5, 0.05 * f + 0.08 * d, 0.86, 0.045, 0.055)),
        Part(
            "leaves",
            "leaf",
            stroke(0.04 + 0.05 * f, 0.64, 0.28, 0.74 + 0.06 * c, 0.03, 0.12),
            stroke(0.28, 0.74 + 0.06 * c, 0.56 + 0.06 * e, 0.74 + 0.06 * c, 0.12, 0.02),
        ),
        Part(
            "fruit",
            "main",
            ellipse(0, -0.36, 0.61 + 0.05 * a, 0.55),
            stroke(0, -0.22, 0.05 * f, 0.4, 0.5, 0.22 + 0.03 * b),
        ),
        Part("fruit", "light", ellipse(-0.32, -0.26, 0.12, 0.2, -15), ink=0),
    ],
)

THINGS = [apple, ice_cream, cake, mushroom, pear]
