"""Clothes: a shirt, a hat, a shoe, a sock; and a dress, which training never sees."""

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
            polygon((-0.4, 0.7), (-0.92, 0.3 - 0.04 * a), (-0.7, -0.04 - 0.1 * b), (-0.34, 0.24), round=0.05),
            polygon((0.4, 0.7), (0.92, 0.3 - 0.04 * a), (0.7, -0.04 - 0.1 * b), (0.34, 0.24), round=0.05),
        ),
        Part(
            "sleeves",
            "dark",
            stroke(-0.85, 0.26 - 0.04 * a, -0.7, 0.05 - 0.1 * b, 0.045),
            stroke(0.85, 0.26 - 0.04 * a, 0.7, 0.05 - 0.1 * b, 0.045),
            ink=0,
        ),
        Part(
            "body",
            "main",
            box(0, -0.08, 0.5 + 0.04 * c, 0.78 + 0.05 * d, round=0.08),
            cut(ellipse(0, 0.74 + 0.05 * d, 0.23, 0.17)),
        ),
        Part(
            "collar",
            "light",
            ellipse(0, 0.68 + 0.05 * d, 0.28, 0.21),
            cut(ellipse(0, 0.74 + 0.05 * d, 0.22, 0.18)),
            cut(box(0, 0.9 + 0.05 * d, 0.5, 0.22)),
        ),
        Part("hem", "dark", box(0, -0.76 - 0.05 * d, 0.47 + 0.04 * c, 0.045, round=0.04), ink=0),
        Part(
            "pocket",
            "light",
            box(0.23, 0.16 + 0.05 * e, 0.13 + 0.02 * f, 0.14 + 0.02 * f, round=0.04),
            ink=0.7,
        ),
    ],
)

hat = Thing(
    "hat",
    "clothing",
    ("hat",),
    [
        Part(
            "top",
            "main",
            ellipse(0, 0.12 + 0.08 * b, 0.5 + 0.05 * a, 0.54 + 0.06 * b),
            box(0, -0.18, 0.5 + 0.05 * a, 0.24),
        ),
        Part("top", "light", ellipse(-0.22, 0.36 + 0.06 * b, 0.1, 0.16, angle=-20), ink=0),
        Part("band", "dark", box(0, -0.16, 0.51 + 0.05 * a, 0.13 + 0.03 * c, round=0.02)),
        Part("brim", "main", ellipse(0, -0.42, 0.91, 0.2 + 0.05 * d)),
        Part("brim", "light", ellipse(-0.1, -0.35, 0.5, 0.05), ink=0),
        Part(
            "bow",
            "gold",
            polygon((0.36, -0.16), (0.16, 0.0 + 0.03 * e), (0.16, -0.32 - 0.03 * e), round=0.05),
            polygon((0.36, -0.16), (0.56 + 0.03 * f, 0.0), (0.56 + 0.03 * f, -0.32), round=0.05),
            ellipse(0.36, -0.16, 0.07),
            ink=0.7,
        ),
    ],
)

shoe = Thing(
    "shoe",
    "clothing",
    ("shoe", "sneaker"),
    [
        Part("lining", "dark", ellipse(-0.42, 0.5 + 0.05 * a, 0.3, 0.1)),
        Part(
            "body",
            "main",
            box(-0.36, 0.08, 0.46, 0.42 + 0.05 * a, round=0.14),
            polygon((-0.1, 0.44), (0.2, 0.32), (0.62, 0.02), (0.62, -0.4), (-0.5, -0.4), round=0.1),
            ellipse(0.54, -0.2, 0.36 + 0.02 * b, 0.27 + 0.03 * b),
            cut(ellipse(-0.42, 0.54 + 0.05 * a, 0.3, 0.14)),
        ),
        Part("toe", "light", ellipse(0.71, -0.22, 0.19, 0.2 + 0.03 * d), ink=0.7),
        Part("heel", "dark", box(-0.72, -0.06, 0.09, 0.26 + 0.04 * e, round=0.06), ink=0.7),
        Part(
            "laces",
            "white",
            stroke(-0.06, 0.22, 0.16, 0.34, 0.035),
            stroke(0.09, 0.09, 0.31, 0.22, 0.035),
            stroke(0.24, -0.04, 0.45, 0.09, 0.035),
            ink=0.5,
        ),
        Part("sole", "white", box(0.03, -0.46, 0.88, 0.1 + 0.02 * c, round=0.08)),
        Part("sole", "dark", box(0.03, -0.46, 0.83, 0.022), ink=0),
    ],
)

