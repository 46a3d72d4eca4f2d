"""How good features are: neighbors, probes, confusions, zero-shot and retrieval, attention, and what it all costs.

>>> import torch
>>> from course_lib.evaluate import knn
>>> knn(torch.eye(2), torch.tensor([3, 7]), torch.tensor([[0.9, 0.1]]), k=1)
tensor([3])
"""

from .attention import attention_distance, attention_on, rollout
from .classes import calibration, confusion, level_accuracy
from .cost import Cost, cost
from .features import features
from .neighbors import knn, neighbors
from .probe import Probe, few_shot, linear_probe
from .retrieval import prompt_classes, ranks, retrieval, zero_shot

__all__ = [
    "Cost", "Probe", "attention_distance", "attention_on", "calibration", "confusion", "cost", "features", "few_shot",
    "knn", "level_accuracy", "linear_probe", "neighbors", "prompt_classes", "ranks", "retrieval", "rollout",
    "zero_shot",
]  # fmt: skip
