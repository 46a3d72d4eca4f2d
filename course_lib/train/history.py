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
    def from_dict(cls, kept: Any) -> History:
        """The history that `dataclasses.asdict` and JSON made these numbers of.

        Raises:
            ValueError: if it made them of something else.
        """
        try:
            loss = [float(value) for value in kept["loss"]]
            metrics = {name: [float(value) for value in values] for name, values in kept["metrics"].items()}
            evals = {name: [(int(step), float(value)) for step, value in rows] for name, rows in kept["evals"].items()}
            history = cls(loss, metrics, evals, int(kept["pictures"]), float(kept["seconds"]))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise ValueError(f"expected what asdict makes of a History, got something else: {error!r}") from None
        if any(len(values) != len(loss) for values in metrics.values()):
            raise ValueError(f"expected {len(loss)} numbers of each metric, one a step")
        return history

    @property
    def speed(self) -> float:
        """Pictures per second, drawing, learning and measuring together."""
        return self.pictures / max(self.seconds, 1e-9)


class Diverged(RuntimeError):
    """The loss is no longer a number: the message says at which step and what to try; `history` is what came before."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history
