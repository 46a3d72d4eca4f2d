"""Features are taken without a trace."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from course_lib.evaluate import (
    features,
)
from course_lib.nn import ConvNet


def test_features_leave_the_encoder_as_it_was():
    net = ConvNet((8, 8))
    net.train()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    pictures = torch.rand(7, 3, 16, 16)
    x = features(net, pictures, batch_size=3)
    assert net.training and not x.requires_grad and torch.equal(x, features(net.eval(), pictures, 3))
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


def test_one_picture_alone_is_told_to_become_a_batch():
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\).*picture\[None\]"):
        features(ConvNet(), torch.rand(3, 32, 32))
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\).*picture\[None\]"):
        ConvNet()(torch.rand(3, 32, 32))


def half_frozen() -> ConvNet:
    """A network in training, whose second half is frozen."""
    net = ConvNet((8, 8)).train()
    list(net.children())[-1].eval()
    return net


class Says(nn.Module):
    """A network that says what it is told to."""

    def __init__(self, what: Callable[[Tensor], Any]):
        super().__init__()
        self.what = what

    def forward(self, pictures: Tensor) -> Any:
        return self.what(pictures)


def test_every_part_of_the_encoder_goes_back_to_its_own_mode():
    net = half_frozen()
    before = [part.training for part in net.modules()]
    features(net, torch.rand(2, 3, 16, 16))
    assert [part.training for part in net.modules()] == before and len(set(before)) == 2
    with pytest.raises(ZeroDivisionError):
        features(nn.Sequential(net, Says(lambda _: 1 / 0)), torch.rand(2, 3, 16, 16))
    assert [part.training for part in net.modules()] == before


@pytest.mark.parametrize("of_weights", [torch.float64, torch.bfloat16])
def test_pictures_of_any_floating_dtype_are_taken(of_weights):
    pictures = torch.rand(2, 3, 16, 16)
    usual = features(ConvNet((8, 8)), pictures)
    assert torch.allclose(features(ConvNet((8, 8)), pictures.double()), usual)
    other = features(ConvNet((8, 8)).to(of_weights), pictures)
    assert other.dtype == torch.float32 and torch.allclose(other, usual, rtol=0.1, atol=0.1)
    net = ConvNet((8, 8))
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(features(net, pictures), usual)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ((255 * torch.rand(2, 3, 16, 16)).byte(), "got uint8: divide bytes by 255"),
        (255 * torch.rand(2, 3, 16, 16), r"expected pictures in \[0, 1\], got values from"),
        (torch.full((2, 3, 16, 16), torch.nan), r"expected pictures in \[0, 1\]"),
        (torch.rand(0, 3, 16, 16), "at least one picture, got none"),
        (torch.rand(2, 16, 16, 3), "put the colors first"),
        ([[0.0]], "pictures as a tensor, got a list"),
    ],
)
def test_what_is_no_picture_is_said_in_a_sentence(pictures, words):
    with pytest.raises(ValueError, match=words):
        features(ConvNet((8, 8)), pictures)


@pytest.mark.parametrize("size", [0, -1, 2.5, True, None])
def test_batches_have_a_whole_size(size):
    with pytest.raises(ValueError, match="a batch size"):
        features(ConvNet((8, 8)), torch.rand(2, 3, 16, 16), size)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda x: x, r"features \(N, D\) of 2 pictures, got \(2, 3, 8, 8\) from Says"),
        (lambda x: x.mean((1, 2, 3)), r"got \(2,\) from Says"),
        (lambda x: x.flatten(1)[:1], r"of 2 pictures, got \(1, 192\)"),
        (lambda x: (x.flatten(1), x), "got a tuple from Says"),
        (lambda x: x.flatten(1) / 0, "features from Says of finite numbers"),
    ],
)
def test_what_is_no_list_of_features_is_said_in_a_sentence(what, words):
    with pytest.raises(ValueError, match=words):
        features(Says(what), torch.rand(2, 3, 8, 8))
