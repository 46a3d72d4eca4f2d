"""Learning to See: a small library with a reference implementation of every method of the course.

The chapters begin with a few short words from here:

    >>> from course_lib import check, claim, world
"""

from course_lib.course import check, claim, claims_table, hint, predict, progress, quiz, reveal, solution

__version__ = "0.1.0"

__all__ = ["check", "claim", "claims_table", "hint", "predict", "progress", "quiz", "reveal", "solution"]
