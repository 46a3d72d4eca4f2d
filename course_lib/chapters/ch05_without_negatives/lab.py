"""The lab of chapter 05: switch off one part of a method after another, and watch what its embeddings come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from course_lib import world
from course_lib.show.figure import (
    FAINT,
    FONT,
    INK,
    PALETTE,
    QUIET,
    WIDTH,
    Figure,
    deep,
    halo,
    move_apart,
    style,
    text_width,
)
from course_lib.show.labs import Lab, lab

SWITCHES: dict[str, tuple[str, ...]] = {
    "SimSiam": ("stop-gradient", "predictor"),
    "BYOL": ("slow teacher", "predictor"),
    "VICReg": ("variance", "covariance"),
    "Barlow Twins": ("decorrelation",),
    "DINO": ("centering", "sharpening"),
}
"""What keeps each method from collapsing."""
SPREAD, RANK = 0.1, 1 / 32
"""Below this spread, and below this share of all directions, `state` speaks of a collapse."""
STATES = {"complete collapse": PALETTE[1], "dimensional collapse": PALETTE[3], "no collapse": PALETTE[2]}
HEIGHT = 4.55
TOP, BOTTOM = 0.78, 1.02
"""The margins above and below the panels, in inches."""
FLOOR = 1e-3
"""The least that the axis of the spectrum shows."""


def run_key(method: str, parts: Sequence[str]) -> str:
    """What a table calls a run: the method, and those of its parts that are on, always in the same order.

    Args:
        method: one of `SWITCHES`.
        parts: those that are on, in any order.

    Raises:
        ValueError: for a method or a part that is not in `SWITCHES`.

    >>> run_key("SimSiam", ["predictor", "stop-gradient"])
    'SimSiam/stop-gradient+predictor'
    """
    if method not in SWITCHES:
        raise ValueError(f"expected a method out of {', '.join(SWITCHES)}, got {method!r}")
    unknown = [part for part in parts if part not in SWITCHES[method]]
    if unknown:
        raise ValueError(f"expected parts of {method} out of {', '.join(SWITCHES[method])}, got {unknown[0]!r}")
    return f"{method}/{'+'.join(part for part in SWITCHES[method] if part in parts)}"


def state(spread: float, rank: float, dim: int) -> str:
    """What to call embeddings of this spread and rank: a complete collapse, a dimensional one, or none.

    A collapse is complete if the spread is below 0.1: then all pictures have nearly the same embedding, and how many
    directions the little rest fills does not matter. It is dimensional if the embeddings are spread, but over less
    than one in 32 of the directions, or over less than two. The borders are conventions.

    Args:
        spread: how far embeddings are spread, 0 if all are one, about 1 if evenly: `feature_std`.
        rank: how many directions they fill: `evaluate.rank_me`.
        dim: how many directions there are.

    Raises:
        ValueError: for a spread or a rank below 0, or no direction at all.

    >>> state(0.01, 40.0, 128), state(0.6, 2.0, 128), state(0.7, 20.0, 128)
    ('complete collapse', 'dimensional collapse', 'no collapse')
    """
    if not (spread >= 0 and rank >= 0 and dim >= 1):
        raise ValueError(
            f"expected a spread and a rank from 0 up, and at least one direction, got {spread}, {rank} and {dim}"
        )
    if spread < SPREAD:
        return "complete collapse"
    return "dimensional collapse" if rank < max(2.0, RANK * dim) else "no collapse"


def collapse(table: Mapping[str, Any], method: str, parts: Sequence[str], step: int, caption: str = "") -> Figure:
    """One training with some parts of its method: spread, rank and probe on the way, the spectrum and a map at a step.

    Args:
        table: `steps`, the steps that were measured; `families`, a number for each picture of the map; `dim`, how many
            numbers an embedding has (128 if left out); and `runs`, for each `run_key` its `spread`, `rank` and `probe`
            (steps,), its `spectrum` (steps, up to 32) and its `map` (steps, pictures, 2).
        method: one of `SWITCHES`.
        parts: those of its parts that are on.
        step: one of the table's steps.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: for a method, a part, a run or a step that is not there.

    >>> run = {"feature_std": [0.6], "rank": [2.0], "probe": [0.1], "spectrum": [[6.0, 0.1]], "map": [[[0.1, 0.2]]]}
    >>> collapse({"steps": [0], "families": [3], "runs": {"DINO/centering": run}}, "DINO", ["centering"], 0).alt[:37]
    'DINO, sharpening off, before training'
    """
    key, steps, dim = run_key(method, parts), list(table["steps"]), int(table.get("dim", 128))
    if key not in table["runs"]:
        raise ValueError(f"expected a run out of {', '.join(table['runs'])}, got {key!r}")
    if step not in steps:
        raise ValueError(f"expected a step out of {', '.join(map(str, steps))}, got {step}")
    run, at = table["runs"][key], steps.index(step)
    spread, rank, probe = (float(run[name][at]) for name in ("feature_std", "rank", "probe"))
    found = state(spread, rank, dim)
    missing = [part for part in SWITCHES[method] if part not in parts]
    what = f"{method}, {' and '.join(missing)} off" if missing else f"{method}, everything on"
    when = f"after {step} of {steps[-1]} steps" if step else "before training"
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT))
        tall = HEIGHT - TOP - BOTTOM
        low, side = (tall - 2 * 0.42) / 3, 2.72
        boxes = [(0.66, TOP + i * (low + 0.42), 2.0, low) for i in range(3)]
        boxes += [(3.6, TOP, 1.9, tall), (WIDTH - side - 0.06, TOP, side, tall)]  # left, top, width, height in inches
        *small, middle, right = (
            figure.add_axes((x / WIDTH, 1 - (y + h) / HEIGHT, w / WIDTH, h / HEIGHT)) for x, y, w, h in boxes
        )
        _title(figure, what, when, found, step > 0)
        full = table["runs"].get(run_key(method, SWITCHES[method])) if missing else None
        _curves(small, table, run, full, at, dim)
        _spectrum(middle, run, at)
        piles = _map(right, table, run, at)
        _families(figure, table["families"])
    figure.caption = caption
    counts, pictures = [count for _, count in piles], len(table["families"])
    place = ""
    if counts == [pictures]:
        place = f" On the map, all {pictures} lie in one place."
    elif counts:
        listed = " and ".join(", ".join(map(str, counts)).rsplit(", ", 1))
        place = f" On the map, {listed} of {pictures} lie in one place{' each' if len(counts) > 1 else ''}."
    figure.alt = (
        f"{what}, {when}. {found.capitalize() if step else 'The start'}: spread {spread:.2f}, rank {rank:.1f} of "
        f"{dim}. A probe names {100 * probe:.0f} % of new pictures.{place}"
    )
    return figure


def _title(figure: Figure, what: str, when: str, found: str, named: bool) -> None:
    y, x = 1 - 0.27 / HEIGHT, 0.08
    words = [(what, FONT + 2, "bold", INK), (f"{when}{':' if named else ''}", FONT + 2, "normal", QUIET)]
    words += [(found, FONT + 2, "bold", deep(STATES[found]))] if named else []
    for part, size, weight, color in words:
        figure.text(x / WIDTH, y, part, fontsize=size, weight=weight, color=color)
        x += text_width(part, size, weight) + 0.1


def _curves(
    panels: Sequence[Any], table: Mapping[str, Any], run: Mapping[str, Any], full: Mapping[str, Any] | None, at: int,
    dim: int,
) -> None:  # fmt: skip
    """Spread, rank and probe on the way; in gray the run with everything on."""
    steps = table["steps"]
    best = max(max(other["probe"]) for other in table["runs"].values())
    percent = max(10, int(-(-100 * best // 10) * 10))
    ranks = [power for power in (1, 10, 100, 1000) if power <= dim]
    rows = [
        ("feature_std", "spread", "{:.2f}", (0, 1.05), [0, 1], ["0", "1"]),
        ("rank", f"rank, of {dim}", "{:.1f}", (0.8, 1.3 * dim), ranks, [str(power) for power in ranks]),
        ("probe", "probe accuracy", "{:.0%}", (0, 1.05 * percent / 100), [0, percent / 100], ["0 %", f"{percent} %"]),
    ]
    for i, (axes, (name, words, form, limits, ticks, labels)) in enumerate(zip(panels, rows, strict=True)):
        color = deep(PALETTE[0])
        axes.set(xlim=(-0.02 * steps[-1] - 0.5, 1.02 * steps[-1] + 0.5), ylim=limits)
        if name == "rank":
            axes.set_yscale("log")
            axes.yaxis.minorticks_off()
        axes.set_yticks(ticks, labels)
        axes.axvline(steps[at], color="#C9CCD3", linewidth=1.4)
        if full is not None:
            axes.plot(steps, full[name], color="#A9B0BC", linewidth=1.8)
        axes.plot(steps, np.maximum(run[name], limits[0]), color=PALETTE[0], clip_on=False)
        axes.plot(
            steps[at], max(run[name][at], limits[0]), "o", color=PALETTE[0], markersize=8, clip_on=False, zorder=5
        )
        axes.set_title(words, pad=5)
        value = form.format(run[name][at]).replace("%", " %")
        axes.set_title(value, loc="right", color=color, pad=5)
        axes.set_xticks([steps[0], steps[-1]], ["", ""] if i < 2 else None)
    note = "\n(gray: everything on)" if full is not None else ""
    panels[-1].set_xlabel(f"training step{note}")


def _spectrum(axes: Any, run: Mapping[str, Any], at: int) -> None:
    start, now = (np.maximum(run["spectrum"][i], FLOOR) for i in (0, at))
    axes.axhline(1, color=QUIET, linewidth=1.2, linestyle=(0, (4, 3)))
    if at:
        axes.plot(range(1, len(start) + 1), start, color="#A9B0BC", linewidth=1.8)
    axes.plot(range(1, len(now) + 1), now, color=PALETTE[0], marker="o", markersize=4, clip_on=False)
    axes.set_yscale("log")
    axes.yaxis.minorticks_off()
    axes.set(xlim=(0, 33), ylim=(FLOOR, 20), xticks=[1, 16, 32], yticks=[0.001, 0.01, 0.1, 1, 10])
    axes.set_yticklabels(["0.001", "0.01", "0.1", "1", "10"])
    axes.annotate("even", (33, 1), (3, 0), textcoords="offset points", va="center", color=QUIET, annotation_clip=False)
    axes.set_title("spread by direction")
    axes.set_xlabel("direction" + ("\n(gray: before training)" if at else ""))


def _map(axes: Any, table: Mapping[str, Any], run: Mapping[str, Any], at: int) -> list[tuple[Any, int]]:
    """All pictures, on axes that are the same for all runs and steps; returns the places where many lie."""
    reach = 1.06 * max(float(np.abs(other["map"]).max()) for other in table["runs"].values())
    points, families = np.asarray(run["map"][at], float), np.asarray(table["families"])
    for family in sorted(set(families.tolist())):
        color, mark = _mark(family)
        here = points[families == family]
        axes.scatter(here[:, 0], here[:, 1], s=24, color=color, marker=mark, alpha=0.8, linewidths=0, clip_on=False)
    piles = _piles(points, 0.08 * reach)
    heights = move_apart([float(y) + 0.1 * reach for (_, y), _ in piles], 0.16 * reach, -0.9 * reach, 0.9 * reach)
    for ((x, _), count), height in zip(piles, heights, strict=True):
        side = -1 if x > 0.3 * reach else 1  # towards the middle, where there is room
        anchor = "right" if side < 0 else "left"
        axes.text(x + side * 0.07 * reach, height, f"{count} here", weight="bold", ha=anchor, path_effects=halo())
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    axes.set_box_aspect(1)
    axes.set_anchor("N")
    axes.spines[:].set(visible=True, color=FAINT, linewidth=1.2)
    axes.set_title(f"map of {len(points)} pictures")
    return piles


def _piles(points: Any, radius: float) -> list[tuple[Any, int]]:
    """The places at which most of the points (N, 2) lie, if at most three hold four fifths: middles and counts."""
    left, piles = points, []
    while len(left) and len(piles) < 3:
        near = ((left[:, None] - left) ** 2).sum(2) <= radius**2
        chosen = near[near.sum(1).argmax()]
        if chosen.sum() < max(2, 0.05 * len(points)):
            break
        piles.append((left[chosen].mean(0), int(chosen.sum())))
        left = left[~chosen]
    return piles if len(left) <= 0.2 * len(points) else []


def _mark(family: int) -> tuple[str, str]:
    """The color and the shape of a family's points."""
    return PALETTE[family % len(PALETTE)], "os^DPvX"[family // len(PALETTE) % 7]


def _families(figure: Figure, families: Sequence[int]) -> None:
    """The names of the families that there are, in one row at the foot."""
    present = sorted(set(families))
    names = [world.FAMILIES[family] for family in present]
    widths = [0.2 + text_width(name) for name in names]
    gap = min(0.3, (WIDTH - 0.16 - sum(widths)) / max(len(names) - 1, 1))
    x = WIDTH - 0.08 - sum(widths) - gap * (len(names) - 1)
    foot = figure.add_axes((0, 0, 1, 0.3 / HEIGHT))
    foot.set(xlim=(0, WIDTH), ylim=(0, 0.3))
    foot.axis("off")
    for family, name, width in zip(present, names, widths, strict=True):
        color, mark = _mark(family)
        foot.scatter(x + 0.06, 0.16, s=34, color=color, marker=mark, linewidths=0)
        foot.text(x + 0.16, 0.15, name, color=deep(color), va="center")
        x += width + gap


def collapse_lab(table: Mapping[str, Any], caption: str = "") -> Lab:
    """A lab: choose a method, switch its parts on and off, and go through the training.

    Args:
        table: see `collapse`.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if the table has no run that the lab begins with: the first method's, its first part switched off.

    >>> run = {"feature_std": [0.6], "rank": [2.0], "probe": [0.1], "spectrum": [[6.0, 0.1]], "map": [[[0.1, 0.2]]]}
    >>> sorted(collapse_lab({"steps": [0], "families": [3], "runs": {"DINO/sharpening": run}}).controls)
    ['first', 'method', 'second', 'step']
    """
    methods = [method for method in SWITCHES if any(key.startswith(f"{method}/") for key in table["runs"])]
    if not methods:
        raise ValueError(f"expected runs of {', '.join(SWITCHES)}, got a table of {list(table['runs'])}")
    method = widgets.Dropdown(options=methods, value=methods[0], description="method")
    first, second = (widgets.Checkbox(value, indent=False) for value in (False, True))

    def name_switches(_: Any = None) -> None:
        parts = SWITCHES[str(method.value)]
        for switch, part in zip((first, second), (*parts, ""), strict=False):
            switch.description = part
            switch.layout.visibility = "visible" if part else "hidden"

    name_switches()
    method.observe(name_switches, names="value")  # before the lab draws

    def draw(method: str, step: int, first: bool, second: bool) -> Figure:
        on = [part for part, wanted in zip(SWITCHES[method], (first, second), strict=False) if wanted]
        return collapse(table, method, on, step, caption)

    steps = widgets.SelectionSlider(options=list(table["steps"]), value=table["steps"][-1], description="step")
    return lab(draw, {"method": method, "step": steps, "first": first, "second": second}, columns=2)
