"""One scene and everything that is known about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from .. import world
from ..world import Batch
from .figure import FAINT, FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet, deep, halo, pale, style, text_width
from .images import as_images, draw_boxes, edge, tinted, wrap

SLOTS = PALETTE[:4]
"""The color of each slot for things, the same in every view, and under its words in the caption."""
PARTS = (*PALETTE, "#F0E442", "#A5D6B8", "#8C5AA8", "#F2A7C3")
"""The colors of the parts of one thing."""
NEAR_TO_FAR = ("#08304F", "#1F77A8", "#6DB3D9", "#BFDDEE")
VIEWS = ("picture", "boxes", "masks", "parts", "depth")
"""The ways to see a scene."""
LINE = 0.27


def slots(batch: Batch, index: int) -> list[int]:
    """The slots of one scene that hold a thing of which something can be seen."""
    held = (batch.things[index] >= 0) & batch.masks[index].flatten(1).any(1)
    return held.nonzero()[:, 0].tolist()


def draw_view(page: Sheet, batch: Batch, index: int, view: str, x: float, y: float, size: float) -> None:
    """One of `VIEWS` of a scene, as a square of `size` inches."""
    image = as_images(batch.pictures[index])[0]
    held = slots(batch, index)
    names = [world.THINGS[batch.things[index, k]] for k in held]
    colors = [SLOTS[k % len(SLOTS)] for k in held]
    masks = batch.masks[index, held].cpu().numpy()
    if view == "picture":
        page.picture(image, x, y, size)
    elif view == "boxes":
        page.picture(0.7 * image + 0.3, x, y, size)
        far_first = batch.boxes[index, held].cpu().flip(0)
        draw_boxes(page, x, y, size / image.shape[1], (size, size), far_first, names[::-1], colors[::-1])
    elif view == "masks":
        page.picture(tinted(image, masks, colors, strength=0.75, fade=0.6), x, y, size)
    elif view == "parts":
        page.picture(_parted(image, batch, index, held), x, y, size)
    elif view == "depth":
        order = batch.depths[index, held].tolist()
        shades = [NEAR_TO_FAR[min(d, 3)] for d in order]
        page.picture(tinted(np.full_like(image, 0.97), masks, shades, strength=1.0), x, y, size)
        for mask, depth in zip(masks, order, strict=True):
            px, py = _inside(mask)
            scale = size / image.shape[1]
            page.write(
                x + px * scale,
                y + py * scale,
                str(depth + 1),
                FONT + 3,
                INK,
                weight="bold",
                ha="center",
                va="center_baseline",
                path_effects=halo(4),
            )
    else:
        raise ValueError(f"expected a view out of {', '.join(VIEWS)}; got {view!r}")


def _inside(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """A point of the mask as deep inside it as its middle allows, as x and y in pixels."""
    core = mask
    while (thinner := core & ~edge(core)).any():
        core = thinner
    rows, columns = core.nonzero()
    nearest = np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()
    return float(columns[nearest]) + 0.5, float(rows[nearest]) + 0.5


def _parted(image: NDArray, batch: Batch, index: int, held: Sequence[int]) -> NDArray:
    """The image with the parts of each thing in tints of its color."""
    out = 0.4 * image + 0.6
    for k in held:
        parts = batch.parts[index, k].cpu().numpy()
        seen = [p for p in range(len(parts)) if parts[p].any()]
        tints = [pale(SLOTS[k % len(SLOTS)], (0.0, 0.55, 0.25, 0.75, 0.4)[p % 5]) for p in seen]
        shown = tinted(image, parts[seen], tints, strength=0.9)
        mask = batch.masks[index, k].cpu().numpy()
        out[mask] = shown[mask]
    return out


def write_caption(page: Sheet, batch: Batch, index: int, x: float, y: float, width: float, size: float) -> float:
    """The caption, each thing's phrase in the color of its box; returns the next line."""
    text = batch.captions[index]
    colors: list[str | None] = [None] * len(text)
    for k, span in enumerate(batch.spans[index]):
        if span is not None:
            colors[span[0] : span[1]] = [SLOTS[k % len(SLOTS)]] * (span[1] - span[0])
    return page.flow(x, y, width, text, colors, size)


