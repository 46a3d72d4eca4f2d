"""The curve of a training: while it runs, and when it is done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from tqdm import tqdm

from ..train.history import History
from ..train.progress import Screen, in_words
from .figure import FONT, LITERAL, PALETTE, QUIET, WIDTH, Figure, deep, one_line, style
from .numbers import LARGEST

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
    losses = _drawn(history.loss)
    if len(losses):
        said += f", from {_smooth(losses)[0]:.3g} to {_smooth(losses)[-1]:.3g}"
    if missing := int(np.isnan(losses).sum()):
        said += f", {missing} of them without a number"
    for name, values in history.evals.items():
        if values:
            said += f"; {name} from {_drawn(values)[0, 1]:.3g} to {_drawn(values)[-1, 1]:.3g}"
    spent = f"{history.pictures:,} pictures in {history.seconds:,.0f} seconds, {history.speed:,.0f} a second."
    figure.caption = caption or f"{len(history):,} steps, {spent} {THIN}"
    figure.alt = alt or f"{said}."
    return figure


_finished = history  # for where `history` is the name of a history


@style()
def live(history: History, steps: int, bar: str, title: str = "") -> Figure:
    """The curve of a training that is going on, with a line of words above it.

    >>> from course_lib.train.history import History
    >>> live(History(loss=[3.0]), 100, "1 of 100").alt
    '1 of 100'
    """
    figure = _draw(history, max(steps, 1), title)
    figure.text(0.02, 0.995, bar, family="DejaVu Sans Mono", fontsize=FONT - 2.5, va="top", color=QUIET, **LITERAL)
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
        losses = _drawn(history.loss)
        axes.plot(x, losses, color=PALETTE[0], alpha=0.25, linewidth=1)
        axes.plot(x, _smooth(losses), color=PALETTE[0])
        axes.set(xlabel="step", xlim=(0, steps))
        _head(axes, f"{title}: loss" if title else "loss", PALETTE[0], wide)
        if both:
            axes = figure.add_axes(((left + wide + GAP) / WIDTH, bottom / HEIGHT, wide / WIDTH, tall))
            lines = []
            for number, values in enumerate(history.evals.values()):
                color = PALETTE[(number + 1) % len(PALETTE)]
                at = _drawn(values).reshape(-1, 2)
                lines += axes.plot(at[:, 0], at[:, 1], color=color, marker="o", markersize=4)
            axes.set(xlabel="step", xlim=(0, steps))
            if len(history.evals) == 1:
                _head(axes, next(iter(history.evals)), PALETTE[1], wide)
            else:
                places = [
                    str(number) for number in range(len(lines))
                ]  # matplotlib leaves out a name that begins with _
                legend = axes.legend(
                    lines,
                    places,
                    ncols=2,
                    loc="lower left",
                    bbox_to_anchor=(-0.02, 0.98),
                    borderpad=0.1,
                    handlelength=1.2,
                )
                for text, name in zip(legend.get_texts(), history.evals, strict=True):
                    text.set(text=one_line(name, 2.0), **LITERAL)
    return figure


def _head(axes: Axes, words: str, color: str, width: float) -> None:
    axes.set_title(one_line(words, width, FONT, "bold"), color=deep(color), fontsize=FONT, pad=5, **LITERAL)


def _drawn(values: Any) -> NDArray[np.float64]:
    """Numbers as float64, with nan for what cannot be drawn: None, infinity, and what matplotlib is too small for."""
    found = np.array(values, np.float64)
    return np.where(np.abs(found) <= LARGEST, found, np.nan)


def _smooth(values: Sequence[float] | NDArray[np.float64], width: int = 20) -> NDArray[np.float64]:
    """Each value as the mean of the last fifth of all so far, and of at most `width`: so the mean keeps up at first.

    What is nan is left out of the means.
    """
    found = np.asarray(values, np.float64)
    known = np.isfinite(found)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, found, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    ends = np.arange(1, len(found) + 1)
    starts = ends - np.clip(ends // 5, 1, width)
    many = counts[ends] - counts[starts]
    return np.where(many, (sums[ends] - sums[starts]) / np.maximum(many, 1), np.nan)
