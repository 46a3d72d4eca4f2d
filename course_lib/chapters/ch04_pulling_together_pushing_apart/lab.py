"""Views and who finds whom: pictures with two views of each beside their table, and the lab of chapter 04."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.show.charts import _BLUES
from course_lib.show.figure import FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet
from course_lib.show.images import GAP, as_images
from course_lib.show.labs import Lab, lab
from course_lib.views import Views

HEAD = 0.34
THUMB = 0.72
"""The side of a picture, in inches."""
LEFT = 3 * THUMB + 2 * GAP + 0.55
"""Where the table begins."""


def views_and_matches(
    project: Callable[[Tensor], Tensor],
    pictures: Tensor,
    views: Views,
    temperature: float | None = 0.2,
    seed: int = 0,
    caption: str = "",
) -> Figure:
    """Some pictures with two views of each, and how much each view takes each other one for its partner.

    Args:
        project: pictures to embeddings, such as `SimCLR.project`.
        pictures: (N, 3, H, W) in [0, 1], at most eight.
        views: how they are changed.
        temperature: the table shows shares of NT-Xent's softmax at this temperature; None, the bare cosines.
        seed: settles the views.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: for fewer than two or more than eight pictures.

    >>> views_and_matches(lambda x: x.mean((2, 3)), torch.rand(3, 3, 16, 16), Views()).alt[:38]
    'Three pictures with two views of each.'
    """
    n = len(pictures)
    if not 2 <= n <= 8:
        raise ValueError(f"expected two to eight pictures, got {n}")
    chance = torch.Generator().manual_seed(seed)
    seen = torch.cat([views(pictures.cpu(), chance), views(pictures.cpu(), chance)])  # (2·N, 3, H, W)
    with torch.no_grad():
        z = F.normalize(project(seen.to(pictures.device)).float(), dim=1).cpu()
    cosines = z @ z.T
    itself = torch.eye(2 * n, dtype=torch.bool)
    partner = torch.arange(2 * n).roll(n)
    found = int((cosines.masked_fill(itself, -2).argmax(1) == partner).sum())
    shares = (cosines / (temperature or 0.2)).masked_fill(itself, -torch.inf).softmax(1)
    order = torch.arange(2 * n).view(2, n).T.flatten()  # both views of a picture side by side
    table = (cosines if temperature is None else shares)[order][:, order].numpy()
    page = Sheet(WIDTH, HEAD + n * (THUMB + GAP))
    _draw_views(page, as_images(pictures), as_images(seen), n)
    _draw_table(page, table, as_images(seen)[order.numpy()], n, share=temperature is not None)
    what = "cosines" if temperature is None else f"shares at temperature {temperature:g}"
    page.write(LEFT + THUMB / 2, 0.2, f"{what}: a row looks for its partner", FONT, QUIET)
    loss = -shares[torch.arange(2 * n), partner].log().mean().item()
    words = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight")[n - 2]
    page.figure.caption = caption
    page.figure.alt = (
        f"{words} pictures with two views of each. {found} of {2 * n} views are nearest to their partner; on average "
        f"a view gives its partner {100 * exp(-loss):.0f} % of its share."
    )
    if temperature is not None:
        page.figure.alt = page.figure.alt[:-1] + f", a loss of {loss:.2f} at temperature {temperature:g}."
    return page.figure


def _draw_views(page: Sheet, pictures: Any, seen: Any, n: int) -> None:
    for column, words in enumerate(("picture", "a view", "another")):
        page.write(column * (THUMB + GAP), 0.2, words, FONT, QUIET if column else INK)
    for i in range(n):
        y = HEAD + i * (THUMB + GAP)
        for column, image in enumerate((pictures[i], seen[i], seen[n + i])):
            page.picture(image, column * (THUMB + GAP), y, THUMB)


def _draw_table(page: Sheet, table: Any, thumbs: Any, n: int, share: bool) -> None:
    count = 2 * n
    side = n * (THUMB + GAP) - GAP
    cell = min((side - 0.04) / (count + 1), (WIDTH - LEFT) / (count + 1))
    low, high = (0.0, 1.0) if share else (float(table.min()), 1.0)
    for i in range(count):
        at = (i + 1) * cell
        page.picture(thumbs[i], LEFT, HEAD + at + 0.01, cell - 0.03)
        page.picture(thumbs[i], LEFT + at + 0.01, HEAD, cell - 0.03)
    page.axes.imshow(
        _BLUES(0.9 * np.clip((table - low) / max(high - low, 1e-9), 0, 1)),
        extent=(LEFT + cell, LEFT + (count + 1) * cell, HEAD + (count + 1) * cell, HEAD + cell),
        aspect="auto", interpolation="nearest",
    )  # fmt: skip
    page.axes.set(xlim=(0, page.width), ylim=(page.height, 0))
    for i in range(count):
        x, y = LEFT + (i + 1) * cell, HEAD + (i + 1) * cell
        page.axes.add_patch(Rectangle((x, y), cell, cell, facecolor="#EFEFF2", edgecolor="white"))
        j = i + 1 if i % 2 == 0 else i - 1
        frame = Rectangle((LEFT + (j + 1) * cell, y), cell, cell, fill=False, edgecolor=PALETTE[1], linewidth=2)
        page.axes.add_patch(frame).set_zorder(3)
        for k in range(count):
            value = table[i, k]
            if k == i or (share and value < 0.005):
                continue
            words = f"{100 * value:.0f}" if share else f"{value:.1f}".replace("0.", ".")
            dark = (value - low) / max(high - low, 1e-9) > 0.65
            page.write(
                LEFT + (k + 1.5) * cell,
                y + cell / 2,
                words,
                FONT - 3,
                "white" if dark else INK,
                ha="center",
                va="center",
            )


def view_lab(project: Callable[[Tensor], Tensor], pictures: Tensor, caption: str = "") -> Lab:
    """A lab: build your own views, set the temperature, and see who finds whom.

    Args:
        project: pictures to embeddings, such as `SimCLR.project`, of a model that is ready for use.
        pictures: (N, 3, H, W) in [0, 1], two to eight.
        caption: Markdown shown below the figure.

    >>> sorted(view_lab(lambda x: x.mean((2, 3)), torch.rand(2, 3, 16, 16)).controls)[:4]
    ['color', 'crop', 'flip', 'gray']
    """

    def draw(crop: float, color: float, gray: float, flip: bool, temperature: float | None, seed: int) -> Figure:
        views = Views(
            scale=(crop, 1.0), flip=0.5 * flip, jitter=0.8, brightness=0.8 * color, contrast=0.8 * color,
            saturation=0.8 * color, hue=color / 2, gray=gray, blur=0.0,
        )  # fmt: skip
        return views_and_matches(project, pictures, views, temperature, seed, caption)

    return lab(
        draw,
        {
            "crop": widgets.FloatSlider(0.4, min=0.1, max=1.0, step=0.1, description="smallest crop"),
            "color": widgets.FloatSlider(1.0, min=0.0, max=1.0, step=0.1, description="color"),
            "gray": widgets.FloatSlider(0.2, min=0.0, max=1.0, step=0.1, description="gray"),
            "flip": widgets.Checkbox(True, description="flip"),
            "seed": widgets.IntSlider(0, 0, 20, description="chance"),
            "temperature": widgets.ToggleButtons(
                options=[("cosines", None), ("τ = 1", 1.0), ("0.5", 0.5), ("0.2", 0.2), ("0.1", 0.1), ("0.05", 0.05)],
                value=0.2,
            ),
        },
    )
