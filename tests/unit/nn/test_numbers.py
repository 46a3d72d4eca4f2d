"""Numbers that a caller hands over: which are taken, and what is said of the rest."""

from math import inf, nan

import numpy as np
import pytest
import torch

from course_lib.nn.numbers import expect_number, expect_whole, within


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int64(1), True])
def test_finite_numbers_in_their_range_are_taken(value):
    assert within(value, 0, 1)
    expect_number("a share", value, high=1)


@pytest.mark.parametrize("value", [nan, inf, -inf, -0.1, 1.1, "a half", None, [0.5], 0.5j])
def test_all_others_are_told(value):
    assert not within(value, 0, 1)
    with pytest.raises(ValueError, match="expected a share from 0 to 1, got"):
        expect_number("a share", value, high=1)


def test_a_number_that_may_be_learned_is_not_looked_at():
    for value in (torch.tensor(-3.0), torch.tensor(nan), torch.zeros((), device="meta")):
        expect_number("a temperature", value, above=True)
    with pytest.raises(ValueError, match="a temperature above 0"):
        expect_number("a temperature", torch.ones(2), above=True)


def test_a_range_may_leave_its_end_out():
    expect_number("a weight", 0)
    with pytest.raises(ValueError, match="expected a weight above 0, got 0"):
        expect_number("a weight", 0, above=True)


def test_whole_numbers_become_ints():
    for value in (3, np.int64(3), np.uint8(3), torch.tensor(3)):
        assert type(expect_whole("a width", value)) is int
    for value in (3.0, True, 0, -1, "3", None, torch.tensor(3.0), torch.ones(2)):
        with pytest.raises(ValueError, match="expected a width, whole and from 1, got"):
            expect_whole("a width", value)
