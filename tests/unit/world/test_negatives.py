"""Captions made false: false of their picture, one thing changed, the rest word for word."""

import pytest

from course_lib import world
from course_lib.world.catalogue import may_be

from .reading import COUNT, PLACE, is_true, look_of, phrases_of


def scenes(twins: bool, split: str = "train") -> world.Batch:
    scene = world.draw(500, size=8, seed=41, split=split).scene
    return world.draw_scene(world.interventions.twins(scene) if twins else scene, size=8)


@pytest.fixture(scope="module", params=["ordinary", "twins"])
def batch(request) -> world.Batch:
    return scenes(request.param == "twins")


@pytest.mark.parametrize("kind", world.NEGATIVES)
def test_they_are_false_and_differ_in_one_thing(batch, kind):
    found = 0
    for i, (true, false) in enumerate(zip(batch.captions, batch.negatives(kind), strict=True)):
        if false is None:
            continue
        found += 1
        assert is_true(batch, i, true) and not is_true(batch, i, false), (true, false)
        before, after = ([look_of(phrase) for _, phrase in phrases_of(text)] for text in (true, false))
        changed = [k for k, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        if kind in ("sides", "depth", "count", "place"):
            assert not changed
        elif kind == "colors":
            a, b = changed
            assert (before[a][1], before[b][1]) == (after[b][1], after[a][1]) and before[a][1] != before[b][1]
            assert all(before[k][::2] == after[k][::2] for k in changed)
        else:
            (k,) = changed
            same = slice(1, 3) if kind == "thing" else slice(0, 3, 2)
            assert before[k][same] == after[k][same]
        assert not any(f" {wrong}" in f" {false.lower()}" for wrong in ("a orange", "an red", "an blue", "a apple"))
    assert found > {"depth": 15, "count": 10, "sides": 80, "place": 150, "colors": 150}.get(kind, 450), (kind, found)


def test_none_where_the_caption_says_nothing_of_the_kind(batch):
    for caption, sides, depth, count, place in zip(
        batch.captions, *(batch.negatives(kind) for kind in ("sides", "depth", "count", "place")), strict=True
    ):
        lower = caption.lower()
        assert (sides is None) == (not any(word in lower for word in ("to the left", "to the right", "above", "below")))
        assert (depth is None) == (not any(word in lower for word in ("in front of", "behind")))
        assert (count is None) == (not any(words in lower for words in COUNT))
        assert (place is None) == (not any(words in lower for words in PLACE))


@pytest.mark.parametrize("split", world.SPLITS)
def test_they_speak_of_nothing_that_the_split_must_not_show(split):
    batch = scenes(False, split)
    labels = {world.THINGS[i] for i in (world.HELD_OUT_THINGS if split == "heldout_things" else world.TRAINED_THINGS)}
    for kind in ("colors", "color", "thing"):
        for false in filter(None, batch.negatives(kind)):
            for name, color, _ in (look_of(phrase) for _, phrase in phrases_of(false)):
                assert name in labels
                assert color is None or may_be(world.THINGS.index(name), world.COLORS.index(color), split)


def test_a_scene_always_gets_the_same_ones(batch):
    assert [batch[100:130].negatives(kind) for kind in world.NEGATIVES] == [
        batch.negatives(kind)[100:130] for kind in world.NEGATIVES
    ]


def test_spoilt_captions_have_none():
    noisy, clean = (world.draw(200, size=8, seed=42, alt_text=amount) for amount in (0.5, 0.0))
    for said, true, false, clean_false in zip(
        noisy.captions, clean.captions, noisy.negatives("thing"), clean.negatives("thing"), strict=True
    ):
        assert false == (clean_false if said == true else None)


def test_things_that_words_cannot_tell_apart_have_none():
    scene = world.compose([("cat", "red"), ("cat", "blue")], size=8).scene
    scene.colors[:] = scene.colors[:, :1]
    assert [world.draw_scene(scene, 8).negatives(kind) for kind in world.NEGATIVES] == [[None]] * len(world.NEGATIVES)


def test_a_kind_that_does_not_exist_gets_one_clear_sentence(batch):
    with pytest.raises(ValueError, match="expected a kind of negative out of sides"):
        batch.negatives("swap")
