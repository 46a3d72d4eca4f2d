"""One style for every figure, and a figure that carries its caption and a description in words."""

from __future__ import annotations

import io
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import matplotlib
import matplotlib.figure
import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.category import StrCategoryFormatter
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter, FuncFormatter
from numpy.typing import NDArray
from PIL import Image

WIDTH = 8.8
"""The width of a full figure in inches; an inch is shown as 100 pixels of the page."""
PIXELS_PER_INCH = 100
SHARPNESS = 2
"""How many pixels of the file stand for one pixel of the page."""
LARGE = 40_000
"""A PNG file of more bytes than this is saved with 256 colors, to keep notebooks light."""
FAMILY = "DejaVu Sans"
"""The one font that comes with matplotlib, so that figures look the same on every machine."""
TALLEST = 300
"""The most inches that a figure may be wide or high: a file of more dots cannot be written."""
LONGEST = 4.0
"""The most inches that a name beside a chart may take; a longer one is cut short."""
FONT = 11
"""The size of the smallest words in a figure, in points."""

INK = "#22252B"
QUIET = "#666B75"
FAINT = "#E7E8EC"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5C3E", "#5B5F68")
"""Colors for readers with any kind of color vision: those of Okabe and Ito, then brown and gray."""

_STYLE: dict[Any, Any] = {
    "font.family": FAMILY,
    "font.size": FONT,
    "text.color": INK,
    "figure.dpi": PIXELS_PER_INCH,
    "figure.facecolor": "white",
    "axes.titlesize": FONT + 1,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": FONT,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#B9BCC4",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": FAINT,
    "grid.linewidth": 0.9,
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "xtick.color": "#B9BCC4",
    "ytick.color": "#B9BCC4",
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": FONT,
    "image.cmap": "cividis",
}


@contextmanager
def style() -> Iterator[None]:
    """The style of the course for whatever is drawn inside `with show.style():`; nothing outside it changes.

    Nothing else that is set in matplotlib has a say inside. `@style()` above a function does the same for all of it.

    >>> import matplotlib
    >>> with style(): print(matplotlib.rcParams["axes.titlelocation"])
    left
    """
    with matplotlib.style.context(["default", _STYLE]):
        yield


class _PlainFormatter(Formatter):
    """The names of ticks as `plain` has them."""

    def __init__(self, names: Formatter) -> None:
        self.names = names

    def __call__(self, x: Any, pos: int | None = None) -> str:
        return plain(self.names(x, pos))


LITERAL: dict[str, Any] = {"parse_math": False, "usetex": False}
"""What matplotlib is told of words that are to be shown as they are, a $ as a $."""


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that carries a caption and a description in words, and shows itself in a notebook.

    It is unknown to pyplot: it is shown once, where it stands at the end of a cell, and needs no closing.
    """

    caption: str = ""
    alt: str = ""

    def png(self, quick: bool = False) -> bytes:
        """The figure as a PNG file: a small one to keep, or with `quick` a larger one, sooner, to look at now.

        >>> Figure(figsize=(1, 1)).png()[1:4]
        b'PNG'
        """
        file = io.BytesIO()
        canvas = FigureCanvasAgg(self)
        self.set_dpi(PIXELS_PER_INCH * SHARPNESS)
        try:
            canvas.draw()
        finally:
            self.set_dpi(PIXELS_PER_INCH)
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        picture.save(file, "png", compress_level=1 if quick else 6)
        if file.tell() > LARGE and not quick:
            file = io.BytesIO()
            _with_few_colors(picture).save(file, "png", optimize=True)
        return file.getvalue()

    def draw(self, renderer: Any) -> None:
        """Draw it in the style of the course, each letter in a font that has it."""
        with style():
            for axis in (axis for axes in self.axes for axis in (axes.xaxis, axes.yaxis)):
                names = axis.get_major_formatter()
                if isinstance(names, FixedFormatter | FuncFormatter | StrCategoryFormatter):
                    axis.set_major_formatter(_PlainFormatter(names))
                    axis.get_ticklabels()  # names become words only now
            for text in self.findobj(Text):
                if isinstance(text, Text) and not text.get_text().isascii():
                    text.set_text(plain(text.get_text()))
                    text.set_fontfamily(list(dict.fromkeys([*text.get_fontfamily(), *_fonts(text.get_text())])))
            super().draw(renderer)

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a notebook keeps of the figure: the picture, its description, and the width to show it at."""
        width = round(self.get_figwidth() * PIXELS_PER_INCH)
        return (
            {"image/png": self.png(), "text/plain": self.alt or repr(self)},
            {"image/png": {"width": width, "alt": self.alt}},
        )

    def _ipython_display_(self) -> None:
        show_captioned(*self.bundle(), self.caption)


