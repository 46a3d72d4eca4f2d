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
    one_line,
    plain,
    style,
    text_width,
)
from .numbers import numbers, unpacked

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
        sizes = {tuple(_tensor(p).shape) for p in pictures}
        if len(sizes) != 1:
            raise ValueError(f"expected a list of pictures of one size, got {sorted(sizes) or 'an empty list'}")
        t = torch.stack([_tensor(p) for p in pictures])
    else:
        t = _tensor(pictures)
    if t.dtype == torch.uint8 or t.is_complex():
        kind = str(t.dtype).removeprefix("torch.")
        raise ValueError(f"expected pictures in [0, 1] as float32, got {kind}: divide bytes by 255")
    t = t.float()
    t = t[None] if t.ndim == 3 else t
    if t.ndim != 4 or t.shape[1] not in (1, 3) or not t.numel():
        first = ": put the colors first with permute" if t.ndim == 4 and t.shape[3] in (1, 3) else ""
        raise ValueError(f"expected pictures of shape (N, 3, H, W), got {tuple(t.shape)}{first}")
    low, high = t.min().item(), t.max().item()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise ValueError(
            f"expected pictures in [0, 1], these go from {low:.3g} to {high:.3g}: "
            "undo the normalization first, or use .clamp(0, 1)"
        )
    return t.clamp(0, 1).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()


def _tensor(values: Any) -> Tensor:
    """Values that stand in a grid, on the CPU and without a gradient."""
    try:
        grid = (
            values if isinstance(values, Tensor) else np.array(unpacked(values))
        )  # torch takes none that is read-only
        return torch.as_tensor(grid).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"expected a tensor or an array of numbers, got a {type(values).__name__}") from None


def one_image(picture: Any) -> NDArray[np.float32]:
    """One picture (3, H, W) or (1, 3, H, W) in [0, 1] as an array (H, W, 3).

    Raises:
        ValueError: if it is no picture, or there are several.

    >>> one_image(torch.zeros(3, 8, 8)).shape
    (8, 8, 3)
    """
    images = as_images(picture)
    if len(images) != 1:
        raise ValueError(f"expected one picture (3, H, W), got {len(images)}: take one, as in pictures[0]")
    return images[0]


def _expect_words(words: Any, count: int, what: str) -> None:
    """Raise ValueError unless these are `count` names in a list, of such and such things."""
    if words is not None and (isinstance(words, str) or len(words) != count):
        got = f"the one string {words!r}" if isinstance(words, str) else len(words)
        raise ValueError(f"expected {what}, got {got}")


def _expect_size(size: float) -> None:
    if not size > 0:
        raise ValueError(f"expected a size above 0 inches, got {size}")


