"""What can be taken away from SimSiam."""

import torch

from course_lib.nn import ConvNet
from course_lib.pretrain import SimSiam


def test_the_predictor_can_be_taken_away_from_simsiam():
    z = torch.randn(3, 128)
    assert torch.equal(SimSiam(ConvNet((8, 16)), predict=False).predictor(z), z)
    assert not torch.equal(SimSiam(ConvNet((8, 16))).predictor(z), z)


def test_the_last_batch_norm_sees_to_the_spread():
    for norm in (True, False):
        method, x = SimSiam(ConvNet((8, 16)), norm=norm), torch.randn(64, 16)
        same_spread = torch.allclose(method.projector(x).var(0, correction=0), torch.ones(128), atol=1e-2)
        assert same_spread == norm  # what the paper's last batch norm sees to
