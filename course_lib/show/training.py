"""The curve of a training: while it runs, and when it is done."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..train.history import History
from ..train.progress import Screen, in_words
from .figure import FONT, PALETTE, QUIET, WIDTH, Figure, deep, style

HEIGHT = 2.6
GAP = 0.75
THIN = "Thin: each step; thick: the mean of those just before it."


def history(history: History, title: str = "", caption: str = "", alt: str = "") -> Figure:
    """The loss of a training, step by step, and beside it what was measured on the way.

    Args:
        history: what `fit` returned.
        title: what was trained.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the first and last values if not given.

    >>> from course_lib.train.history import History
    >>> history(History(loss=[3.0, 2.0, 1.0], pictures=30, seconds=1.5)).alt
    'The loss over 3 steps, from 3 to 1.'
    """
    figure = _draw(history, max(len(history), 1), title)
    said = f"{title}: the" if title else "The"
    said += f" loss over {len(history):,} steps"
    if history.loss:
        said += f", from {_smooth(history.loss)[0]:.3g} to {_smooth(history.loss)[-1]:.3g}"
    for name, values in history.evals.items():
        said += f"; {name} from {values[0][1]:.3g} to {values[-1][1]:.3g}"
    spent = f"{history.pictures:,} pictures in {history.seconds:,.0f} seconds, {history.speed:,.0f} a second."
    figure.caption = caption or f"{len(history):,} steps, {spent} {THIN}"
    figure.alt = alt or f"{said}."
    return figure


_finished = history  # for where `history` is the name of a history


def live(history: History, steps: int, bar: str, title: str = "") -> Figure:
    """The curve of a training that is going on, with a line of words above it.

    >>> from course_lib.train.history import History
    >>> live(History(loss=[3.0]), 100, "1 of 100").alt
    '1 of 100'
    """
    figure = _draw(history, steps, title)
    figure.text(0.02, 0.995, bar, family="DejaVu Sans Mono", fontsize=FONT - 2.5, va="top", color=QUIET)
    figure.alt = bar
    return figure


class LiveCurve(Screen):
    """A progress bar above a live curve in a notebook, both in one place; the finished curve stays."""

    def __init__(self, steps: int, history: History, title: str):
        from IPython.display import display

        self.title = title
        self.steps, self.first, self.begun, self.drawn = steps, len(history), time.perf_counter(), 0.0
        data, metadata = self.figure(history)
        place = display(data, metadata=metadata, raw=True, display_id=True)
        assert place is not None
        self.place = place

    def figure(self, history: History) -> tuple[dict[str, Any], dict[str, Any]]:
        """The curve so far and the bar above it, as a notebook keeps them."""
        elapsed = time.perf_counter() - self.begun
        bar = tqdm.format_meter(
            len(history), self.steps, elapsed, ncols=100, unit="step", initial=self.first, postfix=in_words(history)
        )
        return live(history, self.steps, bar, self.title).bundle()

    def update(self, history: History) -> None:
        if time.perf_counter() - self.drawn > 2:
            data, metadata = self.figure(history)
            self.place.update(data, metadata=metadata, raw=True)
            self.drawn = time.perf_counter()

    def finish(self, history: History) -> None:
        from IPython.display import Markdown, display

        figure = _finished(history, self.title)
        data, metadata = figure.bundle()
        self.place.update(data, metadata=metadata, raw=True)
        display(Markdown(f"*{figure.caption}*"))


def _draw(history: History, steps: int, title: str) -> Figure:
    both = bool(history.evals)
    rows = -(-len(history.evals) // 2)  # of names above the curves, two in each
    left, top, bottom, right = 0.6, 0.3 + 0.2 * max(1, rows), 0.55, 0.25
    wide = (WIDTH - left - right - GAP) / 2 if both else WIDTH - left - right
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT))
        tall = (HEIGHT - top - bottom) / HEIGHT
        axes = figure.add_axes((left / WIDTH, bottom / HEIGHT, wide / WIDTH, tall))
        x = np.arange(1, len(history) + 1)
        axes.plot(x, history.loss, color=PALETTE[0], alpha=0.25, linewidth=1)
        axes.plot(x, _smooth(history.loss), color=PALETTE[0])
        axes.set(xlabel="step", xlim=(0, steps))
        axes.set_title(f"{title}: loss" if title else "loss", color=deep(PALETTE[0]), fontsize=FONT, pad=5)
        if both:
            axes = figure.add_axes(((left + wide + GAP) / WIDTH, bottom / HEIGHT, wide / WIDTH, tall))
            for number, (name, values) in enumerate(history.evals.items()):
                color = PALETTE[(number + 1) % len(PALETTE)]
                axes.plot(*zip(*values, strict=True), color=color, marker="o", markersize=4, label=name)
            axes.set(xlabel="step", xlim=(0, steps))
            if len(history.evals) == 1:
                axes.set_title(next(iter(history.evals)), color=deep(PALETTE[1]), fontsize=FONT, pad=5)
            else:
                axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(-0.02, 0.98), borderpad=0.1, handlelength=1.2)
    return figure


def _smooth(values: list[float], width: int = 20) -> NDArray[np.float64]:
    """Each value as the mean of the last fifth of all so far, and of at most `width`: so the mean keeps up at first."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = ends - np.clip(ends // 5, 1, width)
    return (sums[ends] - sums[starts]) / (ends - starts)
