"""Looking at what a network does without a trace: afterwards every part of it trains, or does not, as it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def eval_mode(*modules: nn.Module) -> Iterator[None]:
    """In this block the modules and all their parts are in eval mode; then each part is back in its own, come what may.

    >>> frozen = nn.Sequential(nn.BatchNorm1d(2).eval(), nn.Dropout())
    >>> with eval_mode(frozen): print([part.training for part in frozen])
    [False, False]
    >>> [part.training for part in frozen]
    [False, True]
    """
    were = {part: part.training for module in modules for part in module.modules()}
    try:
        for module in modules:
            module.eval()
        yield
    finally:
        for part, training in were.items():
            part.training = training
