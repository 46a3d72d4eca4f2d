"""Charts: curves that carry their names, bars with their values, confusion matrices, maps of embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from .figure import (
    FAINT,
    FONT,
    INK,
    LITERAL,
    PALETTE,
    QUIET,
    TALLEST,
    WIDTH,
    Figure,
    deep,
    halo,
    move_apart,
    one_line,
    pale,
    style,
    text_width,
)
from .images import as_images
from .numbers import numbers

_BLUES = LinearSegmentedColormap.from_list("course", ["#FFFFFF", "#CFE3F1", "#5BA3D0", "#0072B2", "#08304F"])


def short_number(value: float) -> str:
    """A number as a reader wants it: three digits, thousands marked.

    >>> short_number(12288), short_number(0.12345), short_number(3.0), short_number(float("nan"))
    ('12,288', '0.123', '3', 'no number')
    """
    if not np.isfinite(value):
        return "no number"
    if abs(value) < 1e15 and (abs(value) >= 100 or value == int(value)):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _placed(width: float, height: float, left: float, right: float, top: float, bottom: float) -> tuple[Figure, Any]:
    """A figure with one pair of axes, its margins in inches."""
    if not top + bottom + 0.1 <= height <= TALLEST:
        raise ValueError(f"expected a height from {top + bottom + 0.1:.2g} to {TALLEST} inches, got {height:.4g}")
    with style():
        figure = Figure(figsize=(width, height))
        share = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
        return figure, figure.add_axes(share)


def _named(values: Any, what: str) -> None:
    """Raise ValueError unless there is at least one thing to show, under its name."""
    if not isinstance(values, Mapping):
        raise ValueError(f"expected a dict with a name for each {what}, got a {type(values).__name__}")
    if not values:
        raise ValueError(f"expected at least one {what}, got none")


def _levels(levels: Mapping[str, Any] | None, log: bool) -> dict[str, float]:
    """The levels as plain numbers; raises ValueError for what cannot be drawn."""
    found = {name: numbers(level, f"the level {name!r}") for name, level in (levels or {}).items()}
    for name, level in found.items():
        if level.ndim or not np.isfinite(level) or (log and level <= 0):
            raise ValueError(f"expected one number{' above zero' * log} as the level {name!r}, got {level.tolist()}")
    return {name: float(level) for name, level in found.items()}


def curves(
    lines: Mapping[str, Any],
    x: str = "step",
    y: str = "",
    band: str = "range",
    levels: Mapping[str, float] | None = None,
    logx: bool = False,
    logy: bool = False,
    height: float = 3.6,
    caption: str = "",
    alt: str = "",
) -> Figure:
    """Curves, each with its name at its end; several runs of one are drawn as their mean and a band.

    Args:
        lines: for each name its y (T,), or runs of it (R, T), or a pair (x, y) of those.
        x: what the horizontal axis is, with its unit.
        y: what the vertical axis is, with its unit.
        band: "range" shows lowest to highest run, "deviation" one standard deviation each way.
        levels: values to compare with, such as {"chance": 0.02}, drawn as dashed lines.
        logx: logarithmic horizontal axis.
        logy: logarithmic vertical axis.
        height: of the figure in inches.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the first and last values if not given.

    Raises:
        ValueError: if a curve's x and y differ in length or it has nothing to draw, or the band is unknown.

    Where there is no number, or on a logarithmic axis none above zero, a curve has a gap, and the description says so.

    >>> curves({"SimCLR": [[3, 2, 1], [3, 2, 2]]}, y="loss").alt
    'Curves of loss by step: SimCLR from 3 to 1.5.'
    """
    if band not in ("range", "deviation"):
        raise ValueError(f"expected band 'range' or 'deviation', got {band!r}")
    _named(lines, "curve")
    levels = _levels(levels, logy)
    right = max(text_width(one_line(name, weight="bold"), FONT, "bold") for name in [*lines, *levels]) + 0.42
    top, bottom = 0.38 if y else 0.15, 0.62
    figure, axes = _placed(WIDTH, height, 0.85, right, top, bottom)
    ends: list[tuple[str, float, float, str]] = []
    said = []
    with style():
        for i, (name, data) in enumerate(lines.items()):
            color = PALETTE[i % len(PALETTE)]
            xs, runs = _runs(name, data)
            runs[~np.isfinite(runs) | (logy & (runs <= 0))] = np.nan
            mean = np.where(np.isfinite(xs) & ~(logx & (xs <= 0)), runs.mean(0), np.nan)
            there = np.flatnonzero(np.isfinite(mean))
            if not len(there):
                raise ValueError(f"expected a curve with at least one number that can be drawn, got none for {name!r}")
            xs = np.where(np.isfinite(mean), xs, np.nan) if len(there) < len(xs) else xs
            if len(runs) > 1:
                low, high = runs.min(0), runs.max(0)
                if band == "deviation":
                    low, high = mean - runs.std(0, ddof=1), mean + runs.std(0, ddof=1)
                axes.fill_between(xs, low, high, color=color, alpha=0.18, linewidth=0)
            alone = len(there) < len(mean) and np.diff(there, prepend=-9).max() > 1  # between two gaps no line is seen
            axes.plot(xs, mean, color=color, marker="o" if len(xs) <= 12 or alone else None, markersize=5)
            first, last = there[0], there[-1]
            ends.append((one_line(name, weight="bold"), float(xs[last]), float(mean[last]), color))
            gaps = f" ({len(mean) - len(there)} of {len(mean)} points missing)" if len(there) < len(mean) else ""
            said.append(f"{name} from {short_number(float(mean[first]))} to {short_number(float(mean[last]))}{gaps}")
        axes.set_xscale("log" if logx else "linear")
        axes.set_yscale("log" if logy else "linear")
        points_x = sorted({float(v) for line in axes.get_lines() for v in np.asarray(line.get_xdata()) if v == v})
        counted = len(points_x) <= 8 and points_x == [int(points_x[0]) + i for i in range(len(points_x))]
        # A few measured points carry their own numbers: powers of ten and halves of a block say little to a reader.
        if (logx and len(points_x) <= 12) or counted:
            axes.set_xticks(points_x, [short_number(v) for v in points_x])
            axes.xaxis.minorticks_off()
        for name, level in levels.items():
            axes.axhline(level, color=QUIET, linewidth=1.4, linestyle=(0, (4, 3)))
            ends.append((one_line(name, weight="bold"), axes.get_xlim()[1], level, QUIET))
        axes.margins(x=0.01)
        _below(axes, x)
        axes.set_title(one_line(y, WIDTH - 0.85), fontsize=FONT, fontweight="normal", color=INK, pad=9, x=0, **LITERAL)
        # Names at the right, moved apart where their curves end close together.
        across, up = WIDTH - 0.85 - right, height - top - bottom
        axes.autoscale_view()  # now: until then nobody knows where a number lies
        points = axes.transAxes.inverted().transform(axes.transData.transform([(e[1], e[2]) for e in ends]))
        heights = move_apart([float(p[1]) * up for p in points], 0.2, 0.0, max(up, 0.2 * (len(ends) - 1)))
        for (name, _, _, color), point, place in zip(ends, points, heights, strict=True):
            line = [
                (float(point[0]), float(point[1])),
                (1 + 0.1 / across, place / up),
                (1 + 0.2 / across, place / up),
            ]
            axes.plot(
                *zip(*line, strict=True),
                color=color,
                lw=1,
                alpha=0.6,
                transform=axes.transAxes,
                clip_on=False,
            )
            axes.text(
                1 + 0.26 / across,
                place / up,
                name,
                color=deep(color),
                weight="bold",
                va="center",
                transform=axes.transAxes,
                **LITERAL,
            )
    figure.caption = caption
    figure.alt = alt or f"Curves of {y or 'values'} by {x}: {'; '.join(said)}."
    return figure


def _runs(name: Any, data: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What one curve is drawn of: x (T,) and runs (R, T)."""
    if isinstance(data, tuple) and len(data) != 2:
        raise ValueError(f"expected a list of y, or a pair (x, y), got a tuple of {len(data)} for {name!r}")
    xs, ys = data if isinstance(data, tuple) else (None, data)
    runs = np.atleast_2d(numbers(ys, f"the curve {name!r}"))
    if runs.ndim != 2 or not runs.size:
        raise ValueError(f"expected y of shape (T,) or runs (R, T), got {runs.shape} for {name!r}")
    xs = np.arange(runs.shape[1], dtype=np.float64) if xs is None else numbers(xs, f"x of {name!r}")
    if xs.shape != runs.shape[1:]:
        raise ValueError(f"expected x and y of the same length, got {xs.shape} and {runs.shape[1:]} for {name!r}")
    return xs, runs


