"""Probes on patches say what a linear probe says of them, counted by hand; their floors are floors."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib import world
from course_lib.evaluate import (
    Blind,
    Pixels,
    feature_maps,
    linear_probe,
    patch_kind,
    patch_part,
    patch_probe,
    segmentation_probe,
)
from course_lib.nn import ConvNet, Encoder, ViT


@pytest.fixture(scope="module")
def known():
    return world.draw(80, size=16, mode="portrait", seed=1)


@pytest.fixture(scope="module")
def new():
    return world.draw(40, size=16, mode="portrait", seed=1, split="val")


@dataclass
class Tiles:
    """Pictures of one pixel for each patch, in a gray that a probe can read, and what is true of the patches."""

    grays: Tensor  # (B, grid, grid)
    truth: Tensor  # (B, grid, grid) facts, or (B, K, grid, grid) shares of things

    @property
    def pictures(self) -> Tensor:
        return self.grays[:, None].expand(-1, 3, -1, -1)

    def patch_shares(self, grid: int) -> Tensor:
        return self.truth


def truth(batch: Any, grid: int) -> Tensor:
    return batch.truth


def tiles(grays: list[Any], facts: list[Any]) -> Tiles:
    return Tiles(torch.tensor(grays, dtype=torch.float32), torch.tensor(facts))


KNOWN = tiles([[[0, 0], [1, 1]]] * 4, [[[3, 3], [7, 7]]] * 4)  # black is 3, white is 7


def test_pixels_are_where_they_lie():
    pictures = torch.rand(2, 3, 4, 6)
    found = Pixels(2).feature_map(pictures)
    assert found.shape == (2, Pixels(2).width, 2, 3) and Pixels(2)(pictures).shape == (2, 12)
    corner = pictures[1, :, 2:4, 4:6].permute(1, 2, 0).flatten()
    assert torch.equal(found[1, :, 1, 2], corner)
    assert torch.allclose(Pixels(2)(pictures), found.mean((2, 3)))


@pytest.mark.parametrize("batch_size", [1, 3, 250])
def test_maps_are_those_of_the_encoder_in_eval_mode(batch_size):
    encoder = ViT(16, 1, 2, size=16, patch=8, drop_path=0.5).train()
    encoder.norm.eval()
    before, pictures = [part.training for part in encoder.modules()], torch.rand(5, 3, 16, 16)
    found = feature_maps(encoder, pictures, batch_size)
    assert [part.training for part in encoder.modules()] == before and not found.requires_grad
    with torch.no_grad():
        assert torch.allclose(found, encoder.eval().feature_map(pictures), atol=1e-5)


def test_a_probe_on_patches_is_right_where_the_facts_are():
    new = tiles([[[0, 0], [0, 1]]], [[[3, 7], [-1, 7]]])  # one of the three that count is black and yet 7
    assert patch_probe(Pixels(1), KNOWN, new, truth, C=100.0) == pytest.approx(2 / 3)
    told = replace(KNOWN, truth=KNOWN.truth.clone())
    told.truth[2:, 0] = -1  # fewer examples, the same lesson
    assert patch_probe(Pixels(1), told, new, truth, C=100.0) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("of", "drawn"), [(patch_kind, "patch_things"), (patch_part, "patch_parts")])
def test_what_is_said_of_patches_is_what_a_linear_probe_says(known, new, of, drawn):
    features, facts = [], []
    for batch in (known, new):
        fact = getattr(batch, drawn)(4)
        assert torch.equal(of(batch, 4), fact)
        features.append(batch.pictures.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 4, 5, 1)[fact >= 0].flatten(1))
        facts.append(fact[fact >= 0])
    said = linear_probe(features[0], facts[0], C=0.1, steps=50)(features[1])
    expected = (said == facts[1]).float().mean().item()
    assert patch_probe(Pixels(4), known, new, of) == pytest.approx(expected, abs=0.01)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(st.integers(-1, 3), min_size=4, max_size=4), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_blind_names_what_was_most_frequent(told: list[int], true: list[int]) -> None:
    counts = [told.count(fact) for fact in range(4)]
    if sorted(counts)[-1] == sorted(counts)[-2] or sum(count > 0 for count in counts) < 2:
        return  # a tie, or a single class
    known, new = (tiles([[[0.1, 0.9], [0.4, 0.2]]], [[facts[:2], facts[2:]]]) for facts in (told, true))
    expected = true.count(counts.index(max(counts))) / 4
    assert patch_probe(Blind(1), known, new, truth) == pytest.approx(expected)


def test_blind_has_the_share_of_the_majority(known, new):
    facts = [patch_kind(batch, 4).flatten() for batch in (known, new)]
    told, true = (fact[fact >= 0] for fact in facts)
    assert patch_probe(Blind(4), known, new) == pytest.approx((true == told.mode().values).float().mean().item())


def test_at_most_so_many_patches_are_drawn_as_the_seed_says(known, new, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "course_lib.evaluate.dense.linear_probe", lambda x, y, *_, **__: seen.append((x, y)) or (lambda x: x[:, 0] * 0)
    )
    chance = torch.get_rng_state()
    for most, seed in ((30, 0), (30, 0), (30, 1), (10**6, 0), (10**6, 1)):
        patch_probe(Pixels(4), known, new, most=most, seed=seed)
    assert torch.equal(chance, torch.get_rng_state())
    assert [len(y) for _, y in seen] == [30] * 3 + [(patch_kind(known, 4) >= 0).sum()] * 2
    assert torch.equal(seen[0][0], seen[1][0]) and torch.equal(seen[3][0], seen[4][0])
    assert not torch.equal(seen[0][0], seen[2][0])
    assert len(seen[0][0].unique(dim=0)) > 25  # of different patches


SHARES = tiles([[[0, 0], [1, 1]]] * 4, [[[[0.0, 0.0], [1.0, 1.0]]]] * 4)  # white is thing


def test_intersection_over_union_counts_all_patches_of_all_pictures():
    grays = [[[1, 1], [0, 0]], [[1, 0], [1, 1]], [[0, 0], [0, 0]]]
    things = [[[1, 1], [0, 0]], [[1, 1], [0, 0]], [[0, 0], [0, 0]]]
    new = tiles(grays, [[picture] for picture in things])
    # Said: 5 white ones. True: 4. Both: 3. The mean of single pictures would be (1 + 1/4) / 2, or have a 0/0 in it.
    assert segmentation_probe(Pixels(1), SHARES, new) == pytest.approx(3 / 6)
    assert segmentation_probe(Pixels(1), SHARES, new, mean=True) == pytest.approx((3 / 6 + 6 / 9) / 2)


def test_a_patch_is_thing_where_things_together_cover_half_of_it():
    new = tiles([[[1, 1], [1, 0]]], [[[[0.25, 0.5], [0.3, 0.0]], [[0.25, 0.0], [0.1, 0.0]]]])
    assert segmentation_probe(Pixels(1), SHARES, new) == pytest.approx(2 / 3)


def test_blind_says_backdrop_of_everything(known, new):
    share = ((new.patch_things(4) < 0).float().mean().item(), (known.patch_things(4) < 0).float().mean().item())
    assert share[1] > 0.5
    assert segmentation_probe(Blind(4), known, new) == 0
    assert segmentation_probe(Blind(4), known, new, mean=True) == pytest.approx(share[0] / 2)
    assert segmentation_probe(Pixels(4), known, known) > 0.1


def test_measures_on_patches_are_settled_by_their_arguments(known, new):
    encoder = ViT(16, 1, 2, size=16, patch=4, pool="mean")
    for probe in (patch_probe, segmentation_probe):
        found = [probe(encoder, known, new, most=100, seed=3) for _ in range(2)]
        assert found[0] == found[1] and 0 <= found[0] <= 1
    assert segmentation_probe(encoder, known, known, C=1e-5) < segmentation_probe(encoder, known, known, C=10.0)


class Says(Encoder):
    """An encoder whose map is what it is told to be."""

    def __init__(self, what: Any):
        super().__init__()
        self.what = what

    def feature_map(self, pictures: Tensor) -> Tensor:
        return self.what(pictures)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda x: x.flatten(2), r"a map \(40, width, h, w\) from Says, got \(40, 3, 256\)"),
        (lambda x: x[:1], r"a map \(40, width, h, w\) from Says, got \(1, 3, 16, 16\)"),
        (lambda x: x / 0, "a map from Says of finite numbers"),
        (lambda x: x[..., :8], r"a square map of features, got \(80, 3, 16, 8\)"),
    ],
)
def test_what_is_no_map_is_said_in_a_sentence(known, new, what, words):
    with pytest.raises(ValueError, match=f"^expected {words}") as error:
        if "square" in words:
            patch_probe(Says(what), known, new)
        feature_maps(Says(what), new.pictures)
    assert "\n" not in str(error.value)


def test_what_cannot_be_probed_is_said_in_a_sentence(known, new):
    no_counts: list[Any] = [0, 2.5, True]
    nothing, all_things = (replace(SHARES, truth=torch.full_like(SHARES.truth, share)) for share in (0.0, 1.0))
    for call, words in (
        (lambda: patch_probe(Pixels(1), KNOWN, KNOWN, lambda batch, _: -batch.truth), "something to say, got none"),
        (lambda: patch_probe(Pixels(1), replace(KNOWN, truth=KNOWN.truth * 0), KNOWN, truth), "at least two classes"),
        (lambda: patch_probe(Pixels(4), known[:0], new), "at least one picture, got none"),
        (lambda: patch_probe(Pixels(3), known, new), "whose sides patches of 3 pixels divide"),
        (lambda: patch_probe(Pixels(4), known, new, C=-1.0), "a C above 0"),
        (lambda: segmentation_probe(Pixels(1), nothing, SHARES), "at least two classes"),
        (lambda: segmentation_probe(Pixels(1), SHARES, nothing), "of things and backdrop, got backdrop only"),
        (lambda: segmentation_probe(Pixels(1), SHARES, all_things), "of things and backdrop, got things only"),
        *((lambda w=w: patch_probe(Pixels(4), known, new, most=w), "most, whole and from 1") for w in no_counts),
        *((lambda w=w: Pixels(w), "a patch, whole and from 1") for w in no_counts),
    ):
        with pytest.raises(ValueError, match=f"^expected .*{words}") as error:
            call()
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="at least one picture, got none"):
        feature_maps(ConvNet((8, 8)), torch.rand(0, 3, 16, 16))
