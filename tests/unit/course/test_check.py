"""Checks, on every exercise and on answers of every strange kind: right ones pass, mistakes get their own words."""

import contextlib
import copy
import dataclasses
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.course import Exercise, Mistake, check
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
    for mistake in exercise.mistakes:
        verdict = judge(dataclasses.replace(exercise, cases=lambda seed: copy.deepcopy(fixed)), mistake.function, 1)
        assert (verdict.state, verdict.message) == ("wrong", mistake.message)
        assert [name for name, _ in verdict.shown][-2:] == ["yours", "needed"]


@each_exercise
def test_mistake_is_shown_and_the_reference_stands_in(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    for mistake in exercise.mistakes[:3]:
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
                argument.copy_(~argument if argument.dtype == torch.bool else argument + 1)
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

    assert told(lambda a: (2 * a)[None]) == ("Your numbers are right, and in the right order. Only their shape is not.")
    assert told(lambda a: (2 * a).double()) == ("Your result differs: the dtype is float64, but float32 is needed.")
    assert told(lambda a: (2 * a).numpy()) == (
        "Your result differs: it is an array of shape (2,): [2, 2], but a tensor of shape (2,) is needed."
    )
    assert told(lambda a: 3 * a) == ("Your result is always 1.5 times what is needed.")
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


def test_an_error_of_the_reference_is_never_agreement() -> None:
    def reference(a: torch.Tensor) -> torch.Tensor:
        raise ValueError("no")

    def same(a: torch.Tensor) -> torch.Tensor:
        raise ValueError("no")

    verdict = judge(dataclasses.replace(DOUBLE, reference=reference, mistakes=()), same, 0)
    assert verdict.state == "open" and "the reference itself stops with ValueError: no." in verdict.message


def test_the_reference_is_never_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    lent = check("00.1", ...)
    assert check("00.1", lent) is lent
    assert capsys.readouterr().out.count("○ 00.1 is yours to write.") == 2
    assert recall("exercises") == {}


# ------------------------------------------------------------------------------------------ The state of the notebook


@contextlib.contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@each_exercise
def test_what_is_switched_in_the_notebook_changes_no_verdict(exercise: Exercise) -> None:
    with default_dtype(torch.float64), torch.inference_mode(), torch.no_grad():
        assert judge(exercise, lambda *args: exercise.reference(*args), 0).state == "solved"
        for mistake in exercise.mistakes[:1]:
            assert judge(exercise, mistake.function, 0).message == mistake.message
        assert judge(exercise, lambda *args: torch.zeros(2) @ torch.zeros(3), 0).state == "wrong"


def test_what_an_answer_switches_is_put_back() -> None:
    def state() -> list[Any]:
        return [
            torch.is_grad_enabled(),
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.get_num_threads(),
            torch.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue]
            random.getstate(),
            repr(torch.tensor([1 / 3])),
            repr(np.array([1 / 3])),
            np.geterr(),
        ]

    def switching(a: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_num_threads(3)
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        torch.set_printoptions(precision=1)
        np.set_printoptions(precision=1)
        np.seterr(all="raise")
        return 2 * a

    before = state()
    assert judge(DOUBLE, switching, 0).state == "solved"
    assert state() == before


@pytest.mark.parametrize("draw", [torch.rand, lambda n: torch.tensor(np.random.rand(n)), lambda n: random.random()])
def test_luck_is_the_same_for_everybody(draw: Any) -> None:
    noisy = dataclasses.replace(DOUBLE, reference=lambda a: a + draw(len(a)), mistakes=())
    assert judge(noisy, lambda a: draw(len(a)) + a, 0).state == "solved"


# --------------------------------------------------------------------------------- Gradients and forbidden calls

LOSS = dataclasses.replace(DOUBLE, reference=lambda a: a.square().sum(), mistakes=(), gradients=("a",))


@pytest.mark.parametrize(
    "cut",
    [
        lambda a: a.detach().square().sum(),
        lambda a: torch.tensor(a.square().sum().item()),
        lambda a: a.square().sum().item(),
    ],
)
def test_a_loss_without_a_gradient_is_told(cut: Any) -> None:
    assert judge(LOSS, lambda a: (a * a).sum(), 0).state == "solved"
    verdict = judge(LOSS, cut, 0)
    assert verdict.state == "wrong" and "no gradient reaches `a`" in verdict.message
    assert judge(dataclasses.replace(LOSS, gradients=()), cut, 0).state == "solved"


def test_numpy_and_half_a_gradient_are_told() -> None:
    message = judge(LOSS, lambda a: torch.tensor((a.numpy() ** 2).sum()), 0).message
    assert "The values are right, but" in message and "numpy" in message
    verdict = judge(LOSS, lambda a: (a * a.detach()).sum(), 0)
    assert "their gradient in `a` is not" in verdict.message
    assert [name for name, _ in verdict.shown] == ["a", "yours", "needed"]


PAIR = dataclasses.replace(
    DOUBLE,
    reference=lambda a, b: a * b.detach(),
    cases=lambda seed: [(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])), (torch.ones(3), torch.ones(3))],
    mistakes=(),
    gradients=("a", "b"),
)
"""A target stands still: the gradient reaches `a` alone."""


