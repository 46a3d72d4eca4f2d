"""What holds for every measure: right or one sentence for any input, the same in any surroundings, no trace left."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib.evaluate import (
    Pixels,
    alignment,
    attention_distance,
    attention_on,
    calibration,
    confusion_matrix,
    copy_nearest,
    feature_maps,
    few_shot,
    interpolate,
    knn,
    level_accuracy,
    linear_probe,
    mask_iou,
    masked_psnr,
    neighbors,
    paint_mean,
    patch_probe,
    pointing,
    prompt_classes,
    psnr,
    rank_me,
    ranks,
    retrieval,
    rollout,
    segmentation_probe,
    spectrum,
    uniformity,
    zero_shot,
)

CHANCE = torch.Generator().manual_seed(0)
X, QUERIES = torch.randn(12, 5, generator=CHANCE), torch.randn(7, 5, generator=CHANCE)
LABELS, TRUTH = torch.arange(12) % 3, torch.arange(7) % 3
PROBE = linear_probe(X, LABELS)
LOOKED = torch.rand(2, 3, 2, 5, 5, generator=CHANCE).softmax(-1)
MAPS, MASKS = torch.rand(7, 2, 2, generator=CHANCE), torch.rand(7, 4, 6, generator=CHANCE) < 0.5
PATHS = torch.tensor([[0, 0], [1, 0], [2, 1]])
SURE = torch.randn(7, 3, generator=CHANCE).softmax(1)
PICTURES, PAINTED = torch.rand(2, 4, 3, 8, 8, generator=CHANCE)
COVERED = torch.tensor([[True, False, True, False]] * 3 + [[False, True, False, False]])
THINGS = torch.randint(-1, 3, (4, 4, 4), generator=CHANCE)
SCENES = SimpleNamespace(
    pictures=PICTURES, patch_things=lambda grid: THINGS, patch_shares=lambda grid: (THINGS >= 0)[:, None].float()
)


def said(texts: Any) -> Tensor:
    return torch.eye(5, dtype=torch.float32)[: len(texts)]


OF_FEATURES: dict[str, Callable[[Any], Any]] = {
    "spectrum": spectrum,
    "rank_me": rank_me,
    "uniformity": uniformity,
    "alignment, one": lambda x: alignment(x, X),
    "alignment, other": lambda x: alignment(X, x),
    "neighbors, queries": lambda x: neighbors(x, QUERIES, 2),
    "neighbors, gallery": lambda x: neighbors(QUERIES, x, 2),
    "neighbors, euclidean queries": lambda x: neighbors(x, QUERIES, 2, "euclidean"),
    "neighbors, euclidean gallery": lambda x: neighbors(QUERIES, x, 2, "euclidean"),
    "knn": lambda x: knn(x, LABELS, QUERIES),
    "knn, queries": lambda x: knn(QUERIES, TRUTH, x),
    "linear_probe": lambda x: linear_probe(x, LABELS)(QUERIES),
    "a probe's logits": PROBE.logits,
    "a probe": PROBE,
    "few_shot": lambda x: few_shot(x, LABELS, QUERIES, TRUTH, 2, range(2)),
    "few_shot, asked": lambda x: few_shot(QUERIES, TRUTH, x, LABELS, 2, range(2)),
    "zero_shot, images": lambda x: zero_shot(x, QUERIES),
    "zero_shot, classes": lambda x: zero_shot(QUERIES, x),
}
"""Each measure as a function of features X (12, 5)."""

OF_LABELS: dict[str, Callable[[Any], Any]] = {
    "confusion_matrix": lambda y: confusion_matrix(y, TRUTH, 3),
    "confusion_matrix, truth": lambda y: confusion_matrix(TRUTH, y, 3),
    "level_accuracy": lambda y: level_accuracy(y, TRUTH, PATHS),
    "level_accuracy, truth": lambda y: level_accuracy(TRUTH, y, PATHS),
    "calibration": lambda y: calibration(SURE, y),
    "knn": lambda y: knn(QUERIES, y, X),
    "linear_probe": lambda y: linear_probe(QUERIES, y)(X),
    "few_shot": lambda y: few_shot(QUERIES, y, X, LABELS, 2, range(2)),
    "few_shot, truth": lambda y: few_shot(X, LABELS, QUERIES, y, 2, range(2)),
}
"""Each measure as a function of labels TRUTH (7,), in 0 … 2."""

BOUNDED = [name for name in OF_LABELS if name.split(",")[0] in ("confusion_matrix", "level_accuracy", "calibration")]

OF_NUMBERS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "k of neighbors": (lambda k: neighbors(QUERIES, X, k), 3),
    "k of knn": (lambda k: knn(X, LABELS, QUERIES, k), 3),
    "steps": (lambda steps: linear_probe(X, LABELS, steps=steps)(QUERIES), 50),
    "each": (lambda each: few_shot(X, LABELS, QUERIES, TRUTH, each, range(2)), 2),
    "bins": (lambda bins: calibration(SURE, TRUTH, bins), 5),
    "classes": (lambda classes: confusion_matrix(TRUTH, TRUTH, classes), 4),
    "at": (lambda k: retrieval(QUERIES @ QUERIES.T, at=(k,)), 3),
    "columns": (lambda columns: attention_distance(LOOKED, columns, 1), 2),
    "patch of masked_psnr": (lambda patch: masked_psnr(PAINTED, PICTURES, COVERED, patch), 4),
    "patch of paint_mean": (lambda patch: paint_mean(PICTURES, COVERED, patch), 4),
    "patch of copy_nearest": (lambda patch: copy_nearest(PICTURES, COVERED, patch), 4),
    "patch of interpolate": (lambda patch: interpolate(PICTURES, COVERED, patch), 4),
    "patch of Pixels": (lambda patch: Pixels(patch)(PICTURES), 4),
    "batch size": (lambda size: feature_maps(Pixels(4), PICTURES, size), 3),
    "most": (lambda most: patch_probe(Pixels(2), SCENES, SCENES, most=most), 20),
}
"""Each measure as a function of a whole number from 1 up, and one that is right."""

OTHERS: dict[str, Callable[[], Any]] = {
    "ranks": lambda: ranks(QUERIES @ QUERIES.T),
    "prompt_classes": lambda: prompt_classes(said, ["cat", "dog"], ["a {}", "the {}"]),
    "rollout": lambda: rollout(LOOKED),
    "attention_distance": lambda: attention_distance(LOOKED, 2, 1),
    "attention_on": lambda: attention_on(MAPS, MASKS),
    "pointing": lambda: pointing(MAPS, MASKS),
    "mask_iou": lambda: mask_iou(MAPS, MASKS),
    "psnr": lambda: psnr(PAINTED, PICTURES),
    "segmentation_probe": lambda: segmentation_probe(Pixels(2), SCENES, SCENES),
}

EVERY: dict[str, Callable[[], Any]] = {
    **{f"{name} of features": lambda of=of: of(X) for name, of in OF_FEATURES.items()},
    **{f"{name} of labels": lambda of=of: of(TRUTH) for name, of in OF_LABELS.items()},
    **{name: lambda of=of, right=right: of(right) for name, (of, right) in OF_NUMBERS.items()},
    **OTHERS,
}


def flat(found: Any) -> Tensor:
    """Whatever a measure returns as one list of numbers."""
    if isinstance(found, Tensor):
        return found.double().flatten()
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else None
    return torch.tensor([found], dtype=torch.float64) if parts is None else torch.cat([flat(part) for part in parts])


def same(one: Any, other: Any, atol: float = 0.0) -> bool:
    return torch.allclose(flat(one), flat(other), rtol=0, atol=atol, equal_nan=True)


def refused(call: Callable[[], Any]) -> str:
    """The one sentence with which a call is refused."""
    with pytest.raises(ValueError) as error:
        call()
    words = str(error.value)
    assert words.startswith("expected") and "got" in words and "\n" not in words
    return words


@contextmanager
def default(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


# ---------------------------------------------------------------------------------------- Any surroundings


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "around",
    [
        torch.inference_mode,
        torch.no_grad,
        lambda: torch.autocast("cpu", torch.bfloat16),
        lambda: default(torch.float64),
        lambda: default(torch.float16),
    ],
    ids=["inference", "no gradients", "autocast", "default float64", "default float16"],
)
def test_measures_are_the_same_in_any_surroundings(
    name: str, around: Callable[[], AbstractContextManager[Any]]
) -> None:
    alone = EVERY[name]()
    chance = torch.get_rng_state()
    with around():
        inside = EVERY[name]()
    assert same(alone, inside) and torch.equal(chance, torch.get_rng_state()) and torch.is_grad_enabled()
    assert not isinstance(alone, Tensor) or alone.dtype == inside.dtype


# ---------------------------------------------------------------------------------------- Any features


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32, torch.uint8])
@pytest.mark.parametrize("name", OF_FEATURES)
def test_features_of_any_dtype_count_as_their_numbers(name: str, dtype: torch.dtype) -> None:
    x = (16 * X).round().abs() if dtype == torch.uint8 else (16 * X).round()
    assert same(OF_FEATURES[name](x.to(dtype)), OF_FEATURES[name](x), atol=1e-5)


@pytest.mark.parametrize("scale", [2.0**-100, 2.0**-27, 2.0**27, 2.0**100])
@pytest.mark.parametrize(
    "measure",
    [
        lambda s: rank_me(s * X),
        lambda s: spectrum(s * X) / s,
        lambda s: uniformity(s * X),
        lambda s: alignment(s * X, X.roll(1, 0)),
        lambda s: neighbors(s * QUERIES, s * X, 5),
        lambda s: neighbors(QUERIES, s * X, 5),
        lambda s: neighbors(s * QUERIES, s * X, 5, "euclidean"),
        lambda s: knn(s * X, LABELS, s * QUERIES, 5, "euclidean"),
        lambda s: zero_shot(s * QUERIES, X / s),
        lambda s: linear_probe(s * X, LABELS).logits(s * QUERIES),
        lambda s: few_shot(s * X, LABELS, s * QUERIES, TRUTH, 2, range(2)),
        lambda s: mask_iou(s * MAPS, MASKS),
        lambda s: pointing(s * MAPS, MASKS),
        lambda s: attention_on(s * MAPS, MASKS),
        lambda s: attention_distance(s * LOOKED, 2, 1),
    ],
)
def test_the_scale_of_features_does_not_count(measure: Callable[[float], Any], scale: float) -> None:
    assert same(measure(scale), measure(1.0))


@st.composite
def clouds(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Features (N, D) of any kind, other ones as wide, and labels (N,) of at least two classes."""
    n, width = draw(st.integers(2, 9)), draw(st.integers(1, 6))
    g = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    x, others = torch.randn(n, width, generator=g), torch.randn(draw(st.integers(1, 5)), width, generator=g)
    kind = draw(st.sampled_from(["any", "positive", "twins", "all alike", "zeros", "one row of zeros", "far", "whole"]))
    if kind in ("positive", "twins"):
        x = x.relu() if kind == "positive" else x[torch.arange(n) // 2]
    elif kind in ("all alike", "one row of zeros"):
        x[slice(None) if kind == "all alike" else 0] = 0.3 if kind == "all alike" else 0.0
    x = {"zeros": 0 * x, "far": x + 1000, "whole": (3 * x).round().long()}.get(kind, x)
    if kind not in ("far", "whole"):
        x = x * draw(st.sampled_from([1e-30, 1e-8, 1.0, 1e8, 1e30]))
    if kind == "any" and x.abs().max() < 100:
        x = x.to(draw(st.sampled_from([torch.float16, torch.bfloat16, torch.float64])))
    classes = draw(st.integers(2, n))
    return x, others, (torch.arange(n) % classes).to(draw(st.sampled_from([torch.int64, torch.int32, torch.uint8])))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(clouds())
def test_measures_of_any_features_are_in_their_range(cloud: tuple[Tensor, Tensor, Tensor]) -> None:
    x, _, _ = cloud
    spread = spectrum(x)
    assert spread.shape == (min(x.shape),) and spread.isfinite().all() and spread.dtype == torch.float32
    assert (spread >= 0).all() and (spread.diff() <= 0).all()
    assert 1 <= rank_me(x) <= x.shape[1]
    assert -8.01 <= uniformity(x) <= 1e-5
    assert 0 <= alignment(x, x.flip(0)) <= 4.001 and alignment(x, x) == 0


@settings(deadline=None, derandomize=True, max_examples=50)
@given(clouds(), st.sampled_from(["cosine", "euclidean"]), st.data())
def test_answers_from_any_features_are_answers(
    cloud: tuple[Tensor, Tensor, Tensor], metric: str, data: st.DataObject
) -> None:
    x, others, labels = cloud
    k = data.draw(st.integers(1, len(x)))
    near = neighbors(others, x, k, metric)
    assert near.shape == (len(others), k) and near.dtype == torch.int64
    assert all(len(set(row)) == k and 0 <= min(row) and max(row) < len(x) for row in near.tolist())
    voted = knn(x, labels, others, k, metric)
    assert voted.shape == (len(others),) and set(voted.tolist()) <= set(labels.tolist())
    assert neighbors(others[:0], x, k, metric).shape == (0, k) and knn(x, labels, others[:0], k, metric).shape == (0,)
    nearest = zero_shot(others, x)
    assert nearest.shape == (len(others),) and 0 <= nearest.min() and nearest.max() < len(x)
    assert zero_shot(others[:0], x).shape == (0,)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(clouds(), st.sampled_from([1e-3, 0.1, 1.0, 100.0, np.float32(2.0), 3]))
def test_probes_of_any_features_are_probes(cloud: tuple[Tensor, Tensor, Tensor], C: float) -> None:
    x, others, labels = cloud
    probe = linear_probe(x, labels, C, steps=20)
    scores = probe.logits(x)
    assert scores.shape == (len(x), len(labels.unique())) and scores.isfinite().all() and scores.dtype == torch.float32
    assert set(probe(x).tolist()) <= set(labels.tolist()) and probe(x).dtype == torch.int64
    assert probe(others[:0]).shape == (0,)
    found = few_shot(x, labels, x, labels, 1, seeds=[3, 4])
    assert found.shape == (2,) and ((0 <= found) & (found <= 1)).all()


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("name", OF_FEATURES)
def test_features_that_are_no_numbers_are_refused(name: str, value: float) -> None:
    x = X.clone()
    x[3, 2] = value
    assert "finite numbers" in refused(lambda: OF_FEATURES[name](x))
    assert "finite numbers" in refused(lambda: OF_FEATURES[name](x.half()))


@pytest.mark.parametrize("name", OF_FEATURES)
def test_what_is_not_a_list_of_features_is_refused(name: str) -> None:
    for x in (X[0], X[None], X[:, :0], X.tolist(), X.numpy(), X.to(torch.complex64), None, torch.tensor(1.0)):
        refused(lambda x=x: OF_FEATURES[name](x))
    if name not in ("spectrum", "rank_me", "uniformity", "linear_probe"):
        refused(lambda: OF_FEATURES[name](X[:, :4]))
    if not name.endswith(("queries", "images", "a probe", "logits")):
        refused(lambda: OF_FEATURES[name](X[:0]))


# ---------------------------------------------------------------------------------------- Any labels


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_of_any_whole_dtype_count_as_their_numbers(name: str, dtype: torch.dtype) -> None:
    assert same(OF_LABELS[name](TRUTH.to(dtype)), OF_LABELS[name](TRUTH))


@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_that_do_not_fit_are_refused(name: str) -> None:
    for y in (TRUTH[:1], TRUTH[:-1], TRUTH[:, None], TRUTH[None], TRUTH.float(), TRUTH.tolist(), TRUTH - 1, TRUTH[0]):
        refused(lambda y=y: OF_LABELS[name](y))
    if name in BOUNDED:
        assert "from 0 to 2, got some from 0 to 3" in refused(lambda: OF_LABELS[name](TRUTH + (TRUTH == 2)))
    refused(lambda: OF_LABELS[name](TRUTH[:0]))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), min_size=1, max_size=30))
