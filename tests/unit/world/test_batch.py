"""A batch: its shapes, some of its pictures, its truth for patches and tokens."""

# pyright: reportArgumentType=false
import numpy as np
import pytest
import torch

from course_lib import world


@pytest.fixture(scope="module")
def scenes() -> world.Batch:
    return world.draw(400, size=64, seed=3)


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


def test_a_batch_gives_some_of_its_pictures():
    batch = world.draw(6, size=16, seed=3)
    some = batch[torch.tensor([4, 1])]
    assert torch.equal(some.pictures, batch.pictures[[4, 1]]) and len(some) == 2
    assert some.captions == [batch.captions[4], batch.captions[1]]
    assert batch[2:4].names(0) == batch.names(2)


@pytest.mark.parametrize("grid", [4, 8, 16])
def test_patches_say_which_thing_covers_most_of_them(scenes, grid):
    batch = scenes[:60]
    wide = 64 // grid
    shares, things, parts = batch.patch_shares(grid), batch.patch_things(grid), batch.patch_parts(grid)
    assert shares.shape == (60, world.MAX_THINGS, grid, grid)
    assert things.shape == parts.shape == (60, grid, grid) and things.dtype == parts.dtype == torch.int64
    for i in range(0, 60, 7):
        for y, x in ((grid // 2, grid // 2), (grid // 3, grid // 2), (grid - 1, grid // 3)):
            window = (..., slice(y * wide, y * wide + wide), slice(x * wide, x * wide + wide))
            counts = batch.masks[i][window].flatten(1).sum(1)
            assert torch.allclose(shares[i, :, y, x], counts / wide**2)
            most = int(counts.argmax())
            if counts[most] < wide**2 / 2:
                assert things[i, y, x] == parts[i, y, x] == -1
                continue
            assert things[i, y, x] == batch.things[i, most]
            seen = batch.parts[i, most][window].flatten(1).sum(1)
            name, part = world.PART_NAMES[parts[i, y, x]]
            assert name == world.THINGS[things[i, y, x]]
            assert seen[world.PARTS[name].index(part)] == seen.max()
    assert torch.equal(parts >= 0, things >= 0)
    assert 0.02 < (things >= 0).float().mean() < 0.5


def test_a_lower_share_finds_more_patches(scenes):
    batch = scenes[:30]
    few, some, many = ((batch.patch_things(8, least) >= 0) for least in (1.0, 0.5, 0.01))
    assert (few <= some).all() and (some <= many).all() and few.sum() < some.sum() < many.sum()
    assert torch.equal(many, batch.patch_shares(8).amax(1) >= 0.01)


def test_patches_and_parts_know_twins_and_no_clutter():
    scene = world.interventions.twins(world.draw(20, size=8, seed=71).scene)
    calm = world.draw_scene(scene, 32)
    scene.clutter[:] = 1.0
    full = world.draw_scene(scene, 32)
    assert not torch.equal(calm.pictures, full.pictures)
    assert torch.equal(calm.patch_things(8), full.patch_things(8))
    assert torch.equal(calm.patch_parts(8), full.patch_parts(8))
    assert torch.equal(full.parts.any(2), full.masks)
    assert torch.equal(full.depths >= 0, full.things >= 0)


def test_patches_never_wait_for_the_device():
    batch = world.draw(3, size=16, mode="portrait", device="meta")
    assert batch.patch_things(4).device.type == batch.patch_parts(4).device.type == "meta"
    assert batch.patch_shares(4).shape == (3, 1, 4, 4)


def test_bad_patches_get_one_clear_sentence(scenes):
    for call, message in (
        (lambda: scenes.patch_things(7), "expected a grid that divides the 64 pixels of a side, got 7"),
        (lambda: scenes.patch_shares(0), "got 0"),
        (lambda: scenes.patch_parts(8, least=0), "least share of a patch above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_an_edited_batch_stands_beside_the_first():
    batch = world.draw(24, size=32, seed=72, clutter=0.5)
    after, instructions = batch.edited(seed=3)
    assert after.pictures.shape == batch.pictures.shape and len(instructions) == 24
    assert torch.equal(after.scene.numbers, batch.scene.numbers)
    assert ((after.pictures - batch.pictures).abs().flatten(1).amax(1) > 0.1).all()
    assert batch.edited(seed=3)[1] == instructions != batch.edited(seed=4)[1]
    assert batch.edited(kinds=("backdrop",))[0].masks.equal(batch.masks)


def test_pictures_are_named_in_many_ways():
    batch = world.draw(5, size=8, seed=3)
    for index in ([3, 1], (3, 1), np.array([3, 1]), torch.tensor([-2, 1])):
        some = batch[index]
        assert torch.equal(some.pictures, batch.pictures[[3, 1]]) and some.captions == [
            batch.captions[i] for i in (3, 1)
        ]
    red = batch.colors[:, 0] == batch.colors[2, 0]
    assert torch.equal(batch[red].labels, batch.labels[red]) and len(batch[red].scene) == int(red.sum())


def test_no_pictures_have_no_words_and_can_be_changed():
    none = world.draw(3, size=8)[[]]
    assert none.pictures.shape == (0, 3, 8, 8) and none.parts.shape[0] == 0
    assert none.captions == none.spans == none.questions == none.answers == []
    assert all(none.negatives(kind) == [] for kind in world.NEGATIVES)
    assert none.patch_things(4).shape == none.patch_parts(4).shape == (0, 4, 4)
    edited, words = none.edited()
    assert len(edited) == 0 and words == []
    for change in (world.interventions.twins, world.interventions.one_sky, world.interventions.small_things):
        assert len(world.draw_scene(change(none.scene), 8)) == 0


def test_what_is_no_part_of_a_batch_is_said(scenes):
    batch = scenes[:3]
    for call, message in (
        (lambda: batch[0], r"several rows at once, as in \[2:5\] or \[\[2, 4\]\], or \[2:3\] .*got 0"),
        (lambda: batch[torch.tensor(1)], "several rows at once"),
        (lambda: batch["a"], "several rows at once"),
        (lambda: batch[None], "several rows at once"),
        (lambda: batch[0.5:], "a slice of whole numbers"),
        (lambda: batch[::-1], "a slice of whole numbers that goes forward"),
        (lambda: batch[[0.5]], "several rows at once"),
        (lambda: batch[[3]], "rows from 0 to 2, got 3"),
        (lambda: batch[[-4]], "rows from 0 to 2, got -4"),
        (lambda: batch[[True, False]], "True or False for each of 3 rows, got 2"),
        (lambda: batch.names(3), "a picture from 0 to 2, got 3"),
        (lambda: batch.names("cat"), "a picture from 0 to 2, got 'cat'"),
        (lambda: batch.patch_things(8.5), "a grid that divides"),
        (lambda: batch.patch_things(8, least="half"), "least share of a patch above 0"),
        (lambda: batch.token_slots(None, 2.5), "a length of at least 2"),
        (lambda: batch.negatives("colour"), "a kind of negative out of"),
        (lambda: batch.negatives(["color"]), "a kind of negative out of"),
        (lambda: world.draw_scene(batch), "expected scenes, such as `batch.scene`, got Batch"),
        (lambda: list(batch), "several rows at once"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
