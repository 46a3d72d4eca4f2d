"""Teachers and students: diagrams of distillation, maps of features, and the two labs of chapter 07."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import Tensor

from course_lib.expect import expect_number, expect_whole
from course_lib.pretrain import Labels
from course_lib.pretrain.simmim import cover
from course_lib.show.figure import (
    FONT,
    INK,
    PALETTE,
    PIXELS_PER_INCH,
    QUIET,
    SHARPNESS,
    WIDTH,
    Figure,
    Sheet,
    deep,
    one_line,
    pale,
    style,
    text_width,
)
from course_lib.show.images import as_images, one_image
from course_lib.show.labs import Lab, lab

GRAY = 0.82
"""How bright a covered patch is shown."""
TEACHER, STUDENT, ASKED = PALETTE[0], PALETTE[3], PALETTE[1]
"""The colors of a teacher, of a student, and of what is asked."""
ROW = 0.235
"""From one bar of answers to the next, in inches."""
DASHES = (0, (4, 2.5))
DOTS = PIXELS_PER_INCH * SHARPNESS
"""Of the file, in an inch."""


# What a teacher says


@dataclass
class Told:
    """N pictures (N, 3, H, W), their labels (N,), and what a teacher says of each: logits (N, C), features (N, D)."""

    pictures: Tensor
    labels: Tensor
    logits: Tensor
    features: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Tensor) -> Told:
        return Told(self.pictures[index], self.labels[index], self.logits[index], self.features[index])

    def to(self, device: torch.device | str) -> Told:
        return Told(*(x.to(device) for x in (self.pictures, self.labels, self.logits, self.features)))


@torch.no_grad()
def ask(teacher: Labels, pictures: Tensor, labels: Tensor) -> Told:
    """Ask a teacher once about each picture and its mirror image, so that no student has to wait for it.

    Args:
        teacher: ready for use.
        pictures: (N, 3, H, W) in [0, 1].
        labels: (N,).

    Returns:
        2 · N pictures: first all as they are, then all mirrored.

    >>> from course_lib.nn import ConvNet
    >>> told = ask(Labels(ConvNet((8, 8)), 50).eval(), torch.rand(3, 3, 16, 16), torch.tensor([4, 0, 7]))
    >>> len(told), told.logits.shape, told.features.shape, told.labels.tolist()
    (6, torch.Size([6, 50]), torch.Size([6, 8]), [4, 0, 7, 4, 0, 7])
    """
    both = torch.cat([pictures, pictures.flip(3)])
    features = torch.cat([teacher.encoder(some) for some in both.split(500)])
    return Told(both, labels.repeat(2), teacher.head(features), features)


def class_means(told: Told, shuffled: bool = False, seed: int = 0) -> Told:
    """The same pictures, and as the teacher's logits of each the mean over all pictures with its label.

    Args:
        told: what the teacher said.
        shuffled: as a control, deal out anew each mean's logits of all other classes: as soft, and without a sense.
        seed: settles how.

    >>> logits = torch.tensor([[0.0, 9.0], [5.0, 1.0], [4.0, 7.0]])
    >>> told = Told(torch.rand(3, 3, 8, 8), torch.tensor([1, 0, 1]), logits, torch.zeros(3, 1))
    >>> class_means(told).logits.tolist()
    [[2.0, 8.0], [5.0, 1.0], [2.0, 8.0]]
    """
    kinds, which = told.labels.unique(return_inverse=True)  # (K,), and (N,) from 0 up
    sums = told.logits.new_zeros(len(kinds), told.logits.shape[1]).index_add(0, which, told.logits)
    means = sums / which.bincount()[:, None]
    chance = torch.Generator().manual_seed(seed)
    for row, kind in zip(means, kinds.tolist(), strict=True) if shuffled else ():
        others = [other for other in range(len(row)) if other != kind]
        row[others] = row[others][torch.randperm(len(others), generator=chance)]
    return Told(told.pictures, told.labels, means[which], told.features)


def measure_unseen(logits: Tensor, labels: Tensor, hidden: Sequence[int]) -> dict[str, float]:
    """How a student names pictures of shown and of hidden kinds, in percent, with and without a bias.

    The bias is the smallest, in steps of a quarter, with which hidden kinds are named as often as they would be if all
    kinds in the pictures were equally common; no label is needed to choose it, only how many kinds there are.

    Args:
        logits: (N, C), of new pictures.
        labels: (N,).
        hidden: the kinds that the student was never shown.

    Returns:
        "among": right among hidden kinds, if only these may be answered; "shown" and "hidden" without a bias; "bias";
        "shown, biased" and "hidden, biased".

    >>> logits = torch.tensor([[5.0, 0.0, 1.0], [5.0, 1.0, 0.0], [5.0, 0.0, 1.0]])
    >>> found = measure_unseen(logits, torch.tensor([0, 1, 2]), [1, 2])
    >>> {name: round(value, 2) for name, value in found.items()}
    {'among': 100.0, 'shown': 100.0, 'hidden': 0.0, 'bias': 4.25, 'shown, biased': 0.0, 'hidden, biased': 100.0}
    """
    kinds = torch.zeros(logits.shape[1], device=logits.device).index_fill(
        0, torch.tensor(hidden, device=logits.device), 1
    )
    is_hidden = kinds[labels] > 0
    share = len(hidden) / len(labels.unique())

    def right(scores: Tensor, which: Tensor) -> float:
        return 100 * (scores.argmax(1) == labels)[which].float().mean().item()

    bias = 0.0
    while (kinds[(logits + bias * kinds).argmax(1)]).mean() < share:
        bias += 0.25
    lifted = logits + bias * kinds
    return {
        "among": right(logits.masked_fill(kinds == 0, -torch.inf), is_hidden),
        "shown": right(logits, ~is_hidden),
        "hidden": right(logits, is_hidden),
        "bias": bias,
        "shown, biased": right(lifted, ~is_hidden),
        "hidden, biased": right(lifted, is_hidden),
    }


def likest(told: Told, kind: int, k: int = 2) -> list[int]:
    """The k kinds whose pictures get, on average, the highest logit for another kind.

    >>> logits = torch.tensor([[9.0, 0, 0], [0, 9.0, 4.0]])
    >>> likest(Told(torch.rand(2, 3, 8, 8), torch.tensor([0, 1]), logits, torch.zeros(2, 1)), 2, k=1)
    [1]
    """
    others = [int(label) for label in told.labels.unique() if label != kind]
    means = [told.logits[told.labels == label, kind].mean().item() for label in others]
    return [label for _, label in sorted(zip(means, others, strict=True), reverse=True)[:k]]


def share_between(features: Tensor, groups: Tensor) -> float:
    """The share of the variance of features (N, D) that lies between groups (N,), from 0 to 1 (eta squared).

    It is 1 where all of a group have the same features, and, for groups that were drawn at random, about their number
    less one, divided by N less one.

    >>> share_between(torch.tensor([[0.0], [0.0], [2.0], [2.0]]), torch.tensor([0, 0, 1, 1]))
    1.0
    >>> share_between(torch.tensor([[0.0], [2.0], [0.0], [2.0]]), torch.tensor([0, 0, 1, 1]))
    0.0
    """
    apart = features.double() - features.double().mean(0)
    _, which = groups.unique(return_inverse=True)
    counts = which.bincount()
    means = apart.new_zeros(len(counts), apart.shape[1]).index_add(0, which, apart) / counts[:, None]
    return ((means.square().sum(1) * counts).sum() / apart.square().sum()).item()


# What knowledge distillation does


@style()
def distillation_diagram(
    picture: Tensor,
    teacher_logits: Tensor,
    student_logits: Tensor,
    label: int,
    temperature: float,
    names: Sequence[str],
    caption: str = "",
) -> Figure:
    """What knowledge distillation does: a picture, two networks, their softened answers, and what the student learns.

    Args:
        picture: (3, H, W) in [0, 1].
        teacher_logits, student_logits: (C,), what each answers.
        label: the right answer, an index into the names.
        temperature: what both divide their logits by, above 0.
        names: of the C kinds.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if logits, names and label do not fit, or for a temperature that is not above 0.

    >>> picture, logits = torch.rand(3, 16, 16), torch.tensor([2.0, 0.0, 1.0])
    >>> distillation_diagram(picture, logits, -logits, 0, 4.0, ["cat", "dog", "car"]).alt[:41]
    'Distillation from left to right: a pictur'
    """
    taught, learned = (_softened(logits, temperature, names) for logits in (teacher_logits, student_logits))
    if not 0 <= label < len(names):
        raise ValueError(f"expected a label below {len(names)}, for so many names, got {label}")
    shown: list[int] = taught.topk(min(5, len(names))).indices.tolist()
    others = len(names) - len(shown)
    tall = ROW * (len(shown) + (others > 0))  # of one list of answers
    top, apart = 0.38, 0.98
    high, low = top + tall / 2, top + tall + apart + tall / 2  # the middles of teacher and student
    between = (high + low) / 2
    page = Sheet(WIDTH, low + tall / 2 + 0.1)
    size, box, answers = 1.6, 2.55, 5.5  # the picture's side; where networks and where bars begin
    page.picture(one_image(picture), 0.05, between - size / 2, size)
    page.write(0.05 + size / 2, between + size / 2 + 0.24, "the picture", FONT, QUIET, ha="center")
    _arrow(page, (1.72, between - 0.25), (box - 0.06, high))
    _arrow(page, (1.72, between + 0.25), (box + 0.14, low))
    _box(page, box, high, 1.5, 1.4, ["teacher", "frozen"], TEACHER)
    _box(page, box + 0.2, low, 1.1, 0.72, ["student"], STUDENT)
    _arrow(page, (box + 1.56, high), (box + 1.86, high))
    _arrow(page, (box + 1.36, low), (box + 1.86, low))
    most = float(max(taught[shown].max(), learned[shown].max()))
    words = [f"✓ {names[k]}" if k == label else names[k] for k in shown]
    bold = [k == label for k in shown]
    for middle, shares, color in ((high, taught, TEACHER), (low, learned, STUDENT)):
        y = middle - tall / 2
        page.write(box + 2.1, y - 0.12, f"softened answers, T = {temperature:g}", FONT, QUIET)
        _bars(page, answers, y, 2.3, words, shares[shown].tolist(), most, color, bold)
        if others:
            rest, y = float(1 - shares[shown].sum()), y + ROW * (len(shown) + 0.5)
            page.write(answers - 0.1, y, f"{others} others", FONT, QUIET, ha="right", va="center")
            page.write(answers + 0.06, y, _percent(rest), FONT, QUIET, va="center")
    # What is compared, and what comes back
    x = answers + 1.3
    ends = (x, between - apart / 2 + 0.1), (x, between + apart / 2 - 0.34)
    _arrow(page, *ends, color=ASKED, heads="<|-|>", wide=2.2)
    level = between - 0.12
    loss = {"weight": "bold", "va": "center"}
    page.write(x + 0.16, level, "loss: KL × T²", FONT + 1, deep(ASKED), **loss)
    way = (x - 0.14, level), (box + 0.75, level), (box + 0.75, low - 0.42)
    _arrow(page, *way, color=ASKED, wide=1.8, dashed=True)
    page.write(box + 0.9, level - 0.1, "gradient, to the student alone", FONT, deep(ASKED))
    page.figure.caption = caption
    told = [f"{names[k]} {_percent(taught[k])} and {_percent(learned[k])}" for k in shown]
    page.figure.alt = (
        "Distillation from left to right: a picture goes to a large frozen teacher and to a small student. Answers "
        f"softened with T = {temperature:g}, the teacher's and the student's: {', '.join(told)}. The right answer is "
        f"{names[label]}. Between the answers stands the loss, KL times T squared; its gradient goes to the student."
    )
    return page.figure


@style()
def softened(
    picture: Tensor, logits: Tensor, temperatures: Sequence[float], names: Sequence[str], caption: str = ""
) -> Figure:
    """A picture, and what a network answers when its logits are divided by one temperature after another.

    Args:
        picture: (3, H, W) in [0, 1].
        logits: (C,); the six kinds with the highest are shown, of the others only what they have together.
        temperatures: one to four, above 0.
        names: of the C kinds.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if logits and names do not fit, for too many temperatures, or for one that is not above 0.

    >>> softened(torch.rand(3, 16, 16), torch.tensor([2.0, 0.0]), [1, 4], ["cat", "dog"]).alt
    'Answers to a picture. T = 1: cat 88 %, dog 12 %. T = 4: cat 62 %, dog 38 %.'
    """
    if not 1 <= len(temperatures) <= 4:
        raise ValueError(f"expected one to four temperatures, got {len(temperatures)}")
    answers = [_softened(logits, t, names) for t in temperatures]
    shown: list[int] = logits.detach().cpu().topk(min(6, len(names))).indices.tolist()
    words = [names[k] for k in shown]
    others = len(names) - len(shown)
    size, top = 1.72, 0.36
    below = top + ROW * len(words)  # where bars end
    page = Sheet(WIDTH, max(top + size, below + ROW * (others > 0) + 0.3) + 0.04)
    page.picture(one_image(picture), 0.02, top, size)
    rest = f"{others} others"
    left = size + 0.3 + max(text_width(word) for word in [*words, rest])
    step, number = (WIDTH - left - 0.08) / len(answers), 0.72
    if others:
        page.write(left, below + ROW / 2, rest, FONT, QUIET, ha="right", va="center")
    told = []
    for i, (temperature, shares) in enumerate(zip(temperatures, answers, strict=True)):
        x = left + 0.1 + i * step
        values = shares[shown].tolist()
        page.write(x, top - 0.12, f"T = {temperature:g}", FONT + 1, weight="bold")
        _bars(page, x, top, step - number, words if i == 0 else [], values, values[0], TEACHER)
        said = [f"{word} {_percent(value)}" for word, value in zip(words, values, strict=True)]
        if others:
            left_over = _percent(1 - float(shares[shown].sum()))
            page.write(x + 0.06, below + ROW / 2, left_over, FONT, QUIET, va="center")
            said.append(f"{rest} {left_over}")
        told.append(f"T = {temperature:g}: {', '.join(said)}.")
    if len(answers) > 1:
        note = "the longest bar of each panel has the same length"
        page.write(left + 0.1, page.height - 0.1, note, FONT, QUIET)
    page.figure.caption = caption
    page.figure.alt = f"Answers to a picture. {' '.join(told)}"
    return page.figure


def _softened(logits: Tensor, temperature: float, names: Sequence[str]) -> Tensor:
    """The answers (C,) to logits (C,) that are divided by a temperature, on the CPU."""
    expect_number("a temperature", temperature, above=True)
    if logits.shape != (len(names),):
        raise ValueError(f"expected a logit for each of the {len(names)} names, got {tuple(logits.shape)}")
    return (logits.detach().cpu().double() / temperature).softmax(0)


def _percent(share: float | Tensor) -> str:
    """A share in percent, to two digits where it is small.

    >>> _percent(0.31), _percent(0.0312), _percent(0.0001), _percent(0.9999)
    ('31 %', '3.1 %', '< 0.1 %', '> 99 %')
    """
    value = 100 * float(share)
    if 99.5 <= value < 100:
        return "> 99 %"
    if 0 < value < 0.095:
        return "< 0.1 %"
    return f"{value:.0f} %" if value >= 9.95 or not value else f"{value:.1f} %"


def _bars(
    page: Sheet,
    x: float,
    y: float,
    width: float,
    words: Sequence[str],
    shares: Sequence[float],
    most: float,
    color: str,
    bold: Sequence[bool] = (),
) -> None:
    """Bars that begin at x, their names before them, their percent behind; a share of `most` is `width` wide."""
    page.axes.plot([x, x], [y, y + ROW * len(shares)], color="#B9BCC4", lw=0.9)
    for k, share in enumerate(shares):
        middle = y + ROW * (k + 0.5)
        weight = "bold" if bold and bold[k] else "normal"
        if words:
            page.write(x - 0.1, middle, words[k], FONT, INK, ha="right", va="center", weight=weight)
        wide = share / most * width
        shape = Rectangle((x, middle - 0.37 * ROW), wide, 0.74 * ROW, facecolor=color)
        page.axes.add_patch(shape)
        told = {"va": "center", "weight": weight}
        page.write(x + wide + 0.06, middle, _percent(share), FONT, INK, **told)


def _arrow(
    page: Sheet, *way: tuple[float, float], color: str = QUIET, heads: str = "-|>", wide: float = 1.3,
    dashed: bool = False,
) -> None:  # fmt: skip
    """An arrow from point to point; its head is never dashed."""
    (x0, y0), (x1, y1) = way[-2:]
    long = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    start = (x1 - 0.12 * (x1 - x0) / long, y1 - 0.12 * (y1 - y0) / long) if dashed else (x0, y0)
    if dashed:
        line = np.array([*way[:-1], start])
        page.axes.plot(line[:, 0], line[:, 1], color=color, lw=wide, ls=DASHES, dash_capstyle="butt")
    how = {"arrowstyle": heads, "color": color, "lw": wide, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 13}
    page.axes.annotate("", way[-1], start, arrowprops=how)


def _box(
    page: Sheet, x: float, middle: float, width: float, height: float, words: Sequence[str], color: str,
    dashes: Any = "solid",
) -> None:  # fmt: skip
    """A network: a box with its name in bold, and below it what is to be said of it."""
    shape = FancyBboxPatch(
        (x, middle - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.08", facecolor=pale(color),
        edgecolor=color, lw=1.5, ls=dashes,
    )  # fmt: skip
    page.axes.add_patch(shape)
    for k, line in enumerate(words):
        y = middle + 0.22 * (k - (len(words) - 1) / 2)
        how = {"ha": "center", "va": "center", "weight": "normal" if k else "bold"}
        page.write(x + width / 2, y, line, FONT, QUIET if k else INK, **how)


# What self-distillation on covered pictures does


@style()
def self_distillation_diagram(picture: Tensor, mask: Tensor, patch: int, caption: str = "") -> Figure:
    """What data2vec and iBOT do: a teacher sees the whole picture, a student the rest, and says what the teacher says.

    Args:
        picture: (3, H, W) in [0, 1], a square.
        mask: (N,) bool, True where a patch is covered.
        patch: the side of a patch in pixels.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if the mask does not fit the picture, or the picture is no square.

    >>> self_distillation_diagram(torch.rand(3, 16, 16), torch.arange(16) > 9, 4).alt[:49]
    'Above, the whole picture goes through the teacher'
    """
    if picture.shape[1] != picture.shape[2]:
        raise ValueError(f"expected a square picture, got one of {picture.shape[1]} by {picture.shape[2]} pixels")
    picture, mask = picture.cpu(), mask.cpu()
    hidden = cover(picture[None], mask[None], patch, GRAY)[0]
    side, size, top, apart = picture.shape[1] // patch, 1.8, 0.38, 0.72
    high, low = top + size / 2, top + size * 1.5 + apart
    page = Sheet(WIDTH, low + size / 2 + 0.06)
    box, wide, grid = 2.42, 1.5, 4.5  # where the networks begin and how wide they are; where tokens begin
    for middle, image in ((high, picture), (low, hidden)):
        y = middle - size / 2
        page.picture(one_image(image), 0.05, y, size)
        for k in range(1, side):
            at = k * size / side
            page.axes.plot([0.05 + at] * 2, [y, y + size], color="white", lw=0.6, alpha=0.7)
            page.axes.plot([0.05, 0.05 + size], [y + at] * 2, color="white", lw=0.6, alpha=0.7)
        _arrow(page, (0.05 + size + 0.08, middle), (box - 0.08, middle))
        _arrow(page, (box + wide + 0.08, middle), (grid - 0.1, middle))
    _box(page, box, high, wide, 1.1, ["teacher", "no gradient"], TEACHER, DASHES)
    _box(page, box, low, wide, 1.1, ["student", "learns"], STUDENT)
    _arrow(page, (box + wide / 2, low - 0.62), (box + wide / 2, high + 0.62), wide=1.8, dashed=True)
    words = {"va": "center", "ha": "right"}
    page.write(box + wide / 2 - 0.14, (high + low) / 2 - 0.11, "slow copy", FONT, QUIET, **words)
    page.write(box + wide / 2 - 0.14, (high + low) / 2 + 0.11, "(EMA)", FONT, QUIET, **words)
    _tokens(page, grid, high - size / 2, size, mask, TEACHER, pale(TEACHER, 0.55), ASKED)
    _tokens(page, grid, low - size / 2, size, mask, ASKED, pale(STUDENT, 0.55), None)
    said, from_, to = grid + size + 0.2, low - size / 2 - 0.09, high + size / 2 + 0.09
    for share in (0.25, 0.5, 0.75):
        _arrow(page, (grid + share * size, from_), (grid + share * size, to), color=ASKED, wide=2.2)
    page.write(0.05, 0.26, "the whole picture", FONT, QUIET)
    page.write(0.05, low - size / 2 - 0.12, "some patches covered", FONT, QUIET)
    page.write(grid, 0.26, "a token for each patch", FONT, QUIET)
    page.write(said, high, "in frames: the targets", FONT, INK, va="center")
    page.write(said, low, "orange: covered, so", FONT, INK, va="center")
    page.write(said, low + 0.22, "the student must guess", FONT, INK, va="center")
    loss = {"va": "center", "weight": "bold"}
    for k, line in enumerate(("predict what the", "teacher says,", "where a patch is covered")):
        page.write(said, (high + low) / 2 + 0.22 * (k - 1), line, FONT, deep(ASKED), **loss)
    count = int(mask.sum())
    page.figure.caption = caption
    page.figure.alt = (
        f"Above, the whole picture goes through the teacher, which gets no gradient and gives {len(mask)} tokens. "
        f"Below, the picture with {count} of its {len(mask)} patches covered goes through the student. Arrows from its "
        f"tokens to the teacher's: at the {count} covered places it predicts what the teacher says. An arrow from the "
        "student to the teacher: the teacher is its slow copy, an exponential moving average."
    )
    return page.figure


def _tokens(
    page: Sheet, x: float, y: float, size: float, mask: Tensor, color: str, other: str, frame: str | None
) -> None:
    """A grid of tokens, those at covered places in one color, and in a frame if one is given, the others in another."""
    side = round(len(mask) ** 0.5)
    cell = size / side
    for i, gone in enumerate(mask.tolist()):
        row, column = divmod(i, side)
        edge: dict[str, Any] = {"edgecolor": frame, "lw": 1.5} if gone and frame else {"lw": 0}
        inset = 0.08 * cell
        spot = (x + column * cell + inset, y + row * cell + inset)
        page.axes.add_patch(Rectangle(spot, 0.84 * cell, 0.84 * cell, facecolor=color if gone else other, **edge))


# Kinds that a student was never shown

BIASES = np.arange(0, 20.25, 0.5)
"""What can be added to the logits of kinds that were never shown."""
UNSEEN_TALL = 3.74
PANEL = (0.62, 0.98, 3.5, 1.92)
"""The curves: left, top, width and height in inches."""


@style()
def unseen_kinds(
    answers: Mapping[str, Tensor],
    labels: Tensor,
    pictures: Tensor,
    hidden: Sequence[int],
    names: Sequence[str],
    student: str,
    bias: float,
    caption: str = "",
) -> Figure:
    """What students make of kinds that they were never shown, when a number is added to these kinds' logits.

    Args:
        answers: for each student its logits (N, C) for new pictures.
        labels: (N,) int64, the right answers.
        pictures: (N, 3, H, W) in [0, 1].
        hidden: the kinds that were never shown.
        names: of the C kinds.
        student: one of those that answered.
        bias: what is added to the logits of all hidden kinds, from 0 to 20.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: for an unknown student, for answers that do not fit, or without pictures of hidden and other kinds.

    >>> unseen_kinds({"one": torch.eye(3)}, torch.arange(3), torch.rand(3, 3, 8, 8), [2], "abc", "one", 0.0).alt[:45]
    'The student “one”, with 0 added to the logits'
    """
    if student not in answers:
        raise ValueError(f"expected a student out of {', '.join(answers)}, got {student!r}")
    expect_number("a bias", bias, 0, 20)
    wanted = (len(labels), len(names))
    for name, logits in answers.items():
        if logits.shape != wanted:
            raise ValueError(f"expected answers {wanted} from {name}, got {tuple(logits.shape)}")
    labels, kinds = labels.cpu(), torch.tensor(sorted(set(hidden)))
    is_hidden = torch.isin(labels, kinds)
    if not is_hidden.any() or is_hidden.all():
        raise ValueError("expected pictures of hidden kinds and of others, got only one of these")
    page = Sheet(WIDTH, UNSEEN_TALL)
    box = (PANEL[0] / WIDTH, 1 - (PANEL[1] + PANEL[3]) / UNSEEN_TALL, PANEL[2] / WIDTH, PANEL[3] / UNSEEN_TALL)
    axes = page.figure.add_axes(box)
    axes.axvline(bias, color="#C9CCD3", linewidth=1.6)
    colors, dashes = (PALETTE[0], PALETTE[3]), ("solid", (0, (3, 1.2)))
    now, alone = (0.0, 0.0), 0.0
    for name in sorted(answers, key=lambda one: one == student):  # the present one last, on top
        own = name == student
        *both, ceiling = _accuracies(answers[name].detach().cpu().float(), labels, kinds, is_hidden)
        for curve, color, dash in zip(both, colors, dashes, strict=True):
            line = {"color": color if own else pale(color, 0.68), "linewidth": 2.4 if own else 1.6, "linestyle": dash}
            axes.plot(BIASES, [100 * curve(at) for at in BIASES], clip_on=False, **line)
            if own:
                axes.plot(bias, 100 * curve(bias), "o", color=color, markersize=8, clip_on=False, zorder=5)
        if own:
            now, alone = (both[0](bias), both[1](bias)), ceiling
    axes.axhline(100 * alone, color=colors[1], linewidth=1.3, linestyle=(0, (1, 2)))
    axes.set(xlim=(0, 20), ylim=(0, 102), xticks=[0, 5, 10, 15, 20], yticks=[0, 50, 100])
    axes.set_yticklabels(["0 %", "50 %", "100 %"])
    axes.set_xlabel("added to the logits of the hidden kinds")
    rest = [name for name in answers if name != student]
    if rest:
        words = f"pale: {rest[0] if len(rest) == 1 else f'the {len(rest)} other students'}"
        page.write(PANEL[0], UNSEEN_TALL - 0.14, one_line(words, PANEL[2]), FONT, QUIET)
    page.write(0.02, 0.24, one_line(student, 4.2, FONT + 1, "bold"), FONT + 1, weight="bold")
    x = 0.02
    for what, share, color, dash in zip(("shown kinds", "hidden kinds"), now, colors, dashes, strict=True):
        page.axes.plot([x, x + 0.32], [0.46, 0.46], color=color, linestyle=dash, solid_capstyle="butt")
        words = f"{what} {_percent(share)}"
        page.write(x + 0.4, 0.5, words, FONT, deep(color), weight="bold")
        x += 2.15
    chance = f"{100 / len(kinds):.3g} %"
    page.axes.plot([0.02, 0.34], [0.7, 0.7], color=colors[1], linewidth=1.3, linestyle=(0, (1, 2)))
    page.write(0.42, 0.74, f"among hidden kinds alone {_percent(alone)} (chance {chance})", FONT, deep(colors[1]))
    right, drawn = _name_hidden(page, answers[student].detach().cpu(), labels, pictures, kinds, names, bias)
    page.figure.caption = caption
    page.figure.alt = (
        f"The student “{student}”, with {bias:g} added to the logits of the {len(kinds)} hidden kinds: accuracy "
        f"{_percent(now[0])} on shown kinds, {_percent(now[1])} on hidden ones. Among hidden kinds alone "
        f"{_percent(alone)}, chance {chance}. Of {drawn} pictures, each of another hidden kind, it gets {right} right."
    )
    return page.figure


def _accuracies(logits: Tensor, labels: Tensor, kinds: Tensor, is_hidden: Tensor) -> tuple[Any, Any, float]:
    """The accuracy on shown and on hidden kinds, each a function of the bias, and that among hidden kinds alone."""
    unseen = torch.zeros(logits.shape[1], dtype=torch.bool)
    unseen[kinds] = True
    shown, of_shown = logits.masked_fill(unseen, -torch.inf).max(1)
    hidden, of_hidden = logits.masked_fill(~unseen, -torch.inf).max(1)
    needed = shown - hidden  # with so large a bias a hidden kind wins
    told, found = (of_shown == labels)[~is_hidden], (of_hidden == labels)[is_hidden]

    def on_shown(bias: float) -> float:
        return (told & (needed[~is_hidden] >= bias)).float().mean().item()

    def on_hidden(bias: float) -> float:
        return (found & (needed[is_hidden] < bias)).float().mean().item()

    return on_shown, on_hidden, found.float().mean().item()


def _name_hidden(
    page: Sheet, logits: Tensor, labels: Tensor, pictures: Tensor, kinds: Tensor, names: Sequence[str], bias: float
) -> tuple[int, int]:
    """The first picture of each hidden kind, at most eight, with its kind above and what it is taken for below."""
    first = [int((labels == kind).nonzero()[0]) for kind in kinds if (labels == kind).any()][:8]
    said = logits[first].clone()
    said[:, kinds] += bias
    answers, images = said.argmax(1).tolist(), as_images(pictures[first])
    left, size, across, down = 4.52, 0.99, 1.08, 1.66
    which = "each hidden kind" if len(first) == len(kinds) else f"{len(first)} hidden kinds"
    page.write(left, 0.24, f"a picture of {which}, below it the answer", FONT, QUIET)
    right = 0
    for i, (image, answer) in enumerate(zip(images, answers, strict=True)):
        x, y, kind = left + i % 4 * across, 0.62 + i // 4 * down, int(labels[first[i]])
        hit = answer == kind
        right += hit
        color = PALETTE[2] if hit else PALETTE[1]
        page.picture(image, x, y, size)
        page.axes.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=color, lw=1.8))
        page.write(x, y - 0.07, one_line(names[kind], across), FONT, QUIET)
        words = one_line(names[answer], across - 0.2)
        page.write(x, y + size + 0.2, "✓" if hit else "✗", FONT, deep(color), weight="bold")
        page.write(x + 0.17, y + size + 0.2, words, FONT, deep(color))
    return right, len(first)


def unseen_lab(
    answers: Mapping[str, Tensor],
    labels: Tensor,
    pictures: Tensor,
    hidden: Sequence[int],
    names: Sequence[str],
    bias: float = 0.0,
    caption: str = "",
) -> Lab:
    """A lab: choose a student, add to the logits of the kinds it was never shown, and see what it names then.

    Args:
        answers, labels, pictures, hidden, names: see `unseen_kinds`.
        bias: with which the lab begins, from 0 to 20.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: as `unseen_kinds`, or if there is no student.

    >>> sorted(unseen_lab({"one": torch.eye(3)}, torch.arange(3), torch.rand(3, 3, 8, 8), [2], "abc").controls)
    ['bias', 'student']
    """
    if not answers:
        raise ValueError("expected the answers of at least one student, got none")

    def draw(student: str, bias: float) -> Figure:
        return unseen_kinds(answers, labels, pictures, hidden, names, student, bias, caption)

    return lab(
        draw,
        {
            "student": widgets.ToggleButtons(
                options=list(answers), description="student", style={"button_width": "auto"}
            ),
            "bias": widgets.FloatSlider(bias, min=0.0, max=20.0, step=0.5, description="bias"),
        },
    )


# What single patches know

SIDE = 1.8
"""The side of the picture that is asked, in inches."""
LEFT, HEAD = 0.05, 0.52
"""Where it begins, from the left and below its words, in inches."""
CROPS, LINE = 3.1, 0.56
"""Where crops begin, and from one row of them to the next, in inches."""


@style()
def patch_neighbors(
    features: Mapping[str, Tensor],
    pictures: Tensor,
    kinds: Tensor,
    parts: Tensor,
    which: int,
    at: tuple[int, int],
    k: int = 8,
    patch: int = 4,
    caption: str = "",
) -> Figure:
    """One patch, and for each objective the patches of all other pictures whose features point most nearly as its own.

    Args:
        features: for each objective the tokens (M, N, D) of the pictures; D may differ.
        pictures: (M, 3, S, S) in [0, 1].
        kinds: (M, N) int64, the kind of the thing in each patch, −1 for backdrop.
        parts: (M, N) int64, the part that each patch shows, −1 for backdrop.
        which: the picture that is asked about.
        at: the row and the column of its patch.
        k: how many neighbors, by cosine.
        patch: the side of a patch in pixels.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if tokens, kinds or parts do not fit the pictures, or there is no such picture or patch.

    >>> tokens, none = {"MAE": torch.randn(3, 16, 8)}, torch.full((3, 16), -1)
    >>> patch_neighbors(tokens, torch.rand(3, 3, 16, 16), none, none, 0, (1, 2)).alt[:56]
    'A patch of backdrop in row 2, column 3. Of its 8 nearest'
    """
    _expect_patches(features, pictures, patch, {"kinds": kinds, "parts": parts})
    return _draw_neighbors(_unit(features), pictures, kinds, parts, which, at, k, patch, caption)


@torch.no_grad()
def shared_by_neighbors(features: Tensor, facts: Mapping[str, Tensor], k: int = 8, seed: int = 0) -> dict[str, float]:
    """How often a patch's nearest patches in other pictures share a fact with it, from 0 to 1; and how often by chance.

    Args:
        features: tokens (M, N, D) of M pictures.
        facts: by name, for each patch (M, N) int64, −1 where there is none; asked are patches that have the fact.
        k: how many neighbors count.
        seed: settles which 300 patches are asked about each fact.

    Returns:
        For each fact the share, and, as "…, chance", that of patches drawn at random from other pictures.

    >>> tokens, which = torch.eye(2).repeat(3, 1, 1), torch.arange(2).expand(3, 2)
    >>> shared_by_neighbors(tokens, {"which": which}, k=2)
    {'which': 1.0, 'which, chance': 0.5}
    """
    pictures, patches, _ = features.shape
    unit = torch.nn.functional.normalize(features.flatten(0, 1), dim=1)  # (M·N, D)
    of_picture = torch.arange(pictures, device=unit.device).repeat_interleave(patches)
    found: dict[str, float] = {}
    for name, fact in facts.items():
        flat = fact.flatten()
        having = (flat >= 0).nonzero().flatten()
        order = torch.randperm(len(having), generator=torch.Generator().manual_seed(seed)).to(having.device)
        asked = having[order[:300]]
        other = of_picture[asked][:, None] != of_picture  # (asked, M·N)
        nearest = (unit[asked] @ unit.T).masked_fill(~other, -2).topk(k, dim=1).indices
        found[name] = (flat[nearest] == flat[asked][:, None]).float().mean().item()
        same = (flat == flat[asked][:, None]) & other
        found[f"{name}, chance"] = (same.sum(1) / other.sum(1)).mean().item()
    return found


def _unit(features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same directions with length 1."""
    return {name: torch.nn.functional.normalize(tokens.detach().float(), dim=-1) for name, tokens in features.items()}


