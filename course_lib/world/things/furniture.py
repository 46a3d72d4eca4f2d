"""Furniture: a chair, a table, a lamp, a bed; and a sofa, which training never sees."""

from ..shapes import Part, Thing, box, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

chair = Thing(
    "chair",
    "furniture",
    ("chair",),
    [
        Part("legs", "dark", stroke(-0.3, -0.2, -0.34, -0.68, 0.055), stroke(0.42, -0.2, 0.46, -0.68, 0.055)),
        Part(
            "back",
            "main",
            box(-0.4, 0.36, 0.075, 0.58, round=0.06),
            box(0.26, 0.36, 0.075, 0.58, round=0.06),
            box(-0.07, 0.75 + 0.04 * a, 0.4, 0.13, round=0.07),
            box(-0.07, 0.33 + 0.06 * b, 0.34, 0.07, round=0.04),
        ),
        Part("seat", "main", polygon((-0.5, -0.02), (0.4, -0.02), (0.58, -0.24), (-0.56, -0.24), round=0.06)),
        Part("cushion", "light", box(-0.03, -0.01, 0.43 + 0.03 * d, 0.08 + 0.02 * e, round=0.08)),
        Part(
            "legs",
            "main",
            stroke(-0.48, -0.26, -0.5 - 0.04 * c, -0.88, 0.065),
            stroke(0.5, -0.26, 0.54 + 0.04 * c, -0.88, 0.065),
        ),
    ],
)

table = Thing(
    "table",
    "furniture",
    ("table", "dining table"),
    [
        Part("legs", "dark", stroke(-0.44, 0, -0.46, -0.5, 0.06), stroke(0.44, 0, 0.46, -0.5, 0.06)),
        Part(
            "legs",
            "main",
            stroke(-0.7, 0, -0.76 - 0.05 * a, -0.74, 0.085 + 0.02 * b, 0.06),
            stroke(0.7, 0, 0.76 + 0.05 * a, -0.74, 0.085 + 0.02 * b, 0.06),
        ),
        Part("drawer", "main", box(0, 0.06, 0.78, 0.17 + 0.03 * c, round=0.03)),
        Part("drawer", "light", box(0, 0.04, 0.28 + 0.04 * d, 0.1, round=0.03), ink=0.7),
        Part("knob", "gold", ellipse(0, 0.04, 0.05), ink=0.6),
        Part("top", "main", box(0, 0.3 + 0.03 * c, 0.93, 0.12 + 0.02 * e, round=0.08)),
        Part("top", "light", stroke(-0.78, 0.33 + 0.03 * c, 0.5, 0.33 + 0.03 * c, 0.022), ink=0),
    ],
)

lamp = Thing(
    "lamp",
    "furniture",
    ("lamp",),
    [
        Part("bulb", "gold", ellipse(0, -0.02, 0.22, 0.18)),
        Part("stem", "metal", stroke(0, 0, 0, -0.68, 0.065)),
        Part("stem", "dark", ellipse(0, -0.42 + 0.05 * d, 0.13 + 0.02 * e, 0.16)),
        Part("base", "dark", ellipse(0, -0.76, 0.42 + 0.06 * a, 0.14)),
        Part(
            "shade",
            "main",
            polygon(
                (-0.34 - 0.06 * b, 0.84),
                (0.34 + 0.06 * b, 0.84),
                (0.76 + 0.06 * c, 0.02),
                (-0.76 - 0.06 * c, 0.02),
                round=0.05,
            ),
        ),
        Part("shade", "light", stroke(-0.18, 0.66, -0.34, 0.2, 0.05), ink=0),
        Part("trim", "light", box(0, 0.06, 0.71 + 0.06 * c, 0.055, round=0.03), ink=0.7),
    ],
)

bed = Thing(
    "bed",
    "furniture",
    ("bed",),
    [
        Part("legs", "dark", box(-0.82, -0.5, 0.08, 0.2, round=0.03), box(0.82, -0.5, 0.08, 0.2, round=0.03)),
        Part("headboard", "main", box(-0.82, 0.06 + 0.04 * a, 0.11, 0.5 + 0.06 * a, round=0.08)),
        Part("footboard", "main", box(0.84, -0.14, 0.09, 0.3 + 0.03 * b, round=0.07)),
        Part("frame", "dark", box(0, -0.4, 0.84, 0.09, round=0.03)),
        Part("mattress", "white", box(-0.02, -0.2, 0.74, 0.17, round=0.08)),
        Part("pillow", "white", ellipse(-0.5, 0.06 + 0.02 * c, 0.23 + 0.02 * d, 0.15 + 0.02 * c, angle=8)),
        Part(
            "blanket",
            "main",
            box(0.24 - 0.05 * e, -0.18, 0.52 + 0.05 * e, 0.27, round=0.14),
            ellipse(0.2, 0.02, 0.44, 0.15 + 0.04 * f),
        ),
        Part("blanket", "light", box(-0.24 - 0.1 * e, -0.18, 0.075, 0.25, round=0.06), ink=0.8),
    ],
)

sofa = Thing(
    "sofa",
    "furniture",
    ("sofa", "couch"),
    [
        Part("legs", "wood", stroke(-0.68, -0.5, -0.72, -0.72, 0.06), stroke(0.68, -0.5, 0.72, -0.72, 0.06)),
        Part("back", "main", box(0, 0.14 + 0.04 * a, 0.76, 0.44 + 0.05 * a, round=0.18)),
        Part("back", "dark", stroke(0, 0.44, 0, 0.02, 0.016), ink=0),
        Part("seat", "main", box(0, -0.4, 0.78, 0.17, round=0.06)),
        Part(
            "cushion",
            "light",
            box(-0.3, -0.16, 0.33, 0.13 + 0.02 * b, round=0.09),
            box(0.3, -0.16, 0.33, 0.13 + 0.02 * b, round=0.09),
        ),
        Part("cushion", "gold", box(-0.4, 0.12, 0.17, 0.17, angle=16 + 12 * c, round=0.06), ink=0.8),
        Part(
            "arms",
            "main",
            box(-0.78, -0.2 + 0.03 * d, 0.16 + 0.02 * e, 0.37 + 0.03 * d, round=0.14),
            box(0.78, -0.2 + 0.03 * d, 0.16 + 0.02 * e, 0.37 + 0.03 * d, round=0.14),
        ),
    ],
)

THINGS = [chair, table, lamp, bed, sofa]
