"""Semantic softmax: a label is a path in a tree, and each level of the tree gets a softmax of its own.

Ridnik and others, 2021, "ImageNet-21K Pretraining for the Masses", arXiv 2104.10972. The paper needs it
because ImageNet-21K labels one picture "animal" and another "poodle"; a flat softmax takes these for rivals.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import torch
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from ..nn import Encoder, seeded
from .checks import enough
from .labels import _expect_smoothing, label_loss, share_right
from .method import Loss, Method


def level_weights(paths: Tensor, limit: float = 20.0) -> Tensor:
    """How much each level counts: all pictures, divided by those whose label reaches down to that level.

    A level that few labels reach would otherwise hardly be heard.

    Args:
        paths: (N, levels), −1 where a label does not reach a level.
        limit: the most that any level counts.

    Raises:
        ValueError: unless there is a path, and the limit is above 0.

    >>> level_weights(torch.tensor([[3, 1], [-1, 1]])).tolist()
    [2.0, 1.0]
    """
    if paths.ndim != 2 or not len(paths):
        raise ValueError(f"expected paths (N, levels), at least one, got {tuple(paths.shape)}")
    expect_number("a limit", limit, above=True)
    reached = (paths >= 0).sum(0).clamp(min=1)
    return (len(paths) / reached).clamp(max=limit)


def semantic_loss(logits: Sequence[Tensor], paths: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """A softmax cross-entropy for each level of the tree, weighted and added up.

    Args:
        logits: for each level (B, classes of that level).
        paths: (B, levels) int64, the right class at each level; −1 where the label does not reach that level.
        weights: (levels,), see `level_weights`.
        smoothing: see `label_loss`.

    Returns:
        Shape (): the sum over levels of weight × (surprise summed over the labels that reach it) / B.

    Raises:
        ValueError: if there are not as many levels of logits as of paths and weights, or as `label_loss` does.

    >>> semantic_loss([torch.zeros(2, 4), torch.zeros(2, 2)], torch.tensor([[3, 1], [-1, 0]]), torch.tensor([2.0, 1]))
    tensor(2.0794)
    """
    if paths.ndim != 2 or weights.ndim != 1 or not len(logits):
        raise ValueError(
            f"expected paths (B, levels), weights (levels,) and logits for each level, "
            f"got {tuple(paths.shape)}, {tuple(weights.shape)} and {len(logits)} of logits"
        )
    if not len(logits) == paths.shape[1] == len(weights):
        raise ValueError(
            f"expected as many levels everywhere, got {len(logits)} of logits, {paths.shape[1]} of paths "
            f"and {len(weights)} of weights"
        )
    reached = (paths >= 0).float().mean(0)  # (levels,)
    losses = [label_loss(scores, paths[:, level], smoothing) for level, scores in enumerate(logits)]
    return (torch.stack(losses) * reached * weights).sum()


class SemanticSoftmax(Method):
    """An encoder with one linear layer that scores every node of the tree, level by level.

    Args:
        encoder: pictures to features (B, encoder.width).
        classes: how many classes each level has, the leaves first, as in `Batch.paths`.
        weights: how much each level counts, see `level_weights`; left out, all count 1.
        smoothing: see `label_loss`.
        seed: settles the random weights of the linear layer.

    Raises:
        ValueError: unless there is a number of classes for each level, and a weight from 0 for each if there are any.

    >>> from course_lib.nn import ConvNet
    >>> [tuple(z.shape) for z in SemanticSoftmax(ConvNet(), (50, 10, 4)).levels(torch.rand(2, 3, 32, 32))]
    [(2, 50), (2, 10), (2, 4)]
    """

    def __init__(
        self,
        encoder: Encoder,
        classes: Sequence[int],
        weights: Tensor | None = None,
        smoothing: float = 0.0,
        seed: int = 0,
    ):
        super().__init__()
        _expect_smoothing(smoothing)
        self.encoder = encoder
        self.classes = tuple(expect_whole("a number of classes", number) for number in classes)
        if not self.classes:
            raise ValueError("expected a number of classes for each level, got no level")
        if weights is not None and (
            weights.shape != (len(self.classes),) or not (0 <= weights).logical_and(weights < inf).all()
        ):
            raise ValueError(f"expected a weight from 0 for each of {len(self.classes)} levels, got {weights.tolist()}")
        self.smoothing = smoothing
        self.weights: Tensor
        self.register_buffer("weights", torch.ones(len(self.classes)) if weights is None else weights.float())
        with seeded(seed):
            self.head = nn.Linear(encoder.width, sum(self.classes))

    def levels(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """The scores of each level, (B, classes of that level), of pictures (B, 3, H, W) in [0, 1]."""
        return self.head(self.encoder(pictures)).split(self.classes, 1)

    def logits(self, pictures: Tensor) -> Tensor:
        """The scores of the leaves, (B, leaves): what a flat classifier would give."""
        return self.levels(pictures)[0]

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        levels = self.levels(batch.pictures)
        loss = semantic_loss(levels, batch.paths, self.weights, self.smoothing)
        return Loss(loss, {"accuracy": share_right(levels[0], batch.paths[:, 0])})
