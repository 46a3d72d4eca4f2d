"""How good features are: neighbors, probes, confusions, zero-shot, retrieval, attention, collapse, and what it costs.

>>> import torch
>>> from course_lib.evaluate import knn
>>> knn(torch.eye(2), torch.tensor([3, 7]), torch.tensor([[0.9, 0.1]]), k=1)
tensor([3])
"""

from .accuracy import Fact, finetune_accuracy, label_accuracy, probe_accuracies, probe_accuracy
from .attention import attention_distance, attention_on, mask_iou, pointing, rollout
from .classes import calibration, confusion_matrix, level_accuracy
from .collapse import alignment, rank_me, spectrum, uniformity
from .cost import Cost, cost
from .features import features
from .neighbors import knn, neighbors
from .probe import Probe, few_shot, linear_probe
from .retrieval import prompt_classes, ranks, retrieval, zero_shot

__all__ = [
    "Cost", "Fact", "Probe", "alignment", "attention_distance", "attention_on", "calibration", "confusion_matrix",
    "cost", "features", "few_shot", "finetune_accuracy", "knn", "label_accuracy", "level_accuracy", "linear_probe",
    "mask_iou", "neighbors", "pointing", "probe_accuracies", "probe_accuracy", "prompt_classes", "rank_me", "ranks",
    "retrieval", "rollout", "spectrum", "uniformity", "zero_shot",
]  # fmt: skip
