"""Learning from labels: a person says one word for each picture, the machine learns to say it too.

Softmax cross-entropy with label smoothing (Szegedy and others, 2015, "Rethinking the Inception Architecture for
Computer Vision", arXiv 1512.00567, section 7).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..expect import expect_whole, within
from ..nn import Encoder, seeded
from ..nn.seeding import generator
from .checks import enough, expect_floats, labels_for, shape_of
from .method import Loss, Method, in_float32


@in_float32
def label_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Softmax cross-entropy against labels of which a share is spread evenly over all classes.

    Args:
        logits: (B, C), one score for each class.
        labels: (B,) int64; −1 where no label is known, which then counts for nothing.
        smoothing: the share spread over all classes, from 0 (one-hot) to 1. Equation of section 7 in the paper:
            q(k) = (1 − ε)·[k = y] + ε / C.

    Returns:
        The mean over the labeled pictures, shape (); 0 if there are none.

    Raises:
        ValueError: if the shapes or the labels do not fit, there is no picture, or smoothing is out of range.

    >>> label_loss(torch.zeros(2, 4), torch.tensor([1, 3])).item()  # doctest: +ELLIPSIS
    1.386...
    """
    expect_floats(logits)
    if logits.ndim != 2 or not logits.shape[1] or shape_of(labels) != str((len(logits),)):
        raise ValueError(f"expected logits (B, C) and labels (B,), got {tuple(logits.shape)} and {shape_of(labels)}")
    enough(logits, least=1)
    labels_for(labels, logits, logits.shape[1])
    _expect_smoothing(smoothing)
    unlabeled = (labels < 0)[:, None]
    log_p = logits.masked_fill(unlabeled, 0.0).log_softmax(1)  # (B, C); what counts for nothing may be anything
    at_label = log_p.gather(1, labels.clamp(min=0)[:, None])[:, 0]  # (B,)
    surprise = -(1 - smoothing) * at_label
    if smoothing:
        surprise = surprise - smoothing * log_p.mean(1)
    known = (labels >= 0).to(surprise.dtype)
    return (surprise * known).sum() / known.sum().clamp(min=1)


def _expect_smoothing(smoothing: float) -> None:
    if not within(smoothing, 0, 1):
        raise ValueError(f"expected smoothing between 0 (one-hot) and 1 (all classes alike), got {smoothing}")


def share_right(logits: Tensor, labels: Tensor) -> Tensor:
    """The share of the labeled pictures whose highest score is that of the label, shape (); unlabeled ones have −1.

    Raises:
        ValueError: if the shapes or the labels do not fit.

    >>> share_right(torch.eye(3), torch.tensor([0, 2, -1]))
    tensor(0.5000)
    """
    if logits.ndim != 2 or not logits.shape[1]:
        raise ValueError(f"expected logits (B, C), got {tuple(logits.shape)}")
    labels_for(labels, logits, logits.shape[1])
    return (logits.argmax(1) == labels).sum() / (labels >= 0).sum().clamp(min=1)


class Labels(Method):
    """An encoder with one linear layer on top that names the picture.

    Args:
        encoder: pictures to features (B, encoder.width).
        classes: how many names there are.
        smoothing: see `label_loss`.
        seed: settles the random weights of the linear layer.

    >>> from course_lib.nn import ConvNet
    >>> Labels(ConvNet(), classes=50).logits(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 50])
    """

    def __init__(self, encoder: Encoder, classes: int, smoothing: float = 0.0, seed: int = 0):
        super().__init__()
        _expect_smoothing(smoothing)
        self.encoder = encoder
        self.smoothing = smoothing
        with seeded(seed):
            self.head = nn.Linear(encoder.width, expect_whole("a number of classes", classes))

    def logits(self, pictures: Tensor) -> Tensor:
        """One score for each class, (B, classes), of pictures (B, 3, H, W) in [0, 1]."""
        return self.head(self.encoder(pictures))

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        logits = self.logits(batch.pictures)
        loss = label_loss(logits, batch.labels, self.smoothing)
        return Loss(loss, {"accuracy": share_right(logits, batch.labels)})


def wrong_labels(labels: Tensor, share: float, classes: Tensor, seed: int = 0) -> Tensor:
    """The labels (B,) with a share of them replaced by other ones, each other class equally likely.

    Args:
        labels: (B,) int64.
        share: how many are made wrong, from 0 to 1.
        classes: (C,) the labels that there are.
        seed: settles which ones and what they become.

    Raises:
        ValueError: if the share is out of range, a class is there twice, or a label is not among the classes.

    >>> labels = torch.arange(4).repeat(25)
    >>> (wrong_labels(labels, 0.4, torch.arange(4)) != labels).float().mean().item()  # doctest: +ELLIPSIS
    0.4...
    """
    if not within(share, 0, 1):
        raise ValueError(f"expected a share between 0 and 1, got {share}")
    labels_for(labels, labels)
    if classes.ndim != 1 or len(classes.unique()) < len(classes) or len(classes) < 2:
        raise ValueError(
            f"expected at least two classes (C,), each once, so that a label can be wrong, got {classes.tolist()}"
        )
    where = (labels.cpu()[:, None] == classes.cpu()).long()  # (B, C)
    if not where.any(1).all():
        raise ValueError("expected every label to be one of the classes")
    chance = generator(seed, "wrong labels")
    chosen = torch.randperm(len(labels), generator=chance)[: round(share * len(labels))]
    steps = torch.randint(1, len(classes), (len(chosen),), generator=chance)  # never all the way round
    other = classes.cpu()[(where.argmax(1)[chosen] + steps) % len(classes)]
    changed = labels.cpu().clone()
    changed[chosen] = other
    return changed.to(labels.device)
