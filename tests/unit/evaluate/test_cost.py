"""What a network costs is what a pencil says."""

import torch

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
