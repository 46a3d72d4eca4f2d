"""Tools: a hammer, a saw, a key, a pencil; and a paintbrush, which training never sees."""

from ..shapes import Part, Thing, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

hammer = Thing(
    "hammer",
    "tool",
    ("hammer",),
    [
        Part("handle", "main", stroke(0, 0.4, 0, -0.72, 0.18, 0.2 + 0.02 * a)),
        Part(
            "grip",
            "dark",
            stroke(-0.12, -0.42 + 0.06 * b, 0.12, -0.42 + 0.06 * b, 0.034),
            stroke(-0.12, -0.56 + 0.04 * b, 0.12, -0.56 + 0.04 * b, 0.034),
            stroke(-0.12, -0.7 + 0.02 * b, 0.12, -0.7 + 0.02 * b, 0.034),
            ink=0,
        ),
        Part("handle", "light", stroke(-0.07, 0.32, -0.08, -0.2, 0.03), ink=0),
        Part(
            "claw",
            "metal",
            polygon((-0.2, 0.77), (-0.2, 0.52), (-0.76 - 0.04 * c, 0.36), (-0.62 - 0.04 * c, 0.58), round=0.05),
        ),
        Part("head", "metal", box(0.06, 0.64, 0.32, 0.14 + 0.02 * d, round=0.05)),
        Part("head", "metal", box(0.48 + 0.04 * e, 0.64, 0.12, 0.2 + 0.02 * d, round=0.05)),
    ],
)

saw = Thing(
    "saw",
    "tool",
    ("saw", "handsaw"),
    [
        Part(
            "teeth",
            "metal",
            polygon((-0.3, -0.2), (-0.1, -0.2), (-0.22, -0.36)),
            polygon((-0.08, -0.18), (0.12, -0.18), (0.0, -0.34)),
            polygon((0.14, -0.16), (0.34, -0.16), (0.22, -0.32)),
            polygon((0.36, -0.14), (0.56, -0.14), (0.44, -0.29)),
            polygon((0.58, -0.12), (0.78, -0.12), (0.66, -0.26)),
        ),
        Part(
            "blade",
            "light",
            polygon((-0.44, 0.3 + 0.05 * a), (0.92, 0.1 + 0.04 * b), (0.92, -0.13), (-0.44, -0.24), round=0.03),
        ),
        Part(
            "blade",
            "main",
            polygon((-0.44, 0.29 + 0.05 * a), (0.9, 0.09 + 0.04 * b), (0.9, -0.03), (-0.44, -0.02)),
            ink=0,
        ),
        Part(
            "handle",
            "main",
            box(-0.62, -0.02, 0.3, 0.38 + 0.03 * c, angle=-8, round=0.14),
            cut(ellipse(-0.64, -0.02, 0.12 + 0.01 * d, 0.2)),
        ),
        Part("screws", "gold", ellipse(-0.4, 0.2, 0.05), ellipse(-0.4, -0.2, 0.05), ink=0.6),
    ],
)

key = Thing(
    "key",
    "tool",
    ("key", "door key"),
    [
        Part(
            "teeth",
            "main",
            box(0.24, -0.82 + 0.02 * a, 0.2 + 0.05 * b, 0.09, round=0.03),
            box(0.2, -0.53 + 0.04 * a, 0.18 + 0.06 * c, 0.09, round=0.03),
        ),
        Part("shaft", "main", box(0, -0.36, 0.12, 0.58, round=0.05)),
        Part("shaft", "light", stroke(-0.05, -0.06, -0.05, -0.78, 0.022), ink=0),
        Part("collar", "dark", box(0, 0.14, 0.21, 0.075, round=0.04)),
        Part(
            "ring",
            "main",
            ellipse(0, 0.54, 0.42 + 0.05 * d, 0.38),
            cut(ellipse(0, 0.56, 0.19 + 0.05 * d, 0.17 + 0.03 * e)),
        ),
        Part("ring", "light", stroke(-0.32, 0.64, -0.22, 0.78, 0.03), ink=0),
    ],
)

pencil = Thing(
    "pencil",
    "tool",
    ("pencil",),
    [
        Part("eraser", "rose", box(0, 0.82, 0.22, 0.12, round=0.09)),
        Part(
            "tip",
            "cream",
            polygon((-0.25 - 0.02 * e, -0.42), (0.25 + 0.02 * e, -0.42), (0, -0.93 - 0.02 * a), round=0.02),
        ),
        Part("lead", "black", polygon((-0.09, -0.74), (0.09, -0.74), (0, -0.93 - 0.02 * a), round=0.01), ink=0.6),
        Part("body", "main", box(0, 0.1 + 0.02 * b, 0.26 + 0.02 * e, 0.56 + 0.02 * b, round=0.02)),
        Part("body", "light", box(-0.13, 0.08, 0.045, 0.52), ink=0),
        Part("body", "dark", box(0.18, 0.08, 0.045, 0.52), ink=0),
        Part("band", "metal", box(0, 0.66 + 0.03 * c, 0.27 + 0.02 * e, 0.08 + 0.02 * d, round=0.02)),
    ],
)

brush = Thing(
    "brush",
    "tool",
    ("brush", "paintbrush"),
    [
        Part("bristles", "cream", box(0, -0.34, 0.33 + 0.04 * a, 0.22, round=0.04)),
        Part(
            "paint",
            "main",
            polygon(
                (-0.39 - 0.04 * a, -0.44 + 0.04 * e),
                (0.39 + 0.04 * a, -0.44 + 0.04 * e),
                (0.26, -0.93),
                (-0.26, -0.93),
                round=0.09,
            ),
        ),
        Part("paint", "light", ellipse(-0.16, -0.66, 0.06, 0.12), ink=0),
        Part(
            "bristles", "wood", stroke(-0.12, -0.24, -0.13, -0.4, 0.014), stroke(0.1, -0.24, 0.11, -0.4, 0.014), ink=0
        ),
        Part("handle", "main", stroke(0, 0.04, 0, 0.76, 0.2 + 0.02 * b, 0.14 + 0.02 * c)),
        Part("handle", "light", stroke(-0.07, 0.18, -0.06, 0.6, 0.028), ink=0),
        Part("hole", "black", ellipse(0, 0.76, 0.05), ink=0),
        Part("band", "metal", box(0, -0.1, 0.36 + 0.04 * a, 0.1 + 0.02 * d, round=0.04)),
    ],
)

THINGS = [hammer, saw, key, pencil, brush]