def _expect_patches(features: Mapping[str, Tensor], pictures: Tensor, patch: int, facts: Mapping[str, Tensor]) -> None:
    """Raise ValueError unless there are tokens, and as many of them and of facts as the pictures have patches."""
    if not features:
        raise ValueError("expected the features of at least one objective, got none")
    side = pictures.shape[-1] // patch
    wanted = (len(pictures), side * side)
    for name, given in {**features, **facts}.items():
        if tuple(given.shape[:2]) != wanted or given.ndim != (2 if name in facts else 3):
            more = "" if name in facts else ", each with its numbers"
            raise ValueError(
                f"expected {name} of {wanted[0]} pictures and {wanted[1]} patches{more}, got {tuple(given.shape)}"
            )


def _nearest(unit: Tensor, which: int, place: int, k: int) -> list[tuple[int, int]]:
    """The k patches of all other pictures nearest to one, each as its picture and its place, from tokens (M, N, D)."""
    cosines = unit @ unit[which, place]  # (M, N)
    cosines[which] = -torch.inf
    return [divmod(i, unit.shape[1]) for i in cosines.flatten().topk(k).indices.tolist()]


def _tall(objectives: int) -> float:
    """How tall the figure of neighbors is, in inches."""
    return HEAD + max(objectives * LINE + 0.3, SIDE + 0.34)


