"""A small residual network (He and others, 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .encoder import Encoder
from .seeding import seeded


class Block(nn.Module):
    """Two 3×3 convolutions beside a shortcut, (B, C, H, W) to (B, C', H/stride, W/stride): equation 2 of the paper."""

    def __init__(self, channels: int, out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != out:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(self.conv1(x)).relu()
        return (self.norm2(self.conv2(y)) + self.shortcut(x)).relu()


class ConvNet(Encoder):
    """Pictures (B, 3, H, W) in [0, 1] to features (B, width): the course's small backbone.

    Args:
        channels: of the stem and of each stage; every stage but the first halves the sides of its maps.
        blocks: residual blocks in each stage.
        seed: settles the random weights it starts from.

    Raises:
        ValueError: from `forward`, if the pictures are not (B, 3, H, W).

    >>> ConvNet()(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 128])
    """

    def __init__(self, channels: Sequence[int] = (16, 32, 64, 128), blocks: int = 1, seed: int = 0):
        super().__init__()
        stem, *stages = channels
        self.width = channels[-1]
        with seeded(seed):
            self.stem = nn.Sequential(
                nn.Conv2d(3, stem, 3, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU(), nn.MaxPool2d(2)
            )
            layers = []
            for before, after in zip(channels, stages, strict=False):
                for number in range(blocks):
                    stride = 2 if number == 0 and layers else 1
                    layers.append(Block(before if number == 0 else after, after, stride))
            self.stages = nn.Sequential(*layers)

    def maps(self, pictures: Tensor) -> Tensor:
        """Feature maps, (B, width, H/8, W/8) for three stages: what `forward` takes the mean of."""
        if pictures.ndim != 4 or pictures.shape[1] != 3:
            raise ValueError(
                f"expected pictures (B, 3, H, W) in [0, 1], got {tuple(pictures.shape)}: "
                f"add the batch with picture[None], put the colors first with permute"
            )
        x = (pictures - 0.5) / 0.25  # roughly mean 0 and spread 1
        return self.stages(self.stem(x.contiguous(memory_format=torch.channels_last)))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.maps(pictures).mean((2, 3))