def test_a_gradient_where_none_should_be_is_told() -> None:
    assert judge(PAIR, lambda a, b: b.detach() * a, 0).state == "solved"
    verdict = judge(PAIR, lambda a, b: a * b, 0)
    assert verdict.state == "wrong" and verdict.shown[0][0] == "a"
    assert verdict.message == ("The values are right, but a gradient reaches `b`, and none should: detach that part.")
    assert judge(dataclasses.replace(PAIR, gradients=("a",)), lambda a, b: a * b, 0).state == "solved"
    # one of zeros is none
    assert judge(PAIR, lambda a, b: a * b.detach() + 0 * b, 0).state == "solved"


def test_a_gradient_that_is_missing_beside_one_that_should_be_is_told() -> None:
    message = judge(PAIR, lambda a, b: a.detach() * b.detach(), 0).message
    assert "no gradient reaches `a`" in message
    message = judge(PAIR, lambda a, b: a.detach() * b, 0).message  # the wrong one is detached
    assert "no gradient reaches `a`" in message
    turned = dataclasses.replace(PAIR, gradients=("b", "a"))
    assert "a gradient reaches `b`, and none should" in judge(turned, lambda a, b: a.detach() * b, 0).message


def test_a_reference_without_any_gradient_asks_for_none() -> None:
    still = dataclasses.replace(PAIR, reference=lambda a, b: (a * b).detach())
    for answer in (lambda a, b: (a * b).detach(), lambda a, b: a * b):
        assert judge(still, answer, 0).state == "solved"


def test_a_gradient_of_some_entries_is_not_the_gradient_of_all() -> None:
    """Each row of a softmax adds up to 1, so that the plain sum of all has no gradient in either."""
    soft = dataclasses.replace(LOSS, reference=lambda a: a.softmax(0))
    assert judge(soft, lambda a: a.exp() / a.exp().sum(), 0).state == "solved"
    for wrong in (lambda a: a.softmax(0).detach() + 0 * a, lambda a: a.exp() / a.exp().sum().detach()):
        verdict = judge(soft, wrong, 0)
        assert verdict.state == "wrong" and "their gradient in `a` is not" in verdict.message
    turned = dataclasses.replace(LOSS, reference=lambda a: 2 * a)
    wrong = lambda a: 2 * a.detach() + (a - a.detach()).flip(0) * 2  # noqa: E731
    assert "their gradient in `a` is not" in judge(turned, wrong, 0).message


def test_the_forbidden_call_is_seen_wherever_it_hides() -> None:
    exercise = dataclasses.replace(LOSS, reference=torch.softmax, forbidden=(F.softmax, torch.softmax), gradients=())
    exercise = dataclasses.replace(exercise, reference=lambda a: a.exp() / a.exp().sum())
    assert judge(exercise, lambda a: a.exp() / a.exp().sum(), 0).state == "solved"
    for hidden in (lambda a: F.softmax(a, 0), lambda a: torch.nn.Softmax(0)(a), lambda a: torch.softmax(a, 0)):
        verdict = judge(exercise, hidden, 0)
        assert verdict.state == "wrong" and "`softmax` does all the work" in verdict.message


# ------------------------------------------------------------------------------------------ Loops, and strange results


