"""Random numbers that belong to a scene's own number."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import world
from course_lib.world.numbers import MAX_SEED, SPLITS, scene_numbers, split_of, uniform

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
