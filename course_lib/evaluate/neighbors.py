"""Nearest neighbors: the simplest question one can put to features."""

from __future__ import annotations

import torch
from torch import Tensor

from ..expect import expect_whole
from .checks import directions, features_of, labels_of, power_of_two, tensor


def neighbors(queries: Tensor, gallery: Tensor, k: int = 1, metric: str = "cosine") -> Tensor:
    """The positions in the gallery of each query's k nearest, the nearest first, (Q, k) int64.

    Args:
        queries: (Q, D).
        gallery: (N, D).
        k: how many, from 1 to N.
        metric: "cosine", the angle alone counts, or "euclidean".

    Raises:
        ValueError: for a metric that does not exist, a k out of range, features of different widths, or numbers that
            are not finite.

    >>> neighbors(torch.tensor([[1.0, 0.1]]), torch.eye(2), k=2)
    tensor([[0, 1]])
    """
    if metric not in ("cosine", "euclidean"):
        raise ValueError(f"expected metric 'cosine' or 'euclidean', got {metric!r}")
    shapes = tuple(tensor(queries, "queries").shape), tuple(tensor(gallery, "a gallery").shape)
    if not len(shapes[0]) == len(shapes[1]) == 2 or shapes[0][1] != shapes[1][1]:
        raise ValueError(f"expected (Q, D) and (N, D), got {shapes[0]} and {shapes[1]}")
    if not len(gallery):
        raise ValueError(f"expected a gallery of at least one feature, got {shapes[1]}")
    k = expect_whole("k", k)
    if k > len(gallery):
        raise ValueError(f"expected k from 1 to {len(gallery)}, the size of the gallery, got {k}")
    queries, gallery = features_of(queries, "queries"), features_of(gallery, "a gallery")
    dtype = torch.promote_types(queries.dtype, gallery.dtype)
    queries, gallery = queries.to(dtype), gallery.to(dtype)
    with torch.autocast(queries.device.type, enabled=False):  # half precision would mix up near neighbors
        if metric == "cosine":
            queries, gallery = directions(queries), directions(gallery)
            return torch.cat([(some @ gallery.T).topk(k).indices for some in queries.split(1024)])
        power = torch.maximum(power_of_two(queries, (0, 1)), power_of_two(gallery, (0, 1)))
        queries, gallery = queries / power, gallery / power
        middle = gallery.mean(0)  # far from the origin, differences of large numbers would lose their last digits
        queries, gallery = queries - middle, gallery - middle
        return torch.cat([torch.cdist(some, gallery).topk(k, largest=False).indices for some in queries.split(1024)])


def knn(gallery: Tensor, labels: Tensor, queries: Tensor, k: int = 5, metric: str = "cosine") -> Tensor:
    """The label that most of a query's k nearest neighbors have, (Q,) int64; of equally many, the smallest.

    The same as scikit-learn's `KNeighborsClassifier(k, metric=metric)`.

    Args:
        gallery: features (N, D) whose labels are known.
        labels: (N,) whole numbers from 0 up.
        queries: features (Q, D) to label.
        k: how many neighbors vote.
        metric: "cosine" or "euclidean".

    Raises:
        ValueError: as `neighbors`, or if the labels do not fit the gallery.

    >>> knn(torch.tensor([[0.0], [1.0], [1.2]]), torch.tensor([4, 8, 8]), torch.tensor([[0.9]]), 3, "euclidean")
    tensor([8])
    """
    nearest = neighbors(queries, gallery, k, metric)  # (Q, k)
    kinds, kind = labels_of(labels, len(gallery)).to(nearest.device).unique(return_inverse=True)
    votes = kind[nearest]
    counts = torch.zeros(len(queries), len(kinds), device=votes.device, dtype=torch.float32)
    return kinds[counts.scatter_add_(1, votes, torch.ones_like(votes, dtype=counts.dtype)).argmax(1)]
