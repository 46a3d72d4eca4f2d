"""What every backbone is: pictures go in, features come out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation of ImageNet's colors, which weights trained on it expect."""


class Encoder(nn.Module):
    """Pictures (B, 3, H, W) in [0, 1] to features (B, width). It does its own normalization, so nobody forgets it."""

    width: int
    """How many numbers the features of one picture are."""

    def forward(self, pictures: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has to say how pictures become features: def forward")

    def feature_map(self, pictures: Tensor) -> Tensor:
        """Features where they lie in the picture, (B, width, h, w), before they become one list for all of it."""
        raise NotImplementedError(f"{type(self).__name__} has no map of features: def feature_map")


class Normalize(nn.Module):
    """Subtract a mean and divide by a std, color by color; pictures stay (B, 3, H, W).

    Raises:
        ValueError: from `forward`, if the pictures are not (B, 3, H, W).

    >>> Normalize()(torch.full((1, 3, 1, 1), 0.75)).flatten()
    tensor([1., 1., 1.])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float] = (0.5,) * 3, std: Sequence[float] = (0.25,) * 3):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.ndim != 4 or pictures.shape[1] != 3:
            raise ValueError(
                f"expected pictures (B, 3, H, W) in [0, 1], got {tuple(pictures.shape)}: "
                f"add the batch with picture[None], put the colors first with permute"
            )
        return (pictures - self.mean) / self.std
