"""Accuracies are shares of pictures that are named rightly, counted by hand here; what is asked stays as it was."""

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch

from course_lib import world
from course_lib.evaluate import (
    accuracy,
    features,
    finetune_accuracy,
    label_accuracy,
    linear_probe,
    probe_accuracies,
    probe_accuracy,
)
from course_lib.nn import ConvNet, ViT
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


def half_frozen():
    """A classifier in training, whose head and last block are frozen."""
    method = Labels(ConvNet((8, 8)), 50).train()
    for part in (method.head, [*method.encoder.children()][-1]):
        part.eval()
    return method


def test_a_classifier_in_training_is_asked_in_eval_mode_and_goes_back(new):
    method = half_frozen()
    before = [part.training for part in method.modules()], copy.deepcopy(method.state_dict())
    found = label_accuracy(method, new)
    assert [part.training for part in method.modules()] == before[0] and len(set(before[0])) == 2
    assert all(torch.equal(value, before[1][name]) for name, value in method.state_dict().items())
    assert found == label_accuracy(method.eval(), new)
    assert found == label_accuracy(method.double(), new)  # whatever its dtype


@pytest.mark.parametrize("around", [torch.inference_mode, torch.no_grad])
def test_accuracies_are_the_same_where_there_are_no_gradients(around, known, new):
    encoder = ConvNet((8, 8))
    with around():
        found = probe_accuracy(encoder, known, new), finetune_accuracy(ConvNet((8, 8)), known, new, 2, 50)
    assert found == (probe_accuracy(encoder, known, new), finetune_accuracy(encoder, known, new, 2, 50))
    assert torch.is_grad_enabled()


def test_an_encoder_in_training_goes_back_after_a_probe(known, new):
    method = half_frozen()
    before = [part.training for part in method.modules()]
    probe_accuracies(method.encoder, known, new, {"kind": lambda batch: batch.labels})
    finetune_accuracy(method.encoder, known, new, 1, 50)
    assert [part.training for part in method.modules()] == before


def test_labels_that_do_not_fit_are_said_in_a_sentence(known, new):
    method, unknown = Labels(ConvNet((8, 8)), 50), new.labels.clone()
    unknown[3] = -1
    for labels, words in (
        (unknown, "labels from 0 to 49, got some from -1 to .*: leave out pictures whose label is unknown"),
        (new.labels + 50, "labels from 0 to 49"),
        (new.labels[:, None], r"one for each of 60 pictures, got \(60, 1\)"),
        (new.labels[:5], r"one for each of 60 pictures, got \(5,\)"),
        (new.labels.float(), "labels as whole numbers, got float32"),
    ):
        with pytest.raises(ValueError, match=words):
            label_accuracy(method, replace(new, labels=labels))
        with pytest.raises(ValueError, match=words.replace("labels", "labels of new pictures", 1)):
            finetune_accuracy(ConvNet((8, 8)), known, replace(new, labels=labels), 1, 50)
    for labels, words in (
        (unknown, "labels of new pictures from 0 up"),
        (new.labels[:, None], r"\(60, 1\)"),
        (new.labels.float(), "as whole numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            probe_accuracy(
                ConvNet((8, 8)), known, new, of=lambda batch, y=labels: batch.labels if batch is known else y
            )
    with pytest.raises(ValueError, match=r"features \(N, D\) and labels \(N,\)"):
        probe_accuracy(ConvNet((8, 8)), known, new, of=lambda batch: batch.labels[:60])


def test_fine_tuning_takes_pictures_without_a_label_but_no_label_beyond(known, new):
    some = known.labels.clone()
    some[::2] = -1
    assert 0 <= finetune_accuracy(ConvNet((8, 8)), replace(known, labels=some), new, 1, 50) <= 1
    with pytest.raises(ValueError, match="labels of known pictures from -1 to 9"):
        finetune_accuracy(ConvNet((8, 8)), known, new, 1, 10)
    wrong: Any
    for wrong in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="steps, whole"):
            finetune_accuracy(ConvNet((8, 8)), known, new, wrong, 50)
        with pytest.raises(ValueError, match="classes, whole"):
            finetune_accuracy(ConvNet((8, 8)), known, new, 1, wrong)


def test_no_pictures_are_said_in_a_sentence(known, new):
    none = new[:0]
    for call in (
        lambda: label_accuracy(Labels(ConvNet((8, 8)), 50), none),
        lambda: probe_accuracy(ConvNet((8, 8)), known, none),
        lambda: probe_accuracy(ConvNet((8, 8)), none, new),
    ):
        with pytest.raises(ValueError, match="at least one picture, got none"):
            call()
    for known_too, new_too in ((known, none), (none, new)):
        with pytest.raises(ValueError, match="expected .*, got"):
            finetune_accuracy(ConvNet((8, 8)), known_too, new_too, 1, 50)


def test_fine_tuning_layer_by_layer(known, new):
    encoder = ViT(32, 2, 2, size=16, patch=4)
    before = copy.deepcopy(encoder.state_dict())
    one, again = (finetune_accuracy(encoder, known, new, 2, 50, layer_decay=0.65) for _ in range(2))
    assert one == again and 0 <= one <= 1
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    with pytest.raises(ValueError, match="expected an encoder with the blocks of a transformer .*, got ConvNet"):
        finetune_accuracy(ConvNet((8, 8)), known, new, 1, 50, layer_decay=0.65)
    wrong: Any
    for wrong in (-0.1, 1.1, float("nan"), None):
        with pytest.raises(ValueError, match="expected a layer_decay from 0 to 1, got"):
            finetune_accuracy(encoder, known, new, 1, 50, layer_decay=wrong)


def test_rates_and_decays_reach_the_training(known, new, monkeypatch):
    told = []

    def noted(learner, batches, steps, **options):
        told.append((steps, options))

    monkeypatch.setattr(accuracy, "fit", noted)
    finetune_accuracy(ConvNet((8, 8)), known, new, 3, 50)
    finetune_accuracy(ConvNet((8, 8)), known, new, 4, 50, lr=0.1, weight_decay=0.3, layer_decay=0.5, seed=7)
    usual = {"lr": 1e-3, "weight_decay": 0.05, "layer_decay": 1.0, "seed": 0, "progress": False}
    assert told == [(3, usual), (4, usual | {"lr": 0.1, "weight_decay": 0.3, "layer_decay": 0.5, "seed": 7})]
