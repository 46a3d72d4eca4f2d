"""How far a student has come: `progress`."""

from course_lib.course.page import Page, columns, heading, show, table
from course_lib.course.rooms import chapters, exercises_of
from course_lib.course.store import recall


def progress() -> None:
    """Show every exercise of the course: solved, tried, or not yet.

    >>> progress()  # doctest: +ELLIPSIS
    Your exercises: ...
    """
    done = recall("exercises")
    words = {"solved": "✓ solved", "tried": "… tried"}
    exercises = [exercise for chapter in chapters() for exercise in exercises_of(chapter.number)]
    head = ["", "exercise", "minutes", "difficulty", ""]
    rows = [
        [
            exercise.id,
            exercise.title,
            str(exercise.minutes),
            "●" * exercise.difficulty + "○" * (3 - exercise.difficulty),
            words.get(done.get(exercise.id, ""), "○ not yet"),
        ]
        for exercise in exercises
    ]
    title = f"Your exercises: {sum(done.get(each.id) == 'solved' for each in exercises)} of {len(rows)} solved"
    show(Page(heading(title) + table(head, rows), f"{title}\n{columns([head, *rows])}"))
