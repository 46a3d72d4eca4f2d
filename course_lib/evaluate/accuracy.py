"""The share of pictures that are named rightly: by a classifier, by a probe, after fine-tuning; all from 0 to 1."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..epochs import Epochs
from ..expect import expect_whole
from ..nn import Encoder
from ..pretrain import Labels
from ..train.fit import fit
from .checks import labels_of
from .features import features, outputs
from .probe import linear_probe

Fact = Callable[[Any], Tensor]
"""What to read from a batch's pictures: batch to labels (N,) int64."""


def label_of(batch: Any) -> Tensor:
    """The labels (N,) of a batch: the fact that is asked for most."""
    return batch.labels


def label_accuracy(method: Labels, batch: Any, batch_size: int = 500) -> float:
    """The share of a batch whose label has the method's highest score; the method is asked in eval mode.

    Raises:
        ValueError: if the batch has no pictures, or a label that is unknown or beyond the method's.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> 0 <= label_accuracy(Labels(ConvNet((8, 8)), 50).eval(), world.draw(4, size=16)) <= 1
    True
    """
    scores = outputs(method, method.logits, batch.pictures, batch_size, "scores")
    return _share(scores.argmax(1), labels_of(batch.labels, len(scores), scores.shape[1]))


def probe_accuracies(
    encoder: Encoder, known: Any, new: Any, facts: Mapping[str, Fact], C: float = 0.1
) -> dict[str, float]:
    """For each fact, the share of new pictures for which a linear probe reads it rightly from the features.

    Args:
        encoder: pictures to features, taken as it is, in eval mode.
        known: the batch that the probes are fitted to.
        new: the batch that they are asked about.
        facts: for each name what to read, such as `{"color": lambda batch: batch.colors[:, 0]}`.
        C: see `linear_probe`.

    Raises:
        ValueError: as `features` and `linear_probe`, or if a fact is not (N,) whole numbers from 0 up.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> probe_accuracies(ConvNet((8, 8)), *[world.draw(20, size=16)] * 2, {"kind": label_of}).keys()
    dict_keys(['kind'])
    """
    told, asked = features(encoder, known.pictures), features(encoder, new.pictures)
    true = {name: labels_of(of(new), len(asked), name="labels of new pictures") for name, of in facts.items()}
    return {name: _share(linear_probe(told, of(known), C)(asked), true[name]) for name, of in facts.items()}


def probe_accuracy(encoder: Encoder, known: Any, new: Any, of: Fact = label_of, C: float = 0.1) -> float:
    """The share of new pictures whose label, or another fact, a linear probe reads rightly from the features.

    The arguments are those of `probe_accuracies`, with one fact.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> 0 <= probe_accuracy(ConvNet((8, 8)), *[world.draw(20, size=16)] * 2) <= 1
    True
    """
    return probe_accuracies(encoder, known, new, {"": of}, C)[""]


@torch.inference_mode(False)
@torch.enable_grad()
def finetune_accuracy(
    encoder: Encoder,
    known: Any,
    new: Any,
    steps: int,
    classes: int,
    *,
    lr: float = 1e-3,
    weight_decay: float = 0.05,
    layer_decay: float = 1.0,
    batch_size: int = 64,
    seed: int = 0,
    progress: bool | str = False,
) -> float:
    """The share of new pictures that a copy of the encoder, trained on the labels of known ones, names rightly.

    Its floor is the same from scratch: called with an untrained encoder.

    Args:
        encoder: where the training starts; it stays as it is.
        known: the labeled pictures to learn from, in batches.
        new: the pictures to name afterwards.
        steps: how many batches to learn from.
        classes: how many names there are.
        lr, weight_decay, layer_decay, seed, progress: see `fit`.
        batch_size: pictures in each batch.

    Raises:
        ValueError: if a label is beyond `classes`, or one of the new pictures has none.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> 0 <= finetune_accuracy(ConvNet((8, 8)), *[world.draw(20, size=16)] * 2, steps=2, classes=50) <= 1
    True
    """
    classes, steps = expect_whole("classes", classes), expect_whole("steps", steps)
    labels_of(known.labels, len(known), classes, "labels of known pictures", least=-1)
    labels_of(new.labels, len(new), classes, "labels of new pictures")
    learner = Labels(copy.deepcopy(encoder), classes, seed=seed)
    fit(
        learner, Epochs(known, batch_size, seed=seed), steps,
        lr=lr, weight_decay=weight_decay, layer_decay=layer_decay, seed=seed, progress=progress,
    )  # fmt: skip
    return label_accuracy(learner, new)


def _share(said: Tensor, true: Tensor) -> float:
    return (said == true.to(said.device)).float().mean().item()