def _draw_neighbors(
    unit: Mapping[str, Tensor], pictures: Tensor, kinds: Tensor, parts: Tensor, which: int, at: tuple[int, int],
    k: int, patch: int, caption: str,
) -> Figure:  # fmt: skip
    """The figure of `patch_neighbors`, from features of length 1."""
    side, count = pictures.shape[-1] // patch, len(pictures)
    if not (0 <= which < count and 0 <= at[0] < side and 0 <= at[1] < side):
        raise ValueError(f"expected one of {count} pictures and {side} × {side} patches, got {which} and {tuple(at)}")
    most = (count - 1) * side * side
    if expect_whole("a number of neighbors", k) > min(most, 16):
        raise ValueError(f"expected at most {min(most, 16)} neighbors, got {k}")
    place = at[0] * side + at[1]
    facts = {"kind": kinds.cpu(), "part": parts.cpu()}
    backdrop = int(facts["kind"][which, place]) < 0
    page = Sheet(WIDTH, _tall(len(unit)))
    page.picture(one_image(pictures[which]), LEFT, HEAD, SIDE)
    cell = SIDE / side
    _frame(page, LEFT + at[1] * cell, HEAD + at[0] * cell, cell, 2.2)
    page.write(LEFT, HEAD - 0.12, "click a patch", FONT, INK)
    page.write(LEFT, HEAD + SIDE + 0.22, "a patch of backdrop" if backdrop else "a patch of a thing", FONT, QUIET)
    columns = {"kind": 7.93, "part": 8.54}
    page.write(CROPS, HEAD - 0.12, f"the {k} nearest patches of other pictures", FONT, QUIET)
    page.write(8.235, HEAD - 0.33, f"of {k}, same", FONT, QUIET, ha="center")
    for fact, x in columns.items():
        page.write(x, HEAD - 0.12, fact, FONT, QUIET, ha="center")
    step = min(LINE, (columns["kind"] - 0.3 - CROPS) / k)
    dots = round((step - 0.06) * DOTS)
    dots -= dots % (3 * patch) if dots >= 3 * patch else 0  # all pixels of a crop become equally large
    size, told = dots / DOTS, []
    for row, (name, tokens) in enumerate(unit.items()):
        y = HEAD + row * LINE
        page.write(
            CROPS - 0.12, y + size / 2, one_line(name, CROPS - LEFT - SIDE - 0.2), FONT, INK, ha="right", va="center"
        )
        found = _nearest(tokens, which, place, k)
        strip = np.ones((dots, round(k * step * DOTS), 3), np.float32)  # one image for all of them is drawn much sooner
        for i, (other, spot) in enumerate(found):
            start = round(i * step * DOTS)
            strip[:, start : start + dots] = _crop(pictures[other], divmod(spot, side), patch, dots)
        page.picture(strip, CROPS, y, strip.shape[1] / DOTS, size).set_interpolation("nearest")
        same = {fact: sum(int(of[one] == of[which, place]) for one in found) for fact, of in facts.items()}
        for fact, x in columns.items():
            how = {"ha": "center", "va": "center", "weight": "bold"}
            page.write(x, y + size / 2, f"{same[fact]}", FONT, INK, **how)
        told.append(f"{name} {same['kind']} and {same['part']}")
    # What patches drawn at random would have, on average
    rest, y = torch.arange(count) != which, HEAD + len(unit) * LINE + 0.14
    chance = {fact: k * (of[rest] == of[which, place]).float().mean().item() for fact, of in facts.items()}
    page.write(columns["kind"] - 0.36, y, "patches drawn at random, on average", FONT, QUIET, ha="right", va="center")
    for fact, x in columns.items():
        page.write(x, y, _few(chance[fact]), FONT, QUIET, ha="center", va="center")
    page.figure.caption = caption
    page.figure.alt = (
        f"A patch of {'backdrop' if backdrop else 'a thing'} in row {at[0] + 1}, column {at[1] + 1}. Of its {k} "
        f"nearest patches in other pictures, so many have its kind and so many its part: {', '.join(told)}; patches "
        f"drawn at random {_few(chance['kind'])} and {_few(chance['part'])}."
    )
    return page.figure


