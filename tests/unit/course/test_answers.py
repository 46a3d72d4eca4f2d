"""Answers as students give them, written by people who had not read the known mistakes."""

import importlib
from pathlib import Path

import pytest

from course_lib.course import Exercise
from course_lib.course.check import judge

from .answers import _answer
from .every import EVERY, each_exercise

for file in sorted((Path(__file__).parent / "answers").glob("ch*.py")):
    importlib.import_module(f"{_answer.__name__.rpartition('.')[0]}.{file.stem}")


@each_exercise
def test_right_answers_are_accepted(exercise: Exercise) -> None:
    assert len(_answer.RIGHT[exercise.id]) >= 8
    for right in _answer.RIGHT[exercise.id]:
        verdict = judge(exercise, right, 0)
        assert verdict.state == "solved", f"line {right.__code__.co_firstlineno}: {verdict.message}"


@pytest.mark.slow
def test_wrong_answers_are_caught_and_most_are_named() -> None:
    count = named = 0
    accepted = []
    for exercise in EVERY:
        assert len(_answer.WRONG[exercise.id]) >= 15
        for wrong in _answer.WRONG[exercise.id]:
            verdict = judge(exercise, wrong.function, 0)
            count += 1
            named += not verdict.message.startswith(("Your result differs", "Your function raises"))
            if verdict.state == "solved":
                accepted.append((exercise.id, wrong.fault))
    assert len(accepted) <= 0.005 * count, accepted
    assert named >= 0.6 * count, f"{named} of {count}"
