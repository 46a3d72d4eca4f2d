"""Clothes."""

from ..shapes import Part, Thing, box, cut, dials, ellipse, polygon, stroke

a, b, c, d, e, f = dials()

shirt = Thing(
    "shirt",
    "clothing",
    ("shirt",),
    [
        Part(
            "sleeves",
            "main",
            polygon((-0.4, 0.7), (-0.93, 0.3 - 0.04 * a), (-0.7, -0.02 - 0.1 * b), (-0.34, 0.26), round=0.05),
            polygon((0.4, 0.7), (0.93, 0.3 - 0.04 * a), (0.7, -0.02 - 0.1 * b), (0.34, 0.26), round=0.05),
        ),
        Part(
            "sleeves",
            "dark",
            stroke(-0.86, 0.26 - 0.04 * a, -0.7, 0.06 - 0.1 * b, 0.045),
            stroke(0.86, 0.26 - 0.04 * a, 0.7, 0.06 - 0.1 * b, 0.045),
            ink=0,
        ),
        Part(
            "body",
            "main",
            box(0, -0.08, 0.5 + 0.03 * c, 0.78 + 0.04 * d, round=0.08),
            cut(ellipse(0, 0.74 + 0.04 * d, 0.23, 0.17)),
        ),
        Part(
            "collar",
            "light",
            ellipse(0, 0.68 + 0.04 * d, 0.28, 0.21),
            cut(ellipse(0, 0.74 + 0.04 * d, 0.22, 0.18)),
            cut(box(0, 0.9 + 0.04 * d, 0.5, 0.22)),
        ),
        Part("hem", "dark", box(0, -0.76 - 0.04 * d, 0.48 + 0.03 * c, 0.05, round=0.04), ink=0),
        Part("pocket", "light", box(0.23, 0.18 + 0.04 * e, 0.13, 0.14, round=0.04), ink=0.7),
    ],
)

hat = Thing(
    "hat",
    "clothing",
    ("hat", "sun hat"),
    [
        Part(
            "crown",
            "main",
            ellipse(0, 0.1 + 0.06 * b, 0.5 + 0.04 * a, 0.52 + 0.05 * b),
            box(0, -0.18, 0.5 + 0.04 * a, 0.24),
        ),
        Part("crown", "light", ellipse(-0.2, 0.34, 0.1, 0.16, angle=-20), ink=0),
        Part("band", "dark", box(0, -0.16, 0.51 + 0.04 * a, 0.13 + 0.02 * c, round=0.02)),
        Part("brim", "main", ellipse(0, -0.4, 0.93, 0.19 + 0.03 * d)),
        Part("brim", "light", ellipse(-0.1, -0.35, 0.5, 0.05), ink=0),
        Part(
            "bow",
            "gold",
            ellipse(0.42, -0.12, 0.14, 0.09, angle=25),
            ellipse(0.5, -0.2, 0.13, 0.08, angle=-35),
            ink=0.7,
        ),
    ],
)

shoe = Thing(
    "shoe",
    "clothing",
    ("shoe", "sneaker"),
    [
        Part(
            "body",
            "main",
            box(-0.36, 0.08, 0.46, 0.42 + 0.05 * a, round=0.14),
            polygon((-0.1, 0.44), (0.22, 0.3), (0.62, 0.02), (0.62, -0.4), (-0.5, -0.4), round=0.1),
            ellipse(0.56, -0.2, 0.36 + 0.02 * b, 0.27 + 0.02 * b),
            cut(ellipse(-0.42, 0.54 + 0.05 * a, 0.28, 0.13)),
        ),
        Part("toe", "light", ellipse(0.72, -0.22, 0.2, 0.2), ink=0.7),
        Part("heel", "dark", box(-0.72, -0.02, 0.09, 0.26, round=0.06), ink=0.7),
        Part(
            "laces",
            "white",
            stroke(0.02, 0.24, 0.26, 0.36, 0.035),
            stroke(0.16, 0.12, 0.42, 0.24, 0.035),
            stroke(0.3, 0.0, 0.56, 0.1, 0.035),
            ink=0.5,
        ),
        Part("sole", "white", box(0.05, -0.46, 0.89, 0.11 + 0.03 * c, round=0.09)),
        Part("sole", "dark", box(0.05, -0.46, 0.84, 0.022), ink=0),
    ],
)

sock = Thing(
    "sock",
    "clothing",
    ("sock", "stocking"),
    [
        Part("foot", "main", stroke(-0.2, -0.55, 0.42 + 0.05 * a, -0.62, 0.3 + 0.02 * b)),
        Part("leg", "main", box(-0.24, 0.02, 0.29 + 0.02 * b, 0.76, round=0.1)),
        Part("foot", "main", stroke(-0.2, -0.5, 0.2, -0.58, 0.25), ink=0),
        Part("toe", "dark", ellipse(0.5 + 0.05 * a, -0.63, 0.2, 0.26), ink=0.6),
        Part("heel", "dark", ellipse(-0.38, -0.66, 0.17, 0.17), ink=0.6),
        Part("cuff", "light", box(-0.24, 0.74, 0.35 + 0.02 * b, 0.17 + 0.04 * c, round=0.08)),
        Part("cuff", "dark", box(-0.24, 0.72, 0.31 + 0.02 * b, 0.022), ink=0),
    ],
)

dress = Thing(
    "dress",
    "clothing",
    ("dress", "gown"),
    [
        Part("straps", "dark", stroke(-0.22, 0.5, -0.2, 0.88, 0.055), stroke(0.22, 0.5, 0.2, 0.88, 0.055)),
        Part(
            "skirt",
            "main",
            polygon((-0.26, 0.1), (0.26, 0.1), (0.8 + 0.1 * a, -0.76), (-0.8 - 0.1 * a, -0.76), round=0.1),
            ellipse(-0.46 - 0.05 * a, -0.76, 0.26, 0.12),
            ellipse(0, -0.78, 0.3, 0.13),
            ellipse(0.46 + 0.05 * a, -0.76, 0.26, 0.12),
        ),
        Part("skirt", "dark", stroke(-0.12, -0.06, -0.26, -0.7, 0.02), stroke(0.12, -0.06, 0.26, -0.7, 0.02), ink=0),
        Part(
            "body",
            "main",
            polygon((-0.36, 0.68), (0.36, 0.68), (0.26 + 0.02 * b, 0.04), (-0.26 - 0.02 * b, 0.04), round=0.07),
            cut(ellipse(0, 0.74, 0.15, 0.15 + 0.04 * c)),
        ),
        Part("belt", "light", box(0, 0.08, 0.29 + 0.02 * b, 0.075 + 0.02 * d, round=0.03)),
        Part("bow", "gold", ellipse(-0.1, 0.08, 0.09, 0.07), ellipse(0.1, 0.08, 0.09, 0.07), ink=0.6),
    ],
)

THINGS = [shirt, hat, shoe, sock, dress]
