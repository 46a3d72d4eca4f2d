"""Help that folds out: `hint` and `solution`."""

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from course_lib.course.page import Page, code, fold, prose, show
from course_lib.course.rooms import find_exercise


def hint(id: str) -> None:
    """Show the two hints of an exercise, folded: a click opens one. Raises ValueError for an unknown `id`.

    >>> hint("00.1")  # doctest: +ELLIPSIS
    Hint 1 for 00.1: ...
    """
    hints = find_exercise(id).hints
    titles = [f"Hint {i} for {id}" for i in range(1, len(hints) + 1)]
    folds = "".join(fold(title, prose(text), "open") for title, text in zip(titles, hints, strict=True))
    show(Page(folds, "\n".join(f"{title}: {text}" for title, text in zip(titles, hints, strict=True))))


def solution(id: str) -> None:
    """Show the solution of an exercise, folded: a click opens it. Raises ValueError for an unknown `id`.

    >>> solution("00.1")  # doctest: +ELLIPSIS
    Solution of 00.1: ...
    """
    source = _source(find_exercise(id).reference)
    title = f"Solution of {id}"
    show(Page(fold(title, code(source), "good"), f"{title}:\n{source}"))


def _source(function: Callable[..., Any]) -> str:
    """The source of a function, without decorators."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    return source[re.search(r"^(def|class|async def) ", source, re.MULTILINE).start() :].rstrip()  # type: ignore[union-attr]
