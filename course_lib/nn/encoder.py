"""What every backbone is: pictures go in, features come out."""

from __future__ import annotations

from torch import Tensor, nn


class Encoder(nn.Module):
    """Pictures (B, 3, H, W) in [0, 1] to features (B, width). It does its own normalization, so nobody forgets it."""

    width: int
    """How many numbers the features of one picture are."""

    def forward(self, pictures: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has to say how pictures become features: def forward")
