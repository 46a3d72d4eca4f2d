"""A quiz that explains each answer, also where no kernel runs."""

from course_lib.course.page import Page, fold, heading, prose, show
from course_lib.course.rooms import quiz_of


def quiz(chapter: str) -> None:
    """Show the quiz of a chapter: a click on an answer tells whether it is right, and why.

    `chapter` is its number as text, as in "00". Raises ValueError for a chapter that is not there.

    >>> quiz("00")  # doctest: +ELLIPSIS
    1. ...
    """
    html, text, answers = [], [], []
    for i, question in enumerate(quiz_of(chapter), start=1):
        html.append(heading(f"{i}. {question.text}"))
        text.append(f"{i}. {question.text}")
        for letter, option in zip("abcdefgh", question.options, strict=False):
            mark, verdict = ("✓", "Right.") if option.right else ("✗", "Not quite.")
            body = f"<b>{mark} {verdict}</b> {prose(option.because)}"
            html.append(fold(option.text, body, "good" if option.right else "wrong"))
            text.append(f"   {letter}) {option.text}")
            if option.right:
                answers.append(f"   {i} {letter}: {option.because}")
    show(Page("".join(html), "\n".join([*text, "Answers", *answers])))
