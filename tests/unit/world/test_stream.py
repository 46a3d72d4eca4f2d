"""Drawing batches: composed by hand, or from a stream that processes share and that can change its scenes."""

# pyright: reportArgumentType=false
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, IterableDataset

from course_lib import world
from course_lib.world import stream

from .anything import ANYTHING, QUICK


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
        (lambda: world.draw(0), "a whole number of pictures to draw, at least 1, got 0"),
        (lambda: world.draw(2.5), "a whole number of pictures to draw, at least 1, got 2.5"),
        (lambda: world.draw(True), "a whole number of pictures to draw, at least 1, got True"),
        (lambda: world.draw(1, size=16.5), "at least 8 pixels a side, a whole number, got 16.5"),
        (lambda: world.draw(1, start=0.5), "whole numbers of scenes"),
        (lambda: world.draw(1, busy=None), "busy between 0"),
        (lambda: world.draw(1, alt_text="some"), "alt_text between 0"),
        (lambda: world.Stream(4, size=4), "at least 8 pixels"),
        (lambda: world.Stream(2.5), "a whole batch_size of at least 1, got 2.5"),
        (lambda: world.Stream(4, rank=0, processes=1.5), "a whole number of processes"),
        (lambda: world.Stream(4, change="twins"), "change to be a function of scenes"),
        (lambda: next(world.Stream(4, size=8, change=lambda scene: None)), "change to return the scenes, got NoneType"),
        (lambda: world.Stream(4).skip(2.5), "a whole number of batches, got 2.5"),
        (lambda: world.Stream(4).skip(3).skip(-4), "a whole number of batches, got -4"),
        (lambda: world.compose("cat"), "a list of one to 4 things, got 'cat'"),
        (lambda: world.compose([5]), "a name, a color and a pattern, got 5"),
        (lambda: world.compose([()]), "a name, a color and a pattern"),
        (lambda: world.draw(1, size=4), "at least 8 pixels"),
        (lambda: world.draw(1, mode="movie"), "'portrait' or 'scene'"),
        (lambda: world.draw(1, split="dev"), "heldout_pairs"),
        (lambda: world.draw(1, seed=-1), "seed from 0"),
        (lambda: world.draw(1, seed=2**32), "seed from 0"),
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
        (lambda: world.Stream(0), "batch_size of at least 1"),
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


def test_workers_of_a_loader_share_the_work_like_processes(monkeypatch):
    whole = [next(world.Stream(6, size=8, seed=2)).scene.numbers]
    for rank, processes in ((None, None), (0, 1)):
        seen = []
        for number in (0, 1):
            told = SimpleNamespace(id=number, num_workers=2)
            monkeypatch.setattr(stream, "get_worker_info", lambda told=told: told)
            seen.append(next(world.Stream(3, size=8, seed=2, rank=rank, processes=processes)).scene.numbers)
        assert torch.stack(seen, 1).flatten().tolist() == whole[0].tolist()
    parts = set()
    for rank in (0, 1):
        for number in (0, 1, 2):
            told = SimpleNamespace(id=number, num_workers=3)
            monkeypatch.setattr(stream, "get_worker_info", lambda told=told: told)
            parts.add(stream.share(rank, 2))
    assert parts == {(part, 6) for part in range(6)}


class Drawn(IterableDataset):
    def __iter__(self):
        return world.Stream(3, size=8)


@pytest.mark.slow
def test_no_scene_comes_twice_out_of_a_loader():
    loader = DataLoader(Drawn(), batch_size=None, num_workers=2)
    seen = torch.cat([batch.scene.numbers for batch, _ in zip(loader, range(6), strict=False)])
    assert len(seen.unique()) == 18


def test_a_batch_that_could_not_be_drawn_is_not_passed():
    tries = []

    def change(scene):
        tries.append(scene)
        if len(tries) == 1:
            raise OSError("not now")
        return scene

    batches = world.Stream(3, size=8, change=change)
    with pytest.raises(OSError, match="not now"):
        next(batches)
    assert next(batches).scene.numbers.tolist() == next(world.Stream(3, size=8)).scene.numbers.tolist()


def everything() -> list[torch.Tensor]:
    """All kinds of drawing, and truth, at their usual numbers."""
    batch = next(world.Stream(4, size=16, seed=3, clutter=0.5, change=world.interventions.twins))
    edited = world.draw(4, size=16, seed=4).edited(seed=1)[0]
    composed = world.compose(["cat", ("dog", "red")], size=16)
    seen = (batch.pictures, batch.masks, batch.boxes, batch.parts, batch.patch_shares(4), batch.patch_parts(4))
    return [*seen, edited.pictures, composed.pictures, batch[[1, 2]].depths]


@pytest.mark.parametrize("way", ["dtype", "device"])
def test_torchs_defaults_make_no_other_pictures(way):
    usual = everything()
    try:
        if way == "dtype":
            torch.set_default_dtype(torch.float64)
        else:
            torch.set_default_device("meta")
        found = everything()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    for one, other in zip(usual, found, strict=True):
        assert one.dtype == other.dtype and one.device == other.device and torch.equal(one, other)


def test_numbers_of_numpy_are_numbers():
    plain, other = (
        world.draw(3, 16, seed=5),
        world.draw(np.int64(3), np.int32(16), seed=np.uint8(5), busy=np.float32(0)),
    )
    assert torch.equal(plain.pictures, other.pictures)
    assert len(next(world.Stream(np.int64(3), 8.0))) == 3


ARGUMENTS = ("n", "size", "mode", "seed", "split", "start", "busy", "clutter", "alt_text")


@QUICK
@given(name=st.sampled_from(ARGUMENTS), value=ANYTHING)
def test_draw_gives_pictures_or_a_sentence(name, value):
    try:
        batch = world.draw(**{"n": 2, "size": 8, name: value})
    except ValueError:
        return
    side = batch.pictures.shape[-1]
    assert batch.pictures.shape == (len(batch), 3, side, side) and batch.pictures.isfinite().all()
    assert len(batch.captions) == len(batch) == len(batch.labels)


@QUICK
@given(name=st.sampled_from((*ARGUMENTS, "batch_size", "rank", "processes", "change")), value=ANYTHING)
def test_a_stream_gives_pictures_or_a_sentence(name, value):
    if name in ("n", "start"):
        return
    try:
        batch = next(world.Stream(**{"batch_size": 2, "size": 8, name: value}))
    except ValueError:
        return
    assert batch.pictures.isfinite().all() and batch.pictures.dtype == torch.float32


@QUICK
@given(
    things=st.one_of(
        ANYTHING,
        st.lists(st.one_of(ANYTHING, st.sampled_from(["cat", "dog"]), st.tuples(st.just("cat"), ANYTHING)), max_size=3),
    ),
    backdrop=st.one_of(ANYTHING, st.just("snow")),
)
def test_compose_gives_a_picture_or_a_sentence(things, backdrop):
    try:
        batch = world.compose(things, backdrop, size=8)
    except ValueError:
        return
    assert batch.pictures.shape == (1, 3, 8, 8) and len(batch.names(0)) == len(things)
