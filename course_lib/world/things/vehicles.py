"""Vehicles."""

from ..shapes import Part, Thing, box, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

car = Thing(
    "car",
    "vehicle",
    ("car", "automobile"),
    [
        Part(
            "cabin",
            "main",
            polygon(
                (-0.58, -0.05),
                (-0.36 + 0.05 * a, 0.5 + 0.08 * b),
                (0.22 + 0.05 * a, 0.5 + 0.08 * b),
                (0.58, -0.05),
                round=0.08,
            ),
        ),
        Part(
            "windows",
            "glass",
            polygon(
                (-0.42, 0.08), (-0.28 + 0.05 * a, 0.39 + 0.08 * b), (-0.06, 0.39 + 0.08 * b), (-0.06, 0.08), round=0.03
            ),
            polygon(
                (0.04, 0.08), (0.04, 0.39 + 0.08 * b), (0.18 + 0.05 * a, 0.39 + 0.08 * b), (0.42, 0.08), round=0.03
            ),
            ink=0.7,
        ),
        Part("body", "main", box(0, -0.16, 0.92, 0.25 + 0.02 * c, round=0.16)),
        Part("door", "dark", stroke(-0.01, 0.02, -0.01, -0.3, 0.012), stroke(0.08, -0.07, 0.19, -0.07, 0.02), ink=0),
        Part("lights", "gold", ellipse(0.84, -0.1, 0.07, 0.09), ink=0.7),
        Part("bumper", "metal", box(0, -0.37, 0.9, 0.05, round=0.04), ink=0.7),
        Part("wheels", "black", ellipse(-0.52, -0.4, 0.22 + 0.03 * d), ellipse(0.52, -0.4, 0.22 + 0.03 * d)),
        Part("wheels", "metal", ellipse(-0.52, -0.4, 0.1), ellipse(0.52, -0.4, 0.1), ink=0.5),
    ],
)

boat = Thing(
    "boat",
    "vehicle",
    ("boat", "sailboat"),
    [
        Part("mast", "wood", stroke(0, -0.4, 0, 0.84 + 0.04 * a, 0.035)),
        Part("flag", "gold", polygon((0, 0.9 + 0.04 * a), (0, 0.72 + 0.04 * a), (-0.26, 0.81 + 0.04 * a)), ink=0.7),
        Part(
            "sails",
            "main",
            polygon((0.07, 0.74 + 0.06 * b), (0.07, -0.26), (0.76 + 0.08 * c, -0.26), round=0.05),
        ),
        Part("sails", "light", polygon((-0.07, 0.6), (-0.07, -0.26), (-0.6 + 0.08 * d, -0.26), round=0.05)),
        Part(
            "hull",
            "main",
            polygon(
                (-0.9, -0.38), (0.9, -0.38), (0.58 + 0.08 * e, -0.88 + 0.05 * f), (-0.55, -0.88 + 0.05 * f), round=0.08
            ),
        ),
        Part("hull", "light", box(0, -0.47, 0.72, 0.035, round=0.03), ink=0),
        Part(
            "portholes",
            "glass",
            ellipse(-0.3, -0.64, 0.08),
            ellipse(0.02, -0.64, 0.08),
            ellipse(0.34, -0.64, 0.08),
            ink=0.6,
        ),
    ],
)

