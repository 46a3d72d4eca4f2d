"""From a scene to pixels: pictures, masks, boxes and parts that agree with one another."""

from dataclasses import fields

import pytest
import torch
import torch.nn.functional as F
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from course_lib import world
from course_lib.world.render import render, tight_boxes
from course_lib.world.scene import Scene

SEEDS = st.integers(0, 10_000)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # a scene does not get simpler by shrinking
SIZES = st.sampled_from([32, 48, 64, 96])


@pytest.fixture(scope="module")
def scenes() -> world.Batch:
    return world.draw(400, size=64, seed=3)


@settings(max_examples=15, deadline=None, phases=NO_SHRINKING)
@given(seed=SEEDS, size=SIZES, mode=st.sampled_from(world.MODES), busy=st.sampled_from([0.0, 1.0]))
def test_masks_boxes_and_parts_agree(seed, size, mode, busy):
    batch = world.draw(6, size=size, mode=mode, seed=seed, busy=busy)
    present = batch.things >= 0
    assert (batch.masks.sum(1) <= 1).all(), "two things claim one pixel"
    assert torch.equal(batch.masks.flatten(2).any(2), present), "a thing that nobody can see"
    for mask, box in zip(batch.masks[present], batch.boxes[present], strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert box.tolist() == [float(edge) for edge in tight]
    assert torch.equal(batch.parts.any(2), batch.masks), "parts and things cover different pixels"
    assert (batch.parts.sum(2) <= 1).all(), "two parts claim one pixel"
    for thing, parts in zip(batch.things[present].tolist(), batch.parts[present], strict=True):
        assert not parts[len(world.PARTS[world.THINGS[thing]]) :].any(), "a part that this thing does not have"


def portraits(size: int, seeds: range) -> world.Batch:
    """Every thing once for each seed, red and plain, on paper."""
    scenes = [
        world.compose([(name, "red", "plain")], "paper", size=8, seed=seed).scene
        for name in world.THINGS
        for seed in seeds
    ]
    columns = (torch.cat([getattr(scene, field.name) for scene in scenes]) for field in fields(Scene))
    return world.draw_scene(Scene(*columns), size)


@pytest.mark.slow
def test_every_part_of_every_thing_can_be_seen():
    batch = portraits(96, range(4))
    seen = batch.parts[:, 0].flatten(2).any(2).view(len(world.THINGS), 4, -1).any(1)
    for label, name in enumerate(world.THINGS):
        assert batch.labels[4 * label : 4 * label + 4].tolist() == [label] * 4
        missing = [part for part, there in zip(world.PARTS[name], seen[label], strict=False) if not there]
        assert not missing, f"{name}: nobody can see its {missing}"


def test_every_thing_stays_inside_its_frame_and_fills_it():
    scene = portraits(8, range(1)).scene
    for turn in (-1.0, 1.0):
        scene.dials[:], scene.angles[:], scene.centers[:], scene.sizes[:] = turn, 0.0, 0.0, 0.8
        boxes = render(scene, 100).boxes[:, 0].tolist()
        for name, (x0, y0, x1, y1) in zip(world.THINGS, boxes, strict=True):
            # 0.8 of half the picture is 40 pixels; an ink line and half a pixel are allowed beyond it.
            assert min(x0, y0) >= 50 - 43 and max(x1, y1) <= 50 + 43, f"{name} leaves its frame: {x0, y0, x1, y1}"
            assert max(x1 - x0, y1 - y0) >= 62, f"{name} is small in its frame: {x0, y0, x1, y1}"


def test_things_keep_enough_in_view(scenes):
    visible = scenes.masks.flatten(2).sum(2)[scenes.things >= 0]
    assert visible.min() >= 16, "at 64 pixels at least 16 of every thing are in view"


def test_its_own_color_rules_a_thing():
    for name in world.THINGS:
        red = world.compose([(name, "red", "plain")], "paper", size=64, seed=1)
        blue = world.compose([(name, "blue", "plain")], "paper", size=64, seed=1)
        changed = (red.pictures - blue.pictures).abs().amax(1)[0] > 0.1
        share = changed[red.masks[0, 0]].float().mean()
        assert share > 0.35, f"only {share:.0%} of a {name} takes its color"


@settings(max_examples=10, deadline=None, phases=NO_SHRINKING)
@given(seed=SEEDS, mode=st.sampled_from(world.MODES))
def test_a_scene_is_the_same_at_every_size(seed, mode):
    small, large = (world.draw(4, size=size, mode=mode, seed=seed) for size in (32, 128))
    for name in ("labels", "things", "colors", "patterns", "depths", "backdrops"):
        assert torch.equal(getattr(small, name), getattr(large, name))
    assert small.captions == large.captions and small.questions == large.questions and small.answers == large.answers
    assert (F.avg_pool2d(large.pictures, 4) - small.pictures).abs().mean() < 0.03
    assert (small.boxes * 4 - large.boxes)[small.things >= 0].abs().mean() < 4


def test_a_seed_repeats_and_a_longer_draw_starts_the_same():
    first, again, longer = world.draw(5, seed=8), world.draw(5, seed=8), world.draw(9, seed=8)
    assert torch.equal(first.pictures, again.pictures)
    assert torch.equal(first.things, longer.things[:5])
    assert torch.allclose(first.pictures, longer.pictures[:5], atol=1e-5)
    assert torch.equal(world.draw(4, seed=8, start=5).things, longer.things[5:])
    assert not torch.equal(first.things, world.draw(5, seed=9).things)


def test_drawing_gives_torch_its_threads_back():
    before = torch.get_num_threads()
    for n in (1, 600):
        world.draw(n, size=32, mode="portrait")
        assert torch.get_num_threads() == before


def test_no_two_cats_are_alike():
    cats = torch.cat(
        [world.compose([("cat", "red", "plain")], "paper", seed=s, size=64).masks[0, :1] for s in range(8)]
    )
    different = (cats[:, None] ^ cats[None]).flatten(2).any(2)
    assert (different | torch.eye(8, dtype=torch.bool)).all()


def test_tight_boxes_of_nothing():
    assert tight_boxes(torch.zeros(2, 5, 5, dtype=torch.bool)).tolist() == [[-1.0] * 4] * 2
