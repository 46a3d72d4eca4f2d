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


@torch.no_grad()
def test_pictures_of_every_floating_dtype_are_read_in_the_networks_own():
    network, pictures = ConvNet((8, 8)).eval(), torch.rand(2, 3, 8, 8)
    assert torch.equal(network(pictures.double()), network(pictures))
    assert torch.equal(network(pictures.half()), network(pictures.half().float()))
    half = ConvNet((8, 8)).eval().bfloat16()
    assert torch.equal(half(pictures), half(pictures.bfloat16())) and half(pictures).dtype == torch.bfloat16
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(network(pictures.double()), network(pictures))


def test_what_is_no_picture_gets_a_sentence():
    for wrong, told in (
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "got uint8: divide bytes by 255"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.bool), "got bool"),
        (torch.rand(2, 3, 1, 8), "pictures of 2 pixels a side or more, got .2, 3, 1, 8."),
    ):
        with pytest.raises(ValueError, match=told):
            ConvNet((8, 8))(wrong)


def test_wrong_settings_get_a_sentence():
    for options, told in (
        ({"channels": ()}, "some channels and a stem 'small' or 'large'"),
        ({"stem": "middle"}, "some channels and a stem 'small' or 'large'"),
        ({"channels": (8, 1.5)}, "a number of channels, whole and from 1, got 1.5"),
        ({"blocks": 0}, "a number of blocks, whole and from 1, got 0"),
        ({"mean": (0.5,)}, "a mean and a std for each of three colors"),
        ({"std": (1, 0, 1)}, "a std above 0, got 0"),
    ):
        with pytest.raises(ValueError, match=told):
            ConvNet(**options)  # pyright: ignore[reportArgumentType]


def test_whole_means_are_numbers_like_others():
    pictures = torch.rand(1, 3, 8, 8)
    assert torch.equal(ConvNet(mean=(0, 0, 0)).normalize(pictures), ConvNet(mean=(0.0,) * 3).normalize(pictures))


def test_the_users_dtype_and_device_are_the_networks():
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        network = ConvNet((8, 8))
    finally:
        torch.set_default_dtype(before)
    assert network(torch.rand(2, 3, 8, 8)).dtype == torch.float64
    with torch.device("meta"):
        assert ConvNet((8, 8))(torch.rand(2, 3, 8, 8)).shape == (2, 8)
