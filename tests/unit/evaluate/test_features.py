"""Features are taken without a trace."""

import pytest
import torch

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