def write_questions(page: Sheet, asked: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
    """Questions and their answers in a column of this width; returns the next line."""
    for question, answer in asked:
        lines = wrap(question, width - text_width(answer) - 0.32)
        for words in lines[:-1]:
            page.write(x, y, words)
            y += LINE
        page.write(x, y, lines[-1])
        _chip(page, x + text_width(lines[-1]) + 0.18, y - 0.045, answer, PALETTE[0])
        y += LINE
    return y


def write_path(page: Sheet, path: Sequence[int], x: float, y: float) -> None:
    """A label and its path up the hierarchy, as a row of words whose middle is at y."""
    names = (world.THINGS[path[0]], world.FAMILIES[path[1]], world.REALMS[path[2]])
    for i, name in enumerate(names):
        if i:
            page.write(x + 0.05, y + 0.05, "→", color=QUIET)
            x += 0.3
        x = _chip(page, x, y, name, PALETTE[0], filled=i == 0)


def _chip(page: Sheet, x: float, y: float, words: str, color: str, filled: bool = False) -> float:
    """Words in a rounded box whose left edge is at x and whose middle is at y; returns its right edge."""
    weight = "bold" if filled else "normal"
    wide = text_width(words, FONT, weight)
    box = FancyBboxPatch((x + 0.03, y - 0.07), wide + 0.08, 0.14, boxstyle="round,pad=0.03")
    box.set(linewidth=0, facecolor=color if filled else pale(color, 0.88))
    page.axes.add_patch(box)
    page.write(x + 0.07, y + 0.05, words, FONT, "white" if filled else deep(color), weight=weight)
    return x + wide + 0.14


def _tree(page: Sheet, path: Sequence[int], x: float, y: float, width: float) -> float:
    """The hierarchy from realms to things, open along one path; returns its foot."""
    thing, family, realm = path
    families = [f for f in world.FAMILIES if world.REALM_OF_FAMILY[f] == world.REALMS[realm]]
    things = [world.THINGS[i] for i, row in enumerate(world.PATHS.tolist()) if row[1] == family]
    levels = [list(world.REALMS), families, things]
    chosen = [world.REALMS[realm], world.FAMILIES[family], world.THINGS[thing]]
    rows = max(len(level) for level in levels)
    wide = [max(text_width(w, FONT, "bold") for w in level) + 0.2 for level in levels]
    gap = min(0.9, (width - sum(wide)) / 2)
    middle = y + rows * LINE / 2
    lefts = [x, x + wide[0] + gap, x + wide[0] + wide[1] + 2 * gap]
    start: tuple[float, float] | None = None
    for level, name, left in zip(levels, chosen, lefts, strict=True):
        places = [middle + (i - (len(level) - 1) / 2) * LINE for i in range(len(level))]
        for word, place in sorted(zip(level, places, strict=True), key=lambda pair: pair[0] == name):
            on = word == name
            if start is not None:
                bend = (start[0] + left) / 2
                line = Path([start, (bend, start[1]), (bend, place), (left, place)], [1, 4, 4, 4])
                color, thick = (PALETTE[0], 2.4) if on else ("#D5D8DE", 1.1)
                page.axes.add_patch(PathPatch(line, fill=False, edgecolor=color, linewidth=thick, zorder=0.6 + on))
            if on:
                _chip(page, left, place, word, PALETTE[0], filled=True)
            else:
                page.write(left + 0.07, place + 0.05, word, color=QUIET)
        chosen_at = places[level.index(name)]
        start = (left + text_width(name, FONT, "bold") + 0.17, chosen_at)
    return y + rows * LINE


def heading(page: Sheet, x: float, y: float, title: str, words: str = "") -> None:
    """A heading on the line y, and quieter words after it."""
    page.write(x, y, title, FONT + 1, weight="bold")
    page.write(x + text_width(title, FONT + 1, "bold") + 0.12, y, words, color=QUIET)


@style()
def truths(batch: Batch, index: int = 0, caption: str = "", alt: str = "") -> Figure:
    """One scene seen through every kind of truth: label, caption, boxes, masks, parts, depth, questions.

    Args:
        batch: from `world.draw` or `world.compose`; 128 pixels or more look best.
        index: which scene of the batch.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the scene's caption, path and questions if not given.

    Raises:
        IndexError: if the batch has no such scene.

    >>> truths(world.compose(["cat"], size=32)).alt[:20]
    'One scene seen throu'
    """
    if not 0 <= index < len(batch):
        raise IndexError(f"expected a scene from 0 to {len(batch) - 1}, got {index}")
    side, right, gap = 3.5, 3.85, 0.12
    asked = list(zip(batch.questions[index], batch.answers[index], strict=True))
    half = -(-len(asked) // 2)
    tile = (WIDTH - 3 * gap - 1.0) / 4
    text = batch.captions[index]
    page = Sheet(WIDTH, 10.0)
    draw_view(page, batch, index, "picture", 0, 0, side)

    path = batch.paths[index].tolist()
    heading(page, right, 0.17, "Label", "and its place among all things")
    foot = _tree(page, path, right, 0.3, WIDTH - right)
    heading(page, right, foot + 0.33, "Caption", "and what each phrase points at")
    size = FONT + (6 if len(text) < 60 else 3)
    foot = write_caption(page, batch, index, right, foot + 0.7, WIDTH - right, size)

    top = max(side + 0.45, foot + 0.2)
    titles = {"boxes": ("Boxes", ""), "masks": ("Masks", ""), "depth": ("Depth", "1 is nearest")}
    for i, (view, title) in enumerate(titles.items()):
        heading(page, i * (tile + gap), top - 0.1, *title)
        draw_view(page, batch, index, view, i * (tile + gap), top, tile)
    _parts(page, batch, index, 3 * (tile + gap), top, tile)

    y = top + tile + 0.35
    heading(page, 0, y, "Questions", "and their answers")
    foot = write_questions(page, asked[:half], 0, y + LINE + 0.03, WIDTH / 2 - 0.1)
    write_questions(page, asked[half:], WIDTH / 2 + 0.1, y + LINE + 0.03, WIDTH / 2 - 0.1)
    page.cut(foot - 0.12)

    kinds = " → ".join((world.THINGS[path[0]], world.FAMILIES[path[1]], world.REALMS[path[2]]))
    page.figure.caption = caption
    page.figure.alt = alt or (
        f"One scene seen through every kind of truth. Label: {kinds}. Caption: {batch.captions[index]} "
        f"Boxes, masks and depth order of {len(slots(batch, index))} things, the parts of the nearest, "
        f"and {len(asked)} questions, such as: {asked[0][0]} {asked[0][1]}."
    )
    return page.figure


def _parts(page: Sheet, batch: Batch, index: int, x: float, y: float, size: float) -> None:
    """The nearest thing close up, each of its parts in a color of its own, with their names beside it."""
    image = as_images(batch.pictures[index])[0]
    name = world.THINGS[batch.labels[index]]
    page.write(x, y - 0.1, f"Parts of the {name}", FONT + 1, weight="bold")
    parts = batch.parts[index, 0].cpu().numpy()
    seen = sorted(np.flatnonzero(parts.any((1, 2))), key=lambda p: -parts[p].sum())[: int(size / 0.2)]
    seen = [int(p) for p in sorted(seen)]
    x0, y0, x1, y1 = batch.boxes[index, 0].tolist()
    reach = min(1.12 * max(x1 - x0, y1 - y0), image.shape[1])
    left = int(np.clip((x0 + x1 - reach) / 2, 0, image.shape[1] - reach))
    above = int(np.clip((y0 + y1 - reach) / 2, 0, image.shape[0] - reach))
    window = np.s_[above : above + int(reach), left : left + int(reach)]
    colors = [PARTS[i % len(PARTS)] for i in range(len(seen))]
    masks = np.stack([parts[p][window] for p in seen])
    page.picture(tinted(image[window], masks, colors, strength=0.85, fade=0.6), x, y, size)
    page.axes.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=FAINT, linewidth=1))
    for i, p in enumerate(seen):
        row = y + 0.02 + i * 0.205
        page.axes.add_patch(Rectangle((x + size + 0.09, row), 0.13, 0.13, color=colors[i], linewidth=0))
        page.write(x + size + 0.28, row + 0.125, world.PARTS[name][p])
