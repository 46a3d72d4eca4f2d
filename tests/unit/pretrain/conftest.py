"""What tests of several methods begin with: embeddings of two views, and of pictures with their texts."""

import pytest
import torch
import torch.nn.functional as F

from .small import Pair


def two(rows: int, generator: torch.Generator) -> Pair:
    return torch.randn(rows, 5, generator=generator), torch.randn(rows, 5, generator=generator)


@pytest.fixture
def views() -> Pair:
    one, other = two(6, torch.Generator().manual_seed(0))
    return one.requires_grad_(), other.requires_grad_()


@pytest.fixture
def pairs() -> Pair:
    image, text = two(7, torch.Generator().manual_seed(0))
    return F.normalize(image, dim=1).requires_grad_(), F.normalize(text, dim=1).requires_grad_()