def _crop(picture: Tensor, place: tuple[int, int], patch: int, dots: int) -> Any:
    """A patch in a frame and one patch around it on each side, (dots, dots, 3); beyond the border the edge goes on."""
    row, column = (torch.arange((at - 1) * patch, (at + 2) * patch) for at in place)
    height, width = picture.shape[1:]
    shown = one_image(picture.cpu()[:, row.clamp(0, height - 1)][:, :, column.clamp(0, width - 1)])
    wide = np.arange(dots) * 3 * patch // dots
    shown = shown[wide][:, wide]
    low, high = dots // 3, dots - dots // 3
    for color, thick in (("white", 4), (ASKED, 3)):
        framed = shown[low:high, low:high].copy()
        shown[low - thick : high + thick, low - thick : high + thick] = to_rgb(color)
        shown[low:high, low:high] = framed
    return shown


def _frame(page: Sheet, x: float, y: float, size: float, wide: float) -> None:
    """A frame around something, seen on light and on dark pictures."""
    x, y, size = x - wide / 144, y - wide / 144, size + wide / 72
    for color, more in (("white", 1.6), (ASKED, 0.0)):
        page.axes.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=color, lw=wide + more))


def _few(number: float) -> str:
    """A number to one digit behind the point.

    >>> _few(0.31), _few(0.02), _few(0.0)
    ('0.3', '< 0.1', '0')
    """
    return "< 0.1" if 0 < number < 0.05 else f"{number:.1f}" if number else "0"