def test_confusions_and_levels_of_any_labels_are_counts_and_shares(pairs: list[tuple[int, int]]) -> None:
    found, true = (torch.tensor(values, dtype=torch.uint8) for values in zip(*pairs, strict=True))
    table = confusion_matrix(found, true, 20)
    assert table.shape == (20, 20) and table.dtype == torch.int64 and table.sum() == len(pairs)
    assert all(table[b, a] == pairs.count((a, b)) for a, b in pairs)
    paths = torch.stack([torch.arange(20), torch.arange(20) // 5], 1)
    right = level_accuracy(found, true, paths)
    assert right.tolist() == pytest.approx(
        [sum(a == b for a, b in pairs) / len(pairs), sum(a // 5 == b // 5 for a, b in pairs) / len(pairs)]
    )


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 12),
    st.sampled_from([0.1, 1.0, 30.0]),
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
    st.integers(0, 99),
)
def test_the_calibration_of_any_probabilities_adds_up(
    n: int, classes: int, bins: int, sharp: float, dtype: torch.dtype, seed: int
) -> None:
    g = torch.Generator().manual_seed(seed)
    p, labels = (sharp * torch.randn(n, classes, generator=g)).softmax(1).to(dtype), torch.arange(n) % classes
    confidence, accuracy, share, error = calibration(p, labels, bins)
    assert confidence.shape == accuracy.shape == share.shape == (bins,) and share.sum().item() == pytest.approx(1)
    empty = share == 0
    assert torch.equal(empty, accuracy.isnan()) and torch.equal(empty, confidence.isnan()) and 0 <= error <= 1
    sure, guess = p.double().max(1)
    assert (confidence * share).nansum().item() == pytest.approx(sure.mean().item(), abs=1e-5)
    refused(lambda: calibration(p, labels - 1, bins))
    assert (accuracy * share).nansum().item() == pytest.approx((guess == labels).double().mean().item(), abs=1e-5)


@pytest.mark.parametrize(
    "p", [SURE[0], SURE[:0], SURE[:, :0], 2 * SURE, SURE.log(), SURE * torch.nan, SURE.tolist(), SURE - SURE[:, :1]]
)
def test_what_is_no_probability_is_refused(p: Any) -> None:
    refused(lambda: calibration(p, TRUTH))


# ---------------------------------------------------------------------------------------- Any numbers


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_are_whole_and_from_1_up_or_refused(name: str) -> None:
    of, right = OF_NUMBERS[name]
    for number in (np.int64(right), np.uint8(right), torch.tensor(right)):
        assert same(of(number), of(right))
    for number in (0, -1, True, False, 2.5, 2.0, float("nan"), np.float32(2), np.bool_(True), "2", None):
        refused(lambda number=number: of(number))


@pytest.mark.parametrize("C", [0, -1.0, float("nan"), 1e-9, 1e-300, "1", None])
def test_a_probe_that_cannot_be_fitted_is_refused(C: Any) -> None:
    assert "a C above 0" in refused(lambda: linear_probe(X, LABELS, C))
    refused(lambda: few_shot(X, LABELS, QUERIES, TRUTH, 2, range(2), C))


def test_no_choices_and_one_class_are_refused() -> None:
    assert "at least one seed" in refused(lambda: few_shot(X, LABELS, QUERIES, TRUTH, 2, []))
    assert "at least two classes to tell apart, got 1" in refused(lambda: linear_probe(X, 0 * LABELS))
    assert "at least two classes" in refused(lambda: few_shot(X, 0 * LABELS, QUERIES, TRUTH, 2))


# ---------------------------------------------------------------------------------------- Any similarities


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.sampled_from([-9, -1, 0, 1, 3]), min_size=n, max_size=n), min_size=n, max_size=n)
    ),
    st.sampled_from([torch.float16, torch.float32, torch.float64, torch.int64]),
    st.sets(st.integers(1, 20)),
)
def test_ranks_are_what_a_loop_finds(rows: list[list[int]], dtype: torch.dtype, at: set[int]) -> None:
    similarity = torch.tensor(rows, dtype=dtype)
    expected = [sum(value >= row[i] for value in row) for i, row in enumerate(rows)]
    assert ranks(similarity).tolist() == expected
    found = retrieval(similarity, sorted(at))
    for k in at:  # beyond the last, everything is found
        assert found[f"recall@{k}"] == pytest.approx(sum(rank <= k for rank in expected) / len(rows))
    assert found["median rank"] == float(np.median(expected)) and len(found) == len(at) + 1
    if dtype.is_floating_point:
        similarity[-1, 0] = torch.nan
        refused(lambda: ranks(similarity))


