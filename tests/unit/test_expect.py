"""Numbers that a caller hands over: which are taken, and what is said of the rest."""

from math import inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.expect import between, expect_number, expect_whole, whole, within

from .world.anything import ANYTHING, QUICK


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


@pytest.mark.parametrize("one", [20, 20.0, np.int64(20), np.uint8(20), np.float32(20), torch.tensor(20)])
def test_a_whole_number_is_one_however_it_is_written(one):
    assert whole(one, "a number") == 20 and type(whole(one, "a number")) is int


@pytest.mark.parametrize("one", [True, np.True_, 2.5, nan, inf, "3", None, [3], 0, -1, 2**70, 3j])
def test_what_is_no_whole_number_or_out_of_range_is_said(one):
    with pytest.raises(ValueError, match="expected a number, got"):
        whole(one, "a number", 1, 2**60)


@QUICK
@given(value=ANYTHING, low=st.floats(-2, 0), high=st.floats(0, 2))
def test_a_number_in_a_range_or_a_sentence(value, low, high):
    try:
        found = between(value, "a number", low, high)
    except ValueError:
        return
    assert low <= found <= high and type(found) is float
