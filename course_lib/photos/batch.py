"""Photographs of one size with their labels, as a batch like those of the picture world."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class PhotosMissing(OSError):
    """The photographs are not here and could not be fetched; the message says what to do."""


@dataclass
class Photos:
    """N photographs of one size with their labels; made of bytes, so that many fit into memory.

    Raises:
        ValueError: if they are no bytes (N, 3, H, W), or their labels are not (N,) numbers of classes; what labels
            say is looked at on the CPU alone.

    >>> some = Photos(torch.zeros(3, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 1]), ("cat", "dog"))
    >>> some[torch.tensor([2])].pictures.shape
    torch.Size([1, 3, 8, 8])
    """

    stored: Tensor  # (N, 3, H, W) uint8
    labels: Tensor  # (N,) indices into classes
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        stored, labels = self.stored, self.labels
        if not isinstance(stored, Tensor) or stored.dtype != torch.uint8 or stored.ndim != 4 or stored.shape[1] != 3:
            raise ValueError(
                f"expected photographs as bytes (N, 3, H, W), got {_told(stored)}: "
                f"make bytes of pictures in [0, 1] with `(pictures * 255).round().byte()`"
            )
        if not isinstance(labels, Tensor) or not _whole(labels) or labels.shape != stored.shape[:1]:
            raise ValueError(
                f"expected a whole number as label for each of {len(self)} photographs, ({len(self)},) int64, "
                f"got {_told(labels)}"
            )
        if labels.device.type == "cpu" and len(labels):  # elsewhere a look at them would wait for the device
            least, most = (int(label) for label in labels.aminmax())
            if least < 0 or most >= len(self.classes):
                raise ValueError(
                    f"expected labels from 0 to {len(self.classes) - 1}, for {len(self.classes)} classes, "
                    f"got {least if least < 0 else most}"
                )

    def __len__(self) -> int:
        return len(self.stored)

    @cached_property
    def pictures(self) -> Tensor:
        """(N, 3, H, W) float32 in [0, 1], like those of the picture world."""
        return self.stored.float() / 255

    def __getitem__(self, index: Tensor | slice | Sequence[int] | NDArray) -> Photos:
        """Some of the photographs.

        Args:
            index: a slice, or positions (M,) on the CPU, from 0 to N - 1 or counted from the end as -1 to -N, or True
                and False for each photograph (N,).

        Raises:
            ValueError: for anything else, a single position too.
        """
        here = self._positions(index)
        return Photos(self.stored[here], self.labels[here], self.classes)

    def _positions(self, index: Tensor | slice | Sequence[int] | NDArray) -> Tensor | slice:
        n = len(self)
        try:
            if isinstance(index, slice):
                positions = range(n)[index]
                return index if positions.step > 0 else torch.tensor(positions, dtype=torch.int64)
            chosen = index if isinstance(index, Tensor) else torch.from_numpy(np.array(index))
        except (TypeError, ValueError):
            chosen = torch.empty(())
        if chosen.shape == (0,):
            chosen = chosen.long()
        if chosen.ndim != 1 or not (_whole(chosen) or (chosen.dtype == torch.bool and len(chosen) == n)):
            raise ValueError(
                f"expected a slice such as photos[0:1], positions (M,), or True and False for each of {n} photographs, "
                f"got {_told(index)}"
            )
        chosen = chosen.nonzero()[:, 0] if chosen.dtype == torch.bool else chosen.long()
        if chosen.device.type == "cpu" and len(chosen):
            least, most = (int(position) for position in chosen.aminmax())
            if least < -n or most >= n:
                raise ValueError(
                    f"expected positions from 0 to {n - 1} for {n} photographs, got {least if least < -n else most}"
                )
        return chosen.to(self.stored.device, non_blocking=True)

    def to(self, device: torch.device | str) -> Photos:
        """The same photographs on another device."""
        return Photos(self.stored.to(device), self.labels.to(device), self.classes)

    def names(self, index: int) -> list[str]:
        """The name of what one photograph shows."""
        return [self.classes[int(label)] for label in self[[index]].labels]


def _whole(numbers: Tensor) -> bool:
    return not (numbers.is_floating_point() or numbers.is_complex() or numbers.dtype == torch.bool)


def _told(value: object) -> str:
    """Shape and dtype of a tensor, and of everything else what it is."""
    if not isinstance(value, Tensor):
        return reprlib.repr(value)
    return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