def test_similarities_that_cannot_be_ranked_are_refused() -> None:
    bad: Any
    for bad in (X, X[0], torch.full((2, 2), torch.nan), [[1.0]], torch.eye(2).to(torch.complex64), None):
        for measure in (ranks, retrieval):
            refused(lambda bad=bad, measure=measure: measure(bad))
    assert ranks(torch.zeros(0, 0)).shape == (0,)
    assert "at least one question" in refused(lambda: retrieval(torch.zeros(0, 0)))
    masked = torch.tensor([[1.0, -torch.inf], [torch.inf, torch.inf]])
    assert ranks(masked).tolist() == [1, 2]


# ---------------------------------------------------------------------------------------- Any texts


def test_names_may_hold_anything_and_prompts_may_name_twice() -> None:
    asked: list[str] = []

    def note(texts: Any) -> Tensor:
        asked.extend(texts)
        return said(texts).half()

    found = prompt_classes(note, ["cat", "{dog}"], ["{} and {}", "a {x} {}"])
    assert asked == ["cat and cat", "{dog} and {dog}", "a {x} cat", "a {x} {dog}"]
    assert found.shape == (2, 5) and torch.allclose(found, said(asked[:2])) and found.dtype == torch.float32


@pytest.mark.parametrize(
    ("text", "names", "prompts"),
    [
        (said, [], ["a {}"]),
        (said, ["cat"], []),
        (said, "cat", ["a {}"]),
        (said, ["cat"], "a {}"),
        (said, ["cat"], ["a cat"]),
        (lambda texts: torch.eye(3), ["cat"], ["a {}"]),
        (lambda texts: torch.ones(2, 2), ["cat", "dog"], ["a {}"]),
        (lambda texts: 0 * said(texts), ["cat", "dog"], ["a {}"]),
        (lambda texts: torch.nan * said(texts), ["cat", "dog"], ["a {}"]),
        (lambda texts: said(texts)[0], ["cat", "dog"], ["a {}"]),
        (lambda texts: [1.0], ["cat", "dog"], ["a {}"]),
        (lambda texts: torch.eye(2, len(texts[0])), ["cat", "dog"], ["a {}", "the {}"]),
    ],
)
def test_texts_without_directions_are_refused(text: Any, names: Any, prompts: Any) -> None:
    refused(lambda: prompt_classes(text, names, prompts))


