"""Animals: a cat, a dog, a fish, a bird; and a rabbit, which training never sees."""

from ..shapes import Part, Thing, arc, box, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

cat = Thing(
    "cat",
    "animal",
    ("cat", "kitty"),
    [
        Part("tail", "main", arc(0.38, -0.38, 0.32 + 0.03 * e, 0.075, 22 * f - 22, 93 + 22 * f)),
        Part("body", "main", ellipse(0, -0.4, 0.4 + 0.06 * a, 0.46)),
        Part("body", "light", ellipse(0, -0.38, 0.22 + 0.03 * a, 0.26), ink=0),
        Part(
            "legs",
            "main",
            stroke(-0.13, -0.5, -0.17, -0.79, 0.08, 0.13),
            stroke(0.13, -0.5, 0.17, -0.79, 0.08, 0.13),
            ink=0.8,
        ),
        Part(
            "ears",
            "main",
            polygon((-0.5 - 0.05 * b, 0.92), (-0.52, 0.4), (-0.08, 0.66), round=0.05),
            polygon((0.5 + 0.05 * b, 0.92), (0.52, 0.4), (0.08, 0.66), round=0.05),
        ),
        Part(
            "ears",
            "rose",
            polygon((-0.44 - 0.04 * b, 0.8), (-0.44, 0.5), (-0.22, 0.64), round=0.03),
            polygon((0.44 + 0.04 * b, 0.8), (0.44, 0.5), (0.22, 0.64), round=0.03),
            ink=0,
        ),
        Part("head", "main", ellipse(0, 0.28, 0.55 + 0.04 * c, 0.42 + 0.02 * d)),
        Part("head", "light", ellipse(0, 0.1, 0.22, 0.15), ink=0),
        Part("eyes", "white", ellipse(-0.25, 0.33, 0.12, 0.14), ellipse(0.25, 0.33, 0.12, 0.14), ink=0.5),
        Part("eyes", "black", ellipse(-0.23, 0.32, 0.065, 0.11), ellipse(0.23, 0.32, 0.065, 0.11), ink=0),
        Part("nose", "rose", polygon((-0.08, 0.21), (0.08, 0.21), (0, 0.13), round=0.03), ink=0.5),
        Part(
            "head",
            "black",
            stroke(-0.32, 0.14, -0.7, 0.2 + 0.05 * d, 0.016),
            stroke(-0.32, 0.07, -0.7, 0.03 + 0.05 * d, 0.016),
            stroke(0.32, 0.14, 0.7, 0.2 + 0.05 * d, 0.016),
            stroke(0.32, 0.07, 0.7, 0.03 + 0.05 * d, 0.016),
            arc(0, 0.11, 0.08, 0.016, -90, 75),
            ink=0,
        ),
    ],
)

dog = Thing(
    "dog",
    "animal",
    ("dog", "puppy", "doggy"),
    [
        Part("tail", "main", stroke(0.3, -0.6, 0.68 + 0.06 * e, -0.2 + 0.12 * f, 0.1, 0.06)),
        Part("body", "main", stroke(0, -0.1, 0, -0.45, 0.3, 0.42 + 0.05 * a)),
        Part("body", "light", ellipse(0, -0.3, 0.2 + 0.02 * a, 0.3), ink=0),
        Part(
            "legs",
            "main",
            stroke(-0.14, -0.35, -0.14, -0.82, 0.1),
            stroke(0.14, -0.35, 0.14, -0.82, 0.1),
            ellipse(-0.4, -0.8, 0.2, 0.12),
            ellipse(0.4, -0.8, 0.2, 0.12),
            ink=0.8,
        ),
        Part("head", "main", ellipse(0, 0.46, 0.44 + 0.03 * b, 0.42)),
        Part("head", "dark", ellipse(0.2, 0.54, 0.17 + 0.03 * d, 0.2), ink=0),
        Part(
            "ears",
            "dark",
            stroke(-0.4, 0.74, -0.62 - 0.05 * c, 0.2 - 0.12 * c, 0.1, 0.18),
            stroke(0.4, 0.74, 0.62 + 0.05 * c, 0.2 - 0.12 * c, 0.1, 0.18),
        ),
        Part("head", "rose", stroke(0.03, 0.12, 0.05, -0.02 - 0.05 * e, 0.09), ink=0.7),
        Part("head", "light", ellipse(0, 0.28, 0.3 + 0.03 * d, 0.2), ink=0.7),
        Part("nose", "black", ellipse(0, 0.38, 0.14, 0.1), stroke(0, 0.3, 0, 0.2, 0.018), ink=0),
        Part("eyes", "black", ellipse(-0.2, 0.58, 0.075, 0.095), ellipse(0.2, 0.58, 0.075, 0.095), ink=0),
        Part("eyes", "white", ellipse(-0.22, 0.61, 0.03), ellipse(0.18, 0.61, 0.03), ink=0),
    ],
)

