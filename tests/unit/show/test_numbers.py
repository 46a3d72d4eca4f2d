"""Numbers come in many kinds, and are drawn or refused in a sentence."""

from decimal import Decimal

import numpy as np
import pytest
import torch

from course_lib.show.numbers import numbers


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        (np.int64(1), np.float16(2)),
        torch.tensor([1, 2], dtype=torch.bfloat16),
        torch.tensor([1.0, 2.0], requires_grad=True),
        [torch.tensor(1.0, requires_grad=True), 2],
        [Decimal(1), 2],
        range(1, 3),
    ],
)
def test_numbers_of_every_kind_are_numbers(values):
    found = numbers(values)
    assert found.dtype == np.float64 and found.tolist() == [1, 2]


def test_what_is_missing_is_nan():
    assert np.isnan(numbers([None, 1.0])).tolist() == [True, False]
    assert np.isnan(numbers(np.ma.masked_greater([1, 9], 5))).tolist() == [False, True]


@pytest.mark.parametrize(
    "values",
    ["3", ["3", 4], [[1, 2], [3]], {"a": 1}, 1j, torch.tensor(1j), object(), [torch.ones(2), 1], 1e101, [-1e300, 0]],
)
def test_what_are_no_numbers_is_said(values):
    with pytest.raises(ValueError, match="^expected the bar ") as error:
        numbers(values, "the bar")
    assert "\n" not in str(error.value)
