"""What happened in a training, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """What happened in a training: one number for each step, and the measurements in between.

    `show.history(history)` draws it.

    >>> History(loss=[3.0, 2.0], pictures=64, seconds=2.0).speed
    32.0
    """

    loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)  # for each name one number a step
    evals: dict[str, list[tuple[int, float]]] = field(default_factory=dict)  # for each name (steps done, number)
    pictures: int = 0
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.loss)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> History:
        """The history that `dataclasses.asdict` and JSON made these numbers of."""
        evals = {name: [(int(step), value) for step, value in pairs] for name, pairs in kept["evals"].items()}
        return cls(kept["loss"], kept["metrics"], evals, kept["pictures"], kept["seconds"])

    @property
    def speed(self) -> float:
        """Pictures per second, drawing, learning and measuring together."""
        return self.pictures / max(self.seconds, 1e-9)


class Diverged(RuntimeError):
    """The loss is no longer a number: the message says at which step and what to try; `history` is what came before."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history