def _with_few_colors(picture: Image.Image) -> Image.Image:
    """The picture in 256 colors: half for its smooth stretches, half for rare ones that must not be lost."""
    small = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.NEAREST)
    palette: list[int] = []
    for method in (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE):
        palette += (small.quantize(128, method).getpalette() or [])[: 3 * 128]
    chosen = Image.new("P", (1, 1))
    chosen.putpalette(palette)
    few = picture.quantize(palette=chosen, dither=Image.Dither.NONE)
    # Each of them becomes the mean of the pixels that it stands for.
    index, pixels = np.asarray(few).ravel(), np.asarray(picture).reshape(-1, 3)
    count = np.maximum(np.bincount(index, minlength=256), 1)
    means = [np.bincount(index, pixels[:, c], 256) / count for c in range(3)]
    few.putpalette(np.stack(means, 1).round().astype(np.uint8).tobytes())
    return few


def show_captioned(data: dict[str, Any], metadata: dict[str, Any], caption: str) -> None:
    """Show one output in the notebook and its caption, in Markdown, below it."""
    from IPython.display import Markdown, display

    display(data, metadata=metadata, raw=True)
    if caption.strip():
        display(Markdown(f"*{caption.strip()}*" if "*" not in caption else caption))


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = WIDTH,
    height: float = 3.6,
    caption: str = "",
    alt: str = "",
    **options: Any,
) -> tuple[Figure, Any]:
    """An empty figure and its axes in the style of the course, as `plt.subplots` gives them.

    Args:
        width: in inches; 8.8 fills a notebook.
        height: in inches.
        caption: Markdown shown below the figure: what to see in it.
        alt: one sentence for readers who cannot see the figure.
        options: passed on to `Figure.subplots`.

    >>> figure, axes = subplots(1, 2)
    >>> len(axes)
    2
    """
    with style():
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.caption, figure.alt = caption, alt
        return figure, figure.subplots(rows, columns, **options)


class Sheet:
    """A sheet measured in inches from its upper left corner, to set pictures and words by hand."""

    def __init__(self, width: float, height: float) -> None:
        if not (0 < width <= TALLEST and 0 < height <= TALLEST):
            raise ValueError(f"expected a figure of up to {TALLEST} inches, got {width:.4g} by {height:.4g}: show less")
        self.width, self.height = width, height
        with style():
            self.figure = Figure(figsize=(width, height))
            self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
            self.axes.set(xlim=(0, width), ylim=(height, 0))
            self.axes.axis("off")

    def cut(self, height: float) -> None:
        """Cut the sheet off below this height."""
        self.height = height
        self.figure.set_size_inches(self.width, height)
        self.axes.set_ylim(height, 0)

    def write(self, x: float, y: float, words: str, size: float = FONT, color: str = INK, **options: Any) -> Text:
        """Words, as they are, that start at x on the line y; `options` are those of `Axes.text`."""
        options = {"va": "baseline", "ha": "left", "fontfamily": FAMILY, **LITERAL} | options
        return self.axes.text(x, y, words, fontsize=size, color=color, **options)

    def picture(self, image: NDArray, x: float, y: float, width: float, height: float | None = None) -> AxesImage:
        """An image (H, W, 3 or 4) in [0, 1], its upper left corner at x, y; small ones show their pixels."""
        height = width if height is None else height
        crisp = image.shape[1] <= 128 and width * PIXELS_PER_INCH * SHARPNESS >= 2 * image.shape[1]
        shown = self.axes.imshow(
            image,
            extent=(x, x + width, y + height, y),
            aspect="auto",
            interpolation="nearest" if crisp else "hanning",
        )
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        return shown

    def flow(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        colors: Sequence[str | None],
        size: float = FONT,
    ) -> float:
        """Words in lines no wider than `width`, the first on the line y; returns where the next line is.

        The characters with a color in `colors` stand in bold and underlined; None leaves them plain.
        """
        space, line, at, start, end = text_width(" ", size), size / 72 * 1.55, x, 0, x
        underlined: str | None = None
        for word in words.split(" "):
            runs: list[tuple[str, str | None]] = []  # a word and the comma after it may differ in color
            for letter, color in zip(word, colors[start : start + len(word)], strict=True):
                if runs and runs[-1][1] == color:
                    runs[-1] = (runs[-1][0] + letter, color)
                else:
                    runs.append((letter, color))
            widths = [text_width(run, size, "bold" if color else "normal") for run, color in runs]
            if at > x and at + sum(widths) > x + width:
                at, y, underlined = x, y + line, None
            for (run, color), wide in zip(runs, widths, strict=True):
                if color:
                    begin = end if underlined == color else at
                    self.axes.plot([begin, at + wide], [y + 0.075] * 2, color=color, lw=2.4, solid_capstyle="butt")
                self.write(at, y, run, size, deep(color) if color else INK, weight="bold" if color else "normal")
                at = end = at + wide
                underlined = color
            at, start = at + space, start + len(word) + 1
        return y + line


def plain(words: object) -> str:
    """The words as they can be drawn: for a letter that no font of this machine has stands its name or its number.

    >>> plain("costs $5"), plain("a \U0010ffff"), plain(7)
    ('costs $5', 'a [U+10FFFF]', '7')
    """
    return "".join(letter if " " <= letter <= "~" else _drawn(letter) for letter in str(words))


