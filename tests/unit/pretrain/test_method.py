"""What every method has in common: the spread of features."""

import pytest
import torch

from course_lib.pretrain import (
    feature_std,
)


def test_the_spread_of_features():
    g = torch.Generator().manual_seed(0)
    assert feature_std(torch.randn(4000, 16, generator=g)).item() == pytest.approx(1, abs=0.01)
    assert feature_std(7 * torch.randn(4000, 16, generator=g)).item() == pytest.approx(1, abs=0.01)
    assert feature_std(torch.randn(16, generator=g).expand(9, 16)).item() == pytest.approx(0, abs=1e-6)
