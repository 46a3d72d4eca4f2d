"""Drawing batches: composed by hand, or from a stream that processes share and that can change its scenes."""

import pytest
import torch

from course_lib import world


def test_streams_share_the_work_without_overlap():
    whole = world.Stream(8, size=8, seed=2)
    alone = torch.cat([next(whole).scene.numbers for _ in range(4)])
    shared = [world.Stream(4, size=8, seed=2, rank=r, processes=2) for r in (0, 1)]
    together = [torch.cat([next(s).scene.numbers for _ in range(4)]) for s in shared]
    assert not set(together[0].tolist()) & set(together[1].tolist())
    assert sorted(torch.cat(together).tolist()) == sorted(alone.tolist())
    later = world.Stream(8, size=8, seed=2).skip(3)
    assert torch.equal(next(later).scene.numbers, alone[24:])


def test_a_stream_can_change_its_scenes():
    def smaller(scene):
        scene.sizes *= 0.5
        return scene

    whole, half = (next(world.Stream(8, size=24, mode="portrait", seed=2, change=c)) for c in (None, smaller))
    assert torch.equal(half.scene.sizes, whole.scene.sizes * 0.5)
    assert half.masks.sum() < 0.5 * whole.masks.sum()


def test_compose_draws_what_is_asked():
    batch = world.compose([("cat", "red", "striped"), ("car", "blue"), ("tree",)], "snow", size=96, seed=4)
    assert batch.names(0) == ["cat", "car", "tree"]
    assert world.COLORS[batch.colors[0, 0]] == "red" and world.COLORS[batch.colors[0, 1]] == "blue"
    assert world.PATTERNS[batch.patterns[0, 0]] == "striped"
    assert world.BACKDROPS[batch.backdrops[0]] == "snow"


def test_bad_input_gets_one_clear_sentence():
    for call, words in (
        (lambda: world.draw(0), "at least one picture"),
        (lambda: world.draw(1, size=4), "at least 8 pixels"),
        (lambda: world.draw(1, mode="movie"), "'portrait' or 'scene'"),
        (lambda: world.draw(1, split="dev"), "heldout_pairs"),
        (lambda: world.draw(1, seed=-1), "seed from 0"),
        (lambda: world.draw(1, busy=2), "busy between 0"),
        (lambda: world.draw(1, alt_text=-1), "alt_text between 0"),
        (lambda: world.draw(1, clutter=1.5), "clutter between 0"),
        (lambda: world.Stream(4, clutter=-0.1), "clutter between 0"),
        (lambda: world.compose(["cat"], clutter=2), "clutter between 0"),
        (lambda: world.compose([("cat", "red"), ("cat",)]), "two of a kind in different colors"),
        (lambda: world.compose([("cat", "red"), ("cat", "red", "striped")]), "two of a kind in different colors"),
        (lambda: world.compose([("dragon",)]), "expected a thing out of"),
        (lambda: world.compose([("cat", "mauve")]), "expected a color out of"),
        (lambda: world.compose([]), "one to 4 things"),
        (lambda: next(world.Stream(4, rank=2, processes=2)), "rank from 0 to 1"),
        (lambda: world.Stream(0), "at least one picture"),
        (lambda: world.Stream(4, mode="movie"), "'portrait' or 'scene'"),
        (lambda: world.compose([("cat",), ("cat",)]), "different kinds"),
        (lambda: world.compose([("cat", "red", "plain", "big")]), "a name, a color and a pattern"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_compose_draws_two_of_a_kind_in_different_colors():
    batch = world.compose([("cat", "red"), ("dog", "red"), ("cat", "blue")], size=32, seed=1)
    assert batch.names(0) == ["cat", "dog", "cat"]
    assert [world.COLORS[color] for color in batch.colors[0, :3]] == ["red", "red", "blue"]


def test_a_stream_draws_clutter_and_the_changes_that_ship():
    stream = world.Stream(6, size=16, seed=3, clutter=1.0, change=world.interventions.twins)
    first, second = next(stream), next(stream)
    assert first.scene.clutter.tolist() == [1.0] * 6
    assert not torch.equal(first.scene.numbers, second.scene.numbers)
    assert all(len(set(first.names(i))) < len(first.names(i)) for i in range(6))
