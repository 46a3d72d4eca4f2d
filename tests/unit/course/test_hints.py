"""Hints and solutions fold, and every solution passes its own check."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from einops import rearrange

from course_lib.course import Exercise, hint, solution
from course_lib.course.check import judge
from course_lib.course.rooms import exercises_of

from .every import each_exercise, shown_by


@each_exercise
def test_hints_and_solution_fold(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    shown = shown_by(lambda: hint(exercise.id))
    assert shown.html.count("<details ") == 2 and " open" not in shown.html.replace(" opens", "")
    for text in exercise.hints:
        assert text in shown.text
    shown = shown_by(lambda: solution(exercise.id))
    assert shown.html.count("<details ") == 1
    assert f"def {exercise.reference.__name__}(" in shown.text and "return" in shown.text
    hint(exercise.id)
    assert capsys.readouterr().out.startswith(f"Hint 1 for {exercise.id}: ")


@each_exercise
def test_the_solution_passes_its_own_check(exercise: Exercise) -> None:
    source = shown_by(lambda: solution(exercise.id)).text.partition("\n")[2]
    space: dict[str, Any] = {"torch": torch, "np": np, "F": F, "rearrange": rearrange}  # as chapters import them
    space |= {other.reference.__name__: other.reference for other in exercises_of(exercise.id[:2])}  # solved before
    exec(source, space)
    assert judge(exercise, space[exercise.reference.__name__], 0).state == "solved"
