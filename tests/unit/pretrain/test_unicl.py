"""UniCL's loss is the paper's formula, with CLIP's at one end; labels take their share of the batches."""

from dataclasses import replace

import pytest
import torch

from course_lib import world
from course_lib.pretrain import UniCL, clip_loss, similarity, unicl_loss

from .small import Pair, towers


def test_unicl_loss_as_a_loop_and_its_two_ends(pairs: Pair):
    labels = torch.tensor([3, -1, 3, 4, -1, 3, 4])
    scores = 5 * similarity(*pairs)
    total = 0.0
    for table in (scores, scores.T):
        for i in range(7):
            right = [j for j in range(7) if i == j or (labels[i] == labels[j] >= 0)]
            total += sum(-table[i].log_softmax(0)[j].item() for j in right) / len(right)
    assert unicl_loss(*pairs, 5.0, labels).item() == pytest.approx(total / 14, rel=1e-6)
    alone = unicl_loss(*pairs, 5.0, torch.full((7,), -1))
    a, b = (torch.autograd.grad(loss, pairs) for loss in (alone, clip_loss(*pairs, 5.0)))
    assert all((x - y).abs().max() < 1e-6 for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_unicl_takes_labels_for_its_share_and_captions_for_the_rest(share):
    examples = world.draw(8, size=16, mode="portrait")
    method = UniCL(*towers(examples), names=world.THINGS, share=share).eval()
    loss = method.loss(examples).total
    other = replace(examples, alt_text=1.0)  # other captions: they matter only where captions are used
    assert (method.loss(other).total == loss) == (share == 1)
    relabeled = replace(examples, labels=examples.labels.flip(0))
    assert (method.loss(relabeled).total == loss) == (share == 0)


def test_labels_that_are_not_one_for_each_picture_get_a_sentence(pairs: Pair):
    with pytest.raises(ValueError, match=r"expected a label for each picture, \(B,\), got \(3,\) for 7"):
        unicl_loss(*pairs, 1.0, torch.zeros(3))