plane = Thing(
    "plane",
    "vehicle",
    ("plane", "airplane"),
    [
        Part(
            "wings",
            "dark",
            polygon((0.1, 0.12), (0.36, 0.12), (-0.02, 0.55 + 0.05 * a), (-0.16, 0.55 + 0.05 * a), round=0.04),
        ),
        Part(
            "tail",
            "main",
            polygon((-0.9, 0.52 + 0.1 * b), (-0.66, 0.52 + 0.1 * b), (-0.4, 0.05), (-0.78, 0.0), round=0.06),
        ),
        Part("body", "main", stroke(-0.74, 0.02, 0.62 + 0.03 * c, -0.02, 0.13, 0.25 + 0.03 * d)),
        Part("body", "light", stroke(-0.6, -0.1, 0.6, -0.17, 0.03, 0.06), ink=0),
        Part("tail", "dark", polygon((-0.88, 0.1), (-0.52, 0.1), (-0.66, -0.06), (-0.94, -0.06), round=0.04), ink=0.8),
        Part(
            "windows",
            "glass",
            ellipse(-0.28, 0.1, 0.065),
            ellipse(-0.06, 0.1, 0.065),
            ellipse(0.16, 0.1, 0.065),
            ink=0.6,
        ),
        Part("windows", "glass", polygon((0.5, 0.18), (0.74, 0.14), (0.8, 0.03), (0.52, 0.03), round=0.04), ink=0.7),
        Part(
            "wings",
            "main",
            polygon((-0.04, -0.06), (0.34, -0.06), (-0.2, -0.62 + 0.08 * e), (-0.42, -0.62 + 0.08 * e), round=0.05),
        ),
        Part("engine", "metal", stroke(-0.04, -0.34, 0.16, -0.34, 0.085), ink=0.8),
    ],
)

rocket = Thing(
    "rocket",
    "vehicle",
    ("rocket", "spaceship"),
    [
        Part("flame", "gold", ellipse(0, -0.66, 0.19, 0.26 + 0.04 * f)),
        Part("flame", "rose", ellipse(0, -0.62, 0.09, 0.17), ink=0),
        Part(
            "fins",
            "dark",
            polygon(
                (-0.2, -0.05 + 0.08 * a),
                (-0.56 - 0.05 * b, -0.42),
                (-0.56 - 0.05 * b, -0.74),
                (-0.2, -0.52),
                round=0.05,
            ),
            polygon(
                (0.2, -0.05 + 0.08 * a), (0.56 + 0.05 * b, -0.42), (0.56 + 0.05 * b, -0.74), (0.2, -0.52), round=0.05
            ),
        ),
        Part(
            "body",
            "main",
            ellipse(0, 0.12, 0.35 + 0.04 * c, 0.82),
            box(0, -0.3, 0.28 + 0.03 * c, 0.28, round=0.06),
        ),
        Part("nose", "light", ellipse(0, 0.74, 0.13 + 0.01 * c, 0.16), ink=0.6),
        Part("belt", "light", box(0, -0.42, 0.29 + 0.03 * c, 0.045), ink=0.6),
        Part("windows", "white", ellipse(0, 0.3 + 0.05 * d, 0.18 + 0.02 * e)),
        Part("windows", "glass", ellipse(0, 0.3 + 0.05 * d, 0.11 + 0.02 * e), ink=0.6),
        Part("windows", "glass", ellipse(0, -0.08, 0.085), ink=0.8),
    ],
)

bus = Thing(
    "bus",
    "vehicle",
    ("bus", "coach"),
    [
        Part("body", "main", box(0, 0.08, 0.93, 0.5 + 0.05 * a, round=0.14)),
        Part("body", "light", box(0, -0.18, 0.9, 0.05), ink=0),
        Part(
            "windows",
            "glass",
            box(-0.66, 0.22, 0.15, 0.17 + 0.02 * b, round=0.04),
            box(-0.3, 0.22, 0.15, 0.17 + 0.02 * b, round=0.04),
            box(0.06, 0.22, 0.15, 0.17 + 0.02 * b, round=0.04),
            ink=0.7,
        ),
        Part("door", "glass", box(0.42, 0.02, 0.14, 0.37, round=0.04), ink=0.8),
        Part("door", "black", stroke(0.42, -0.3, 0.42, 0.34, 0.012), ink=0),
        Part("windows", "glass", box(0.77, 0.24, 0.11, 0.2, round=0.04), ink=0.7),
        Part("lights", "gold", ellipse(0.86, -0.26, 0.06, 0.08), ink=0.7),
        Part("bumper", "metal", box(0, -0.44, 0.91, 0.05, round=0.04), ink=0.7),
        Part("wheels", "black", ellipse(-0.52, -0.46, 0.21 + 0.03 * c), ellipse(0.5, -0.46, 0.21 + 0.03 * c)),
        Part("wheels", "metal", ellipse(-0.52, -0.46, 0.09), ellipse(0.5, -0.46, 0.09), ink=0.5),
    ],
)

THINGS = [car, boat, plane, rocket, bus]
