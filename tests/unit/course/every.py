"""Every exercise of every chapter, one made up, and what a notebook is shown."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from course_lib.course import Exercise, Mistake
from course_lib.course.page import Page
from course_lib.course.rooms import chapters, exercises_of

EVERY = [exercise for chapter in chapters() for exercise in exercises_of(chapter.number)]


each_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)


def shown_by(action: Callable[[], Any]) -> Page:
    """The page that an action shows in a notebook."""
    with pytest.MonkeyPatch.context() as patch:
        pages: list[Page] = []
        patch.setattr("course_lib.course.page.get_ipython", lambda: object())
        patch.setattr("course_lib.course.page.display", pages.append)
        action()
    return pages[0]


def doubled(a: torch.Tensor) -> torch.Tensor:
    return 2 * a


def double_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    return [(torch.ones(2),), *((torch.rand(3 + i, generator=generator),) for i in range(4))]


DOUBLE = Exercise(
    "99.1", "Double", 1, 1, doubled, double_cases, (Mistake(lambda a: a, "Not doubled."),), ("twice", "2 * a")
)