def test_a_loop_without_end_is_stopped() -> None:
    def endless(a: torch.Tensor) -> torch.Tensor:
        while True:
            print("still here")

    def stubborn(a: torch.Tensor) -> torch.Tensor:
        while True:
            try:
                endless(a)
            except Exception:
                pass

    for function in (endless, stubborn):
        verdict = judge(DOUBLE, function, 0, patience=0.3)
        assert verdict.state == "wrong" and "was stopped" in verdict.message


def itself() -> list[Any]:
    inside: list[Any] = []
    inside.append(inside)
    return inside


class Rude(Exception):
    def __str__(self) -> str:
        raise ValueError


def rude(a: Any) -> Any:
    raise Rude


def noted(a: Any) -> Any:
    error = ValueError("the error")
    error.add_note("a note\nof two lines")
    raise error


@pytest.mark.parametrize(
    "strange",
    [
        lambda a: np.array([1, None], dtype=object),
        lambda a: np.array(["red"]),
        lambda a: torch.ones(2).to_sparse(),
        lambda a: torch.ones(2, device="meta"),
        lambda a: torch.ones(2, dtype=torch.complex64),
        lambda a: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        lambda a: 10**5000,
        lambda a: {object(): a},
        lambda a: itself(),
        lambda a: (x for x in a),
        lambda a: type("Odd", (), {"__eq__": lambda self, other: 1 / 0})(),
        lambda a: np.datetime64("2020-01-01"),
        lambda a: [torch.ones(2), "two"],
        lambda a: torch.ones(2, 0),
        lambda a: range(2),
        lambda a: torch.nn.Linear(1, 1),
        rude,
        noted,
    ],
)
def test_no_result_is_too_strange(strange: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(DOUBLE, strange, 0).state == "wrong"
    check("00.1", lambda picture, x, y: strange(picture))
    assert capsys.readouterr().out.startswith("✗ 00.1 is not right yet.")


def test_an_error_is_told_and_not_its_notes() -> None:
    assert judge(DOUBLE, noted, 0).message.startswith("Your function raises ValueError: the error in the line")


def test_an_error_of_the_students_own_is_no_stub() -> None:
    verdict = judge(DOUBLE, lambda a: a ^ 2, 0)
    assert verdict.state == "wrong" and "write `**`" in verdict.message


def test_asking_an_input_for_its_gradient_changes_it() -> None:
    verdict = judge(DOUBLE, lambda a: 2 * a.requires_grad_(), 0)
    assert (
        verdict.message.startswith("Your function changes its input `a`")
        and "a.clone().requires_grad_()" in verdict.message
    )


@pytest.mark.parametrize(("given", "instead"), [([1, 2], "`a = list(a)`"), ({"x": 1}, "`a = dict(a)`")])
def test_each_kind_of_input_is_copied_in_its_own_way(given: Any, instead: str) -> None:
    def changing(a: Any) -> int:
        a.clear()
        return 2

    exercise = dataclasses.replace(DOUBLE, reference=lambda a: len(a), cases=lambda seed: [(given,)], mistakes=())
    message = judge(exercise, changing, 0).message
    assert instead in message and "clone" not in message


def test_a_name_is_given_only_where_no_other_fits() -> None:
    twins = tuple(Mistake(lambda a: 3 * a, words) for words in ("One name.", "Another."))
    both = dataclasses.replace(DOUBLE, mistakes=twins)
    assert judge(both, lambda a: 3 * a, 0).message == "Your result is always 1.5 times what is needed."
    assert judge(dataclasses.replace(DOUBLE, mistakes=twins[:1]), lambda a: 3 * a, 0).message == "One name."


def test_two_errors_of_one_kind_are_not_one_mistake() -> None:
    def one(a: torch.Tensor) -> torch.Tensor:
        return 2 * a if len(a) < 4 else a[9]

    def other(a: torch.Tensor) -> torch.Tensor:
        return 2 * a if len(a) < 4 else a[99]

    exercise = dataclasses.replace(DOUBLE, mistakes=(Mistake(one, "Nine."),))
    assert judge(exercise, one, 0).message == "Nine."
    assert judge(exercise, other, 0).message.startswith("Your function raises IndexError")
