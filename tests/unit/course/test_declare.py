"""Every exercise is declared in full."""

from typing import Any

import torch

from course_lib.course import Exercise
from course_lib.course.compare import describe, difference

from .every import each_exercise


@each_exercise
def test_declaration_is_complete(exercise: Exercise) -> None:
    assert exercise.title and exercise.minutes > 0 and exercise.difficulty in (1, 2, 3)
    assert len(exercise.mistakes) >= 3
    assert len(exercise.hints) == 2 and all(exercise.hints)
    messages = [mistake.message for mistake in exercise.mistakes]
    assert len(set(messages)) == len(messages)


@each_exercise
def test_cases_grow_and_change_with_the_seed(exercise: Exercise) -> None:
    assert describe(exercise.cases(1)) == describe(exercise.cases(1))
    assert len(exercise.cases(1)) == len(exercise.cases(2))
    assert difference(exercise.cases(1), exercise.cases(2))
    sizes = [sum(entries(argument) for argument in case) for case in exercise.cases(1)]
    assert sizes[0] == min(sizes) and sizes[-1] == max(sizes)


def entries(argument: Any) -> int:
    return argument.numel() if isinstance(argument, torch.Tensor) else 1