# ---------------------------------------------------------------------------------------- Any attention


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from([0.0, 1.0, 50.0]),
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
)
def test_any_attention_has_its_places(
    blocks: int, heads: int, prefix: int, rows: int, columns: int, sharp: float, dtype: torch.dtype
) -> None:
    g = torch.Generator().manual_seed(blocks)
    n = prefix + rows * columns
    attention = (sharp * torch.randn(blocks, 2, heads, n, n, generator=g)).softmax(-1).to(dtype)
    through = rollout(attention)
    assert through.shape == (2, n, n) and (through >= 0).all()
    assert torch.allclose(through.sum(-1), torch.ones(2, n, dtype=through.dtype), atol=0.03)
    far = attention_distance(attention, columns, prefix)
    assert far.shape == (blocks, heads) and (far >= 0).all() and (far <= (rows**2 + columns**2) ** 0.5).all()
    maps = attention[-1, :, 0].mean(1)[:, prefix:].unflatten(-1, (rows, columns)) + 1e-3
    masks = torch.rand(2, 2 * rows, 3 * columns, generator=g) < 0.5
    for share in (*attention_on(maps, masks), pointing(maps, masks), mask_iou(maps, masks)):
        assert 0 <= flat(share).min() and flat(share).max() <= 1 + 1e-5