sock = Thing(
    "sock",
    "clothing",
    ("sock", "stocking"),
    [
        Part(
            "foot",
            "main",
            stroke(-0.22, -0.56, 0.4 + 0.08 * a, -0.6, 0.31),
            box(-0.22, 0.04, 0.31, 0.72, round=0.1),
        ),
        Part("leg", "main", box(-0.22, 0.2, 0.31, 0.56, round=0.1), ink=0),
        Part(
            "toe",
            "dark",
            ellipse(0.4 + 0.08 * a, -0.6, 0.31),
            cut(box(0.02 + 0.08 * a, -0.6, 0.4 + 0.04 * b, 0.5)),
            ink=0.7,
        ),
        Part(
            "heel",
            "dark",
            ellipse(-0.22, -0.56, 0.31),
            cut(box(0.0, -0.34, 0.36 + 0.03 * c, 0.6, angle=45)),
            ink=0.7,
        ),
        Part("cuff", "light", box(-0.22, 0.72, 0.37, 0.16 + 0.04 * d, round=0.08)),
        Part(
            "cuff",
            "dark",
            stroke(-0.42, 0.65, -0.42, 0.79, 0.02),
            stroke(-0.22, 0.65, -0.22, 0.79, 0.02),
            stroke(-0.02, 0.65, -0.02, 0.79, 0.02),
            ink=0,
        ),
    ],
)

dress = Thing(
    "dress",
    "clothing",
    ("dress", "gown"),
    [
        Part("straps", "dark", stroke(-0.24, 0.5, -0.21, 0.86, 0.055), stroke(0.24, 0.5, 0.21, 0.86, 0.055)),
        Part(
            "skirt",
            "main",
            polygon((-0.26, 0.1), (0.26, 0.1), (0.78 + 0.1 * a, -0.76), (-0.78 - 0.1 * a, -0.76), round=0.1),
            ellipse(-0.46 - 0.05 * a, -0.76, 0.26, 0.12),
            ellipse(0, -0.78, 0.3, 0.13),
            ellipse(0.46 + 0.05 * a, -0.76, 0.26, 0.12),
        ),
        Part(
            "skirt",
            "dark",
            stroke(-0.12, -0.1, -0.27, -0.68, 0.012, 0.026),
            stroke(0.12, -0.1, 0.27, -0.68, 0.012, 0.026),
            ink=0,
        ),
        Part(
            "body",
            "main",
            polygon(
                (-0.36 - 0.03 * d, 0.68),
                (0.36 + 0.03 * d, 0.68),
                (0.26 + 0.03 * b, 0.04),
                (-0.26 - 0.03 * b, 0.04),
                round=0.07,
            ),
            cut(ellipse(0, 0.74, 0.16, 0.17 + 0.06 * c)),
        ),
        Part("belt", "dark", box(0, 0.08, 0.28 + 0.03 * b, 0.07, round=0.03)),
        Part(
            "bow",
            "gold",
            polygon((0, 0.08), (-0.2 - 0.03 * e, 0.18), (-0.2 - 0.03 * e, -0.02), round=0.04),
            polygon((0, 0.08), (0.2 + 0.03 * e, 0.18), (0.2 + 0.03 * e, -0.02), round=0.04),
            ellipse(0, 0.08, 0.06),
            ink=0.7,
        ),
    ],
)

THINGS = [shirt, hat, shoe, sock, dress]
