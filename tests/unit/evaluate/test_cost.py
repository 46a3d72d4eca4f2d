"""What a network costs is what a pencil says."""

import pytest
import torch
from torch import nn

from course_lib.evaluate import (
    cost,
)
from course_lib.nn import ViT


def test_cost_is_what_a_pencil_says():
    n, d = 16, 32
    network = ViT(d, 3, 4, size=32, patch=8, pool="mean", seed=0).train()
    found = cost(network, torch.rand(2, 3, 32, 32))
    assert found.parameters == sum(p.numel() for p in network.parameters())
    assert found.flops == 2 * (3 * (24 * n * d * d + 4 * n * n * d) + 2 * n * 192 * d)
    assert network.training and cost(network, torch.rand(4, 3, 32, 32)).remembered > 1.9 * found.remembered
    line = torch.nn.Linear(10, 4, bias=False)
    assert cost(line, torch.rand(8, 10)).remembered == 8 * 10 * 4  # the input, for the weights' gradient


def test_what_is_counted_stays_as_it_was():
    network = nn.Sequential(nn.Linear(10, 4), nn.Dropout().eval(), nn.Dropout())
    before, chance = [part.training for part in network.modules()], torch.get_rng_state()
    cost(network, torch.zeros(8, 10))
    assert [part.training for part in network.modules()] == before

    class Draws(nn.Module):
        def forward(self, x):
            return x * torch.rand(x.shape)

    cost(Draws(), torch.zeros(8, 10))
    assert torch.equal(torch.get_rng_state(), chance)
    with pytest.raises(RuntimeError):
        cost(network, torch.zeros(8, 11))
    assert [part.training for part in network.modules()] == before


@pytest.mark.parametrize("around", [torch.inference_mode, torch.no_grad])
def test_what_is_remembered_is_counted_even_where_nothing_would_be(around):
    network, usual = ViT(32, 1, 4, size=16, patch=8), torch.rand(2, 3, 16, 16)
    with around():
        assert cost(network, torch.rand(2, 3, 16, 16)) == cost(network, usual)
    assert cost(network, usual).remembered > 0
    with around():
        assert cost(network, usual.double()) == cost(network, usual)


def test_what_cannot_be_counted_is_said_in_a_sentence():
    network = ViT(32, 1, 4, size=16, patch=8)
    with pytest.raises(ValueError, match="got uint8: divide bytes by 255"):
        cost(network, torch.zeros(1, 3, 16, 16, dtype=torch.uint8))
    with torch.inference_mode():
        inside = nn.Linear(3, 3)
    with pytest.raises(ValueError, match="a network made outside torch.inference_mode"):
        cost(inside, torch.zeros(1, 3))