def _below(axes: Any, words: str) -> None:
    """Words below the axes, no wider than the page allows."""
    page = axes.get_position()
    middle = WIDTH * (page.x0 + page.x1) / 2
    axes.set_xlabel(one_line(words, 2 * min(middle, WIDTH - middle)), **LITERAL)


def bars(
    values: Mapping[str, Any],
    x: str = "",
    log: bool = False,
    highlight: str | Sequence[str] = (),
    levels: Mapping[str, float] | None = None,
    caption: str = "",
    alt: str = "",
) -> Figure:
    """Horizontal bars in the order given, each with its value; several runs give their mean and range.

    Args:
        values: for each name a number, or a list of runs.
        x: what the bars measure, with its unit.
        log: logarithmic axis, for values over many powers of ten.
        highlight: the name or names to draw in full color while the others step back.
        levels: values to compare with, such as {"chance": 0.02}, drawn as dashed lines.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the values if not given.

    Raises:
        ValueError: if there is nothing to show or to highlight, or a logarithm is asked of a number that is not
            positive.

    A bar of no number, such as nan, is left out, and its place says so.

    >>> bars({"label": 5.6, "pixels": 12288}, x="bits", log=True).alt
    'Bars of bits: label 5.6; pixels 12,288.'
    """
    _named(values, "bar")
    runs = {name: np.atleast_1d(numbers(v, f"the bar {name!r}")) for name, v in values.items()}
    for name, r in runs.items():
        if r.ndim != 1 or not r.size:
            raise ValueError(f"expected one number or a list of runs, got {r.shape} for {name!r}")
        r[~np.isfinite(r)] = np.nan
    if log and any((r <= 0).any() for r in runs.values()):
        raise ValueError("a logarithmic axis needs values above zero: leave out log=True")
    marked = set(highlight) if isinstance(highlight, list | tuple | set | frozenset) else {highlight}
    marked = marked - {""}
    if marked and not marked & runs.keys():
        raise ValueError(f"expected the name of a bar to highlight, got {', '.join(map(repr, marked))}")
    levels = _levels(levels, log)
    means = [r.mean() for r in runs.values()]
    known = [mean for mean in means if np.isfinite(mean)]
    if not known:
        raise ValueError("expected at least one bar of a number, got none")
    start = min(1.0, 10 ** np.floor(np.log10(min(known)) - 0.3)) if log else 0.0  # where bars begin
    left = max(text_width(one_line(name)) for name in runs) + 0.2
    right = max(text_width(short_number(m), FONT, "bold") for m in means) + 0.35
    top, bottom = (0.32 if levels else 0.1), 0.62 if x else 0.36
    figure, axes = _placed(WIDTH, top + bottom + 0.36 * len(runs), left, right, top, bottom)
    with style():
        for i, (name, r) in enumerate(runs.items()):
            color = PALETTE[0] if not marked or name in marked else "#A9B0BC"
            end = start
            if np.isfinite(r.mean()):
                end = r.max() if log else max(r.max(), 0.0)
                axes.barh(i, r.mean(), height=0.66, color=color)
            if len(r) > 1:
                axes.plot([r.min(), r.max()], [i, i], color=INK, lw=1.6)
            axes.annotate(
                short_number(r.mean()),
                (end, i),
                (6, 0),
                textcoords="offset points",
                va="center",
                weight="bold",
                color=deep(color),
                annotation_clip=False,
                zorder=4,
                path_effects=halo(),
            )
        axes.set_yticks(range(len(runs)), [one_line(name) for name in runs], color=INK, **LITERAL)
        axes.tick_params(length=0)
        axes.set_ylim(len(runs) - 0.45, -0.55)
        axes.grid(visible=False, axis="y")
        if log:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: short_number(v)))
            axes.set_xlim(start, max(known))
        for name, level in levels.items():
            axes.axvline(level, color=INK, linewidth=1.4, linestyle=(0, (4, 3)))
            axes.annotate(
                one_line(name),
                (level, 1),
                (0, 5),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                color=QUIET,
                **LITERAL,
            )
        _below(axes, x)
        axes.spines["left"].set_visible(min(known) < 0)
    figure.caption = caption
    said = "; ".join(f"{name} {short_number(m)}" for name, m in zip(runs, means, strict=True))
    figure.alt = alt or f"Bars of {x or 'values'}: {said}."
    return figure


