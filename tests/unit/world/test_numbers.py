"""Random numbers that belong to a scene's own number."""

import torch

from course_lib import world
from course_lib.world.numbers import SPLITS, scene_numbers, split_of, uniform


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
