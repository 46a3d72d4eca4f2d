"""A residual network (He and others, 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from ..expect import expect_whole
from .encoder import Encoder, Normalize
from .seeding import seeded


class Residual(nn.Module):
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
    """Pictures (B, 3, H, W) in [0, 1] to features (B, width): the course's convolutional backbone.

    With `channels=(64, 64, 128, 256, 512), blocks=2, stem="large"` it is ResNet-18, and takes its published weights
    (`published.resnet18`).

    Args:
        channels: of the stem and of each stage; every stage but the first halves the sides of its maps.
        blocks: residual blocks in each stage.
        seed: settles the random weights it starts from.
        stem: "small", 3×3 and pooled by 2, for pictures of some 32 pixels; "large", 7×7 with stride 2 and pooled by 2,
            for pictures of some 224.
        mean, std: of each color, subtracted and divided by.

    Raises:
        ValueError: without channels or blocks, or for another stem; from `forward`, if the pictures are not
            (B, 3, H, W), or too small for the stem.

    >>> ConvNet()(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 128])
    """

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 64, 128),
        blocks: int = 1,
        seed: int = 0,
        stem: Literal["small", "large"] = "small",
        mean: Sequence[float] = (0.5,) * 3,
        std: Sequence[float] = (0.25,) * 3,
    ):
        super().__init__()
        if not channels or stem not in ("small", "large"):
            raise ValueError(f"expected some channels and a stem 'small' or 'large', got {channels} and {stem!r}")
        channels = [expect_whole("a number of channels", number) for number in channels]
        blocks = expect_whole("a number of blocks", blocks)
        first, *stages = channels
        self.width = channels[-1]
        self.smallest = 2 if stem == "small" else 1  # the side in pixels of which pooling leaves something
        self.normalize = Normalize(mean, std)
        with seeded(seed):
            conv = nn.Conv2d(3, first, 3, padding=1, bias=False)
            pool = nn.MaxPool2d(2)
            if stem == "large":
                conv = nn.Conv2d(3, first, 7, stride=2, padding=3, bias=False)
                pool = nn.MaxPool2d(3, stride=2, padding=1)
            self.stem = nn.Sequential(conv, nn.BatchNorm2d(first), nn.ReLU(), pool)
            layers = []
            for before, after in zip(channels, stages, strict=False):
                for number in range(blocks):
                    stride = 2 if number == 0 and layers else 1
                    layers.append(Residual(before if number == 0 else after, after, stride))
            self.stages = nn.Sequential(*layers)

    def feature_map(self, pictures: Tensor) -> Tensor:
        """Feature maps, (B, width, H/8, W/8) for three stages and a small stem: what `forward` takes the mean of."""
        x = self.normalize(pictures)
        if min(x.shape[2:]) < self.smallest:
            raise ValueError(f"expected pictures of {self.smallest} pixels a side or more, got {tuple(x.shape)}")
        return self.stages(self.stem(x.contiguous(memory_format=torch.channels_last)))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.feature_map(pictures).mean((2, 3))