def confusion(
    matrix: Any,
    names: Sequence[str],
    families: Sequence[str] | None = None,
    caption: str = "",
    alt: str = "",
) -> Figure:
    """What was taken for what: a row for each true class, as shares of that row.

    Args:
        matrix: counts (C, C), row: the truth, column: the guess.
        names: of the C classes.
        families: the family of each class; classes are then grouped by it and the families marked.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the most common mistakes if not given.

    Raises:
        ValueError: if the matrix is not square or holds no counts, or the names are not as many.

    >>> confusion([[9, 1], [2, 8]], ["cat", "dog"]).alt
    'Confusion matrix of 2 classes; 85% right. Most often dog is taken for cat (20%).'
    """
    counts = numbers(matrix, "a matrix of counts")
    c = len(names)
    if not c or counts.shape != (c, c):
        raise ValueError(f"expected a matrix of shape ({c}, {c}) for {c} names, got {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"expected counts, 0 or more, got {counts.min():.3g} to {counts.max():.3g}")
    if families is not None and len(families) != c:
        raise ValueError(f"expected one family for each of the {c} names, got {len(families)}")
    groups = list(families) if families is not None else []
    if groups:
        first = {family: groups.index(family) for family in groups}
        order = sorted(range(c), key=lambda i: (first[groups[i]], i))
        counts, names, groups = counts[order][:, order], [names[i] for i in order], [groups[i] for i in order]
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    said, names, groups = list(names), [one_line(name) for name in names], [one_line(name) for name in groups]

    left = max(text_width(name) for name in names) + 0.2
    few = c <= 12
    cell = min(0.62, (WIDTH - left - 1.0) / c)
    side, tall = cell * c, max(cell, 0.165) * c  # rows are high enough for their names
    slanted = groups if groups and not few else names
    top = max(text_width(name) for name in slanted) * 0.71 + 0.35
    figure, axes = _placed(left + side + 1.0, top + tall + 0.4, left, 1.0, top, 0.4)
    with style():
        axes.imshow(share, cmap=_BLUES, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        axes.grid(visible=False)
        axes.tick_params(length=0, pad=3)
        axes.set_yticks(range(c), names, color=INK, **LITERAL)
        axes.set_xticks([])
        axes.set_ylabel("")
        axes.set_xlabel("guessed (columns) for what it is (rows)", color=QUIET)
        axes.spines[:].set_visible(False)
        borders = [i for i in range(1, c) if groups and groups[i] != groups[i - 1]]
        middles = [(name, float(i)) for i, name in enumerate(names)]
        if groups:
            edges = [0, *borders, c]
            for a, b in zip(edges, edges[1:], strict=False):
                frame = Rectangle((a - 0.5, a - 0.5), b - a, b - a, fill=False, edgecolor=PALETTE[1])
                axes.add_patch(frame).set(linewidth=1.6, clip_on=False, zorder=3)
            if not few:
                middles = [(groups[a], (a + b - 1) / 2) for a, b in zip(edges, edges[1:], strict=False)]
        for border in borders or ([] if groups else range(1, c)):
            axes.axhline(border - 0.5, color=FAINT, lw=0.8)
            axes.axvline(border - 0.5, color=FAINT, lw=0.8)
        for name, place in middles:
            axes.annotate(
                name,
                (place, 1),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                rotation=45,
                ha="left",
                va="bottom",
                rotation_mode="anchor",
                color=deep(PALETTE[1]) if groups and not few else INK,
                **LITERAL,
            )
        if few:
            for i, j in np.ndindex(c, c):
                if share[i, j] >= 0.005:
                    color = "white" if share[i, j] > 0.45 else INK
                    axes.text(j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", color=color)
        width, height = figure.get_size_inches()
        bar_height = min(2.4, tall)
        scale = figure.add_axes(
            (
                (left + side + 0.18) / width,
                (0.4 + tall - bar_height) / height,
                0.14 / width,
                bar_height / height,
            )
        )
        scale.imshow(np.linspace(1, 0, 64)[:, None], cmap=_BLUES, aspect="auto", extent=(0, 1, 0, 100))
        scale.yaxis.tick_right()
        scale.set_yticks([0, 50, 100], ["0", "50", "100%"])
        scale.set_xticks([])
        scale.tick_params(length=0)
        scale.grid(visible=False)
        scale.spines[:].set_visible(False)
    wrong = share - np.diag(np.diag(share))
    i, j = divmod(int(wrong.argmax()), c)
    right = np.trace(counts) / max(counts.sum(), 1)
    figure.caption = caption
    most = f"Most often {said[i]} is taken for {said[j]} ({100 * wrong[i, j]:.0f}%)."
    most = most if wrong[i, j] else "None is taken for another."
    figure.alt = alt or f"Confusion matrix of {c} classes; {100 * right:.0f}% right. {most}"
    return figure


def flatten(points: Any) -> tuple[NDArray[np.float64], float]:
    """Points (N, D) on the plane in which they differ most (N, 2), and the share of their variance it keeps.

    Principal component analysis by singular values; the sign of each direction is fixed, so maps repeat.

    >>> flat, kept = flatten(torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))
    >>> flat.shape, round(kept, 3)
    ((3, 2), 1.0)
    """
    x = torch.from_numpy(numbers(points, "points"))
    x = x - x.mean(0)
    u, s, v = torch.linalg.svd(x, full_matrices=False)
    sign = torch.gather(v, 1, v.abs().argmax(1, keepdim=True)).squeeze(1).sign()
    flat = torch.nn.functional.pad(u * s * sign, (0, 1))[:, :2]  # a single point spans one direction alone
    kept = s[:2].square().sum() / s.square().sum().clamp_min(1e-30)
    return flat.numpy(), kept.item()


def embedding(
    points: Any,
    labels: Any = None,
    names: Sequence[str] | None = None,
    pictures: Any = None,
    shown: int = 60,
    height: float = 6.0,
    caption: str = "",
    alt: str = "",
) -> Figure:
    """A map of embeddings: near on the map, near in the space of features.

    Args:
        points: (N, 2), or (N, D) that are then projected on their two principal directions.
        labels: (N,) index of each point's class, which gives it its color and mark; −1 for a class without a name.
        names: of the classes, written where their points lie.
        pictures: (N, 3, H, W) in [0, 1]; some of them are then shown where they lie.
        shown: at most how many pictures.
        height: of the figure in inches.
        caption: Markdown shown below the figure.
        alt: a description in words.

    Raises:
        ValueError: if there are not as many labels or pictures as points, or a label has no name.

    >>> embedding(torch.randn(20, 8), torch.arange(20) % 2, ["cat", "dog"]).alt
    'Map of 20 embeddings of 2 classes: cat, dog.'
    """
    x = numbers(points, "points")
    if x.ndim != 2 or x.shape[1] < 2 or not len(x):
        raise ValueError(f"expected points of shape (N, D) with D at least 2, got {x.shape}")
    if not np.isfinite(x).all():
        odd = (~np.isfinite(x)).any(1)
        raise ValueError(f"expected points that are numbers, got {odd.sum()} of {len(x)} with nan or infinity")
    n = len(x)
    flat, kept = (x, 1.0) if x.shape[1] == 2 else flatten(x)
    classes = _classes(labels, n, names)
    images = None if pictures is None else as_images(pictures)
    for what, got in (("label", len(classes)), ("picture", n if images is None else len(images))):
        if got != n:
            raise ValueError(f"expected one {what} for each of the {n} points, got {got}")
    figure, axes = _placed(WIDTH, height, 0.1, 0.1, 0.1, 0.4 if x.shape[1] > 2 else 0.1)
    present = sorted(set(classes.tolist()))
    called = {c: "no name" if c < 0 else str(names[c]) for c in present} if names is not None else {}
    colors = {c: PALETTE[k % len(PALETTE)] for k, c in enumerate(present)}
    marks = {c: "os^DPvX"[k // len(PALETTE) % 7] for k, c in enumerate(present)}
    with style():
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        for c in present:
            here = flat[classes == c]
            axes.scatter(here[:, 0], here[:, 1], s=26, color=colors[c], marker=marks[c], alpha=0.75, linewidths=0)
        axes.margins(0.07)
        if x.shape[1] > 2:
            axes.set_xlabel(f"the two directions of greatest variance ({100 * kept:.0f}% of it)", color=QUIET)
        if images is not None:
            for i in _apart(flat, shown):
                thumb = OffsetImage(images[i], zoom=34 / images.shape[2], interpolation="nearest")
                frame = {"edgecolor": colors[int(classes[i])], "linewidth": 2, "boxstyle": "square,pad=0"}
                box = AnnotationBbox(thumb, tuple(flat[i]), pad=0, bboxprops=frame)
                axes.add_artist(box)
        if called:
            named = [(one_line(called[c], weight="bold"), np.median(flat[classes == c], 0), colors[c]) for c in present]
            _name_groups(axes, named)
    figure.caption = caption
    said = f" of {len(present)} classes: {', '.join(called.values())}" if called else ""
    figure.alt = alt or f"Map of {n} embeddings{said}."
    return figure


def _classes(labels: Any, n: int, names: Sequence[str] | None) -> NDArray[np.int64]:
    """The class of each of n points; raises ValueError for labels that are none, or that no name belongs to."""
    if labels is None:
        if names is not None:
            raise ValueError("expected labels beside names: labels=(N,) says which name belongs to which point")
        return np.zeros(n, np.int64)
    found = numbers(labels, "labels")
    if found.shape != (n,):
        raise ValueError(f"expected one label for each of the {n} points, got {found.size if found.ndim else found}")
    if not (np.isfinite(found).all() and (found == found.round()).all() and np.abs(found).max() < 2**53):
        raise ValueError("expected labels that are whole numbers, got nan, infinity or a fraction")
    if names is not None and found.max() >= len(names):
        raise ValueError(f"expected labels below {len(names)}, for so many names, got {found.max():.0f}")
    return (np.maximum(found, -1) if names is not None else found).astype(np.int64)


def _apart(points: NDArray[np.float64], count: int) -> list[int]:
    """Up to `count` points spread over the map: always the one farthest from those chosen before it."""
    scaled = (points - points.min(0)) / np.maximum(np.ptp(points, axis=0), 1e-12)
    chosen = [0][: max(count, 0)]
    gap = np.linalg.norm(scaled - scaled[0], axis=1)
    while len(chosen) < min(count, len(points)) and gap.max() > 0.07:
        chosen.append(int(gap.argmax()))
        gap = np.minimum(gap, np.linalg.norm(scaled - scaled[chosen[-1]], axis=1))
    return chosen


def _name_groups(axes: Any, groups: Sequence[tuple[str, NDArray[np.float64], str]]) -> None:
    """Names at their places, pushed apart until none covers another."""
    size = axes.bbox.size / axes.figure.dpi  # inches
    to_page = axes.transData.transform
    places = np.array([(to_page(p) - axes.bbox.min) / axes.figure.dpi for _, p, _ in groups])
    half = np.array([[text_width(name, FONT, "bold") / 2 + 0.06, 0.11] for name, _, _ in groups])
    for _ in range(200):
        moved = False
        for i in range(len(places)):
            for j in range(i):
                offset = places[i] - places[j]
                overlap = half[i] + half[j] - np.abs(offset)
                if (overlap > 0).all():
                    axis = int(overlap.argmin())
                    push = (overlap[axis] / 2 + 0.005) * (1 if offset[axis] >= 0 else -1)
                    places[i, axis] += push
                    places[j, axis] -= push
                    moved = True
        places = np.clip(places, half, size - half)
        if not moved:
            break
    for (name, _, color), place in zip(groups, places, strict=True):
        axes.text(
            *(place / size),
            name,
            transform=axes.transAxes,
            ha="center",
            va="center",
            weight="bold",
            color=deep(color),
            zorder=6,
            bbox={"facecolor": pale(color, 0.9), "alpha": 0.85, "linewidth": 0, "boxstyle": "round,pad=0.15"},
            path_effects=halo(1.5),
            **LITERAL,
        )
