"""Pictures on a page: grids, pictures with something laid over them, pictures with boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from torch import Tensor

from .figure import (
    FONT,
    PALETTE,
    PIXELS_PER_INCH,
    QUIET,
    SHARPNESS,
    WIDTH,
    Figure,
    Sheet,
    halo,
    text_width,
)

GAP = 0.1
"""Between pictures, in inches."""


def as_images(pictures: Any) -> NDArray[np.float32]:
    """Pictures (N, 3, H, W) or (3, H, W) in [0, 1], or a batch of them, as an array (N, H, W, 3).

    Raises:
        ValueError: if the shape or the range of values is another.

    >>> as_images(torch.zeros(3, 8, 8)).shape
    (1, 8, 8, 3)
    """
    pictures = getattr(pictures, "pictures", pictures)
    if isinstance(pictures, (list, tuple)):
        pictures = torch.stack([torch.as_tensor(p) for p in pictures])
    t = torch.as_tensor(pictures).detach().float().cpu()
    t = t[None] if t.ndim == 3 else t
    if t.ndim != 4 or t.shape[1] not in (1, 3) or not t.numel():
        raise ValueError(f"expected pictures of shape (N, 3, H, W), got {tuple(t.shape)}")
    low, high = t.min().item(), t.max().item()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise ValueError(
            f"expected pictures in [0, 1], these go from {low:.3g} to {high:.3g}: "
            "undo the normalization first, or use .clamp(0, 1)"
        )
    return t.clamp(0, 1).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()


def pictures(
    batch: Any,
    titles: Sequence[str] | None = None,
    columns: int = 8,
    size: float | None = None,
    caption: str = "",
    alt: str = "",
    rows: Sequence[str] | None = None,
) -> Figure:
    """A grid of pictures, row by row; small pictures show their pixels.

    Args:
        batch: pictures (N, 3, H, W) in [0, 1], or a batch that holds them.
        titles: one a picture, written above it.
        columns: the most pictures in a row.
        size: the width of one picture in inches; by default what fits the notebook, at most 2.
        caption: Markdown shown below the figure.
        alt: a description in words; made from titles and rows if not given.
        rows: what each row shows, written above it.

    Raises:
        ValueError: if these are no pictures, or there are not as many titles or rows.

    >>> pictures(torch.rand(6, 3, 16, 16), columns=3).axes[0].images.__len__()
    6
    """
    images = as_images(batch)
    n, h, w, _ = images.shape
    if titles is not None and len(titles) != n:
        raise ValueError(f"expected one title for each of the {n} pictures, got {len(titles)}")
    columns = min(columns, n)
    count = -(-n // columns)
    if rows is not None and len(rows) != count:
        raise ValueError(f"expected words for each of the {count} rows, got {len(rows)}")
    wide = min((WIDTH - GAP * (columns - 1)) / columns, 2.0) if size is None else size
    dots = wide * PIXELS_PER_INCH * SHARPNESS
    if dots >= 2 * w:  # a whole number of dots for each pixel keeps all pixels the same size
        wide = dots // w * w / PIXELS_PER_INCH / SHARPNESS
    tall = wide * h / w
    lines = [wrap(t, wide) if t else [] for t in titles] if titles is not None else [[]] * n
    line = FONT / 72 * 1.3
    deepest = [max(len(lines[i]) for i in range(r * columns, min(n, (r + 1) * columns))) for r in range(count)]
    above = line if rows is not None else 0.0
    heads = [above + d * line + 0.06 * (above + d > 0) for d in deepest]
    page = Sheet(columns * wide + GAP * (columns - 1), sum(heads) + count * tall + GAP * (count - 1))
    y = 0.0
    for row in range(count):
        if rows is not None:
            page.write(0, y + line - 0.01, rows[row])
        y += heads[row]
        for i in range(row * columns, min(n, (row + 1) * columns)):
            x = (i % columns) * (wide + GAP)
            page.picture(images[i], x, y, wide, tall)
            for k, words in enumerate(reversed(lines[i])):
                page.write(x, y - 0.07 - k * line, words)
        y += tall + GAP
    page.figure.caption = caption
    told = "; ".join(filter(None, [*(rows or ()), *(titles or ())]))
    said = f": {told}" if told else ""
    page.figure.alt = alt or f"{n} picture{'s' * (n > 1)} in {count} row{'s' * (count > 1)}{said}."
    return page.figure


def wrap(words: str, width: float, size: float = FONT) -> list[str]:
    """The words in lines no wider than `width` inches.

    >>> wrap("a red cat sits", 0.9)
    ['a red cat', 'sits']
    """
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, size) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def edge(mask: NDArray[np.bool_], thick: int = 1) -> NDArray[np.bool_]:
    """The pixels of a mask (H, W) that lie within `thick` pixels of its border.

    >>> edge(np.ones((3, 3), bool)).sum()
    np.int64(0)
    """
    inner = mask.copy()
    for _ in range(thick):
        padded = np.pad(inner, 1, mode="edge")
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def tinted(
    image: NDArray, masks: NDArray[np.bool_], colors: Sequence[str], strength: float = 0.6, fade: float = 0.0
) -> NDArray[np.float32]:
    """An image (H, W, 3) under masks (K, H, W) in these colors; the rest is faded toward white."""
    thick = max(1, image.shape[0] // 128)
    out = (1 - fade) * image + fade
    for mask, color in zip(masks, colors, strict=False):
        rgb = np.array(to_rgb(color))
        out[mask] = (1 - strength) * image[mask] + strength * rgb
        out[edge(mask, thick)] = 0.8 * rgb
    return out.astype(np.float32)


def overlay(
    picture: Any,
    mask: Any,
    names: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    size: float = 2.8,
    label: str = "",
    caption: str = "",
    alt: str = "",
) -> Figure:
    """A picture, and beside it the same picture with masks or a heat map laid over it.

    Args:
        picture: (3, H, W) in [0, 1].
        mask: bool masks (H, W) or (K, H, W); or one float map (h, w) of any size, such as an attention map.
        names: one a mask, written in its color.
        titles: two, for the picture and for the overlay.
        size: the width of one picture in inches.
        label: what the heat map measures, written beside its scale.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the names if not given.

    Raises:
        ValueError: if the masks do not fit the picture.

    >>> overlay(torch.rand(3, 16, 16), torch.rand(4, 4)).alt
    'A picture, and the same picture under a map of heat.'
    """
    image = as_images(picture)[0]
    h, w = image.shape[:2]
    layer = torch.as_tensor(mask).detach().cpu()
    tall, side = size * h / w, 1.25
    head = 0.28 if titles else 0.0
    page = Sheet(2 * size + 2 * GAP + side, head + tall)
    page.picture(image, 0, head, size, tall)
    x = size + GAP
    if layer.dtype == torch.bool:
        masks = layer.reshape(-1, *layer.shape[-2:]).numpy()
        if masks.shape[1:] != (h, w):
            raise ValueError(f"expected masks of shape (K, {h}, {w}) like the picture, got {tuple(layer.shape)}")
        colors = [PALETTE[k % len(PALETTE)] for k in range(len(masks))]
        page.picture(tinted(image, masks, colors, fade=0.45), x, head, size, tall)
        for k, name in enumerate(names or ()):
            page.axes.add_patch(Rectangle((x + size + GAP, head + 0.25 * k + 0.04), 0.14, 0.14, color=colors[k]))
            page.write(x + size + GAP + 0.2, head + 0.25 * k + 0.17, name)
        derived = f"A picture, and the same picture with its masks: {', '.join(names or [f'{len(masks)} masks'])}."
    else:
        if layer.ndim != 2:
            raise ValueError(f"expected one heat map of shape (h, w), got {tuple(layer.shape)}")
        heat = layer.float()
        low, high = heat.min().item(), heat.max().item()
        heat = (heat - low) / max(high - low, 1e-12)
        resize = torch.nn.functional.interpolate
        heat = resize(heat[None, None], (h, w), mode="bilinear")[0, 0].clamp(0, 1).numpy()
        gray = image @ np.array([0.3, 0.59, 0.11], np.float32)
        shown = 0.35 * gray[..., None] + 0.65 * colormaps["inferno"](heat)[..., :3]
        page.picture(shown, x, head, size, tall)
        ramp = colormaps["inferno"](np.linspace(1, 0, 64))[:, None, :3]
        page.picture(ramp, x + size + GAP, head, 0.14, tall)
        page.write(x + size + GAP + 0.22, head + 0.15, f"{high:.2g}")
        page.write(x + size + GAP + 0.22, head + tall - 0.03, f"{low:.2g}")
        if label:
            page.write(
                x + size + GAP + 0.3,
                head + tall / 2,
                label,
                color=QUIET,
                rotation=270,
                va="center",
                ha="center",
            )
        derived = "A picture, and the same picture under a map of heat."
    for k, title in enumerate(titles or ()):
        page.write(k * (size + GAP), head - 0.09, title, FONT + 1, weight="bold")
    page.figure.caption, page.figure.alt = caption, alt or derived
    return page.figure


def draw_boxes(
    page: Sheet,
    x: float,
    y: float,
    scale: float,
    size: tuple[float, float],
    boxes: Tensor,
    names: Sequence[str],
    colors: Sequence[str],
) -> None:
    """Boxes (K, 4) and their names on a picture of `size` inches at x, y; names never cover one another."""
    taken: list[tuple[float, float, float, float]] = []
    tall = 0.2
    for (x0, y0, x1, y1), name, color in zip((boxes * scale).tolist(), names, colors, strict=False):
        corner, wide, high = (x + x0, y + y0), x1 - x0, y1 - y0
        page.axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor="white", linewidth=4.2))
        page.axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=color, linewidth=2.2))
        if not name:
            continue
        broad = text_width(name, FONT, "bold") + 0.1
        left = min(max(x + x0 - 0.015, x), x + size[0] - broad)
        right = min(max(x + x1 + 0.015 - broad, x), x + size[0] - broad)
        heights = [y + y0 - tall, y + y1, y + y0, y + y1 - tall, y + (y0 + y1 - tall) / 2]
        options = [(a, b) for b in heights for a in (left, right) if y - 1e-6 <= b <= y + size[1] - tall + 1e-6]
        free = [
            (a, b)
            for a, b in options
            if all(a + broad <= p or r <= a or b + tall <= q or s <= b for p, q, r, s in taken)
        ]
        a, b = (free or options or [(left, y)])[0]
        taken.append((a, b, a + broad, b + tall))
        page.axes.add_patch(Rectangle((a, b), broad, tall, color=color, linewidth=0, zorder=3))
        page.write(a + 0.05, b + 0.145, name, FONT, "white", weight="bold", zorder=4, path_effects=halo(1.2, color))


def boxes(
    picture: Any,
    boxes: Any,
    names: Sequence[str] | None = None,
    colors: Sequence[str] | None = None,
    size: float = 4.0,
    caption: str = "",
    alt: str = "",
) -> Figure:
    """A picture with boxes and their names.

    Args:
        picture: (3, H, W) in [0, 1].
        boxes: (K, 4) in pixels x0, y0, x1, y1; rows of −1 are padding and not shown.
        names: one a box, such as "cat" or "cat 0.93".
        colors: one a box; by default those of the palette.
        size: the width of the picture in inches.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the names if not given.

    Raises:
        ValueError: if the boxes are not (K, 4), or there are not as many names.

    >>> boxes(torch.rand(3, 32, 32), [[4, 4, 20, 24]], ["cat"]).alt
    'A picture with 1 box: cat.'
    """
    image = as_images(picture)[0]
    h, w = image.shape[:2]
    t = torch.as_tensor(boxes).detach().float().cpu()
    if t.ndim != 2 or t.shape[1] != 4:
        raise ValueError(f"expected boxes of shape (K, 4), got {tuple(t.shape)}")
    if names is not None and len(names) != len(t):
        raise ValueError(f"expected one name for each of the {len(t)} boxes, got {len(names)}")
    palette = list(colors or [PALETTE[k % len(PALETTE)] for k in range(len(t))])
    kept = [k for k in range(len(t)) if t[k, 2] > t[k, 0]]
    said = [names[k] if names is not None else "" for k in kept]
    tall = size * h / w
    page = Sheet(size, tall)
    page.picture(image, 0, 0, size, tall)
    draw_boxes(page, 0, 0, size / w, (size, tall), t[kept], said, [palette[k] for k in kept])
    named = f": {', '.join(said)}" if names is not None and said else ""
    page.figure.caption = caption
    page.figure.alt = alt or f"A picture with {len(kept)} box{'es' * (len(kept) != 1)}{named}."
    return page.figure
