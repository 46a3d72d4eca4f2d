"""Animals."""

from ..shapes import Part, Thing, arc, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

cat = Thing(
    "cat",
    "animal",
    ("cat", "kitty"),
    [
        Part("tail", "main", arc(0.45, -0.3 + 0.05 * f, 0.38 + 0.05 * e, 0.075, 0, 95 + 25 * f)),
        Part("body", "main", ellipse(0, -0.42, 0.42 + 0.06 * a, 0.46)),
        Part("body", "light", ellipse(0, -0.42, 0.2 + 0.03 * a, 0.3), ink=0),
        Part("paws", "main", ellipse(-0.2, -0.84, 0.17, 0.1), ellipse(0.2, -0.84, 0.17, 0.1)),
        Part(
            "ears",
            "main",
            polygon((-0.5 - 0.05 * b, 0.95), (-0.52, 0.4), (-0.1, 0.66), round=0.05),
            polygon((0.5 + 0.05 * b, 0.95), (0.52, 0.4), (0.1, 0.66), round=0.05),
        ),
        Part(
            "ears",
            "rose",
            polygon((-0.44 - 0.04 * b, 0.82), (-0.44, 0.5), (-0.22, 0.64), round=0.03),
            polygon((0.44 + 0.04 * b, 0.82), (0.44, 0.5), (0.22, 0.64), round=0.03),
            ink=0,
        ),
        Part("head", "main", ellipse(0, 0.3, 0.54 + 0.04 * c, 0.43)),
        Part("muzzle", "light", ellipse(0, 0.13, 0.22, 0.15), ink=0),
        Part("eyes", "white", ellipse(-0.22, 0.38, 0.11, 0.13), ellipse(0.22, 0.38, 0.11, 0.13)),
        Part("eyes", "black", ellipse(-0.21, 0.37, 0.06, 0.1), ellipse(0.21, 0.37, 0.06, 0.1), ink=0),
        Part("nose", "rose", polygon((-0.07, 0.24), (0.07, 0.24), (0, 0.16), round=0.03), ink=0.6),
        Part(
            "whiskers",
            "black",
            stroke(-0.3, 0.17, -0.62, 0.23 + 0.05 * d, 0.014),
            stroke(-0.3, 0.11, -0.62, 0.07 + 0.05 * d, 0.014),
            stroke(0.3, 0.17, 0.62, 0.23 + 0.05 * d, 0.014),
            stroke(0.3, 0.11, 0.62, 0.07 + 0.05 * d, 0.014),
            ink=0,
        ),
    ],
)

THINGS = [cat]