@style()
def pictures(
    batch: Any,
    titles: Sequence[object] | None = None,
    columns: int = 8,
    size: float | None = None,
    caption: str = "",
    alt: str = "",
    rows: Sequence[str] | None = None,
) -> Figure:
    """A grid of pictures, row by row; small pictures show their pixels.

    Args:
        batch: pictures (N, 3, H, W) in [0, 1], or a batch that holds them.
        titles: one a picture, written above it; None or an empty one leaves it bare.
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
    _expect_words(titles, n, f"one title for each of the {n} pictures")
    if columns < 1:
        raise ValueError(f"expected at least 1 column, got {columns}")
    columns = min(columns, n)
    count = -(-n // columns)
    _expect_words(rows, count, f"words for each of the {count} rows")
    if size is not None:
        _expect_size(size)
    wide = min((WIDTH - GAP * (columns - 1)) / columns, 2.0) if size is None else size
    dots = wide * PIXELS_PER_INCH * SHARPNESS
    if dots >= 2 * w:  # a whole number of dots for each pixel keeps all pixels the same size
        wide = dots // w * w / PIXELS_PER_INCH / SHARPNESS
    tall = wide * h / w
    lines = [_title(title, wide) for title in titles] if titles is not None else [[]] * n
    line = FONT / 72 * 1.3
    deepest = [max(len(lines[i]) for i in range(r * columns, min(n, (r + 1) * columns))) for r in range(count)]
    above = line if rows is not None else 0.0
    heads = [above + d * line + 0.06 * (above + d > 0) for d in deepest]
    page = Sheet(columns * wide + GAP * (columns - 1), sum(heads) + count * tall + GAP * (count - 1))
    y = 0.0
    for row in range(count):
        if rows is not None:
            page.write(0, y + line - 0.01, one_line(rows[row], page.width))
        y += heads[row]
        for i in range(row * columns, min(n, (row + 1) * columns)):
            x = (i % columns) * (wide + GAP)
            page.picture(images[i], x, y, wide, tall)
            for k, words in enumerate(reversed(lines[i])):
                page.write(x, y - 0.07 - k * line, words)
        y += tall + GAP
    page.figure.caption = caption
    words = [*(() if rows is None else rows), *(() if titles is None else titles)]
    told = "; ".join(str(word) for word in words if word not in (None, ""))
    said = f": {told}" if told else ""
    page.figure.alt = alt or f"{n} picture{'s' * (n > 1)} in {count} row{'s' * (count > 1)}{said}."
    return page.figure


def _title(words: Any, width: float) -> list[str]:
    """The lines of what stands above a picture: none for None, at most eight, none wider than the gap allows."""
    lines = [] if words in (None, "") else [one_line(line, width + GAP) for line in wrap(words, width)]
    return lines if len(lines) <= 8 else [*lines[:7], "…"]


def wrap(words: object, width: float, size: float = FONT) -> list[str]:
    """The words in lines no wider than `width` inches.

    >>> wrap("a red cat sits", 0.9)
    ['a red cat', 'sits']
    """
    lines: list[str] = []
    for paragraph in plain(words).split("\n"):
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


@style()
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
        ValueError: if the masks do not fit the picture, or the names the masks, or the heat is no number.

    >>> overlay(torch.rand(3, 16, 16), torch.rand(4, 4)).alt
    'A picture, and the same picture under a map of heat.'
    """
    image = one_image(picture)
    h, w = image.shape[:2]
    layer = _tensor(mask)
    _expect_size(size)
    _expect_words(titles, 2, "two titles, for the picture and for the overlay")
    tall, side = size * h / w, 1.25
    head = 0.28 if titles is not None else 0.0
    page = Sheet(2 * size + 2 * GAP + side, head + tall)
    page.picture(image, 0, head, size, tall)
    x = size + GAP
    if layer.dtype == torch.bool:
        if layer.shape[-2:] != (h, w):
            raise ValueError(f"expected masks of shape (K, {h}, {w}) like the picture, got {tuple(layer.shape)}")
        masks = layer.reshape(-1, h, w).numpy()
        _expect_words(names, len(masks), f"one name for each of the {len(masks)} masks")
        colors = [PALETTE[k % len(PALETTE)] for k in range(len(masks))]
        page.picture(tinted(image, masks, colors, fade=0.45), x, head, size, tall)
        called = [] if names is None else [str(name) for name in names]
        for k, name in enumerate(called):
            page.axes.add_patch(Rectangle((x + size + GAP, head + 0.25 * k + 0.04), 0.14, 0.14, color=colors[k]))
            page.write(x + size + GAP + 0.2, head + 0.25 * k + 0.17, one_line(name, side - 0.2))
        derived = f"A picture, and the same picture with its masks: {', '.join(called or [f'{len(masks)} masks'])}."
    else:
        if layer.ndim != 2 or not layer.numel():
            raise ValueError(f"expected bool masks (K, H, W) or one heat map of shape (h, w), got {tuple(layer.shape)}")
        if not np.isfinite(numbers(layer, "a heat map").astype(np.float32)).all():
            raise ValueError("expected a heat map of numbers, got nan or infinity in it")
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
                one_line(label, tall),
                color=QUIET,
                rotation=270,
                va="center",
                ha="center",
            )
        derived = "A picture, and the same picture under a map of heat."
    for k, title in enumerate(titles if titles is not None else ()):
        words = one_line(title, size + GAP, FONT + 1, "bold")
        page.write(k * (size + GAP), head - 0.09, words, FONT + 1, weight="bold")
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
        if name in (None, ""):
            continue
        name = one_line(name, size[0] - 0.1, FONT, "bold")
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


@style()
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
        boxes: (K, 4) in pixels x0, y0, x1, y1; rows of −1 are padding, and they and empty boxes are not shown.
        names: one a box, such as "cat" or "cat 0.93".
        colors: one a box; by default those of the palette.
        size: the width of the picture in inches.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the names if not given.

    Raises:
        ValueError: if the boxes are not (K, 4), end before they begin, or there are not as many names or colors.

    >>> boxes(torch.rand(3, 32, 32), [[4, 4, 20, 24]], ["cat"]).alt
    'A picture with 1 box: cat.'
    """
    image = one_image(picture)
    h, w = image.shape[:2]
    _expect_size(size)
    t = torch.from_numpy(numbers(boxes, "boxes")).float()
    t = t.reshape(0, 4) if t.shape == (0,) else t
    if t.ndim != 2 or t.shape[1] != 4:
        raise ValueError(f"expected boxes of shape (K, 4), got {tuple(t.shape)}")
    backward = ~(t[:, :2] <= t[:, 2:]).all(1) | ~t.isfinite().all(1)
    if backward.any():
        first = t[backward][0].tolist()
        raise ValueError(f"expected boxes x0, y0, x1, y1 with x0 up to x1 and y0 up to y1, got {first}")
    _expect_words(names, len(t), f"one name for each of the {len(t)} boxes")
    _expect_words(colors, len(t), f"one color for each of the {len(t)} boxes")
    palette = [PALETTE[k % len(PALETTE)] for k in range(len(t))] if colors is None else list(colors)
    kept = [k for k in range(len(t)) if t[k, 2] > t[k, 0]]
    said = ["" if names is None or names[k] is None else str(names[k]) for k in kept]
    tall = size * h / w
    page = Sheet(size, tall)
    page.picture(image, 0, 0, size, tall)
    draw_boxes(page, 0, 0, size / w, (size, tall), t[kept], said, [palette[k] for k in kept])
    named = f": {', '.join(said)}" if names is not None and said else ""
    page.figure.caption = caption
    page.figure.alt = alt or f"A picture with {len(kept)} box{'es' * (len(kept) != 1)}{named}."
    return page.figure