@cache
def _drawn(letter: str) -> str:
    if letter == "\t":
        return " "
    kind = unicodedata.category(letter)
    if letter == "\n" or (kind != "Cc" and _font_of(letter)):
        return letter
    if kind in ("Cc", "Cf") or "\ufe00" <= letter <= "\ufe0f":  # nothing to see by itself
        return ""
    name = unicodedata.name(letter, "1")
    return f"[U+{ord(letter):04X}]" if any(sign.isdigit() for sign in name) else f"[{name.lower()}]"


def _fonts(words: str) -> list[str]:
    """The families in which these words can be drawn, the course's own first."""
    found = (_font_of(letter) for letter in words if letter > "~")
    return list(dict.fromkeys([FAMILY, *(family for family in found if family)]))


@cache
def _font_of(letter: str) -> str | None:
    """The family that has this letter: the course's own, or another of this machine; None if there is none."""
    families = _families().items()
    return next((name for name, files in families if all(ord(letter) in _letters(file) for file in files)), None)


@cache
def _families() -> dict[str, list[str]]:
    """The upright files, normal and bold, of each family on this machine, the course's own family first."""
    found: dict[str, list[str]] = {}
    for font in sorted(fontManager.ttflist, key=lambda font: (font.name != FAMILY, font.name)):
        shows_nothing = "lastresort" in font.name.replace(" ", "").lower()  # a box for each letter that there is
        if font.style == "normal" and font.weight in (400, 700, "normal", "bold") and not shows_nothing:
            found.setdefault(font.name, []).append(font.fname)
    return found


@cache
def _letters(file: str) -> frozenset[int]:
    """The numbers of all letters that a file of a font has."""
    try:
        return frozenset(get_font(file).get_charmap())
    except (OSError, RuntimeError):  # it is gone, or matplotlib cannot read it
        return frozenset()


def _font(family: str | list[str], size: float, weight: str) -> FontProperties:
    return FontProperties(family=family, style="normal", variant="normal", stretch="normal", weight=weight, size=size)


def text_width(words: object, size: float = FONT, weight: str = "normal") -> float:
    """How wide the words are in inches, as `plain` has them, on one line.

    >>> text_width("hippopotamus") > 2 * text_width("cat")
    True
    """
    return _measured(plain(words).replace("\n", " "), size, weight)


@lru_cache(maxsize=4096)
def _measured(words: str, size: float, weight: str) -> float:
    font = _font(_fonts(words), size, weight)
    with matplotlib.rc_context(_TEXT):
        return _RULER.get_text_width_height_descent(words, font, ismath=False)[0] / _RULER.dpi


_TEXT: dict[Any, Any] = {key: value for key, value in matplotlib.rcParamsDefault.items() if key.startswith("text.")}
_RULER = FigureCanvasAgg(matplotlib.figure.Figure(dpi=PIXELS_PER_INCH * SHARPNESS)).get_renderer()


def one_line(words: object, width: float = LONGEST, size: float = FONT, weight: str = "normal") -> str:
    """The words as `plain` has them, on one line no wider than `width` inches: cut short where they are longer.

    >>> one_line("a red\\ncat"), one_line("a very long name", 0.7)
    ('a red cat', 'a very …')
    """
    line = " ".join(plain(words).splitlines())[:1000]
    if text_width(line, size, weight) <= width:
        return line
    fits = bisect_right(range(len(line)), width, key=lambda end: text_width(line[:end] + "…", size, weight))
    return line[: max(fits - 1, 0)] + "…"


def deep(color: str) -> str:
    """The color, dark enough for words on white.

    >>> deep("#0072B2"), deep("#FFFFFF")
    ('#0072b2', '#717171')
    """
    rgb = np.array(to_rgb(color))
    while 0.2126 * rgb[0] ** 2.2 + 0.7152 * rgb[1] ** 2.2 + 0.0722 * rgb[2] ** 2.2 > 0.18:
        rgb = rgb * 0.96
    return to_hex(tuple(rgb))


def pale(color: str, share: float = 0.85) -> str:
    """The color mixed with this share of white.

    >>> pale("#000000", 1.0)
    '#ffffff'
    """
    return to_hex(tuple((1 - share) * np.array(to_rgb(color)) + share))


def halo(width: float = 3.0, color: str = "white") -> list[withStroke]:
    """A soft border that keeps words and lines legible on a picture."""
    return [withStroke(linewidth=width, foreground=color)]


def move_apart(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as needed to stand at least `gap` apart between low and high.

    >>> move_apart([1.0, 1.1, 5.0], 1.0, 0.0, 6.0)
    [0.55, 1.55, 5.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[tuple[float, list[int]]] = []  # middle, members: each group stands close together
    for i in order:
        middle, members = places[i], [i]
        while True:
            half = gap * (len(members) - 1) / 2
            middle = min(max(middle, low + half), high - half)
            if not groups or groups[-1][0] + gap * (len(groups[-1][1]) + len(members)) / 2 <= middle + 1e-9:
                break
            earlier, others = groups.pop()
            middle = (earlier * len(others) + middle * len(members)) / (len(others) + len(members))
            members = others + members
        groups.append((middle, members))
    result = [0.0] * len(places)
    for middle, members in groups:
        for k, i in enumerate(members):
            result[i] = round(middle + gap * (k - (len(members) - 1) / 2), 9)
    return result
