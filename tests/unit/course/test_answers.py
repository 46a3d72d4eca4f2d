"""Answers as students give them, written by people who had not read the known mistakes."""

import importlib
from pathlib import Path

import pytest

from course_lib.course import Exercise
from course_lib.course.check import judge

from .answers import _answer
from .every import each_exercise

for file in sorted((Path(__file__).parent / "answers").glob("ch*.py")):
    importlib.import_module(f"{_answer.__name__.rpartition('.')[0]}.{file.stem}")


@each_exercise
def test_right_answers_are_accepted(exercise: Exercise) -> None:
    assert len(_answer.RIGHT[exercise.id]) >= 8
    for right in _answer.RIGHT[exercise.id]:
        verdict = judge(exercise, right, 0)
        assert verdict.state == "solved", f"line {right.__code__.co_firstlineno}: {verdict.message}"


@pytest.mark.slow
@each_exercise
def test_wrong_answers_are_caught_and_most_are_named(exercise: Exercise) -> None:
    wrong = _answer.WRONG[exercise.id]
    assert len(wrong) >= 30
    verdicts = [judge(exercise, answer.function, 0) for answer in wrong]
    # Who only prints, and returns nothing, is told that nothing is returned.
    accepted = [answer.fault for answer, found in zip(wrong, verdicts, strict=True) if found.state == "solved"]
    named = [not found.message.startswith(("Your result differs", "Your function raises")) for found in verdicts]
    assert not accepted and sum(named) >= 0.6 * len(wrong)
