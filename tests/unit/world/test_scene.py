"""What is in a scene: splits, held-out things and pairs, even choices, depth."""

from dataclasses import fields
from itertools import pairwise

import pytest
import torch

from course_lib import world
from course_lib.world.numbers import scene_numbers
from course_lib.world.scene import Scene, sample


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
