"""What a classifier takes for what, how badly, and whether it knows when it does not know."""

from __future__ import annotations

import torch
from torch import Tensor

from ..expect import expect_whole
from .checks import labels_of, numbers, tensor


def confusion_matrix(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each class was taken for each, (classes, classes) int64: true classes down, predicted ones across.

    Args:
        predicted: (N,) whole numbers in 0 … classes − 1.
        labels: (N,) the truth.
        classes: how many there are.

    Raises:
        ValueError: if there are not as many of both, or one is out of range.

    >>> confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    classes = expect_whole("classes", classes)
    count = tensor(labels, "labels").numel()
    predicted, labels = labels_of(predicted, count, classes, "classes").cpu(), labels_of(labels, count, classes).cpu()
    return (labels * classes + predicted).bincount(minlength=classes**2).view(classes, classes)


def level_accuracy(predicted: Tensor, labels: Tensor, paths: Tensor) -> Tensor:
    """The share of pictures that are right at each level of the hierarchy, (levels,).

    A dog taken for a cat is wrong as a thing and right as an animal; a dog taken for a car is wrong at every level.

    Args:
        predicted: (N,) predicted leaves.
        labels: (N,) true leaves.
        paths: (leaves, levels) each leaf's path, such as `world.PATHS`.

    Raises:
        ValueError: if there are not as many of both, at least one, or one is no leaf.

    >>> paths = torch.tensor([[0, 0], [1, 0], [2, 1]])
    >>> level_accuracy(torch.tensor([1, 2]), torch.tensor([0, 2]), paths)
    tensor([0.5000, 1.0000])
    """
    count = tensor(labels, "labels").numel()
    if tensor(paths, "paths").ndim != 2 or not paths.numel() or not count:
        raise ValueError(
            f"expected paths (leaves, levels) and at least one label, got {tuple(paths.shape)} and {count}"
        )
    paths, predicted = paths.to(labels.device), labels_of(predicted, count, len(paths), "leaves").to(labels.device)
    labels = labels_of(labels, count, len(paths))
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

    Raises:
        ValueError: if the rows are no probabilities, there are none, or the labels do not fit them.

    >>> calibration(torch.tensor([[0.9, 0.1], [0.8, 0.2]]), torch.tensor([0, 1]), bins=1)[3]  # doctest: +ELLIPSIS
    0.35...
    """
    bins = expect_whole("bins", bins)
    if tensor(probabilities, "probabilities").ndim != 2 or not probabilities.numel():
        raise ValueError(f"expected probabilities (N, C) of at least one picture, got {tuple(probabilities.shape)}")
    p = numbers(probabilities, "probabilities")
    totals = p.sum(1)
    if p.min() < 0 or (totals - 1).abs().max() > 0.02:
        raise ValueError(
            f"expected probabilities from 0 up, each row adding up to 1, got some from {p.min():.3g} up, and rows of "
            f"{totals.min():.3g} to {totals.max():.3g}: use scores.softmax(1)"
        )
    labels = labels_of(labels, len(p), p.shape[1]).to(p.device)
    sure, guess = p.max(1)
    where = (sure * bins).ceil().long().clamp(1, bins) - 1

    def total(values: Tensor) -> Tensor:
        return torch.zeros(bins, device=sure.device, dtype=torch.float32).index_add_(0, where, values.float())

    count = total(torch.ones_like(sure))
    confidence, accuracy, share = total(sure) / count, total(guess == labels) / count, count / len(labels)
    error = ((confidence - accuracy).abs() * share).nansum()
    return confidence, accuracy, share, error.item()
