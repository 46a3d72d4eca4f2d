"""Checks that know the mistake: `check`."""

import inspect
import random
import textwrap
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from course_lib.course.attempt import (
    PATIENCE,
    Outcome,
    TimeIsUp,
    attempt,
    failing_line,
    gradients,
    known_state,
    raised_by,
    within,
)
from course_lib.course.compare import describe, difference
from course_lib.course.declare import Exercise
from course_lib.course.page import Page, card, columns, dim, prose, show, table
from course_lib.course.relate import relation
from course_lib.course.rooms import find_exercise
from course_lib.course.store import keep, recall, where


def check(id: str, function: Any) -> Callable[..., Any]:
    """Check a student's function and return a working one: theirs if it is right, else the reference.

    `id` names the exercise, as in "00.1". The function is compared with the reference on fixed inputs and
    on fresh random ones. Whatever it does, the notebook goes on: nothing but an unknown `id` (ValueError)
    is raised.

    >>> pixel_at = check("00.1", ...)
    ○ 00.1 is yours to write. Until then the reference stands in, so you can read on. Stuck? `hint("00.1")`
    """
    seed = random.SystemRandom().getrandbits(32)
    with known_state(seed):  # a chapter's exercises are made when they are first looked at
        exercise = find_exercise(id)
    verdict = judge(exercise, function, seed)
    kept = True
    if verdict.state == "solved":
        kept = keep("exercises", id, "solved")
    elif verdict.state == "wrong" and recall("exercises").get(id) != "solved":
        kept = keep("exercises", id, "tried")
    show(_verdict_page(id, verdict))
    if not kept:
        told = f"This could not be kept in {where()}: the next session will not know of it."
        show(Page(card("open", "○", prose(told)), f"○ {told}"))
    return function if verdict.state == "solved" else exercise.reference


@dataclass(frozen=True)
class Verdict:
    """What a check found: the state (solved, open or wrong), a sentence, and the input that shows it."""

    state: str
    message: str
    shown: tuple[tuple[str, str], ...] = ()


def judge(exercise: Exercise, function: Any, seed: int, patience: float = PATIENCE) -> Verdict:
    """Compare a student's function with the reference on all cases drawn from `seed`, and find what to say.

    It computes for no longer than `patience` seconds, in a state of its own: nothing that was switched in the
    notebook matters.

    >>> judge(find_exercise("00.1"), lambda picture, x, y: picture[:, y, x], seed=0).state
    'solved'
    """
    if function is ... or function is None or function is exercise.reference:  # the reference is never an answer
        return Verdict("open", "")
    if not callable(function):
        return Verdict("wrong", f"A function is needed here, but {describe(function)} was given.")
    with known_state(seed):
        cases = exercise.cases(seed)
        needed = [attempt(exercise.reference, _names(exercise), case, seed) for case in cases]
        failed = next((right.error for right in needed if right.error), None)
        if failed:
            return Verdict("open", f"It cannot be checked here: the reference itself stops with {_say(failed)}.")
        calls = _Calls()
        try:
            with within(patience), calls if exercise.forbidden else nullcontext():
                given = [attempt(function, _names(exercise), case, seed) for case in cases]
            return (
                _changing(exercise, cases, given)
                or _unfinished(function, needed, given)
                or _differing(exercise, function, cases, needed, given, seed)
                or _forbidden(exercise, calls)
                or _gradients(exercise, function, cases, seed, patience)
                or Verdict("solved", f"your function agrees with the reference on {len(cases)} inputs.")
            )
        except TimeIsUp:
            return Verdict(
                "wrong",
                f"Your function had not come back after {patience:.0f} seconds, and was stopped. Is there a loop that "
                "never ends, or one that goes through far more than it needs to?",
            )


def _unfinished(function: Any, needed: list[Outcome], given: list[Outcome]) -> Verdict | None:
    """Is there still a `...`, a NotImplementedError or nothing at all where code should be?"""
    for i, got in enumerate(given):
        if got.error is not None:
            stub = isinstance(got.error, TypeError | AttributeError) and "ellipsis" in _say(got.error)
            if isinstance(got.error, NotImplementedError) and raised_by(function, got.error):
                return Verdict("open", f"It stops with {_say(got.error)}." if got.error.args else "")
            if stub:
                return Verdict("open", "")
        elif got.value is None and i == 0 and needed[0].value is not None:
            return Verdict("open", "It returns nothing yet.")
        elif any(part is ... for part in (got.value if isinstance(got.value, list | tuple) else [got.value])):
            return Verdict("open", "")
    return None


def _changing(exercise: Exercise, cases: list[tuple[Any, ...]], given: list[Outcome]) -> Verdict | None:
    """Does it write into what it was given?"""
    for case, got in zip(cases, given, strict=True):
        if got.changed:
            name, instead = got.changed
            told = f"Your function changes its input `{name}`, which its caller may still need. {instead}"
            return Verdict("wrong", told, _shown(exercise, case))
    return None


def _differing(
    exercise: Exercise,
    function: Any,
    cases: list[tuple[Any, ...]],
    needed: list[Outcome],
    given: list[Outcome],
    seed: int,
) -> Verdict | None:
    """The first case on which it differs from the reference, with a name for what is wrong where there is one."""
    for case, right, got in zip(cases, needed, given, strict=True):
        differs = f"it raises {_say(got.error)}" if got.error else _compared(exercise, right, got)
        if differs:
            rows = (*_shown(exercise, case), ("yours", _result(got)), ("needed", _result(right)))
            return Verdict(
                "wrong",
                _known_mistake(exercise, cases, given, seed)
                or (_raising(function, got.error) if got.error else None)
                or _related(exercise, cases, needed, given)
                or f"Your result differs: {differs}.",
                rows,
            )
    return None


