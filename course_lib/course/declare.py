"""What a chapter writes down: about itself, its exercises and its quiz."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.course.compare import difference
from course_lib.folders import ROOT


@dataclass(frozen=True)
class Chapter:
    """One chapter: its two-digit number, the names it goes by, its question, and the computer's minutes in it.

    >>> Chapter("99", "on_nothing", "On nothing", "Why?", 1, 1, False).name
    '99_on_nothing'
    """

    number: str
    slug: str
    title: str
    question: str
    minutes_laptop: int
    minutes_gpu: int
    wants_gpu: bool

    @property
    def name(self) -> str:
        """The name of its files, without folder and ending."""
        return f"{self.number}_{self.slug}"

    @property
    def path(self) -> Path:
        """Its notebook."""
        return ROOT / "notebooks" / f"{self.name}.ipynb"

    @property
    def text(self) -> Path:
        """Its text, from which the notebook is made."""
        return ROOT / "notebooks" / "py" / f"{self.name}.py"

    @property
    def ready(self) -> bool:
        """Whether its notebook is there."""
        return self.path.exists()


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people do give: the wrong function itself, and what to say to whoever wrote it.

    >>> Mistake(lambda a: -a, "The sign is the other way round.").function(1)
    -1
    """

    function: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is right, what is often wrong, and on which inputs the two are told apart.

    `cases(seed)` lists tuples of arguments from the smallest to the largest, some fixed and some drawn from
    `seed`; a mistake is recognized when the student's function agrees with it on all of them.
    `compare(expected, got)` is None for equal results and otherwise says how they differ. `gradients` names the
    arguments whose gradient is compared too: those of a loss that the chapter trains with. `forbidden` lists the
    calls that would leave nothing to build.

    >>> Exercise("99.1", "Halve", 1, 1, lambda a: a / 2, lambda seed: [(seed,)], (), ("a", "b")).reference(4)
    2.0
    """

    id: str
    title: str
    minutes: int
    difficulty: int  # 1 fill in a line, 2 write a few lines, 3 think first
    reference: Callable[..., Any]
    cases: Callable[[int], list[tuple[Any, ...]]]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str]
    compare: Callable[[Any, Any], str | None] = difference
    gradients: tuple[str, ...] = ()
    forbidden: tuple[Callable[..., Any], ...] = ()


@dataclass(frozen=True)
class Option:
    """One answer of a quiz question: whether it is right, and because of what.

    >>> Option("4", True, "Two and two are four.").right
    True
    """

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Question:
    """One question of a quiz, with its options.

    >>> len(Question("2 + 2?", (Option("4", True, "Yes."), Option("5", False, "One too many."))).options)
    2
    """

    text: str
    options: tuple[Option, ...]
