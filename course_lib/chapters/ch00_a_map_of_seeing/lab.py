"""The lab of the first chapter: compose a scene, and see everything that is known about it change at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from course_lib import world
from course_lib.show.figure import FONT, QUIET, WIDTH, Figure, Sheet
from course_lib.show.labs import Lab, lab
from course_lib.show.truth import LINE, VIEWS, draw_view, heading, slots, write_caption, write_path, write_questions

SIDE = 4.2
"""The width of the picture in inches."""
NOTHING = "nothing"


def explore(
    things: Sequence[str] = ("cat", "car"),
    colors: Sequence[str] = (),
    patterns: Sequence[str] = (),
    backdrop: str = "meadow",
    view: str = "picture",
    seed: int = 0,
    size: int = 256,
    caption: str = "",
) -> Figure:
    """A scene of your choice in one view, with its label, its caption, and questions with their answers.

    Args:
        things: up to four names out of `world.THINGS`, the nearest first.
        colors: their colors, out of `world.COLORS`; those left out follow from the seed.
        patterns: their patterns, out of `world.PATTERNS`; a thing with a pattern needs a color.
        backdrop: out of `world.BACKDROPS`.
        view: one of "picture", "boxes", "masks", "parts", "depth".
        seed: settles places, sizes and shapes.
        size: the side of the picture in pixels.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: for a name that does not exist, none or too many, the same twice, a pattern without a color.

    >>> explore(["cat"], ["red"], size=32).alt[:27]
    'The picture of a scene: cat'
    """
    if len(set(things)) < len(things):
        raise ValueError("expected things of different kinds, so that every question has one answer")
    if len(patterns) > len(colors):
        raise ValueError(f"each pattern needs a color: got {len(patterns)} patterns, {len(colors)} colors")
    looks = [(name, *colors[i : i + 1], *patterns[i : i + 1]) for i, name in enumerate(things)]
    batch = world.compose(looks, backdrop, size=size, seed=seed)
    page = Sheet(WIDTH, 10.0)
    draw_view(page, batch, 0, view, 0, 0, SIDE)
    page.write(0, SIDE + 0.25, _counted(batch, view), color=QUIET)

    x, width = SIDE + 0.25, WIDTH - SIDE - 0.25
    heading(page, x, 0.17, "Label")
    write_path(page, batch.paths[0].tolist(), x + 0.75, 0.12)
    heading(page, x, 0.62, "Caption")
    foot = write_caption(page, batch, 0, x, 0.92, width, FONT + 2)
    foot = max(foot, 1.5) + 0.1
    heading(page, x, foot, "Questions")
    asked = list(zip(batch.questions[0], batch.answers[0], strict=True))
    foot = write_questions(page, asked, x, foot + LINE + 0.02, width)
    page.cut(max(foot, SIDE + 0.4))
    page.figure.caption = caption
    page.figure.alt = (
        f"The {view} of a scene: {', '.join(batch.names(0))}. {_counted(batch, view)}. "
        f"Caption: {batch.captions[0]} {' '.join(f'{q} {a}.' for q, a in asked)}"
    )
    return page.figure


def _counted(batch: world.Batch, view: str) -> str:
    """What this view tells a learner, counted."""
    n, pixels = len(slots(batch, 0)), batch.pictures.shape[-1] ** 2
    plural = "s" * (n > 1)
    if view == "picture":
        return f"{pixels:,} pixels of 3 numbers: {3 * pixels:,} numbers"
    if view == "boxes":
        return f"{n} box{'es' * (n > 1)} of 4 numbers: {4 * n} numbers"
    if view == "masks":
        return f"{n} mask{plural} of {pixels:,} yes or no: {n * pixels:,} bits"
    if view == "parts":
        return f"{int(batch.parts[0].flatten(2).any(2).sum())} parts of {n} thing{plural}, each with its mask"
    return f"{n} thing{plural}, 1 is nearest"


def scene_explorer(caption: str = "") -> Lab:
    """A lab: choose things, colors, patterns, a backdrop, and which truth of the scene to see.

    >>> sorted(scene_explorer().controls)[:3]
    ['backdrop', 'color_1', 'color_2']
    """

    def draw(**chosen: str | int) -> Figure:
        kept = [i for i in (1, 2, 3) if chosen[f"thing_{i}"] != NOTHING]
        things, colors, patterns = (
            [str(chosen[f"{what}_{i}"]) for i in kept] for what in ("thing", "color", "pattern")
        )
        if not kept:
            raise ValueError("choose at least one thing")
        rest = (str(chosen["backdrop"]), str(chosen["view"]), int(chosen["seed"]), int(chosen["size"]))
        return explore(things, colors, patterns, *rest, caption)

    names = sorted(world.THINGS)
    first = [("cat", "orange", "striped"), ("car", "blue", "plain"), (NOTHING, "red", "dotted")]
    controls: dict[str, Any] = {}
    for i, (thing, color, pattern) in enumerate(first, start=1):
        options = {"thing": [NOTHING, *names], "color": world.COLORS, "pattern": world.PATTERNS}
        for what, value in (("thing", thing), ("color", color), ("pattern", pattern)):
            label = f"{what} {i}"
            controls[f"{what}_{i}"] = widgets.Dropdown(options=options[what], value=value, description=label)
    controls["backdrop"] = widgets.Dropdown(options=world.BACKDROPS, value="meadow", description="backdrop")
    controls["seed"] = widgets.IntSlider(value=0, min=0, max=99, description="seed")
    controls["size"] = widgets.SelectionSlider(options=[8, 16, 32, 64, 128, 256], value=256, description="pixels")
    controls["view"] = widgets.ToggleButtons(options=VIEWS, value="picture", style={"button_width": "100px"})
    return lab(draw, controls)
