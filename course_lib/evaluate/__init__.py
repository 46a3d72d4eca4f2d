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
from .dense import Blind, Pixels, feature_maps, patch_kind, patch_part, patch_probe, segmentation_probe
from .features import features
from .masked import copy_nearest, interpolate, masked_psnr, paint_mean, psnr
from .neighbors import knn, neighbors
from .probe import Probe, few_shot, linear_probe
from .retrieval import prompt_classes, ranks, retrieval, zero_shot

__all__ = [
    "Blind", "Cost", "Fact", "Pixels", "Probe", "alignment", "attention_distance", "attention_on", "calibration",
    "confusion_matrix", "copy_nearest", "cost", "feature_maps", "features", "few_shot", "finetune_accuracy",
    "interpolate", "knn", "label_accuracy", "level_accuracy", "linear_probe", "mask_iou", "masked_psnr", "neighbors",
    "paint_mean", "patch_kind", "patch_part", "patch_probe", "pointing", "probe_accuracies", "probe_accuracy",
    "prompt_classes", "psnr", "rank_me", "ranks", "retrieval", "rollout", "segmentation_probe", "spectrum",
    "uniformity", "zero_shot",
]  # fmt: skip
