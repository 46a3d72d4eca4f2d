"""`fit`, as notebooks take it: the training loop of `train`, with the live curve of `show` in a notebook."""

from .show.training import LiveCurve
from .train import progress
from .train.fit import LOG_EVERY, fit
from .train.history import Diverged, History
from .train.optim import adamw, learning_rate, sgd

progress.in_notebook = LiveCurve

__all__ = ["LOG_EVERY", "Diverged", "History", "adamw", "fit", "learning_rate", "sgd"]
