"""What is in a scene: splits, held-out things and pairs, even choices, depth."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import world
from course_lib.world.numbers import scene_numbers
from course_lib.world.scene import Scene, rows, sample

from .anything import ANYTHING, QUICK


def test_splits_never_share_a_scene():
    numbers = {split: set(scene_numbers(0, 2000, seed=5, split=split).tolist()) for split in world.SPLITS}
    assert len(set().union(*numbers.values())) == 2000 * len(world.SPLITS)
    prints = [set(map(bytes, world.draw(300, size=16, seed=5, split=s).pictures.mul(255).byte().flatten(1).numpy()))
              for s in world.SPLITS]  # fmt: skip
    assert len(set().union(*prints)) == 300 * len(world.SPLITS)


def test_training_never_sees_what_is_held_out():
    held = torch.tensor(world.HELD_OUT_THINGS)
    for split in ("train", "val", "test"):
        batch = world.draw(1500, size=8, split=split)
        present = batch.things >= 0
        assert not torch.isin(batch.things, held).any()
        assert (batch.colors != world.HELD_OUT_COLOR[batch.things])[present].all()
        assert batch.things[present].unique().tolist() == list(world.TRAINED_THINGS)
    pairs = world.draw(500, size=8, split="heldout_pairs")
    present = pairs.things >= 0
    assert (pairs.colors == world.HELD_OUT_COLOR[pairs.things])[present].all()
    assert not torch.isin(pairs.things, held).any()
    things = world.draw(500, size=8, split="heldout_things")
    assert torch.isin(things.things[things.things >= 0], held).all()


def test_kinds_and_colors_are_drawn_evenly():
    batch = world.draw(8000, size=8, mode="portrait")
    kinds = batch.labels.bincount(minlength=50)[list(world.TRAINED_THINGS)]
    assert kinds.min() > 140 and kinds.max() < 260  # 200 on average, 14 the standard deviation
    for values, count in ((batch.colors, 10), (batch.patterns, 4), (batch.backdrops, 8)):
        shares = values.flatten().bincount(minlength=count) / len(batch)
        assert (shares * count - 1).abs().max() < 0.2
    scenes = world.draw(4000, size=8)
    assert ((scenes.things >= 0).sum(1).bincount()[1:] / 1000 - 1).abs().max() < 0.12
    for row in scenes.things.tolist():
        named = [thing for thing in row if thing >= 0]
        assert len(named) == len(set(named)), "a scene holds one kind twice"


def test_the_nearer_the_larger_and_the_lower():
    scene = world.draw(300, size=8, seed=5).scene
    for nearer, farther in pairwise(range(world.MAX_THINGS)):
        both = scene.things[:, farther] >= 0
        lower_edge = scene.centers[..., 1] + scene.sizes
        assert both.any()
        assert (scene.sizes[both, nearer] >= scene.sizes[both, farther]).all()
        assert (scene.centers[both, nearer, 1] >= scene.centers[both, farther, 1] - 0.15).all()
        assert (lower_edge[both, nearer] >= lower_edge[both, farther]).all()


def test_a_scene_can_be_made_without_clutter():
    scene = world.draw(3, size=8, clutter=0.5).scene
    without = {field.name: getattr(scene, field.name) for field in fields(scene) if field.name != "clutter"}
    assert scene.clutter.tolist() == [0.5] * 3
    assert Scene(**without).clutter.tolist() == [0.0] * 3
    assert scene[1:].clutter.tolist() == scene.copy().clutter.tolist()[1:] == [0.5] * 2


def test_a_copy_shares_no_memory():
    scene = world.draw(2, size=8).scene
    copy = scene.copy()
    for field in fields(scene):
        one, other = getattr(scene, field.name), getattr(copy, field.name)
        assert torch.equal(one, other) and one.data_ptr() != other.data_ptr(), field.name


def test_bad_scenes_get_one_clear_sentence():
    numbers = scene_numbers(0, 1)
    for call, words in (
        (lambda: sample(numbers, "movie", "train", 0.0), "'portrait' or 'scene'"),
        (lambda: sample(numbers, "scene", "train", 2.0), "busy between 0"),
        (lambda: sample(numbers, "scene", "train", 0.0, -1.0), "clutter between 0"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize("number", [2, -1])
@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_rows_are_named_in_many_ways(kind, number):
    chosen = rows(kind([number, 0]), 3)
    assert isinstance(chosen, torch.Tensor) and torch.arange(3)[chosen].tolist() == [2, 0]


def test_true_and_false_choose_rows_and_nothing_chooses_none():
    for chosen in ([True, False, True], np.array([True, False, True]), torch.tensor([True, False, True])):
        found = rows(chosen, 3)
        assert isinstance(found, torch.Tensor) and found.tolist() == [0, 2]
    for nothing in ([], np.array([]), torch.zeros(3, dtype=torch.bool)):
        found = rows(nothing, 3)
        assert isinstance(found, torch.Tensor) and found.tolist() == [] and found.dtype == torch.int64


@QUICK
@given(index=ANYTHING | st.builds(slice, ANYTHING, ANYTHING, ANYTHING) | st.lists(st.integers(-4, 4), max_size=3))
def test_rows_that_are_there_or_a_sentence(index):
    try:
        found = rows(index, 3)
    except ValueError:
        return
    assert set(torch.arange(3)[found].tolist()) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("things", 50, "scene.things from 0 to 49"),
        ("things", -1, "at least one thing in each scene"),
        ("colors", 10, "scene.colors from 0 to 9"),
        ("colors", -1, "scene.colors from 0 to 9"),
        ("patterns", 4, "scene.patterns from 0 to 3"),
        ("backdrops", 8, "scene.backdrops from 0 to 7"),
        ("backdrops", -1, "scene.backdrops from 0 to 7"),
        ("sizes", 0.0, "the size of each thing to be a number above 0"),
        ("sizes", float("nan"), "the size of each thing to be a number above 0"),
    ],
)
def test_scenes_of_what_does_not_exist_are_not_drawn(name, value, told):
    scene = world.draw(3, size=8, seed=2).scene
    getattr(scene, name)[:] = value
    with pytest.raises(ValueError, match=told):
        world.draw_scene(scene, 8)


def test_an_empty_slot_before_a_thing_is_said():
    scene = world.compose(["cat", "dog"], size=8).scene
    scene.things[0, 0] = -1
    with pytest.raises(ValueError, match="front to back, and −1 only after the last one"):
        world.draw_scene(scene, 8)
