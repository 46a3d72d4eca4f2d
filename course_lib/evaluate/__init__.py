"""How good features are: neighbors, probes, confusions, and how honest a classifier's confidence is.

>>> import torch
>>> from course_lib.evaluate import knn
>>> knn(torch.eye(2), torch.tensor([3, 7]), torch.tensor([[0.9, 0.1]]), k=1)
tensor([3])
"""

from .classes import calibration, confusion, level_accuracy
from .features import features
from .neighbors import knn, neighbors
from .probe import Probe, few_shot, linear_probe

__all__ = [
    "Probe", "calibration", "confusion", "features", "few_shot", "knn", "level_accuracy", "linear_probe", "neighbors",
]  # fmt: skip
