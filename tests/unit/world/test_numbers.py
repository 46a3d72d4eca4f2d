"""Random numbers that belong to a scene's own number."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import world
from course_lib.world.numbers import MAX_SEED, SPLITS, between, scene_numbers, split_of, uniform, whole

from .anything import ANYTHING, QUICK

HUGE = st.integers(-(2**70), 2**70)


def test_random_numbers_are_even_and_independent():
    u = torch.from_numpy(uniform(scene_numbers(0, 5000), 20, purpose=3))
    assert (u.mean(0) - 0.5).abs().max() < 0.02 and ((u.var(0) - 1 / 12).abs() < 0.005).all()
    correlation = torch.corrcoef(u.T) - torch.eye(20)
    assert correlation.abs().max() < 0.07
    assert not torch.equal(u, torch.from_numpy(uniform(scene_numbers(0, 5000), 20, purpose=4)))


def test_the_split_rides_in_the_scene_number():
    for split in world.SPLITS:
        batch = world.draw(3, size=8, split=split)
        assert {SPLITS[number & 7] for number in batch.scene.numbers.tolist()} == {split}
        assert torch.equal(batch.scene.numbers, batch.scene.numbers.abs())
        assert {split_of(number) for number in batch.scene.numbers.tolist()} == {split}


@pytest.mark.parametrize("given", [20, 20.0, np.int64(20), np.uint8(20), np.float32(20), torch.tensor(20)])
def test_a_whole_number_is_one_however_it_is_written(given):
    assert whole(given, "a number") == 20 and type(whole(given, "a number")) is int


@pytest.mark.parametrize("given", [True, np.True_, 2.5, math.nan, math.inf, "3", None, [3], 0, -1, 2**70, 3j])
def test_what_is_no_whole_number_or_out_of_range_is_said(given):
    with pytest.raises(ValueError, match="expected a number, got"):
        whole(given, "a number", 1, 2**60)


@QUICK
@given(value=ANYTHING, low=st.floats(-2, 0), high=st.floats(0, 2))
def test_a_number_in_a_range_or_a_sentence(value, low, high):
    try:
        found = between(value, "a number", low, high)
    except ValueError:
        return
    assert low <= found <= high and type(found) is float


@QUICK
@given(start=ANYTHING | HUGE, count=st.integers(0, 9), seed=ANYTHING | HUGE, split=st.sampled_from(SPLITS))
def test_scenes_have_numbers_or_a_sentence_says_why_not(start: Any, count, seed: Any, split):
    try:
        found = scene_numbers(start, count, seed=seed, split=split)
    except ValueError:
        return
    assert found.shape == (count,) and {split_of(int(number)) for number in found} <= {split}


def test_seeds_never_meet_and_those_that_would_are_refused():
    assert len({int(scene_numbers(0, 1, seed=seed)[0]) for seed in (0, 1, 2**12, 2**20, MAX_SEED - 1)}) == 5
    assert scene_numbers(0, 2, seed=np.int64(3)).tolist() == scene_numbers(0, 2, seed=3).tolist()  # pyright: ignore
    for seed in (-1, MAX_SEED, 2**70, 1.5, True, "1"):
        with pytest.raises(ValueError, match=f"a whole seed from 0 to {MAX_SEED - 1}, got"):
            scene_numbers(0, 1, seed=seed)  # pyright: ignore[reportArgumentType]
