"""What probes and neighbors are tried on."""

import pytest
import torch


@pytest.fixture(scope="module")
def clouds():
    """Five overlapping clouds of 12 numbers, labels 3 to 7, to train and to test on."""
    g = torch.Generator().manual_seed(0)
    middles = torch.randn(5, 12, generator=g)

    def some(n):
        y = torch.randint(5, (n,), generator=g)
        return middles[y] * 1.2 + 3 + torch.randn(n, 12, generator=g) * torch.linspace(0.3, 4, 12), y + 3

    return *some(400), *some(300)
