"""What tests of figures and labs look at: a figure's words and numbers, a lab's parts; and simple pictures to show."""

from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from torch import Tensor

from course_lib import show

SCENE = [("cat", "orange", "striped"), ("car", "blue", "plain")]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def plain_pictures() -> Tensor:
    """Twelve pictures, each of one color: red, green, blue, red, …"""
    return torch.eye(3).repeat(4, 1)[:, :, None, None].expand(-1, -1, 8, 8).clone()


def words_of(figure: show.Figure) -> list[Text]:
    """All words that a reader sees."""
    figure.draw_without_rendering()
    beyond: set[Text] = set()  # matplotlib keeps the labels of ticks beyond the limits, and does not draw them
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not min(limits) <= tick.get_loc() <= max(limits):
                    beyond |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if isinstance(t, Text) and t not in beyond]
    return [t for t in texts if t.get_text().strip() and t.get_visible()]


def size_of(text: Text) -> float:
    """The size of its letters in points."""
    return float(text.get_fontsize())


def on_the_page(box: Bbox, figure: show.Figure) -> bool:
    return box.x0 >= -2 and box.y0 >= -2 and box.x1 <= figure.bbox.x1 + 2 and box.y1 <= figure.bbox.y1 + 2


def apart(one: Bbox, other: Bbox) -> bool:
    """Whether two words do not cover one another, but for a hair."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    up = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across <= 2 or up <= 3


def xs(line: Line2D) -> NDArray[Any]:
    return np.asarray(line.get_xdata())


def ys(line: Line2D) -> NDArray[Any]:
    return np.asarray(line.get_ydata())


def parts_of(lab: show.Lab) -> tuple[Any, ...]:
    """The widgets of a lab from top to bottom: its controls, the picture, the words for those who listen."""
    assert isinstance(lab.view, widgets.Box)
    return lab.view.children
