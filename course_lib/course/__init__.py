"""What makes it a course: checks that know the mistake, hints, predictions, quizzes, claims, notebooks.

Each chapter declares its own in its room, course_lib/chapters/chNN_…/exercises.py: EXERCISES and QUIZ.
"""

from course_lib.course.check import check
from course_lib.course.claims import claim, claims_table
from course_lib.course.declare import Chapter, Exercise, Mistake, Option, Question
from course_lib.course.hints import hint, solution
from course_lib.course.predictions import predict, reveal
from course_lib.course.progress import progress
from course_lib.course.quiz import quiz

__all__ = [
    "Chapter",
    "Exercise",
    "Mistake",
    "Option",
    "Question",
    "check",
    "claim",
    "claims_table",
    "hint",
    "predict",
    "progress",
    "quiz",
    "reveal",
    "solution",
]
