"""Nearest neighbors: the simplest question one can put to features."""

from __future__ import annotations

import torch
from torch import Tensor


def neighbors(queries: Tensor, gallery: Tensor, k: int = 1, metric: str = "cosine") -> Tensor:
    """The positions in the gallery of each query's k nearest, the nearest first, (Q, k) int64.

    Args:
        queries: (Q, D).
        gallery: (N, D).
        k: how many, from 1 to N.
        metric: "cosine", the angle alone counts, or "euclidean".

    Raises:
        ValueError: for a metric that does not exist, a k out of range, or features of different widths.

    >>> neighbors(torch.tensor([[1.0, 0.1]]), torch.eye(2), k=2)
    tensor([[0, 1]])
    """
    if metric not in ("cosine", "euclidean"):
        raise ValueError(f"expected metric 'cosine' or 'euclidean', got {metric!r}")
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"expected (Q, D) and (N, D), got {tuple(queries.shape)} and {tuple(gallery.shape)}")
    if not 1 <= k <= len(gallery):
        raise ValueError(f"expected k from 1 to {len(gallery)}, the size of the gallery, got {k}")
    queries, gallery = queries.float(), gallery.float()
    with torch.autocast(queries.device.type, enabled=False):  # half precision would mix up near neighbors
        if metric == "cosine":
            queries, gallery = (x / x.norm(dim=1, keepdim=True).clamp(min=1e-12) for x in (queries, gallery))
            return torch.cat([(some @ gallery.T).topk(k).indices for some in queries.split(1024)])
        middle = gallery.mean(0)  # far from the origin, differences of large numbers would lose their last digits
        queries, gallery = queries - middle, gallery - middle
        return torch.cat([torch.cdist(some, gallery).topk(k, largest=False).indices for some in queries.split(1024)])


def knn(gallery: Tensor, labels: Tensor, queries: Tensor, k: int = 5, metric: str = "cosine") -> Tensor:
    """The label that most of a query's k nearest neighbors have, (Q,); of equally many, the smallest.

    The same as scikit-learn's `KNeighborsClassifier(k, metric=metric)`.

    Args:
        gallery: features (N, D) whose labels are known.
        labels: (N,) int64, not negative.
        queries: features (Q, D) to label.
        k: how many neighbors vote.
        metric: "cosine" or "euclidean".

    >>> knn(torch.tensor([[0.0], [1.0], [1.2]]), torch.tensor([4, 8, 8]), torch.tensor([[0.9]]), 3, "euclidean")
    tensor([8])
    """
    votes = labels.to(queries.device)[neighbors(queries, gallery, k, metric)]  # (Q, k)
    counts = torch.zeros(len(queries), int(labels.max()) + 1, device=votes.device)
    return counts.scatter_add_(1, votes, torch.ones_like(votes, dtype=counts.dtype)).argmax(1)
