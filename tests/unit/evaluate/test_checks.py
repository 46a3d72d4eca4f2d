"""What measures look at first: each refusal is one sentence, and what passes keeps its digits."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.evaluate.checks import directions, features_of, labels_of, numbers, power_of_two


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False), min_size=1, max_size=5),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_over_its_power_of_two_a_number_keeps_its_digits(values: list[float], dtype: torch.dtype) -> None:
    x = torch.tensor([values], dtype=dtype)
    power = power_of_two(x, 1)
    largest = (x / power).abs().max().item()
    assert largest < 2 and (largest >= 1 or x.abs().max() < torch.finfo(dtype).tiny)
    assert torch.equal(x.double() / power.double() * power.double(), x.double())
    assert torch.frexp(power).mantissa.item() == 0.5


@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1e-8, 1.0, 1e8, 1e30, 1e38])
def test_directions_have_length_1_at_any_scale(scale: float) -> None:
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(0)).clamp(-3, 3) * scale
    assert torch.allclose(directions(x).norm(dim=1), torch.ones(6))
    if 1e-30 <= scale <= 1e8:
        assert torch.allclose(directions(x), directions(x / scale), atol=1e-6)
    assert not directions(0 * x).any() and directions(x[:0]).shape == (0, 5)


def test_numbers_are_of_single_precision_or_more() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool):
        assert numbers(torch.ones(2, dtype=dtype), "x").dtype == torch.float32
    assert numbers(torch.ones(2, dtype=torch.float64, requires_grad=True), "x").dtype == torch.float64


def test_labels_of_any_whole_dtype_become_int64() -> None:
    for dtype in (torch.uint8, torch.int8, torch.int32, torch.int64, torch.bool):
        found = labels_of(torch.tensor([0, 1], dtype=dtype), 2, 2)
        assert found.dtype == torch.int64 and found.tolist() == [0, 1]
    assert labels_of(torch.tensor([-1, 4]), 2, 5, least=-1).tolist() == [-1, 4]
    assert labels_of(torch.tensor([], dtype=torch.long), 0).shape == (0,)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([0, 1, 2], "labels as a tensor, got a list"),
        (torch.tensor([[0], [1], [2]]), r"labels \(N,\), one for each of 3 pictures, got \(3, 1\)"),
        (torch.tensor([0, 1]), r"one for each of 3 pictures, got \(2,\)"),
        (torch.tensor(1), r"got \(\)"),
        (torch.tensor([0.0, 1.0, 2.0]), r"labels as whole numbers, got float32: use .long\(\)"),
        (torch.tensor([0, 1, 2j]), "labels of real numbers, got complex64"),
        (
            torch.tensor([0, 1, -1]),
            r"labels from 0 to 4, got some from -1 to 1: leave out pictures whose label is unknown",
        ),
        (torch.tensor([0, 1, 5]), "labels from 0 to 4, got some from 0 to 5$"),
    ],
)
def test_labels_that_do_not_fit_are_told(labels: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told) as error:
        labels_of(labels, 3, 5)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("features", "told"),
    [
        (torch.ones(3), r"features \(N, D\) of at least two pictures, got \(3,\)"),
        (torch.ones(3, 0), r"got \(3, 0\)"),
        (torch.ones(1, 3), r"got \(1, 3\)"),
        (torch.tensor([[1.0], [torch.nan]]), "of finite numbers, got some that are infinite or not a number"),
        (torch.tensor([[1.0], [-torch.inf]]), "of finite numbers"),
    ],
)
def test_features_that_are_none_are_told(features: torch.Tensor, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        features_of(features, least=2)
