"""What can be taken away from BYOL."""

import torch

from course_lib.nn import ConvNet
from course_lib.pretrain import BYOL


def test_the_predictor_can_be_taken_away_from_byol():
    z = torch.randn(3, 128)
    assert torch.equal(BYOL(ConvNet((8, 16)), predict=False).predictor(z), z)
    assert not torch.equal(BYOL(ConvNet((8, 16))).predictor(z), z)
