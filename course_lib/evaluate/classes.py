"""What a classifier takes for what, how badly, and whether it knows when it does not know."""

from __future__ import annotations

import torch
from torch import Tensor


def confusion_matrix(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each class was taken for each, (classes, classes) int64: true classes down, predicted ones across.

    Args:
        predicted: (N,) int64 in 0 … classes − 1.
        labels: (N,) the truth.
        classes: how many there are.

    >>> confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    predicted, labels = predicted.cpu(), labels.cpu()
    if len(labels) and not 0 <= min(predicted.min(), labels.min()) <= max(predicted.max(), labels.max()) < classes:
        raise ValueError(f"expected classes from 0 to {classes - 1}")
    return (labels * classes + predicted).bincount(minlength=classes**2).view(classes, classes)


def level_accuracy(predicted: Tensor, labels: Tensor, paths: Tensor) -> Tensor:
    """The share of pictures that are right at each level of the hierarchy, (levels,).

    A dog taken for a cat is wrong as a thing and right as an animal; a dog taken for a car is wrong at every level.

    Args:
        predicted: (N,) predicted leaves.
        labels: (N,) true leaves.
        paths: (leaves, levels) each leaf's path, such as `world.PATHS`.

    >>> paths = torch.tensor([[0, 0], [1, 0], [2, 1]])
    >>> level_accuracy(torch.tensor([1, 2]), torch.tensor([0, 2]), paths)
    tensor([0.5000, 1.0000])
    """
    paths, predicted = paths.to(labels.device), predicted.to(labels.device)
    return (paths[predicted] == paths[labels]).float().mean(0)


def calibration(probabilities: Tensor, labels: Tensor, bins: int = 10) -> tuple[Tensor, Tensor, Tensor, float]:
    """How sure a classifier is, and how often it is right, bin by bin.

    Guo and others, 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599, equation 3.

    Args:
        probabilities: (N, C), rows that add up to 1.
        labels: (N,) the truth.
        bins: how many equal steps of confidence from 0 to 1.

    Returns:
        The mean confidence of each bin (bins,), its accuracy (bins,), the share of pictures in it (bins,), and the
        expected calibration error: the mean distance of the first two, weighted with the third. Empty bins are NaN.

    >>> calibration(torch.tensor([[0.9, 0.1], [0.8, 0.2]]), torch.tensor([0, 1]), bins=1)[3]  # doctest: +ELLIPSIS
    0.35...
    """
    sure, guess = probabilities.max(1)
    where = (sure * bins).ceil().long().clamp(1, bins) - 1

    def total(values: Tensor) -> Tensor:
        return torch.zeros(bins, device=sure.device).index_add_(0, where, values.float())

    count = total(torch.ones_like(sure))
    confidence, accuracy, share = total(sure) / count, total(guess == labels) / count, count / len(labels)
    error = ((confidence - accuracy).abs() * share).nansum()
    return confidence, accuracy, share, error.item()
