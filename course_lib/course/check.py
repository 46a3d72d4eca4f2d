"""Checks that know the mistake: `check`."""

import contextlib
import copy
import inspect
import io
import random
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from course_lib.course.compare import describe, difference, snapshot
from course_lib.course.declare import Exercise
from course_lib.course.page import Page, card, columns, dim, prose, show, table
from course_lib.course.rooms import find_exercise
from course_lib.course.store import keep, recall


def check(id: str, function: Any) -> Callable[..., Any]:
    """Check a student's function and return a working one: theirs if it is right, else the reference.

    `id` names the exercise, as in "00.1". The function is compared with the reference on fixed inputs and
    on fresh random ones. Whatever it does, the notebook goes on: nothing but an unknown `id` (ValueError)
    is raised.

    >>> pixel_at = check("00.1", ...)
    ○ 00.1 is yours to write. Until then the reference stands in, so you can read on. Stuck? `hint("00.1")`
    """
    exercise = find_exercise(id)
    verdict = judge(exercise, function, seed=random.SystemRandom().getrandbits(32))
    if verdict.state == "solved":
        keep("exercises", id, "solved")
    elif verdict.state == "wrong" and recall("exercises").get(id) != "solved":
        keep("exercises", id, "tried")
    show(_verdict_page(id, verdict))
    return function if verdict.state == "solved" else exercise.reference


@dataclass(frozen=True)
class Verdict:
    """What a check found: the state (solved, open or wrong), a sentence, and the input that shows it."""

    state: str
    message: str
    shown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Outcome:
    """What one call did: the value it returned or the error it raised, and which of its inputs it changed."""

    value: Any = None
    error: BaseException | None = None
    changed: str | None = None


def judge(exercise: Exercise, function: Any, seed: int) -> Verdict:
    """Compare a student's function with the reference on all cases drawn from `seed`, and find what to say.

    >>> judge(find_exercise("00.1"), lambda picture, x, y: picture[:, y, x], seed=0).state
    'solved'
    """
    if function is ... or function is None:
        return Verdict("open", "")
    if not callable(function):
        return Verdict("wrong", f"A function is needed here, but {describe(function)} was given.")

    cases = exercise.cases(seed)
    needed = [_attempt(exercise.reference, exercise, case, seed) for case in cases]
    given = [_attempt(function, exercise, case, seed) for case in cases]

    for i, got in enumerate(given):
        if _unfinished(got) or (i == 0 and _returns_nothing(needed[0], got)):
            nothing = got.error is None and got.value is None
            return Verdict("open", "It returns nothing yet." if nothing else _stub_text(got))
    for case, got in zip(cases, given, strict=True):
        if got.changed:
            return Verdict(
                "wrong",
                f"Your function changes its input `{got.changed}`, which its caller may still need. "
                "Make a new value instead of writing into the old one (`a = a - b`, not `a -= b`), or write into a "
                "copy (`a = a.clone()`).",
                _given(exercise, case),
            )
    for case, right, got in zip(cases, needed, given, strict=True):
        differs = _differs(exercise, right, got)
        if differs:
            rows = (*_given(exercise, case), ("yours", _result(got)), ("needed", _result(right)))
            known = _known_mistake(exercise, cases, given, seed)
            return Verdict("wrong", known or _unknown(function, got, differs), rows)
    return Verdict("solved", f"your function agrees with the reference on {len(cases)} inputs.")


def _attempt(function: Callable[..., Any], exercise: Exercise, case: tuple[Any, ...], seed: int) -> _Outcome:
    """Call a function on its own copy of a case: silently, with repeatable luck, catching every error."""
    inputs = copy.deepcopy(case)
    before = snapshot(inputs)
    with _quiet(), _luck(seed):
        try:
            value = snapshot(function(*inputs))
            pairs = zip(_names(exercise), before, snapshot(inputs), strict=False)
            changed = [name for name, old, new in pairs if difference(old, new, exact=True)]
        except KeyboardInterrupt:  # the student's own wish to stop
            raise
        except BaseException as error:  # a SystemExit of theirs must not end the notebook
            return _Outcome(error=error)
    return _Outcome(value, changed=changed[0] if changed else None)


@contextlib.contextmanager
def _luck(seed: int) -> Iterator[None]:
    """The same random numbers for everybody who is called; the notebook's own stay as they were."""
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        with contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield


