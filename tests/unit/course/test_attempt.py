"""Calling somebody's function: what it did is told, how long it may take is kept, what it switches is put back."""

import threading
import time
from typing import Any

import pytest
import torch

from course_lib.course.attempt import (
    Outcome,
    TimeIsUp,
    attempt,
    failing_line,
    gradients,
    known_state,
    raised_by,
    within,
)


def test_value_error_and_change_are_told() -> None:
    assert attempt(lambda a, b: a + b, ["a", "b"], (1, 2), 0) == Outcome(3)
    assert isinstance(attempt(lambda a: 1 / a, ["a"], (0,), 0).error, ZeroDivisionError)
    given = [3, 1]
    outcome = attempt(lambda a: a.sort(), ["a"], (given,), 0)
    assert outcome.changed is not None and outcome.changed[0] == "a" and given == [3, 1]


def test_the_gradient_in_each_wanted_input() -> None:
    def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a * b).sum()

    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
    slopes = gradients(product, ["a", "b"], ["b", "a"], (a, b), 0).value
    assert torch.equal(slopes[0], a) and torch.equal(slopes[1], b)
    assert gradients(lambda a, b: a.sum(), ["a", "b"], ["b", "a"], (a, b), 0).value[0] is None
    assert gradients(lambda a: a.sum().item(), ["a"], ["a"], (a,), 0).value == (None,)
    assert isinstance(gradients(lambda a: a.numpy(), ["a"], ["a"], (a,), 0).error, RuntimeError)
    assert not a.requires_grad and a.grad is None


def test_two_results_that_are_exchanged_have_another_gradient() -> None:
    def both(a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return a.sum(), a.square().sum()

    one, other = (gradients(f, ["a"], ["a"], (torch.ones(2),), 0).value[0] for f in (both, lambda a: both(a)[::-1]))
    assert not torch.equal(one, other)


def test_no_entry_of_a_result_can_stand_for_another() -> None:
    a = torch.tensor([1.0, 2.0, 3.0])
    slope = gradients(lambda a: 4 * a, ["a"], ["a"], (a,), 0).value[0]
    assert torch.equal(slope, torch.tensor([4.0, 6.0, 8.0]))  # from once to twice
    turned = gradients(lambda a: 4 * a.flip(0).detach() + 4 * a.flip(0) - 4 * a.flip(0).detach(), ["a"], ["a"], (a,), 0)
    assert torch.equal(turned.value[0], slope.flip(0))
    table = gradients(lambda a: a.expand(2, 3), ["a"], ["a"], (a,), 0).value[0]
    weights = torch.linspace(1, 2, 6)
    assert torch.allclose(table, weights[:3] + weights[3:])
    # what is softened adds up to 1: added up alike, its gradient would be 0
    assert gradients(lambda a: a.softmax(0), ["a"], ["a"], (a,), 0).value[0].abs().min() > 1e-3
    # the gradient of the first entry alone is not that of all
    alone = gradients(lambda a: 4 * torch.cat([a[:1], a[1:].detach()]), ["a"], ["a"], (a,), 0).value[0]
    assert torch.equal(alone, torch.tensor([4.0, 0.0, 0.0]))


def test_a_single_number_counts_once_and_nothing_counts_for_nothing() -> None:
    a = torch.tensor([1.0, 2.0])
    for single in (lambda a: a.sum(), lambda a: a.sum()[None], lambda a: a.sum().view(1, 1)):
        assert torch.equal(gradients(single, ["a"], ["a"], (a,), 0).value[0], torch.ones(2))
    for empty in (lambda a: a[:0], lambda a: a[:0].view(0, 3)):
        assert not gradients(empty, ["a"], ["a"], (a,), 0).value[0].any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_results_of_every_dtype_and_layout_have_a_gradient(dtype: torch.dtype) -> None:
    a = torch.ones(3, 2)
    for reshaped in (lambda a: a.to(dtype), lambda a: a.to(dtype).t(), lambda a: a.to(dtype)[:, ::2]):
        slope = gradients(reshaped, ["a"], ["a"], (a,), 0).value[0]
        assert slope.dtype == torch.float32 and slope.shape == (3, 2) and slope.max() == 2
    mixed = gradients(lambda a: (a, a > 0, a.long(), 3, None), ["a"], ["a"], (a,), 0).value[0]
    assert torch.allclose(mixed, torch.linspace(1, 2, 6).view(3, 2))


def test_the_known_state_is_known_and_left() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode(), torch.autocast("cpu"), known_state(0):
            x = torch.ones(2, 2, requires_grad=True)
            assert (x @ x).dtype == torch.float32 and (x @ x).requires_grad and not x.is_inference()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_time_runs_out_and_only_then() -> None:
    with within(30.0):
        pass
    began = time.perf_counter()
    with pytest.raises(TimeIsUp):
        with within(0.2):
            while True:
                pass
    assert time.perf_counter() - began >= 0.2
    time.sleep(0.3)  # nothing comes later
    assert all(type(thread).__name__ != "_Watch" for thread in threading.enumerate())


def test_it_runs_out_in_any_thread() -> None:
    found: list[Any] = []

    def work() -> None:
        try:
            with within(0.1):
                while True:
                    pass
        except TimeIsUp:
            found.append("stopped")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert found == ["stopped"]


def test_who_raised_and_where() -> None:
    def own(a: int) -> int:
        raise NotImplementedError

    def called(a: int) -> int:
        return torch.ones(2) ^ 2  # pyright: ignore[reportReturnType, reportOperatorIssue]

    for function, expected in ((own, True), (called, False)):
        error = attempt(function, ["a"], (1,), 0).error
        assert error is not None and raised_by(function, error) is expected
        assert failing_line(function, error).startswith("raise" if expected else "return")
    assert not raised_by(own, ValueError()) and failing_line(own, ValueError()) == ""
