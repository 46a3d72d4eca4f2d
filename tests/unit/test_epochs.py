"""A finite set of pictures shows everything once before anything twice."""

# pyright: reportArgumentType=false
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import world
from course_lib.epochs import Epochs, balanced
from course_lib.world import stream

EXAMPLES = world.draw(5, size=8)


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
    few = world.draw(3, size=8)
    for call, told in (
        (lambda: Epochs(few, 0), "a whole batch_size of at least 1, got 0"),
        (lambda: Epochs(few, 2.5), "a whole batch_size of at least 1, got 2.5"),
        (lambda: Epochs(few, True), "a whole batch_size of at least 1, got True"),
        (lambda: Epochs(few[:0], 2), "some examples, .*got none"),
        (lambda: Epochs(few.pictures, 2), "some examples, .*got Tensor"),
        (lambda: Epochs(few, 2, seed=-1), "a seed"),
        (lambda: Epochs(few, 2, seed=2**32), "a seed below 4294967296"),
        (lambda: Epochs(few, 2).skip(0.5), "a whole number of batches, got 0.5"),
        (lambda: Epochs(few, 2).skip(-1), "a whole number of batches, got -1"),
        (lambda: balanced(few.labels, 0.5), "a whole number of each class"),
        (lambda: balanced(few.labels.float(), 1), "labels .* whole numbers from 0"),
        (lambda: balanced(few.labels - 50, 1), "labels .* whole numbers from 0"),
        (lambda: balanced(few.labels, 1, seed=-1), "a seed"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def orders(seed: int, n: int = 40) -> list[int]:
    batches = Epochs(world.draw(n, size=8), n, seed=seed)
    return torch.cat([next(batches).scene.numbers for _ in range(2)]).tolist()


def test_no_two_seeds_give_the_same_orders():
    seeds = [0, 1, 4095, 4096, 8192, 2**31, 2**32 - 1]
    assert len({tuple(orders(seed)) for seed in seeds}) == len(seeds)
    assert orders(np.int64(3)) == orders(3)  # pyright: ignore[reportArgumentType]
    later = Epochs(world.draw(9, size=8), 9).skip(2**20)  # where another seed would begin
    assert not torch.equal(next(later).scene.numbers, next(Epochs(world.draw(9, size=8), 9, seed=1)).scene.numbers)


def test_orders_of_small_seeds_stay_as_they_were():
    for seed in (0, 3, 110, 800):
        chance = torch.Generator().manual_seed(seed * 2**20)
        assert torch.equal(next(Epochs(world.draw(9, size=8), 9, seed=seed)).pictures,
                           world.draw(9, size=8).pictures[torch.randperm(9, generator=chance)])  # fmt: skip


def test_workers_of_a_loader_share_each_batch(monkeypatch):
    examples, seen = world.draw(12, size=8), []
    for number in (0, 1):
        monkeypatch.setattr(stream, "get_worker_info", lambda: SimpleNamespace(id=number, num_workers=2))  # noqa: B023
        batches = Epochs(examples, 3)
        seen += [next(batches).scene.numbers, next(batches).scene.numbers]
    assert sorted(torch.cat(seen).tolist()) == examples.scene.numbers.tolist()
    with pytest.raises(ValueError, match="at least one example for each of 2 processes, got 1"):
        next(Epochs(examples[:1], 1))


def test_a_default_device_does_not_reach_the_orders():
    examples = world.draw(6, size=8)
    usual, chosen = next(Epochs(examples, 4)).pictures, balanced(examples.labels, 1)
    torch.set_default_device("meta")
    try:
        assert torch.equal(next(Epochs(examples, 4)).pictures, usual)
        assert torch.equal(balanced(examples.labels, 1), chosen)
    finally:
        torch.set_default_device(None)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(batch=st.integers(-2, 9), seed=st.integers(-3, 2**33), skip=st.integers(-2, 9))
def test_epochs_give_examples_or_a_sentence(batch, seed, skip):
    examples = EXAMPLES
    try:
        found = next(Epochs(examples, batch, seed).skip(skip))
    except ValueError:
        return
    assert len(found) == min(batch, len(examples)) and len(found.scene.numbers.unique()) == len(found)
