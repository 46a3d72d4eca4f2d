"""A finite set of pictures shows everything once before anything twice."""

import pytest
import torch

from course_lib import world
from course_lib.epochs import Epochs, balanced


def test_balanced_gives_as_many_of_each():
    labels = torch.tensor([4, 9, 4, 9, 9, 4, 9])
    chosen = balanced(labels, 3, seed=2)
    assert labels[chosen].bincount().tolist()[4] == 3 == labels[chosen].bincount().tolist()[9]
    assert len(chosen.unique()) == 6 and not torch.equal(chosen, balanced(labels, 3, seed=3))
    with pytest.raises(ValueError, match="at least 4 of every class, got as few as 3"):
        balanced(labels, 4)


def test_epochs_show_everything_once_before_anything_twice():
    examples = world.draw(10, size=8, seed=1)
    batches = Epochs(examples, 5, seed=3)
    seen = [next(batches).scene.numbers for _ in range(6)]
    for first, second in (seen[:2], seen[2:4], seen[4:]):
        assert set(torch.cat([first, second]).tolist()) == set(examples.scene.numbers.tolist())
    assert len({tuple(s.tolist()) for s in seen}) > 4
    assert torch.equal(next(Epochs(examples, 5, seed=3).skip(4)).scene.numbers, seen[4])
    assert len(next(Epochs(examples, 50))) == 10


def test_no_examples_in_a_batch_are_said_in_a_sentence():
    with pytest.raises(ValueError, match="some examples and a batch size"):
        Epochs(world.draw(1, size=8), 0)
