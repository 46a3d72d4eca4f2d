"""How fast the picture world draws, beside the same pictures drawn one by one with Pillow.

    python benchmarks/world.py

Pillow draws the same shapes in the same colors with the same ink lines on the same stretches of color, four times too
large and then made smaller, which is how one gets smooth edges there. It leaves out cuts, rounded corners, patterns,
shading, hills, textures, tints, masks and boxes, so the ratio flatters Pillow. Pillow uses one core.
"""

from __future__ import annotations

import math
import time

import torch
from PIL import Image, ImageDraw

from course_lib import world
from course_lib.world.backdrops import BACKDROPS
from course_lib.world.palette import COLORS, INK, PAINTS
from course_lib.world.render import LINE
from course_lib.world.scene import Scene
from course_lib.world.shapes import Primitive
from course_lib.world.things import CATALOGUE

Point = tuple[float, float]
Color = tuple[int, int, int]
FINER = 4  # drawn so many times larger, for smooth edges


def rgb(color: tuple[float, ...]) -> Color:
    r, g, b = (round(255 * min(max(c, 0), 1)) for c in color)
    return r, g, b


def outline(shape: Primitive, dials: list[float], corners: int = 32) -> list[Point]:
    """The shape's outline in its thing's frame, as a polygon."""
    n = [v.base + sum(s * d for s, d in zip(v.slopes, dials, strict=True)) for v in shape.numbers]
    turns = [2 * math.pi * i / corners for i in range(corners)]
    if shape.form.startswith("polygon"):
        return [(n[i], n[i + 1]) for i in range(0, len(n) - 1, 2)]
    if shape.form == "stroke":
        x0, y0, x1, y1, r0, r1 = n
        along = math.atan2(y1 - y0, x1 - x0)
        half = [math.pi * i / (corners // 2) for i in range(corners // 2 + 1)]
        end = [(x1 + r1 * math.cos(along - math.pi / 2 + t), y1 + r1 * math.sin(along - math.pi / 2 + t)) for t in half]
        start = [
            (x0 + r0 * math.cos(along + math.pi / 2 + t), y0 + r0 * math.sin(along + math.pi / 2 + t)) for t in half
        ]
        return end + start
    if shape.form == "arc":
        x, y, radius, width, middle, spread = n
        sweep = [middle - spread + 2 * spread * i / corners for i in range(corners + 1)]
        outer = [(x + (radius + width) * math.cos(t), y + (radius + width) * math.sin(t)) for t in sweep]
        inner = [(x + (radius - width) * math.cos(t), y + (radius - width) * math.sin(t)) for t in reversed(sweep)]
        return outer + inner
    if shape.form == "blob":
        x, y, radius, wave, lobes, angle = n
        reach = [radius * (1 + wave * math.cos(lobes * t)) for t in turns]
        return [(x + r * math.cos(t + angle), y + r * math.sin(t + angle)) for r, t in zip(reach, turns, strict=True)]
    if shape.form == "ellipse":
        x, y, rx, ry, angle = n
        local = [(rx * math.cos(t), ry * math.sin(t)) for t in turns]
    else:
        x, y, rx, ry, angle, _ = n
        local = [(-rx, -ry), (rx, -ry), (rx, ry), (-rx, ry)]
    c, s = math.cos(angle), math.sin(angle)
    return [(x + c * u - s * v, y + s * u + c * v) for u, v in local]


def draw_with_pillow(scene: Scene, index: int, size: int) -> Image.Image:
    """One scene of a batch, drawn with Pillow."""
    side = size * FINER
    backdrop = list(BACKDROPS.values())[int(scene.backdrops[index])]
    image = Image.new("RGB", (side, side))
    pen = ImageDraw.Draw(image)
    horizon = round(side * (1 - backdrop.horizon) / 2)
    for y in range(side):
        pair, t = (
            ((backdrop.top, backdrop.above), y / max(horizon, 1))
            if y < horizon
            else ((backdrop.below, backdrop.foot), (y - horizon) / max(side - horizon, 1))
        )
        pen.line([(0, y), (side, y)], fill=rgb(tuple(a + (b - a) * t for a, b in zip(*pair, strict=True))))
    for slot in reversed(range(scene.things.shape[1])):
        if int(scene.things[index, slot]) < 0:
            continue
        thing = CATALOGUE[int(scene.things[index, slot])]
        dials = scene.dials[index, slot].tolist()
        own = list(COLORS.values())[int(scene.colors[index, slot])]
        paints = PAINTS | {
            "main": own,
            "light": tuple(0.45 * c + 0.55 for c in own),
            "dark": tuple(0.72 * c for c in own),
        }
        angle, span = float(scene.angles[index, slot]), float(scene.sizes[index, slot])
        flip = -1 if scene.mirrored[index, slot] else 1
        cx, cy = scene.centers[index, slot].tolist()
        c, s = math.cos(angle), math.sin(angle)

        def place(point: Point) -> Point:
            x, y = flip * point[0], point[1]  # noqa: B023
            x, y = c * x - s * y, -s * x - c * y  # noqa: B023
            return (x * span + cx + 1) * side / 2, (y * span + cy + 1) * side / 2  # noqa: B023

        for coat in thing.coats:
            corners = [[place(p) for p in outline(shape, dials)] for shape in coat.shapes if not shape.cut]
            if coat.ink:
                width = max(1, round(2 * LINE * coat.ink * span * side / 2))
                for polygon in corners:
                    pen.line([*polygon, polygon[0]], fill=rgb(INK), width=width, joint="curve")
            for polygon in corners:
                pen.polygon(polygon, fill=rgb(paints[coat.role]))
    return image.resize((size, size), Image.Resampling.BOX)


def seconds(work, repeats: int = 5) -> float:
    """The best time of a few, after a warm-up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, CPU, all things of training")
    print(f"{'':22}{'world':>12}{'with all text':>15}{'Pillow':>10}{'ratio':>8}   pictures a second")
    for mode, size, n in (
        ("portrait", 32, 2048),
        ("portrait", 64, 1024),
        ("scene", 64, 512),
        ("portrait", 256, 64),
    ):
        ours = n / seconds(lambda: world.draw(n, size=size, mode=mode))  # noqa: B023

        def everything() -> None:
            batch = world.draw(n, size=size, mode=mode)  # noqa: B023
            assert batch.captions and batch.questions

        told = n / seconds(everything, 3)
        scene = world.draw(40, size=8, mode=mode).scene
        pillow = 40 / seconds(lambda: [draw_with_pillow(scene, i, size) for i in range(40)], 3)  # noqa: B023
        print(f"{mode:>9} {size:>3} x {size:<3} {ours:>14,.0f}{told:>15,.0f}{pillow:>10,.0f}{ours / pillow:>8.1f}")


if __name__ == "__main__":
    main()
