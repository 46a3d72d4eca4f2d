"""A batch of pictures with everything that is known about them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import torch
from torch import Tensor

from . import language
from .catalogue import PARTS, THINGS
from .render import render
from .scene import Scene

MAX_PARTS = max(len(parts) for parts in PARTS.values())


@dataclass
class Batch:
    """B pictures and their truth; K slots for things, front to back, padded with −1.

    Captions, questions and part masks are made when they are first asked for, so that nobody waits for truth
    that is not used.
    """

    pictures: Tensor  # (B, 3, H, W) float32 in [0, 1]
    labels: Tensor  # (B,) label of the nearest thing, an index into THINGS
    paths: Tensor  # (B, levels) its path up the hierarchy: thing, family, realm
    things: Tensor  # (B, K) labels
    colors: Tensor  # (B, K) indices into COLORS
    patterns: Tensor  # (B, K) indices into PATTERNS
    depths: Tensor  # (B, K) 0 is the nearest
    boxes: Tensor  # (B, K, 4) x0, y0, x1, y1 in pixels, of what is visible, far edge exclusive
    masks: Tensor  # (B, K, H, W) bool, what is visible of each thing
    backdrops: Tensor  # (B,) indices into BACKDROPS
    scene: Scene  # where it all comes from, on the CPU
    alt_text: float = 0.0  # how noisy the captions are

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Tensor | slice) -> Batch:
        """Some of the pictures with their truth; `index` is a slice or whole numbers (N,) on the CPU."""
        here = index.to(self.pictures.device, non_blocking=True) if isinstance(index, Tensor) else index
        chosen = {f.name: v[here] for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)}
        return replace(self, scene=self.scene[index], **chosen)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch with its tensors on another device."""
        tensors = {f.name: v.to(device) for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)}
        return replace(self, **tensors)

    @cached_property
    def parts(self) -> Tensor:
        """What is visible of each part of each thing, (B, K, MAX_PARTS, H, W) bool; names in `PARTS`."""
        drawn = render(self.scene, self.pictures.shape[-1], self.pictures.device, want_parts=True).parts
        assert drawn is not None
        numbers = torch.arange(MAX_PARTS, dtype=torch.uint8, device=drawn.device)
        return drawn[:, :, None] == numbers[:, None, None]

    @cached_property
    def _language(self) -> tuple[list[str], list[list[tuple[int, int] | None]]]:
        return language.alt_text(self.scene, *language.captions(self.scene), self.alt_text)

    @cached_property
    def captions(self) -> list[str]:
        """A caption for each picture."""
        return self._language[0]

    @cached_property
    def spans(self) -> list[list[tuple[int, int] | None]]:
        """`spans[b][k]`: the characters (start, end) of caption b that name thing k, or None."""
        return self._language[1]

    @cached_property
    def _dialogue(self) -> tuple[list[list[str]], list[list[str]]]:
        return language.questions(self.scene)

    @cached_property
    def questions(self) -> list[list[str]]:
        """Questions about each picture."""
        return self._dialogue[0]

    @cached_property
    def answers(self) -> list[list[str]]:
        """The answers to `questions`."""
        return self._dialogue[1]

    def names(self, index: int) -> list[str]:
        """The names of the things in one picture, front to back."""
        return [THINGS[thing] for thing in self.things[index].tolist() if thing >= 0]