def neighbor_lab(
    features: Mapping[str, Tensor], pictures: Tensor, kinds: Tensor, parts: Tensor, patch: int = 4, caption: str = ""
) -> Lab:
    """A lab: click a patch, and see which patches of other pictures each objective holds for most like it.

    Args:
        features, pictures, kinds, parts: see `patch_neighbors`.
        patch: the side of a patch in pixels.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: if tokens, kinds or parts do not fit the pictures.

    >>> tokens, none = {"MAE": torch.randn(3, 16, 8)}, torch.full((3, 16), -1)
    >>> sorted(neighbor_lab(tokens, torch.rand(3, 3, 16, 16), none, none).controls)
    ['at', 'picture']
    """
    _expect_patches(features, pictures, patch, {"kinds": kinds, "parts": parts})
    unit, side, tall = _unit(features), pictures.shape[-1] // patch, _tall(len(features))

    def draw(picture: int, at: tuple[float, float]) -> Figure:
        column, row = (at[0] * WIDTH - LEFT) / SIDE * side, (at[1] * tall - HEAD) / SIDE * side
        place = (min(max(int(row), 0), side - 1), min(max(int(column), 0), side - 1))
        return _draw_neighbors(unit, pictures, kinds, parts, picture - 1, place, 8, patch, caption)

    middle = (side // 2 + 0.5) / side * SIDE
    return lab(
        draw,
        {"picture": widgets.IntSlider(1, 1, len(pictures), description="picture")},
        click=((LEFT + middle) / WIDTH, (HEAD + middle) / tall),
        step=(SIDE / side / WIDTH, SIDE / side / tall),
    )


@style()
def feature_colors(
    features: Mapping[str, Tensor],
    pictures: Tensor,
    caption: str = "",
    side: int = 8,
    fit_on: Mapping[str, Tensor] | None = None,
) -> Figure:
    """Pictures, and below them what each objective makes of their patches: three principal components as a color.

    The components are those of all patches together, so that a color means the same in a whole row, and nothing in
    another. Red is the first, green the second, blue the third, each from its 1st to its 99th percentile.

    Args:
        features: for each objective the tokens (M, N, D) of the pictures.
        pictures: (M, 3, H, W) in [0, 1], about eight.
        caption: Markdown shown below the figure.
        side: how many patches make a side of a picture; N is its square.
        fit_on: tokens (any number, N, D) of each objective from which components are taken; those shown if left out.

    Raises:
        ValueError: without features, or if tokens do not fit the pictures or have fewer than three numbers.

    >>> feature_colors({"MAE": torch.randn(2, 16, 8)}, torch.rand(2, 3, 16, 16), side=4).alt[:49]
    '2 pictures, and below each its 16 patches, colore'
    """
    if not features:
        raise ValueError("expected the features of at least one objective, got none")
    count, images = len(pictures), as_images(pictures)
    for name, tokens in features.items():
        if tokens.ndim != 3 or tokens.shape[:2] != (count, side**2) or tokens.shape[2] < 3:
            raise ValueError(
                f"expected {name} of {count} pictures and {side**2} patches, at least 3 numbers each, "
                f"got {tuple(tokens.shape)}"
            )
        if fit_on is not None and (name not in fit_on or fit_on[name].shape[-1] != tokens.shape[-1]):
            raise ValueError(f"expected {name} in fit_on too, {tokens.shape[-1]} numbers for each patch")
    left = min(0.15 + max(text_width(name) for name in [*features, "00 % of variance"]), 1.9)
    gap = 0.07
    size = min((WIDTH - left + gap) / count - gap, 1.3)
    page = Sheet(left + count * (size + gap) - gap, (len(features) + 1) * (size + gap) - gap)
    known, told = features if fit_on is None else fit_on, []
    for i, image in enumerate(images):
        page.picture(image, left + i * (size + gap), 0, size)
    for row, (name, tokens) in enumerate(features.items(), 1):
        colors, share = _component_colors(tokens, known[name])
        y = row * (size + gap)
        page.write(0, y + size / 2 - 0.1, one_line(name, left - 0.08), FONT, INK, va="center", weight="bold")
        page.write(0, y + size / 2 + 0.12, f"{_percent(share)} of variance", FONT, QUIET, va="center")
        for i, image in enumerate(colors.unflatten(1, (side, side)).numpy()):
            page.picture(image, left + i * (size + gap), y, size)
        told.append(f"{name} {_percent(share)}")
    page.figure.caption = caption
    page.figure.alt = (
        f"{count} pictures, and below each its {side**2} patches, colored by the first three principal components of "
        f"their features. These hold, of the variance: {', '.join(told)}."
    )
    return page.figure


def _component_colors(tokens: Tensor, fit_on: Tensor) -> tuple[Tensor, float]:
    """Tokens (M, N, D) as colors (M, N, 3) in [0, 1], and the share of the variance that these three numbers hold."""
    known = fit_on.detach().cpu().double().flatten(0, 1)
    mean = known.mean(0)
    sizes, directions = torch.linalg.eigh((known - mean).T @ (known - mean))
    chosen = directions[:, -3:].flip(1)  # (D, 3), the largest first
    largest = chosen.gather(0, chosen.abs().argmax(0, keepdim=True))
    chosen = chosen * largest.sign()  # the sign is free: the largest loading is positive
    low, high = ((known - mean) @ chosen).quantile(torch.tensor([0.01, 0.99], dtype=torch.double), dim=0)
    found = ((tokens.detach().cpu().double() - mean) @ chosen - low) / (high - low).clamp(min=1e-9)
    share = sizes[-3:].sum() / sizes.sum().clamp(min=1e-12)
    return found.clamp(0, 1).float(), share.item()
