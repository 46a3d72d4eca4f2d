"""Instruments: a guitar, a drum, a trumpet, a piano; and a violin, which training never sees."""

from ..shapes import Part, Thing, arc, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

guitar = Thing(
    "guitar",
    "instrument",
    ("guitar", "acoustic guitar"),
    [
        Part("neck", "wood", box(0, 0.4, 0.075, 0.44)),
        Part("head", "dark", box(0, 0.82, 0.13, 0.12 + 0.02 * a, round=0.04)),
        Part(
            "body",
            "main",
            ellipse(0, -0.49, 0.57 + 0.04 * b, 0.43 + 0.02 * c),
            ellipse(0, 0.02 + 0.03 * c, 0.41 + 0.04 * d, 0.31),
        ),
        Part("body", "light", ellipse(-0.32, -0.6, 0.08, 0.16, angle=-30), ink=0),
        Part("hole", "black", ellipse(0, -0.22, 0.15 + 0.02 * e), ink=0.6),
        Part("bridge", "wood", box(0, -0.64, 0.19, 0.05, round=0.03), ink=0.7),
        Part(
            "strings",
            "cream",
            stroke(-0.035, -0.63, -0.035, 0.8, 0.011),
            stroke(0.035, -0.63, 0.035, 0.8, 0.011),
            ink=0,
        ),
    ],
)

drum = Thing(
    "drum",
    "instrument",
    ("drum", "snare drum"),
    [
        Part(
            "body",
            "main",
            box(0, -0.22 - 0.04 * a, 0.78 + 0.06 * b, 0.44 + 0.04 * a),
            ellipse(0, -0.66 - 0.08 * a, 0.78 + 0.06 * b, 0.2),
        ),
        Part(
            "strings",
            "light",
            stroke(-0.7, 0.16, -0.36, -0.66, 0.03),
            stroke(-0.36, -0.66, 0.0, 0.08, 0.03),
            stroke(0.0, 0.08, 0.36, -0.66, 0.03),
            stroke(0.36, -0.66, 0.7, 0.16, 0.03),
            ink=0,
        ),
        Part("rim", "metal", ellipse(0, 0.22, 0.84 + 0.06 * b, 0.25 + 0.03 * c)),
        Part("skin", "cream", ellipse(0, 0.24, 0.7 + 0.06 * b, 0.17 + 0.03 * c), ink=0.7),
        Part(
            "sticks",
            "wood",
            stroke(-0.2, 0.26, -0.66 + 0.06 * d, 0.84 + 0.06 * e, 0.05),
            stroke(0.16, 0.22, 0.66 + 0.06 * f, 0.84 - 0.06 * e, 0.05),
            ellipse(-0.2, 0.26, 0.09),
            ellipse(0.16, 0.22, 0.09),
        ),
    ],
)

trumpet = Thing(
    "trumpet",
    "instrument",
    ("trumpet", "horn"),
    [
        Part(
            "tubes",
            "dark",
            arc(-0.2, -0.17, 0.24, 0.06, 180, 90),
            arc(0.26, -0.17, 0.24, 0.06, 0, 90),
            box(0.03, -0.41, 0.25, 0.06),
        ),
        Part("tubes", "main", box(0.02, 0.08, 0.76, 0.095, round=0.05)),
        Part(
            "bell",
            "main",
            polygon((0.34, 0.16), (0.86, 0.47 + 0.05 * a), (0.86, -0.31 - 0.05 * a), (0.34, -0.0), round=0.03),
        ),
        Part("bell", "light", box(0.86, 0.08, 0.07, 0.48 + 0.05 * a, round=0.07)),
        Part("mouthpiece", "metal", polygon((-0.92, 0.22), (-0.92, -0.06), (-0.74, 0.03), (-0.74, 0.13), round=0.03)),
        Part(
            "valves",
            "main",
            box(-0.26, -0.08, 0.085, 0.3 + 0.03 * b, round=0.04),
            box(-0.04, -0.08, 0.085, 0.3 + 0.03 * b, round=0.04),
            box(0.18, -0.08, 0.085, 0.3 + 0.03 * b, round=0.04),
        ),
        Part(
            "buttons",
            "gold",
            ellipse(-0.26, 0.32 + 0.04 * c, 0.085, 0.06),
            ellipse(-0.04, 0.32 - 0.04 * c, 0.085, 0.06),
            ellipse(0.18, 0.32 + 0.04 * d, 0.085, 0.06),
            ink=0.7,
        ),
    ],
)