@pytest.mark.parametrize(
    "call",
    [
        lambda: rollout(LOOKED[0]),
        lambda: rollout(LOOKED[..., :4]),
        lambda: rollout(LOOKED[:0]),
        lambda: rollout(LOOKED * torch.nan),
        lambda: rollout(-LOOKED),
        lambda: rollout(3 * LOOKED),
        lambda: rollout(LOOKED[..., 1:, 1:] * 0.5),
        lambda: attention_distance(LOOKED, 3, 1),
        lambda: attention_distance(LOOKED, 2, 0),
        lambda: attention_distance(LOOKED, 2, 5),
        lambda: attention_distance(LOOKED, 2, -1),
        lambda: attention_distance(LOOKED, 2, 1.0),  # pyright: ignore[reportArgumentType]
        lambda: attention_distance(LOOKED * torch.inf, 2, 1),
        lambda: attention_on(MAPS, MASKS[:3]),
        lambda: attention_on(MAPS, MASKS[:1]),
        lambda: attention_on(MAPS[:0], MASKS[:0]),
        lambda: attention_on(MAPS[0], MASKS),
        lambda: attention_on(MAPS, MASKS[:, None]),
        lambda: attention_on(MAPS, MASKS.float()),
        lambda: attention_on(MAPS, MASKS.byte() * 255),
        lambda: attention_on(MAPS * 0, MASKS),
        lambda: attention_on(-MAPS, MASKS),
        lambda: attention_on(MAPS * torch.nan, MASKS),
        lambda: attention_on(MAPS, torch.tensor(True)),
        lambda: attention_on(MAPS.tolist(), MASKS),  # pyright: ignore[reportArgumentType]
        lambda: mask_iou(MAPS, MASKS, "0.6"),  # pyright: ignore[reportArgumentType]
        lambda: mask_iou(MAPS.tolist(), MASKS),  # pyright: ignore[reportArgumentType]
    ],
)
def test_attention_that_is_none_is_refused(call: Callable[[], Any]) -> None:
    refused(call)
