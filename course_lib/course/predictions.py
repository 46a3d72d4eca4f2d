"""Predict before you run: a guess is made first, and meets its measurement later."""

import io
import textwrap
from collections.abc import Sequence
from functools import cache
from typing import Any

import ipywidgets
import matplotlib.style
from IPython.core.getipython import get_ipython
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patches import FancyBboxPatch

from course_lib.course.page import Page, card, dim, prose, show
from course_lib.course.store import keep, recall

_ASK = "Click what you expect. There is no harm in a wrong guess."
_KEPT = "Your guess is kept. Now run on and see."

_asked: dict[str, tuple[str, ...]] = {}  # this kernel's questions: the options of each key


def predict(key: str, question: str, options: Sequence[str]) -> None:
    """Ask for a guess before the cell that measures the answer; the guess is kept on disk under `key`.

    In a notebook a click on one of the `options` (two or more, all different) is the guess, and it may be
    changed. Raises ValueError for fewer or repeated options, or one string in place of a list of them.

    >>> predict("doctest", "Is the sky darker than grass?", ["yes", "no"])
    Predict before you run: Is the sky darker than grass?
      ( ) yes
      ( ) no
    """
    if isinstance(options, str):
        raise ValueError(f"A prediction needs a list of options, but the one string {options!r} was given.")
    options = [str(option) for option in options]
    if len(options) < 2 or len(set(options)) < len(options):
        raise ValueError(f"A prediction needs two or more different options, but {list(options)} were given.")
    _asked[key] = tuple(options)
    text = "\n".join([f"Predict before you run: {question}", *(f"  ( ) {option}" for option in options)])
    show(Prediction(key, question, options, text) if get_ipython() is not None else Page(prose(text), text))


def reveal(key: str, answer: str, measured: object = "") -> None:
    """Say what was guessed under `key` and what turned out: `answer` is an option, `measured` its numbers.

    Raises ValueError if the question was asked in this kernel and `answer` is none of its options.

    >>> reveal("doctest-no-guess", "no", "0.71 against 0.42")
    ○ The answer is “no”: 0.71 against 0.42. You made no guess this time.
    """
    answer, told = str(answer), str(measured).rstrip(".")
    options = _asked.get(key, (answer,))
    if answer not in options:
        raise ValueError(f"The answer to {key!r} must be one of {list(options)}, but {answer!r} was given.")
    guess = recall("guesses").get(key)
    result = f"The answer is “{answer}”" + (f": {told}." if told else ".")
    if guess is None:
        kind, mark, told = "open", "○", "You made no guess this time."
    elif guess == answer:
        kind, mark, told = "good", "✓", "So you guessed."
    else:
        kind, mark, told = "open", "○", f"You guessed “{guess}”. A surprise is where the learning starts."
    show(Page(card(kind, mark, f"{prose(result)} {dim(told)}"), f"{mark} {result} {told}"))


class Prediction:
    """The question as a widget, with a picture and a text beside it for readers without a kernel."""

    def __init__(self, key: str, question: str, options: Sequence[str], text: str) -> None:
        self.key, self.question, self.options, self.text = key, question, tuple(options), text
        guess = recall("guesses").get(key)
        self.choice = ipywidgets.ToggleButtons(
            options=self.options,
            value=guess if guess in self.options else None,
            style={"button_width": "auto"},
        )
        self.note = ipywidgets.HTML(dim(_KEPT if self.choice.value else _ASK))
        self.choice.observe(self._guessed, names="value")
        title = ipywidgets.HTML(f"<b>Predict before you run.</b> {prose(question)}")
        self.widget = ipywidgets.VBox([title, self.choice, self.note])

    def _guessed(self, change: Any) -> None:
        kept = keep("guesses", self.key, change["new"])
        self.note.value = dim(_KEPT if kept else "Your guess could not be kept: the disk cannot be written.")

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        data: dict[str, Any] = {"text/plain": self.text, "application/vnd.jupyter.widget-view+json": view}
        if all(letter == "\n" or ord(letter) in _letters() for letter in self.text):  # else the text says it better
            data["image/png"] = _picture(self.question, self.options)
        return data, {"image/png": {"width": 760, "alt": self.text}}


@cache
def _letters() -> frozenset[int]:
    """The numbers of the letters that the picture's font has."""
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


@matplotlib.style.context("default")
def _picture(question: str, options: Sequence[str]) -> bytes:
    """The question and its options as a PNG, 7.6 inches wide."""
    asked = textwrap.wrap(f"Predict before you run. {question}", 88)
    lines = [textwrap.wrap(option, 92) for option in options]
    line, pad, inch = 0.22, 0.14, 7.6
    heights = [len(wrapped) * line + pad for wrapped in lines]
    height = len(asked) * line + 2 * pad + sum(heights) + 0.1 * len(lines)
    figure = Figure(figsize=(inch, height), dpi=160, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, inch), ylim=(height, 0))
    axes.axis("off")
    text: dict[str, Any] = {"family": "DejaVu Sans", "fontsize": 9.5, "va": "center", "color": "#222222"}
    text["parse_math"] = False
    y = pad
    for words in asked:
        axes.text(0.12, y + line / 2, words, weight="bold", **text)
        y += line
    y += 0.1
    for wrapped, box in zip(lines, heights, strict=True):
        shape = FancyBboxPatch(
            (0.16, y + 0.02),
            inch - 0.32,
            box - 0.04,
            boxstyle="round,pad=0,rounding_size=0.06",
            fc="#f4f6f8",
            ec="#b8c0c8",
        )
        axes.add_patch(shape)
        for i, words in enumerate(wrapped):
            axes.text(0.3, y + pad / 2 + (i + 0.5) * line, words, **text)
        y += box + 0.1
    png = io.BytesIO()
    figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
