"""Clutter: it fills what lies behind the things, and nothing that is known of a scene knows of it."""

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.world.clutter import MOST, SCRAPS, clutter_of
from course_lib.world.things import CATALOGUE


@pytest.fixture(scope="module", params=world.MODES)
def batches(request) -> list[world.Batch]:
    return [world.draw(40, size=48, mode=request.param, seed=9, clutter=amount) for amount in (0.0, 0.5, 1.0)]


def test_what_is_known_of_a_scene_stays_as_it_is(batches):
    without, half, full = batches
    for batch in (half, full):
        for name in ("things", "colors", "patterns", "depths", "boxes", "masks", "backdrops", "parts"):
            assert torch.equal(getattr(batch, name), getattr(without, name)), name
        assert (batch.captions, batch.spans) == (without.captions, without.spans)
        assert (batch.questions, batch.answers) == (without.questions, without.answers)


def test_it_lies_behind_the_things_and_more_is_more(batches):
    without, half, full = batches
    changed = []
    for batch in (half, full):
        apart = (batch.pictures - without.pictures).abs().amax(1)
        thing = without.masks.any(1)
        inside = F.max_pool2d((~thing).float(), 3, 1, 1) == 0  # at its edge a thing mixes with what lies behind it
        assert apart[inside].mean() < 0.05 * apart[~thing].mean()
        changed.append((apart > 0.02).float().mean((1, 2)))
    assert changed[0].mean() > 0.1 and changed[1].mean() > changed[0].mean() + 0.1
    assert (changed[1] > 0.1).all()


def test_the_dial_says_how_much_and_keeps_what_is_there(batches):
    half, full = (clutter_of(batch.scene).things for batch in batches[1:])
    assert (clutter_of(batches[0].scene).things == -1).all()
    assert ((half >= 0).sum(1) == MOST // 2).all() and (full >= 0).all()
    assert torch.equal(half[half >= 0], full[half >= 0])


def test_no_scrap_is_of_a_kind_that_is_there_or_held_out():
    kind_of = [thing.name for thing in CATALOGUE for _ in range(1 + len(thing.coats))]
    kind_of += ["patch"] * (len(SCRAPS) - len(kind_of))
    seen = set()
    for split in world.SPLITS:
        batch = world.draw(300, size=8, seed=5, split=split)
        batch.scene.clutter[:] = 1.0
        for i, scraps in enumerate(clutter_of(batch.scene).things.tolist()):
            kinds = {kind_of[label - len(CATALOGUE)] for label in scraps}
            assert not kinds & set(batch.names(i))
            seen |= kinds
    assert seen == {"patch"} | {world.THINGS[label] for label in world.TRAINED_THINGS}


def test_it_is_the_same_at_every_size_and_in_every_batch():
    small, large = (world.draw(12, size=size, seed=6, clutter=1.0) for size in (32, 128))
    assert (F.avg_pool2d(large.pictures, 4) - small.pictures).abs().mean() < 0.035
    assert torch.allclose(world.draw(5, size=32, seed=6, clutter=1.0, start=7).pictures, small.pictures[7:], atol=1e-5)


def test_scraps_drawn_in_a_window_look_as_they_do_without(monkeypatch):
    windows = world.draw(8, size=40, seed=7, clutter=1.0).pictures
    monkeypatch.setattr("course_lib.world.render.WINDOWS", (1.0,))
    whole = world.draw(8, size=40, seed=7, clutter=1.0).pictures
    assert (windows - whole).abs().max() < 0.01


def test_the_other_things_of_an_edit_keep_their_clutter():
    scene = world.draw(30, size=8, seed=8, clutter=1.0).scene
    edited = world.interventions.edit(scene, kinds=("recolor", "repattern")).scene
    assert torch.equal(clutter_of(edited).things, clutter_of(scene).things)


def test_drawing_it_never_waits_for_the_device():
    batch = world.draw(2, size=16, mode="portrait", device="meta", clutter=0.2)
    assert batch.pictures.device.type == "meta" and batch.pictures.shape == (2, 3, 16, 16)
