"""The picture world: what it draws and that its truths are true."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from course_lib import world
from course_lib.world.numbers import scene_numbers, uniform
from course_lib.world.render import render, tight_boxes

SEEDS = st.integers(0, 10_000)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # a scene does not get simpler by shrinking
SIZES = st.sampled_from([32, 48, 64, 96])


@pytest.fixture(scope="module")
def scenes() -> world.Batch:
    return world.draw(400, size=64, seed=3)


def test_the_catalogue_is_as_large_as_promised():
    assert len(world.THINGS) == 50 and len(world.FAMILIES) == 10 and len(world.REALMS) == 4
    assert len(world.COLORS) == 10 and len(world.PATTERNS) == 4 and len(world.BACKDROPS) == 8
    assert len(world.TRAINED_THINGS) == 40 and len(world.HELD_OUT_THINGS) == 10
    families = world.PATHS[:, 1].bincount()
    assert families.tolist() == [5] * 10
    assert {int(world.PATHS[i, 1]) for i in world.HELD_OUT_THINGS} == set(range(10))
    words = [word for words in world.WORDS.values() for word in words]
    assert len(words) == len(set(words)), "one word for two kinds of thing"
    assert all(world.WORDS[thing][0] == thing for thing in world.THINGS)
    assert all(3 <= len(parts) <= 7 for parts in world.PARTS.values())


def test_shapes_types_and_ranges(scenes):
    b, k, size, levels = 400, world.MAX_THINGS, 64, 3
    assert scenes.pictures.shape == (b, 3, size, size) and scenes.pictures.dtype == torch.float32
    assert 0 <= scenes.pictures.min() and scenes.pictures.max() <= 1
    assert scenes.labels.shape == (b,) and scenes.paths.shape == (b, levels)
    assert torch.equal(scenes.paths, world.PATHS[scenes.labels])
    for index in (scenes.things, scenes.colors, scenes.patterns, scenes.depths):
        assert index.shape == (b, k) and index.dtype == torch.int64
        assert torch.equal(index < 0, scenes.things < 0)
    assert scenes.boxes.shape == (b, k, 4) and scenes.boxes.dtype == torch.float32
    assert scenes.masks.shape == (b, k, size, size) and scenes.masks.dtype == torch.bool
    assert scenes.parts.shape == (b, k, world.MAX_PARTS, size, size) and scenes.parts.dtype == torch.bool
    assert torch.equal(scenes.boxes[scenes.things < 0], torch.full_like(scenes.boxes[scenes.things < 0], -1))
    assert all(len(x) == b for x in (scenes.captions, scenes.spans, scenes.questions, scenes.answers))


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


def test_every_part_of_every_thing_can_be_seen():
    for label, name in enumerate(world.THINGS):
        seen = torch.zeros(world.MAX_PARTS, dtype=torch.bool)
        for seed in range(4):
            batch = world.compose([(name, "red", "plain")], "paper", size=128, seed=seed)
            assert batch.labels.item() == label
            seen |= batch.parts[0, 0].flatten(1).any(1)
        missing = [part for part, there in zip(world.PARTS[name], seen, strict=False) if not there]
        assert not missing, f"{name}: nobody can see its {missing}"


def test_every_thing_stays_inside_its_frame_and_fills_it():
    for name in world.THINGS:
        for turn in (-1.0, 1.0):
            batch = world.compose([(name, "red", "plain")], "paper", size=64)
            scene = batch.scene
            scene.dials[:], scene.angles[:], scene.centers[:], scene.sizes[:] = turn, 0.0, 0.0, 0.8
            x0, y0, x1, y1 = render(scene, 100).boxes[0, 0].tolist()
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


def test_random_numbers_are_even_and_independent():
    u = torch.from_numpy(uniform(scene_numbers(0, 5000), 20, purpose=3))
    assert (u.mean(0) - 0.5).abs().max() < 0.02 and ((u.var(0) - 1 / 12).abs() < 0.005).all()
    correlation = torch.corrcoef(u.T) - torch.eye(20)
    assert correlation.abs().max() < 0.07
    assert not torch.equal(u, torch.from_numpy(uniform(scene_numbers(0, 5000), 20, purpose=4)))


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


def test_the_nearer_the_larger_and_the_lower():
    scene = world.draw(300, size=8, seed=5).scene
    for nearer, farther in pairwise(range(world.MAX_THINGS)):
        both = scene.things[:, farther] >= 0
        lower_edge = scene.centers[..., 1] + scene.sizes
        assert both.any()
        assert (scene.sizes[both, nearer] >= scene.sizes[both, farther]).all()
        assert (scene.centers[both, nearer, 1] >= scene.centers[both, farther, 1] - 0.15).all()
        assert (lower_edge[both, nearer] >= lower_edge[both, farther]).all()


def test_a_batch_gives_some_of_its_pictures():
    batch = world.draw(6, size=16, seed=3)
    some = batch[torch.tensor([4, 1])]
    assert torch.equal(some.pictures, batch.pictures[[4, 1]]) and len(some) == 2
    assert some.captions == [batch.captions[4], batch.captions[1]]
    assert batch[2:4].names(0) == batch.names(2)


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


def test_tight_boxes_of_nothing():
    assert tight_boxes(torch.zeros(2, 5, 5, dtype=torch.bool)).tolist() == [[-1.0] * 4] * 2
