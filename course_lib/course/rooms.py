"""What each chapter's room in course_lib/chapters holds: found by itself, so a new chapter touches nothing else."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from course_lib.course.declare import Chapter, Exercise, Question


def chapters() -> tuple[Chapter, ...]:
    """The chapters that have a room, in their order.

    >>> chapters()[0].title
    'A map of seeing'
    """
    return tuple(importlib.import_module(room).CHAPTER for room in _rooms().values())


def exercises_of(number: str) -> Sequence[Exercise]:
    """The exercises of a chapter ("00"). Raises ValueError for a chapter without a room.

    >>> exercises_of("00")[0].id
    '00.1'
    """
    return _declared(number, "exercises", "EXERCISES")


def quiz_of(number: str) -> Sequence[Question]:
    """The quiz of a chapter ("00"). Raises ValueError for a chapter without a room.

    >>> len(quiz_of("00")[0].options) > 1
    True
    """
    return _declared(number, "exercises", "QUIZ")


def recipes() -> dict[str, Any]:
    """All recipes of all chapters: for each name of what ships, the function that makes it.

    >>> "simclr" in recipes()
    True
    """
    found: dict[str, Any] = {}
    for number in _rooms():
        found |= _declared(number, "recipes", "RECIPES") or {}
    return found


def find_exercise(id: str) -> Exercise:
    """The exercise of that id. Raises ValueError, with the ids there are, if there is none.

    >>> find_exercise("00.1").title
    'Read a pixel grid'
    """
    chapter = str(id).partition(".")[0]
    known = [number for number in _rooms() if number == chapter] or list(_rooms())
    exercises = [each for number in known for each in exercises_of(number)]
    for exercise in exercises:
        if exercise.id == id:
            return exercise
    raise ValueError(f"There is no exercise {id!r}; there are {', '.join(each.id for each in exercises)}.")


@cache
def _rooms() -> dict[str, str]:
    """For each chapter's number the name of its package."""
    home = importlib.import_module("course_lib.chapters")
    names = sorted(found.name for found in pkgutil.iter_modules(home.__path__) if found.ispkg)
    return {name[2:4]: f"{home.__name__}.{name}" for name in names if name.startswith("ch")}


def _declared(number: str, module: str, name: str) -> Any:
    """What a module of a chapter's room declares under a name; nothing where the room has no such module."""
    if number not in _rooms():
        raise ValueError(f"There is no chapter {number!r}; there are {', '.join(_rooms())}.")
    place = f"{_rooms()[number]}.{module}"
    found: ModuleType | None = importlib.import_module(place) if find_spec(place) else None
    return getattr(found, name, ())