fish = Thing(
    "fish",
    "animal",
    ("fish",),
    [
        Part(
            "tail",
            "light",
            polygon((-0.4, 0.1), (-0.92, 0.44 + 0.08 * b), (-0.74, 0.02), (-0.4, -0.1), round=0.05),
            polygon((-0.4, -0.1), (-0.92, -0.44 - 0.08 * b), (-0.74, -0.02), (-0.4, 0.1), round=0.05),
        ),
        Part(
            "fins",
            "light",
            polygon((0.4, 0.3), (0.0, 0.64 + 0.1 * c), (-0.42, 0.58 + 0.1 * c), (-0.25, 0.2), round=0.08),
            polygon((0.2, -0.3), (-0.12, -0.68 - 0.08 * d), (-0.36, -0.62 - 0.08 * d), (-0.2, -0.2), round=0.06),
        ),
        Part("body", "main", ellipse(0.16, 0, 0.72, 0.46 + 0.05 * a)),
        Part(
            "scales",
            "dark",
            arc(-0.1, 0.16, 0.11, 0.022, 180, 65),
            arc(-0.1, -0.16, 0.11, 0.022, 180, 65),
            arc(0.14, 0, 0.11, 0.022, 180, 65),
            arc(-0.3, 0, 0.11, 0.022, 180, 65),
            ink=0,
        ),
        Part("fins", "light", stroke(0.22, -0.12, 0.02, -0.2 - 0.06 * e, 0.06, 0.12), ink=0.8),
        Part("eyes", "white", ellipse(0.56, 0.12, 0.13 + 0.02 * f), ink=0.6),
        Part("eyes", "black", ellipse(0.59, 0.12, 0.075), ink=0),
        Part("mouth", "black", arc(0.72, -0.08, 0.13, 0.022, -115, 45), ink=0),
    ],
)

bird = Thing(
    "bird",
    "animal",
    ("bird", "birdie"),
    [
        Part(
            "tail",
            "dark",
            stroke(-0.35, -0.15, -0.82, 0.1 + 0.12 * b, 0.08, 0.1),
            stroke(-0.35, -0.2, -0.82, -0.1 + 0.08 * b, 0.08, 0.1),
        ),
        Part(
            "legs",
            "gold",
            stroke(-0.05, -0.4, -0.05, -0.88, 0.035),
            stroke(0.18, -0.4, 0.18, -0.88, 0.035),
            stroke(-0.05, -0.88, 0.1, -0.88, 0.035),
            stroke(0.18, -0.88, 0.33, -0.88, 0.035),
            ink=0.8,
        ),
        Part("beak", "gold", polygon((0.55, 0.54), (0.55, 0.26), (0.85 + 0.04 * d, 0.38), round=0.02)),
        Part(
            "body",
            "main",
            ellipse(-0.02, -0.1, 0.52 + 0.03 * a, 0.42 + 0.04 * a, 22),
            ellipse(0.32, 0.4, 0.34 + 0.02 * c),
            stroke(0.26, 0.68, 0.1 - 0.04 * f, 0.8 + 0.05 * f, 0.09, 0.03),
        ),
        Part("head", "main", ellipse(0.32, 0.4, 0.34 + 0.02 * c), ink=0),
        Part("body", "light", ellipse(0.2, -0.14, 0.24, 0.26), ink=0),
        Part(
            "wings",
            "main",
            stroke(0.02, 0.06, -0.48, 0.02 + 0.16 * e, 0.18, 0.06),
            stroke(0.02, 0.0, -0.42, -0.2 + 0.12 * e, 0.16, 0.06),
            stroke(0.02, -0.04, -0.26, -0.34 + 0.08 * e, 0.14, 0.06),
        ),
        Part("eyes", "white", ellipse(0.42, 0.45, 0.11), ink=0.5),
        Part("eyes", "black", ellipse(0.45, 0.45, 0.075), ink=0),
    ],
)

rabbit = Thing(
    "rabbit",
    "animal",
    ("rabbit", "bunny"),
    [
        Part("tail", "white", ellipse(0.45 + 0.04 * a, -0.6, 0.18)),
        Part(
            "ears",
            "main",
            stroke(-0.19, 0.25, -0.28 - 0.1 * b, 0.7 + 0.07 * c, 0.11, 0.14),
            stroke(0.19, 0.25, 0.28 + 0.1 * b, 0.7 + 0.07 * c, 0.11, 0.14),
        ),
        Part(
            "ears",
            "rose",
            stroke(-0.2, 0.3, -0.28 - 0.1 * b, 0.7 + 0.07 * c, 0.04, 0.07),
            stroke(0.2, 0.3, 0.28 + 0.1 * b, 0.7 + 0.07 * c, 0.04, 0.07),
            ink=0,
        ),
        Part("body", "main", ellipse(0, -0.5, 0.38 + 0.05 * a, 0.38)),
        Part("body", "light", ellipse(0, -0.5, 0.23 + 0.03 * a, 0.27), ink=0),
        Part(
            "legs",
            "main",
            ellipse(-0.27, -0.78, 0.24, 0.12 + 0.02 * d),
            ellipse(0.27, -0.78, 0.24, 0.12 + 0.02 * d),
        ),
        Part("head", "main", ellipse(0, 0.03, 0.44 + 0.04 * e, 0.36)),
        Part("head", "white", box(0, -0.2, 0.075, 0.09 + 0.02 * f, round=0.03), ink=0.6),
        Part("head", "light", ellipse(-0.12, -0.11, 0.15, 0.11), ellipse(0.12, -0.11, 0.15, 0.11), ink=0),
        Part("eyes", "black", ellipse(-0.21, 0.11, 0.075, 0.105), ellipse(0.21, 0.11, 0.075, 0.105), ink=0),
        Part("eyes", "white", ellipse(-0.23, 0.15, 0.032), ellipse(0.19, 0.15, 0.032), ink=0),
        Part("nose", "rose", polygon((-0.09, 0), (0.09, 0), (0, -0.09), round=0.03), ink=0.6),
    ],
)

THINGS = [cat, dog, fish, bird, rabbit]
