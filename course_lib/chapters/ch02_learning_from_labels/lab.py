"""The lab of chapter 02: more or fewer labels, wrong ones, and smoothing, on 48 trainings that ship with the course."""

from __future__ import annotations

from functools import cache
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.patches import Rectangle

from course_lib import weights, world
from course_lib.show.charts import _BLUES
from course_lib.show.figure import FAINT, FONT, INK, PALETTE, QUIET, WIDTH, Figure, deep, style
from course_lib.show.labs import Lab, lab

HEIGHT = 3.7


@cache
def _runs() -> dict[str, Any]:
    return weights.load_json("labels-lab")


def _dials() -> tuple[list[int], list[float], list[float]]:
    """What each dial can be set to: labels of each thing, the share of wrong ones, smoothing."""
    keys = [key.split("/") for key in _runs()["runs"]]
    each = sorted({int(key[0]) for key in keys})
    return each, sorted({float(key[1]) for key in keys}), sorted({float(key[2]) for key in keys})


def trained_on_labels(each: int = 128, noise: float = 0.6, smoothing: float = 0.2, caption: str = "") -> Figure:
    """One training out of 48: accuracy on the way, how honest its confidence is, and which families it confuses.

    Args:
        each: labels of each of 40 things, one of 4, 16, 64, 128.
        noise: the share of wrong labels, one of 0, 0.2, 0.4, 0.6.
        smoothing: of the labels, one of 0, 0.2, 0.5.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: for a training that does not ship.

    >>> trained_on_labels(16, 0.2).alt[:46]
    'Trained on 16 labels of each thing, 20 % wrong'
    """
    runs, key = _runs(), f"{each}/{float(noise)}/{float(smoothing)}"
    if key not in runs["runs"]:
        raise ValueError(f"expected labels, noise and smoothing out of {_dials()}, got {each}, {noise}, {smoothing}")
    run = runs["runs"][key]
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT))
        boxes = [(0.62, 2.75), (4.05, 1.75), (6.75, 1.95)]  # where each panel begins, and how wide it is, in inches
        left, middle, right = (
            figure.add_axes((x / WIDTH, 0.95 / HEIGHT, w / WIDTH, (HEIGHT - 1.35) / HEIGHT)) for x, w in boxes
        )
    _way(left, runs, run, key)
    _honesty(middle, run)
    _families(right, np.asarray(run["families"], float))
    best = int(np.argmax(run["accuracy"]))
    figure.caption = caption
    figure.alt = (
        f"Trained on {each} labels of each thing, {100 * noise:.0f} % wrong, smoothing {smoothing:g}: "
        f"{100 * run['accuracy'][-1]:.0f} % right at the end, at best {100 * run['accuracy'][best]:.0f} % after "
        f"{runs['steps'][best]} steps; calibration error {run['error']:.2f}."
    )
    return figure


def _way(axes: Any, runs: dict[str, Any], run: dict[str, Any], key: str) -> None:
    steps = runs["steps"]
    with style():
        for other in runs["runs"].values():
            axes.plot(steps, other["accuracy"], color=FAINT, linewidth=1)
        axes.plot(steps, run["accuracy"], color=PALETTE[0], marker="o", markersize=4)
        best = int(np.argmax(run["accuracy"]))
        turns = run["accuracy"][best] - run["accuracy"][-1] > 0.02
        for place, words in ({best: "best", len(steps) - 1: "end"} if turns else {len(steps) - 1: "end"}).items():
            y = run["accuracy"][place]
            axes.annotate(
                f"{words} {100 * y:.0f} %", (steps[place], y), (0, 8 if place == best or not turns else -18),
                textcoords="offset points", ha="right",
                color=deep(PALETTE[0]), weight="bold", fontsize=FONT - 0.5,
            )  # fmt: skip
        axes.set(ylim=(0, 1.08), xlabel="step", yticks=[0, 0.5, 1], yticklabels=["0 %", "50 %", "100 %"])
        axes.set_title("right on new pictures")


def _honesty(axes: Any, run: dict[str, Any]) -> None:
    sure, right, share = (np.array([np.nan if v is None else v for v in run[k]]) for k in ("sure", "right", "share"))
    seen = share > 0.005
    with style():
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.scatter(sure[seen], right[seen], s=16 + 260 * share[seen], color=PALETTE[1], alpha=0.85, linewidth=0)
        axes.set(xlim=(-0.03, 1.03), ylim=(0, 1.08), xlabel="how sure it is", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        axes.set_xticklabels(["0", "50 %", "100 %"])
        axes.set_yticklabels(["0 %", "50 %", "100 %"])
        axes.set_title("how often it is right", fontsize=FONT + 1)
        axes.text(0.98, 0.06, f"error {run['error']:.2f}", ha="right", color=deep(PALETTE[1]), weight="bold")


def _families(axes: Any, counts: np.ndarray) -> None:
    share = counts / counts.sum(1, keepdims=True).clip(min=1)
    n = len(share)
    with style():
        axes.imshow(share, cmap=_BLUES, vmin=0, vmax=1, aspect="auto")
        for i in range(n):
            axes.add_patch(Rectangle((i - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=0.8))
        axes.set_xticks(range(n), world.FAMILIES, rotation=90, fontsize=FONT - 2)
        axes.set_yticks(range(n), world.FAMILIES, fontsize=FONT - 2)
        axes.grid(False)
        axes.tick_params(length=0)
        axes.set_title("family taken for family", x=-0.35, fontsize=FONT + 1)


def label_lab(caption: str = "") -> Lab:
    """A lab: dial the number of labels, how many are wrong, and smoothing; see accuracy, honesty and confusions.

    >>> sorted(label_lab().controls)
    ['each', 'noise', 'smoothing']
    """
    each, noise, smoothing = _dials()

    def draw(each: int, noise: float, smoothing: float) -> Figure:
        return trained_on_labels(each, noise, smoothing, caption)

    def dial(options: list[Any], value: Any, label: str, words: str) -> widgets.SelectionSlider:
        return widgets.SelectionSlider(
            options=[(words.format(option), option) for option in options], value=value, description=label
        )

    return lab(
        draw,
        {
            "each": dial(each, 128, "labels", "{} each"),
            "noise": dial(noise, 0.6, "wrong", "{:.0%}"),
            "smoothing": dial(smoothing, 0.2, "smoothing", "{}"),
        },
    )