def _unfinished(got: _Outcome) -> bool:
    """Is there still a `...` or a NotImplementedError where code should be?"""
    if isinstance(got.error, TypeError | AttributeError):
        return "ellipsis" in _say(got.error)
    parts = got.value if isinstance(got.value, list | tuple) else [got.value]
    return isinstance(got.error, NotImplementedError) or any(part is ... for part in parts)


def _returns_nothing(needed: _Outcome, got: _Outcome) -> bool:
    return got.error is None and got.value is None and (needed.value is not None or needed.error is not None)


def _stub_text(got: _Outcome) -> str:
    """The words of an error that a library, not the stub, may have raised."""
    told = isinstance(got.error, NotImplementedError) and got.error.args
    return f"It stops with {_say(got.error)}." if told and got.error else ""


def _differs(exercise: Exercise, right: _Outcome, got: _Outcome) -> str | None:
    """How an outcome differs from the right one: None for the same result or the same kind of error."""
    if right.error or got.error:
        if type(right.error) is type(got.error):
            return None
        return f"it raises {_say(got.error)}" if got.error else f"it should raise {type(right.error).__name__}"
    try:
        return exercise.compare(right.value, got.value)
    except Exception:  # a result so strange that it cannot even be compared
        return f"its result, a {type(got.value).__name__}, cannot be compared"


def _known_mistake(exercise: Exercise, cases: list[tuple[Any, ...]], given: list[_Outcome], seed: int) -> str | None:
    """The message of the first known mistake that does what the student's function does, on every case."""
    for mistake in exercise.mistakes:
        pairs = zip(cases, given, strict=True)
        if all(not _differs(exercise, _attempt(mistake.function, exercise, case, seed), got) for case, got in pairs):
            return mistake.message
    return None


def _unknown(function: Any, got: _Outcome, differs: str) -> str:
    """What to say of a mistake nobody has foreseen."""
    if isinstance(got.error, RecursionError):
        return "Your function calls itself without end: give it a case in which it returns."
    if got.error is None:
        return f"Your result differs: {differs}."
    line = _failing_line(function, got.error)
    return f"Your function raises {_say(got.error)}" + (f" in the line `{line}`." if line else ".")


def _failing_line(function: Any, error: BaseException) -> str:
    """The student's own line that failed, where its source is known."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (own[-1] or "").replace("`", "'") if own else ""


def _say(error: BaseException | None) -> str:
    """An error in one line, as Python prints it."""
    text = traceback.format_exception_only(error)[-1].strip().splitlines()[0].rstrip(".")
    if "Boolean value of Tensor" in text:
        return f"{text}. (Python's `max` and `if` want one number. For a whole tensor: `.clamp(min=…)`, `torch.where`.)"
    return text if len(text) <= 200 else text[:199] + "…"


def _names(exercise: Exercise) -> list[str]:
    return list(inspect.signature(exercise.reference).parameters)


def _given(exercise: Exercise, case: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, describe(value)) for name, value in zip(_names(exercise), case, strict=False))


def _result(outcome: _Outcome) -> str:
    return _say(outcome.error) if outcome.error else describe(outcome.value)


def _verdict_page(id: str, verdict: Verdict) -> Page:
    if verdict.state == "solved":
        text = f"{id} solved: {verdict.message}"
        return Page(card("good", "✓", prose(text)), f"✓ {text}")
    more = f'Stuck? `hint("{id}")`'
    if verdict.state == "open":
        text = f"{id} is yours to write. {verdict.message}".strip()
        text += " Until then the reference stands in, so you can read on."
        return Page(card("open", "○", f"{prose(text)} {dim(more)}"), f"○ {text} {more}")
    text = f"{id} is not right yet. {verdict.message}"
    more = f"The reference stands in for now, so you can read on. {more}"
    shown, plain = "", ""
    if verdict.shown:
        title = "The smallest input that shows it"
        shown = dim(title + ":") + table([], verdict.shown)
        plain = f"{title}:\n" + textwrap.indent(columns(verdict.shown), "  ") + "\n"
    return Page(card("wrong", "✗", f"{prose(text)}<div>{shown}</div>{dim(more)}"), f"✗ {text}\n{plain}{more}")