piano = Thing(
    "piano",
    "instrument",
    ("piano", "upright piano"),
    [
        Part("legs", "dark", box(-0.74, -0.6, 0.09, 0.26, round=0.03), box(0.74, -0.6, 0.09, 0.26, round=0.03)),
        Part("body", "main", box(0, 0.02, 0.78 + 0.04 * a, 0.68 + 0.05 * b, round=0.05)),
        Part("lid", "dark", box(0, 0.72 + 0.05 * b, 0.86 + 0.04 * a, 0.09, round=0.05)),
        Part("music", "cream", box(0, 0.36 + 0.03 * c, 0.27 + 0.03 * d, 0.19, round=0.02), ink=0.7),
        Part("music", "black", stroke(-0.17, 0.42, 0.17, 0.42, 0.014), stroke(-0.17, 0.31, 0.17, 0.31, 0.014), ink=0),
        Part("keys", "white", box(0, -0.1, 0.86 + 0.03 * a, 0.15, round=0.03)),
        Part(
            "keys",
            "black",
            box(-0.6, -0.04, 0.05, 0.09),
            box(-0.36, -0.04, 0.05, 0.09),
            box(-0.12, -0.04, 0.05, 0.09),
            box(0.12, -0.04, 0.05, 0.09),
            box(0.36, -0.04, 0.05, 0.09),
            box(0.6, -0.04, 0.05, 0.09),
            ink=0,
        ),
        Part("body", "main", box(0, -0.3, 0.9 + 0.03 * a, 0.07, round=0.04)),
        Part("pedals", "gold", ellipse(-0.12, -0.62, 0.08, 0.045), ellipse(0.12, -0.62, 0.08, 0.045), ink=0.6),
    ],
)

violin = Thing(
    "violin",
    "instrument",
    ("violin", "fiddle"),
    [
        Part("bow", "wood", stroke(-0.66, -0.62 + 0.08 * e, 0.72, 0.5 + 0.08 * f, 0.036)),
        Part("bow", "cream", stroke(-0.6, -0.71 + 0.08 * e, 0.74, 0.38 + 0.08 * f, 0.022), ink=0.6),
        Part("neck", "dark", box(0, 0.34, 0.06, 0.44)),
        Part("scroll", "dark", ellipse(0, 0.82, 0.12 + 0.02 * a, 0.11), stroke(-0.15, 0.68, 0.15, 0.68, 0.04)),
        Part(
            "body",
            "main",
            ellipse(0, -0.56, 0.44 + 0.03 * b, 0.36),
            ellipse(0, 0.0, 0.36 + 0.03 * c, 0.28),
            box(0, -0.28, 0.3, 0.24),
            cut(ellipse(-0.46, -0.27, 0.19, 0.16 + 0.02 * d)),
            cut(ellipse(0.46, -0.27, 0.19, 0.16 + 0.02 * d)),
        ),
        Part("holes", "black", stroke(-0.2, -0.2, -0.16, -0.42, 0.028), stroke(0.2, -0.2, 0.16, -0.42, 0.028), ink=0),
        Part(
            "neck",
            "black",
            polygon((-0.06, 0.6), (0.06, 0.6), (0.085, -0.16), (-0.085, -0.16), round=0.01),
            ink=0,
        ),
        Part("bridge", "black", polygon((-0.07, -0.56), (0.07, -0.56), (0.1, -0.84), (-0.1, -0.84), round=0.03), ink=0),
        Part("strings", "cream", stroke(-0.03, 0.6, -0.03, -0.6, 0.01), stroke(0.03, 0.6, 0.03, -0.6, 0.01), ink=0),
    ],
)

THINGS = [guitar, drum, trumpet, piano, violin]
