"""What every backbone is: pictures go in, features come out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..expect import expect_number
from .pictures import expect_pictures

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
    """Subtract a mean and divide by a std, color by color; pictures stay (B, 3, H, W), and get this module's dtype.

    Raises:
        ValueError: unless there are a mean and a std above 0 for each of three colors; from `forward`, if the pictures
            are not (B, 3, H, W) or are bytes.

    >>> Normalize()(torch.full((1, 3, 1, 1), 0.75)).flatten()
    tensor([1., 1., 1.])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float] = (0.5,) * 3, std: Sequence[float] = (0.25,) * 3):
        super().__init__()
        if len(mean) != 3 or len(std) != 3:
            raise ValueError(f"expected a mean and a std for each of three colors, got {mean} and {std}")
        for of_mean, of_std in zip(mean, std, strict=True):
            expect_number("a mean", of_mean, low=-math.inf)
            expect_number("a std", of_std, above=True)
        for name, colors in (("mean", mean), ("std", std)):
            values = torch.tensor([float(color) for color in colors])[:, None, None]
            self.register_buffer(name, values, persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        expect_pictures(pictures)
        return (pictures.to(self.mean.dtype) - self.mean) / self.std
