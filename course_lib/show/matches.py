"""Pictures and texts that meet: a table of who fits whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from .charts import _BLUES
from .figure import FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet, style
from .images import GAP, as_images, wrap
from .numbers import numbers

LETTERS = "abcdefghijkl"


@style()
def match_table(
    pictures: Any, texts: Sequence[str], scores: Any, caption: str = "", alt: str = "", unit: str = ""
) -> Figure:
    """A row for each picture, a column for each text, their scores in the cells; text i belongs to picture i.

    Args:
        pictures: (N, 3, H, W) in [0, 1], or a batch; at most twelve.
        texts: N of them, each written beside its own picture.
        scores: (N, N), such as cosines, or shares of a row.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the scores if not given.
        unit: "%" shows shares as whole percents.

    Raises:
        ValueError: if there are not as many of each, or a score is no number.

    >>> import torch
    >>> match_table(torch.rand(2, 3, 8, 8), ["a cat", "a dog"], torch.eye(2)).alt
    'A table of 2 pictures and 2 texts. 2 of 2 pictures fit their own text best.'
    """
    images, values = as_images(pictures), numbers(scores, "scores").astype(np.float32)
    n = len(images)
    if n > len(LETTERS) or isinstance(texts, str) or len(texts) != n or values.shape != (n, n):
        raise ValueError(
            f"expected N pictures, N texts and scores (N, N) with N at most {len(LETTERS)}, "
            f"got {n}, {len(texts)} and {tuple(values.shape)}"
        )
    if not np.isfinite(values).all():
        raise ValueError("expected scores that are numbers, got nan or infinity among them")
    cell = min(0.56, 5.2 / (n + 1))
    left, top = cell + GAP, 0.3
    aside = left + n * cell + 0.18
    page = Sheet(WIDTH, top + n * cell)
    low, high = values.min(), max(values.max(), values.min() + 1e-9)
    for i in range(n):
        y = top + i * cell
        page.picture(images[i], 0, y + 0.02, cell - 0.04)
        page.write(left + (i + 0.5) * cell, top - 0.09, LETTERS[i], color=QUIET, ha="center", weight="bold")
        for j in range(n):
            share = (values[i, j] - low) / (high - low)
            x = left + j * cell
            page.axes.add_patch(Rectangle((x, y), cell, cell, facecolor=_BLUES(0.85 * share), edgecolor="white"))
            words = f"{100 * values[i, j]:.0f}" if unit == "%" else _short(values[i, j])
            color = "white" if share > 0.72 else INK
            page.write(x + cell / 2, y + cell / 2, words, FONT - 2, color, ha="center", va="center")
        page.axes.add_patch(Rectangle((left + i * cell, y), cell, cell, fill=False, edgecolor=PALETTE[1], linewidth=2))
        lines = wrap(texts[i], WIDTH - aside - 0.35, FONT - 1)[:2]
        for k, line in enumerate(lines):
            at = y + cell / 2 + (k - (len(lines) - 1) / 2) * 0.2
            page.write(aside + 0.25, at, line, FONT - 1, va="center")
        page.write(aside, y + cell / 2, LETTERS[i], color=QUIET, va="center", weight="bold")
    best = int((values.argmax(1) == np.arange(n)).sum())
    page.figure.caption = caption
    page.figure.alt = alt or f"A table of {n} pictures and {n} texts. {best} of {n} pictures fit their own text best."
    return page.figure


def _short(value: float) -> str:
    """Two decimals, without the 0 before them: .83, -.38, 1.00."""
    rounded = round(float(value), 2) + 0.0  # no minus before a zero
    words = f"{rounded:.2f}"
    return words.replace("0.", ".", 1) if abs(rounded) < 1 else words
