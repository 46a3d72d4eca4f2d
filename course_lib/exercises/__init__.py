"""Exercises, predictions and quizzes: what makes a reader of this course do things.

Each chapter declares its own in `chapter_NN.py`: EXERCISES, a list of Exercise, and QUIZ, a list of Question.
"""

from course_lib.exercises.checks import check, hint, progress, solution
from course_lib.exercises.declare import Exercise, Mistake, Option, Question
from course_lib.exercises.predictions import predict, reveal
from course_lib.exercises.quizzes import quiz

__all__ = [
    "Exercise",
    "Mistake",
    "Option",
    "Question",
    "check",
    "hint",
    "predict",
    "progress",
    "quiz",
    "reveal",
    "solution",
]
