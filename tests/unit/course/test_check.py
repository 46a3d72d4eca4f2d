"""Checks, on every exercise and on answers of every strange kind: right ones pass, mistakes get their own words."""

import copy
import dataclasses
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

from course_lib.course import Exercise, check
from course_lib.course.check import judge
from course_lib.course.compare import describe, difference, snapshot
from course_lib.course.store import recall

from .every import DOUBLE, each_exercise


@each_exercise
def test_reference_passes_and_is_given_back(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    def own(*args: Any) -> Any:
        return exercise.reference(*args)

    assert check(exercise.id, own) is own
    count = len(exercise.cases(0))
    assert capsys.readouterr().out == (
        f"✓ {exercise.id} solved: your function agrees with the reference on {count} inputs.\n"
    )
    assert recall("exercises") == {exercise.id: "solved"}


@each_exercise
def test_each_mistake_gets_its_own_message(exercise: Exercise) -> None:
    """On the cases that every seed has, so that no luck is needed to tell two mistakes apart."""
    pairs = zip(exercise.cases(1), exercise.cases(2), strict=True)
    fixed = [one for one, other in pairs if not difference(one, other)]
    for cases in (lambda seed: copy.deepcopy(fixed), exercise.cases):
        for mistake in exercise.mistakes:
            verdict = judge(dataclasses.replace(exercise, cases=cases), mistake.function, 1)
            assert (verdict.state, verdict.message) == ("wrong", mistake.message)
            assert [name for name, _ in verdict.shown][-2:] == ["yours", "needed"]


@each_exercise
def test_mistake_is_shown_and_the_reference_stands_in(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    for mistake in exercise.mistakes:
        assert check(exercise.id, mistake.function) is exercise.reference
        told = capsys.readouterr().out
        assert told.startswith(f"✗ {exercise.id} is not right yet. {mistake.message}\n")
        assert "The smallest input that shows it:" in told and f'hint("{exercise.id}")' in told
    assert recall("exercises") == {exercise.id: "tried"}


def raises(*args: Any) -> Any:
    raise NotImplementedError


@each_exercise
@pytest.mark.parametrize(
    "stub",
    [
        raises,
        lambda *args: ...,
        lambda *args: None,
        lambda *args: (..., 1),
        lambda *args: ... * 2,  # pyright: ignore[reportOperatorIssue]
        ...,
        None,
    ],
)
def test_stub_never_stops(exercise: Exercise, stub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(exercise.id, stub) is exercise.reference
    told = capsys.readouterr().out
    assert told.startswith(f"○ {exercise.id} is yours to write.") and "the reference stands in" in told
    assert recall("exercises") == {}


@pytest.mark.slow
@each_exercise
def test_a_constant_never_passes(exercise: Exercise) -> None:
    for case in exercise.cases(0):
        constant = exercise.reference(*copy.deepcopy(case))
        assert judge(exercise, lambda *args, constant=constant: constant, 0).state == "wrong"


@each_exercise
def test_a_memory_of_earlier_cases_never_passes(exercise: Exercise) -> None:
    memory = {describe(case): exercise.reference(*copy.deepcopy(case)) for case in exercise.cases(0)}
    assert judge(exercise, lambda *args: memory.get(describe(args), 0), 1).state == "wrong"


@each_exercise
def test_changing_an_input_is_told_even_when_the_value_is_right(exercise: Exercise) -> None:
    def changing(*args: Any) -> Any:
        result = snapshot(exercise.reference(*args))
        for argument in args:
            if isinstance(argument, torch.Tensor):
                argument += 1
            elif isinstance(argument, list):
                argument.append(argument[0])
            elif isinstance(argument, dict):
                argument.popitem()
        return result

    verdict = judge(exercise, changing, 0)
    assert verdict.state == "wrong" and verdict.message.startswith("Your function changes its input `")


def test_a_wrong_shape_dtype_type_and_value_are_told_apart() -> None:
    def told(function: Callable[..., Any]) -> str:
        return judge(DOUBLE, function, 0).message

    assert told(lambda a: (2 * a)[None]) == ("Your result differs: the shape is (1, 2), but (2,) is needed.")
    assert told(lambda a: (2 * a).double()) == ("Your result differs: the dtype is float64, but float32 is needed.")
    assert told(lambda a: (2 * a).numpy()) == (
        "Your result differs: it is an array of shape (2,): [2, 2], but a tensor of shape (2,) is needed."
    )
    assert told(lambda a: 3 * a) == ("Your result differs: 2 entries differ: at [0] it is 3, but 2 is needed.")
    assert told(lambda a: "two") == ("Your result differs: it is 'two', but a tensor of shape (2,) is needed.")


def test_the_smallest_failing_input_is_shown() -> None:
    verdict = judge(DOUBLE, lambda a: 2 * a if len(a) < 4 else 2 * a + 1, 0)
    assert dict(verdict.shown)["a"].startswith("a tensor of shape (4,): [")
    assert [name for name, _ in verdict.shown] == ["a", "yours", "needed"]


def test_errors_are_told_with_the_line() -> None:
    def wrong(a: torch.Tensor) -> torch.Tensor:
        return a[:, 7]

    message = judge(DOUBLE, wrong, 0).message
    assert message.startswith("Your function raises IndexError: ") and "`return a[:, 7]`" in message


def test_pythons_max_of_a_tensor_is_explained() -> None:
    message = judge(DOUBLE, lambda a: max(0, 2 * a), 0).message
    assert "Boolean value of Tensor" in message and "`.clamp(min=…)`" in message


def test_nothing_of_the_students_gets_out(capfd: pytest.CaptureFixture[str]) -> None:
    def endless(a: torch.Tensor) -> torch.Tensor:
        return endless(a)

    class Rude(Exception):
        def __str__(self) -> str:
            raise ValueError("not even a message")

    class Strange:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("do not compare me")

        def __repr__(self) -> str:
            raise RuntimeError("do not print me")

    def rude(a: torch.Tensor) -> torch.Tensor:
        raise Rude

    def leave(a: torch.Tensor) -> torch.Tensor:
        sys.exit(3)

    def chatty(a: torch.Tensor) -> torch.Tensor:
        print("hello")
        print("hello", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        torch.manual_seed(0)
        return 2 * a

    assert judge(DOUBLE, endless, 0).message.startswith("Your function calls itself without end")
    assert judge(DOUBLE, rude, 0).message.startswith("Your function raises")
    assert "SystemExit" in judge(DOUBLE, leave, 0).message
    assert judge(DOUBLE, lambda a: Strange(), 0).state == "wrong"
    assert judge(DOUBLE, lambda: 1, 0).message.startswith("Your function raises TypeError")
    assert judge(DOUBLE, 5, 0).message == "A function is needed here, but 5 was given."
    before = torch.random.get_rng_state()
    assert judge(DOUBLE, chatty, 0).state == "solved"
    assert torch.equal(before, torch.random.get_rng_state())
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_a_keyboard_interrupt_passes() -> None:
    def tired(a: torch.Tensor) -> torch.Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(DOUBLE, tired, 0)


def test_a_stub_that_says_why() -> None:
    def stub(a: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("write me")

    assert judge(DOUBLE, stub, 0).message == "It stops with NotImplementedError: write me."
    assert judge(DOUBLE, lambda a: None, 0).message == "It returns nothing yet."


def test_none_on_a_later_input_is_a_mistake_and_not_a_stub() -> None:
    verdict = judge(DOUBLE, lambda a: 2 * a if len(a) < 4 else None, 0)
    assert verdict.state == "wrong" and "it is None" in verdict.message


def test_student_and_reference_share_no_memory() -> None:
    buffer = torch.zeros(2)

    def keeps(a: torch.Tensor) -> torch.Tensor:
        nonlocal buffer
        buffer.resize_(a.shape).copy_(a)
        return buffer.mul_(2)

    assert judge(DOUBLE, keeps, 0).state == "solved"
    shared = torch.ones(2)
    exercise = dataclasses.replace(DOUBLE, cases=lambda seed: [(shared,), (shared,)])
    assert judge(exercise, lambda a: a.mul_(2), 0).message.startswith("Your function changes its input `a`")
    assert torch.equal(shared, torch.ones(2))


def test_a_changed_module_is_noticed() -> None:
    layer = torch.nn.Linear(2, 2)

    def reference(layer: torch.nn.Linear, a: torch.Tensor) -> torch.Tensor:
        return layer(a)

    def cases(seed: int) -> list[tuple]:
        return [(layer, torch.ones(2))]

    def changing(layer: torch.nn.Linear, a: torch.Tensor) -> torch.Tensor:
        result = layer(a)
        with torch.no_grad():
            layer.weight += 1
        return result

    exercise = dataclasses.replace(DOUBLE, reference=reference, cases=cases, mistakes=())
    assert judge(exercise, lambda layer, a: a @ layer.weight.T + layer.bias, 0).state == "solved"
    assert "`layer`" in judge(exercise, changing, 0).message


def test_luck_is_the_same_for_both() -> None:
    noisy = dataclasses.replace(DOUBLE, reference=lambda a: a + torch.rand(a.shape), mistakes=())
    assert judge(noisy, lambda a: torch.rand(len(a)) + a, 0).state == "solved"


def test_an_error_can_be_the_right_answer() -> None:
    def reference(a: torch.Tensor) -> torch.Tensor:
        raise ValueError

    def other(a: torch.Tensor) -> torch.Tensor:
        raise KeyError

    exercise = dataclasses.replace(DOUBLE, reference=reference, mistakes=())
    assert judge(exercise, reference, 0).state == "solved"
    assert judge(exercise, other, 0).state == "wrong"
    assert "should raise ValueError" in judge(exercise, lambda a: a, 0).message
