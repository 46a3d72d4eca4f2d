"""Buildings."""

from ..shapes import Part, Thing, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

house = Thing(
    "house",
    "building",
    ("house", "cottage"),
    [
        Part("chimney", "dark", box(0.42 + 0.04 * a, 0.46, 0.11, 0.32, round=0.02)),
        Part("walls", "main", box(0, -0.36, 0.66, 0.54, round=0.03)),
        Part("roof", "dark", polygon((-0.9, 0.08), (0, 0.82 + 0.1 * b), (0.9, 0.08), round=0.06)),
        Part("roof", "light", ellipse(0, 0.38 + 0.03 * b, 0.12), ink=0.7),
        Part("door", "wood", box(0.02 + 0.1 * c, -0.6, 0.16, 0.29, round=0.05), ink=0.8),
        Part("door", "gold", ellipse(0.11 + 0.1 * c, -0.6, 0.035), ink=0),
        Part(
            "windows",
            "glass",
            box(-0.4 + 0.02 * d, -0.2, 0.15 + 0.02 * e, 0.16, round=0.03),
            box(0.42 + 0.02 * d, -0.2, 0.15 + 0.02 * e, 0.16, round=0.03),
            ink=0.8,
        ),
        Part(
            "windows",
            "white",
            stroke(-0.4 + 0.02 * d, -0.34, -0.4 + 0.02 * d, -0.06, 0.016),
            stroke(0.42 + 0.02 * d, -0.34, 0.42 + 0.02 * d, -0.06, 0.016),
            ink=0,
        ),
    ],
)

castle = Thing(
    "castle",
    "building",
    ("castle", "fortress"),
    [
        Part("flags", "gold", polygon((0, 0.95), (0, 0.72), (0.3, 0.84)), ink=0.8),
        Part("flags", "wood", stroke(0, 0.3, 0, 0.94, 0.022), ink=0.6),
        Part(
            "walls",
            "main",
            box(0, -0.22, 0.44, 0.56 + 0.04 * a),
            box(-0.3, 0.4 + 0.04 * a, 0.1, 0.1),
            box(0, 0.4 + 0.04 * a, 0.1, 0.1),
            box(0.3, 0.4 + 0.04 * a, 0.1, 0.1),
        ),
        Part(
            "towers",
            "main",
            box(-0.62, -0.2 + 0.03 * b, 0.26 + 0.02 * c, 0.66 + 0.05 * b),
            box(0.62, -0.2 + 0.03 * b, 0.26 + 0.02 * c, 0.66 + 0.05 * b),
            box(-0.8, 0.54 + 0.08 * b, 0.09, 0.12),
            box(-0.46, 0.54 + 0.08 * b, 0.09, 0.12),
            box(0.46, 0.54 + 0.08 * b, 0.09, 0.12),
            box(0.8, 0.54 + 0.08 * b, 0.09, 0.12),
        ),
        Part("towers", "light", box(-0.62, 0.36, 0.26, 0.035), box(0.62, 0.36, 0.26, 0.035), ink=0),
        Part("windows", "night", ellipse(-0.62, 0.08, 0.08, 0.13), ellipse(0.62, 0.08, 0.08, 0.13), ink=0.6),
        Part("door", "wood", box(0, -0.62, 0.21, 0.2), ellipse(0, -0.44, 0.21, 0.2 + 0.04 * d)),
        Part("door", "black", stroke(0, -0.8, 0, -0.28, 0.014), ink=0),
    ],
)

lighthouse = Thing(
    "lighthouse",
    "building",
    ("lighthouse",),
    [
        Part("base", "metal", ellipse(0, -0.82, 0.56 + 0.04 * a, 0.13)),
        Part(
            "walls",
            "main",
            polygon((-0.36 - 0.04 * b, -0.8), (0.36 + 0.04 * b, -0.8), (0.24, 0.3), (-0.24, 0.3), round=0.03),
        ),
        Part(
            "walls",
            "light",
            polygon((-0.3 - 0.02 * b, -0.42), (0.3 + 0.02 * b, -0.42), (0.285, -0.2), (-0.285, -0.2)),
            polygon((-0.255, 0.02), (0.255, 0.02), (0.24, 0.2), (-0.24, 0.2)),
            ink=0,
        ),
        Part("lamp", "gold", box(0, 0.5, 0.17, 0.18)),
        Part("gallery", "dark", box(0, 0.32, 0.34 + 0.03 * c, 0.065, round=0.03)),
        Part("roof", "dark", polygon((-0.28, 0.62), (0, 0.92 + 0.03 * d), (0.28, 0.62), round=0.04)),
        Part("door", "wood", box(0, -0.64, 0.11, 0.17, round=0.06), ink=0.7),
        Part("windows", "night", ellipse(0, -0.08, 0.07, 0.09), ink=0.6),
    ],
)

tent = Thing(
    "tent",
    "building",
    ("tent",),
    [
        Part("poles", "wood", stroke(0, 0.5, 0.1, 0.86, 0.035), stroke(0, 0.5, -0.1, 0.86, 0.035)),
        Part("ropes", "cream", stroke(-0.36, 0.0, -0.92, -0.68, 0.018), stroke(0.36, 0.0, 0.92, -0.68, 0.018), ink=0.5),
        Part(
            "roof", "main", polygon((-0.78 - 0.06 * a, -0.7), (0, 0.66 + 0.08 * b), (0.78 + 0.06 * a, -0.7), round=0.06)
        ),
        Part("roof", "light", box(0, -0.64, 0.7 + 0.06 * a, 0.04), ink=0),
        Part(
            "door", "night", polygon((-0.3 - 0.04 * c, -0.7), (0, 0.28 + 0.06 * d), (0.3 + 0.04 * c, -0.7), round=0.04)
        ),
        Part(
            "door", "light", polygon((-0.36 - 0.04 * c, -0.7), (0, 0.28 + 0.06 * d), (-0.12, -0.7), round=0.03), ink=0.8
        ),
    ],
)

windmill = Thing(
    "windmill",
    "building",
    ("windmill", "mill"),
    [
        Part(
            "walls",
            "main",
            polygon((-0.52, -0.92), (0.52, -0.92), (0.31 + 0.02 * b, 0.2), (-0.31 - 0.02 * b, 0.2), round=0.03),
        ),
        Part("walls", "light", polygon((-0.5, -0.84), (0.5, -0.84), (0.48, -0.72), (-0.48, -0.72)), ink=0),
        Part("roof", "dark", ellipse(0, 0.2, 0.34, 0.27), cut(box(0, -0.02, 0.5, 0.17))),
        Part("door", "wood", box(0, -0.7, 0.14, 0.21, round=0.08), ink=0.8),
        Part("windows", "glass", ellipse(0, -0.2 + 0.04 * c, 0.1), ink=0.7),
        Part(
            "sails",
            "cream",
            box(0, 0.26, 0.66, 0.085 + 0.015 * d, angle=45 + 18 * a, round=0.03),
            box(0, 0.26, 0.66, 0.085 + 0.015 * d, angle=135 + 18 * a, round=0.03),
        ),
        Part(
            "sails",
            "wood",
            box(0, 0.26, 0.66, 0.02, angle=45 + 18 * a),
            box(0, 0.26, 0.66, 0.02, angle=135 + 18 * a),
            ink=0,
        ),
        Part("hub", "main", ellipse(0, 0.26, 0.11)),
    ],
)

THINGS = [house, castle, lighthouse, tent, windmill]
