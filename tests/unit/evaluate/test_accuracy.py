"""Accuracies are shares of pictures that are named rightly, counted by hand here; what is asked stays as it was."""

import copy
from dataclasses import replace

import pytest
import torch

from course_lib import world
from course_lib.evaluate import (
    features,
    finetune_accuracy,
    label_accuracy,
    linear_probe,
    probe_accuracies,
    probe_accuracy,
)
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels


@pytest.fixture(scope="module")
def known():
    return world.draw(120, size=16, mode="portrait", seed=1)


@pytest.fixture(scope="module")
def new():
    return world.draw(60, size=16, mode="portrait", seed=1, split="val")


def test_the_accuracy_of_a_classifier_is_its_share_of_right_answers(new):
    method = Labels(ConvNet((8, 8)), 50).eval()
    with torch.no_grad():
        expected = (method.logits(new.pictures).argmax(1) == new.labels).float().mean().item()
    assert label_accuracy(method, new) == label_accuracy(method, new, batch_size=7) == pytest.approx(expected)
    half = new[: len(new) // 2]
    half.labels = method.logits(half.pictures).argmax(1)
    assert label_accuracy(method, half) == 1


def test_the_accuracy_of_a_probe_is_that_of_the_probe(known, new):
    encoder = ConvNet((8, 16))
    probe = linear_probe(features(encoder, known.pictures), known.labels, C=0.1)
    expected = (probe(features(encoder, new.pictures)) == new.labels).float().mean().item()
    assert probe_accuracy(encoder, known, new) == pytest.approx(expected)
    facts = {"kind": lambda batch: batch.labels, "backdrop": lambda batch: batch.backdrops}
    found = probe_accuracies(encoder, known, new, facts)
    assert list(found) == ["kind", "backdrop"] and found["kind"] == pytest.approx(expected)
    assert found["backdrop"] == pytest.approx(probe_accuracy(encoder, known, new, of=facts["backdrop"]))
    assert found["backdrop"] > 0.25  # eight backdrops, and each looks like itself
    loose, strict = (probe_accuracy(encoder, known, known, C=C) for C in (100.0, 1e-6))
    assert loose > strict  # C reaches the probe


def test_fine_tuning_learns_and_leaves_the_encoder_as_it_was(known, new):
    known, new = (replace(batch, labels=batch.backdrops) for batch in (known, new))  # 8 classes, easily learned
    encoder = ConvNet((8, 16))
    before = copy.deepcopy(encoder.state_dict())
    blind, taught = (finetune_accuracy(encoder, known, known, steps, 8, lr=5e-3) for steps in (1, 40))
    assert taught > blind + 0.3
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    one, again = (finetune_accuracy(encoder, known, new, 3, 8) for _ in range(2))
    assert one == again  # chance is settled by the seed
