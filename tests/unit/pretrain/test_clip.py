"""CLIP's loss is the paper's formula, and its scale stays in bounds."""

from math import exp, log

import pytest
import torch

from course_lib import world
from course_lib.pretrain import CLIP, clip_loss

from .small import Pair, towers


def test_clip_loss_as_a_loop(pairs: Pair):
    image, text = (x.tolist() for x in pairs)
    cosine = [[sum(a * b for a, b in zip(i, t, strict=True)) for t in text] for i in image]
    total = 0.0
    for k in range(7):
        total += -5 * cosine[k][k] + log(sum(exp(5 * cosine[k][j]) for j in range(7)))
        total += -5 * cosine[k][k] + log(sum(exp(5 * cosine[j][k]) for j in range(7)))
    assert clip_loss(*pairs, 5.0).item() == pytest.approx(total / 14, rel=1e-6)


def test_the_scale_stays_in_bounds():
    examples = world.draw(4, size=16, mode="portrait")
    clip = CLIP(*towers(examples))
    assert clip.logit_scale.item() == pytest.approx(log(1 / 0.07))
    for wild, kept in ((9.0, log(100)), (-3.0, 0.0)):
        with torch.no_grad():
            clip.logit_scale.fill_(wild)
        clip.after_step(0.5)
        assert clip.logit_scale.item() == pytest.approx(kept)


def test_shapes_that_do_not_fit_get_a_sentence(pairs: Pair):
    image, text = pairs
    with pytest.raises(ValueError, match=r"expected images and texts \(B, D\), as many of the one as of the other"):
        clip_loss(image, text[:3], 1.0)
