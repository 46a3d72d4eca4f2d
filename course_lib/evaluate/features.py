"""What an encoder makes of pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def features(encoder: nn.Module, pictures: Tensor, batch_size: int = 500) -> Tensor:
    """The features (N, D) of pictures (N, 3, H, W), in eval mode and without gradients, on the encoder's device.

    >>> from course_lib.nn import ConvNet
    >>> features(ConvNet(), torch.rand(5, 3, 32, 32)).shape
    torch.Size([5, 128])
    """
    weights = next(iter(encoder.parameters()), pictures)
    training = encoder.training
    encoder.eval()
    try:
        return torch.cat([encoder(some.to(weights.device)) for some in pictures.split(batch_size)]).float()
    finally:
        encoder.train(training)
