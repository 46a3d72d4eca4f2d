"""The residual network: its maps and features, and what settles its weights."""

import pytest
import torch

from course_lib.nn import ConvNet


@pytest.mark.parametrize("stem", ["small", "large"])
@torch.no_grad()
def test_features_are_the_mean_of_the_map(stem):
    network, pictures = ConvNet((8, 16, 32), blocks=2, stem=stem).eval(), torch.rand(2, 3, 48, 32)
    maps = network.feature_map(pictures)
    assert maps.shape == ((2, 32, 12, 8) if stem == "small" else (2, 32, 6, 4))
    assert torch.equal(network(pictures), maps.mean((2, 3))) and network.width == 32


def test_the_same_seed_gives_the_same_weights_and_leaves_no_trace():
    before = torch.get_rng_state()
    one, same, other = (ConvNet(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["stem.0.weight"], other["stem.0.weight"])


def test_pictures_without_a_batch_get_a_sentence():
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\) in \[0, 1\], got \(3, 32, 32\)"):
        ConvNet()(torch.rand(3, 32, 32))
