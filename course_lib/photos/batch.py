"""Photographs of one size with their labels, as a batch like those of the picture world."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms import functional as transforms


class PhotosMissing(OSError):
    """The photographs are not here and could not be fetched; the message says what to do."""


@dataclass
class Photos:
    """N photographs of one size with their labels; made of bytes, so that many fit into memory.

    >>> some = Photos(torch.zeros(3, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 1]), ("cat", "dog"))
    >>> some[torch.tensor([2])].pictures.shape
    torch.Size([1, 3, 8, 8])
    """

    stored: Tensor  # (N, 3, H, W) uint8
    labels: Tensor  # (N,) indices into classes
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.stored)

    @cached_property
    def pictures(self) -> Tensor:
        """(N, 3, H, W) float32 in [0, 1], like those of the picture world."""
        return self.stored.float() / 255

    def __getitem__(self, index: Tensor | slice) -> Photos:
        """Some of the photographs; `index` is a slice or whole numbers (M,) on the CPU."""
        here = index.to(self.stored.device, non_blocking=True) if isinstance(index, Tensor) else index
        return Photos(self.stored[here], self.labels[here], self.classes)

    def to(self, device: torch.device | str) -> Photos:
        """The same photographs on another device."""
        return Photos(self.stored.to(device), self.labels.to(device), self.classes)

    def names(self, index: int) -> list[str]:
        """The name of what one photograph shows."""
        return [self.classes[int(self.labels[index])]]


def square(item: Image.Image | Path | str, size: int) -> Tensor:
    """A picture or its file as (3, size, size) uint8: resized so that the shorter side fits, and its middle cut out."""
    try:
        picture = item if isinstance(item, Image.Image) else Image.open(item)
        picture = picture.convert("RGB")
    except (UnidentifiedImageError, OSError) as problem:
        raise PhotosMissing(f"{item} cannot be read as a picture ({problem}): take it out of the folder.") from None
    if picture.size != (size, size):
        shorter = min(picture.size)
        picture = picture.resize(
            (max(size, round(picture.width * size / shorter)), max(size, round(picture.height * size / shorter))),
            Image.Resampling.BILINEAR,
        )
    return transforms.center_crop(transforms.pil_to_tensor(picture), [size, size])
