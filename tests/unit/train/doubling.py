"""The smallest training there is: three colors that learn to double, with chance, a buffer and a teacher."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from course_lib.nn import Encoder
from course_lib.pretrain import Loss, Method


class Line(Encoder):
    """Three colors in, three out, for each pixel; no batch norm, nothing but a matrix and a vector."""

    width = 3

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        nn.init.eye_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layer(pictures.movedim(1, -1)).movedim(-1, 1)


@dataclass
class Pixels:
    pictures: Tensor  # (B, 3, 1, 1)


class Endless:
    """Batches of pictures of one pixel; from `bad_from` on they are not numbers."""

    def __init__(self, bad_from: int = 10**9):
        self.bad_from, self.passed = bad_from, 0

    def __next__(self) -> Pixels:
        x = torch.rand(8, 3, 1, 1, generator=torch.Generator().manual_seed(self.passed))
        self.passed += 1
        return Pixels(x * float("nan") if self.passed > self.bad_from else x)

    def skip(self, batches: int) -> Self:
        self.passed += batches
        return self

    def to(self, device: torch.device) -> Self:
        return self


class OfLine(Method):
    """A method whose encoder is the line."""

    encoder: Line  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self):
        super().__init__()
        self.encoder = Line()


class Doubling(OfLine):
    """Learns to double, with chance inside the step and a teacher that follows behind."""

    def __init__(self):
        super().__init__()
        self.teacher = Line().requires_grad_(False)
        self.seen = nn.Buffer(torch.zeros(()))

    def loss(self, batch: Pixels) -> Loss:
        noisy = batch.pictures + 0.01 * torch.randn_like(batch.pictures)
        error = (self.encoder(noisy) - 2 * batch.pictures).square().mean()
        return Loss(error, {"weight": self.encoder.layer.weight.mean()})

    def after_step(self, progress: float) -> None:
        self.seen += progress
        for mine, theirs in zip(self.teacher.parameters(), self.encoder.parameters(), strict=True):
            mine.lerp_(theirs, 0.1)


def weights(method: nn.Module) -> Tensor:
    """All that a method is made of, in one row."""
    return torch.cat([v.flatten().double() for v in method.state_dict().values()])