def _compared(exercise: Exercise, right: Outcome, got: Outcome) -> str | None:
    """How a result differs from the right one; None for the same."""
    try:
        return exercise.compare(right.value, got.value)
    except Exception:  # a result so strange that it cannot even be compared
        return f"it is {describe(got.value)}, but {describe(right.value)} is needed"


def _known_mistake(exercise: Exercise, cases: list[tuple[Any, ...]], given: list[Outcome], seed: int) -> str | None:
    """The message of the one known mistake that does the same as the student's function on every case."""
    if all(got.error for got in given):
        return None  # an error of the same name has many causes
    messages = {
        mistake.message
        for mistake in exercise.mistakes
        if all(
            _alike(exercise, attempt(mistake.function, _names(exercise), case, seed), got)
            for case, got in zip(cases, given, strict=True)
        )
    }
    return messages.pop() if len(messages) == 1 else None


def _alike(exercise: Exercise, mistaken: Outcome, got: Outcome) -> bool:
    """Whether a known mistake and a student's function did the same."""
    if mistaken.error or got.error:
        return type(mistaken.error) is type(got.error) and _say(mistaken.error) == _say(got.error)
    return not _compared(exercise, mistaken, got)


def _related(
    exercise: Exercise, cases: list[tuple[Any, ...]], needed: list[Outcome], given: list[Outcome]
) -> str | None:
    """How the results are related to the right ones, if the kind of result is right."""
    if any(got.error for got in given):
        return None
    if any(_is_tensor(right.value) != _is_tensor(got.value) for right, got in zip(needed, given, strict=True)):
        return None
    try:
        return relation(_names(exercise), cases, [right.value for right in needed], [got.value for got in given])
    except Exception:  # a result so strange that nothing can be tried on it
        return None


def _is_tensor(value: Any) -> bool:
    """Whether it is a tensor of more than a single number, for which a plain number can stand."""
    return isinstance(value, torch.Tensor) and value.ndim > 0


def _forbidden(exercise: Exercise, calls: "_Calls") -> Verdict | None:
    """Does it call the very thing that is to be built?"""
    for function in exercise.forbidden:
        if function in calls.seen:
            told = f"The numbers are right, but `{function.__name__}` does all the work"
            return Verdict("wrong", f"{told}, and that is what you are to build: write it with simpler steps.")
    return None


def _gradients(
    exercise: Exercise, function: Any, cases: list[tuple[Any, ...]], seed: int, patience: float
) -> Verdict | None:
    """Where its gradient differs from the reference's, although its values are right."""
    wanted = exercise.gradients
    for case in cases if wanted else ():
        right = gradients(exercise.reference, _names(exercise), wanted, case, seed)
        slopes = [] if right.error else [slope for slope in right.value if slope is not None]
        if not slopes or not all(slope.isfinite().all() for slope in slopes):
            continue  # the reference has no gradient here
        with within(patience):
            got = gradients(function, _names(exercise), wanted, case, seed)
        if got.error:
            line = failing_line(function, got.error)
            told = (
                f"The values are right, but with inputs that ask for a gradient your function raises {_say(got.error)}"
            )
            return Verdict("wrong", told + (f" in the line `{line}`." if line else "."), _shown(exercise, case))
        for name, needed, given in zip(wanted, right.value, got.value, strict=True):
            if needed is None:
                if given is not None and given.any():
                    told = f"The values are right, but a gradient reaches `{name}`, and none should: detach that part."
                    return Verdict("wrong", told, _shown(exercise, case))
            elif given is None:
                return Verdict(
                    "wrong",
                    f"The values are right, but no gradient reaches `{name}`, so nothing could be learned from them. "
                    "What cuts it off? `.detach()`, `.item()`, `float()`, `torch.tensor(…)`, NumPy, or a choice "
                    "(`argmin`, and what it picks), which has no slope.",
                    _shown(exercise, case),
                )
            elif differs := difference(needed, given):
                rows = (*_shown(exercise, case), ("yours", describe(given)), ("needed", describe(needed)))
                told = (
                    f"The values are right, but their gradient in `{name}` is not: {differs}. Is a part of it detached?"
                )
                return Verdict("wrong", told, rows)
    return None


class _Calls(TorchFunctionMode):
    """Notes which of torch's functions are called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[Any] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.add(func)
        return func(*args, **(kwargs or {}))


def _raising(function: Any, error: BaseException) -> str:
    """What to say of a function that raises."""
    if isinstance(error, RecursionError):
        return "Your function calls itself without end: give it a case in which it returns."
    line = failing_line(function, error)
    return f"Your function raises {_say(error)}" + (f" in the line `{line}`." if line else ".")


def _say(error: BaseException | None) -> str:
    """An error in one line, as Python prints it."""
    try:
        words = str(error).strip()
    except Exception:  # an error that cannot even say what it is
        words = ""
    text = (type(error).__name__ + (f": {words.splitlines()[0]}" if words else "")).rstrip(".")
    if "Boolean value of Tensor" in text:
        return f"{text}. (Python's `max` and `if` want one number. For a whole tensor: `.clamp(min=…)`, `torch.where`.)"
    if "bitwise_xor" in text or "unsupported operand type(s) for ^" in text:
        return f"{text}. (`^` is no power in Python: write `**`.)"
    return text if len(text) <= 200 else text[:199] + "…"


def _names(exercise: Exercise) -> list[str]:
    return list(inspect.signature(exercise.reference).parameters)


def _shown(exercise: Exercise, case: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, describe(value)) for name, value in zip(_names(exercise), case, strict=False))


def _result(outcome: Outcome) -> str:
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
