"""How a wrong result is related to the right one: each relation is found, and none is told that does not hold."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.course.relate import relation

CASES = [(torch.randn(n, d, generator=torch.Generator().manual_seed(n)),) for n, d in ((3, 3), (4, 2), (2, 5), (5, 5))]


def told(right: Callable[[torch.Tensor], Any], wrong: Callable[[torch.Tensor], Any]) -> str | None:
    return relation(["x"], CASES, [right(x) for (x,) in CASES], [wrong(x) for (x,) in CASES])


def total(x: torch.Tensor) -> torch.Tensor:
    return x.square().sum() + 1


def rows(x: torch.Tensor) -> torch.Tensor:
    return x.square().sum(1)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        (total, lambda x: -total(x), "minus what is needed"),
        (total, lambda x: 2 * total(x), "always 2 times"),
        (total, lambda x: (2 * total(x)).item(), "always 2 times"),
        (total, lambda x: total(x) / torch.tensor(2.0).log(), "always 1 / ln 2 times"),
        (total, lambda x: total(x) + 1, "always 1 more"),
        (total, lambda x: total(x) - 0.5, "always 0.5 less"),
        (total, lambda x: total(x) * len(x), "`len(x)` times what is needed"),
        (total, lambda x: total(x) / x.shape[1], "divided by `x.shape[1]`"),
        (total, lambda x: total(x) * x.numel(), "`x.numel()` times"),
        (total, lambda x: total(x) * len(x) ** 0.5, "the root of `len(x)` times"),
        (total, lambda x: total(x) * (len(x) - 1) / len(x), "with `len(x)` where `len(x) - 1` belongs"),
        (total, lambda x: total(x) + torch.tensor(len(x)).log(), "the logarithm of `len(x)` more"),
        (total, lambda x: total(x).sqrt(), "the root of what is needed"),
        (total, lambda x: total(x).square(), "the square of what is needed"),
        (total, lambda x: total(x).log(), "the logarithm of what is needed"),
        (total, lambda x: 1 / total(x), "1 divided by what is needed"),
        (total, lambda x: x.square() + 1 / x.numel(), "The sum of your result is what is needed"),
        (lambda x: x.mean(1), lambda x: x, "The mean of your result over axis 1"),
        (lambda x: x.argmax(1), lambda x: x, "`argmax`, of your result over axis 1"),
        (lambda x: x, lambda x: x.mT, "the axes exchanged: `.permute(1, 0)`"),
        (lambda x: x, lambda x: x.flatten(), "Only their shape is not"),
        (lambda x: x, lambda x: x[None], "Only their shape is not"),
        (lambda x: x, lambda x: x.flip(0), "in the opposite order along axis 0"),
        (lambda x: x, lambda x: x.roll(1), "the right numbers, at wrong places"),
        (total, lambda x: torch.tensor(7.0), "the same for every input"),
        (rows, lambda x: torch.zeros(len(x)), "0 for every input"),
        (total, lambda x: total(x) if x.shape[0] == x.shape[1] else x.sum(), "right just where `x` is square"),
        (total, lambda x: total(x) if len(x) < 5 else total(x) * torch.inf, "nan or infinity comes out"),
        (lambda x: (total(x), x.sum()), lambda x: (x.sum(), total(x)), "in the wrong order"),
        (lambda x: (total(x), x.sum()), lambda x: (total(x), -x.sum()), "The first result is right. The second: Your"),
        (lambda x: (total(x), x.sum()), lambda x: (x.std(), x.sum()), "The second result is right; look at the first"),
    ],
)
def test_a_relation_is_found(right: Any, wrong: Any, sentence: str) -> None:
    found = told(right, wrong)
    assert found is not None and sentence in found


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (total, lambda x: x.std()),
        (total, lambda x: "two"),
        (rows, lambda x: x.std(1)),
        (lambda x: [1, "a"], lambda x: [2, "a"]),
        (lambda x: (total(x), x.sum()), lambda x: (x.std(), x.mean().exp())),
    ],
)
def test_where_there_is_none_nothing_is_told(right: Any, wrong: Any) -> None:
    assert told(right, wrong) is None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(factor=st.floats(0.1, 5).filter(lambda f: abs(f - 1) > 0.02), shift=st.floats(0.5, 5))
def test_no_factor_is_told_of_a_result_that_has_none(factor: float, shift: float) -> None:
    found = told(total, lambda x: factor * total(x) + shift)
    assert found is None or "times" not in found
