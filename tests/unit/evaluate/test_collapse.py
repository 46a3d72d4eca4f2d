"""Measures of collapse, on features made by hand: how many directions, how near partners, how even all."""

import math

import pytest
import torch

from course_lib.evaluate import alignment, rank_me, spectrum, uniformity


def test_the_spectrum_is_the_spread_along_each_direction():
    g = torch.Generator().manual_seed(0)
    turned, _ = torch.linalg.qr(torch.randn(5, 5, generator=g))
    spreads = torch.tensor([3.0, 2.0, 1.0, 0.5, 0.0])
    even, _ = torch.linalg.qr(torch.randn(40, 6, generator=g) - torch.randn(6, generator=g))
    even = torch.linalg.qr(torch.cat([torch.ones(40, 1), even], 1))[0][:, 1:6]  # orthonormal, and with mean 0
    found = spectrum(even * math.sqrt(39) * spreads @ turned.T + 100)  # wherever the middle is
    assert torch.allclose(found, spreads, atol=1e-4)


@pytest.mark.parametrize("directions", [1, 2, 7])
def test_the_rank_counts_directions_that_are_filled_alike(directions):
    axes = torch.eye(8)[:directions]
    features = torch.cat([axes, -axes])
    assert rank_me(features) == pytest.approx(directions, rel=1e-4)
    assert rank_me(50 * features + 3) == pytest.approx(directions, rel=1e-4)


def test_features_that_are_all_the_same_count_as_one_direction():
    assert rank_me(torch.ones(9, 4)) == 1.0
    assert uniformity(torch.ones(9, 4)) == pytest.approx(0, abs=1e-6)


def test_alignment_is_the_squared_distance_of_directions():
    one = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert alignment(one, 7 * one) == pytest.approx(0)
    assert alignment(one, -one) == pytest.approx(4)
    assert alignment(one, one.flip(1)) == pytest.approx(2)


def test_uniformity_as_a_loop():
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(1))
    rows = (x / x.norm(dim=1, keepdim=True)).tolist()
    pairs = [(a, b) for i, a in enumerate(rows) for b in rows[:i]]
    far = [sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) for a, b in pairs]
    assert uniformity(x) == pytest.approx(math.log(sum(math.exp(-2 * d) for d in far) / len(far)), rel=1e-5)


@pytest.mark.parametrize("measure", [spectrum, rank_me, uniformity])
def test_one_feature_alone_is_said_in_a_sentence(measure):
    for features in (torch.ones(1, 4), torch.ones(4)):
        with pytest.raises(ValueError, match=r"expected features \(N, D\) of at least two pictures, got"):
            measure(features)
