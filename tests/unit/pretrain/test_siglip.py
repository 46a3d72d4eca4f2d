"""SigLIP's loss is the paper's formula, and begins with the paper's scale and bias."""

from math import exp, log

import pytest

from course_lib import world
from course_lib.pretrain import SigLIP, siglip_loss

from .small import Pair, towers


def test_siglip_loss_as_a_loop(pairs: Pair):
    image, text = (x.tolist() for x in pairs)
    total = 0.0
    for i, a in enumerate(image):
        for j, b in enumerate(text):
            score = 5 * sum(x * y for x, y in zip(a, b, strict=True)) - 2
            total += log(1 + exp(-score if i == j else score))
    assert siglip_loss(*pairs, 5.0, -2.0).item() == pytest.approx(total / 7, rel=1e-6)


def test_the_scale_and_the_bias_begin_as_in_the_paper_or_as_asked():
    examples = world.draw(4, size=16, mode="portrait")
    method = SigLIP(*towers(examples))
    assert (method.logit_scale.item(), method.bias.item()) == (pytest.approx(log(10)), -10)
    method = SigLIP(*towers(examples), scale=80, bias=-20.0)
    assert (method.logit_scale.item(), method.bias.item()) == (pytest.approx(log(80)), -20)


def test_shapes_that_do_not_fit_get_a_sentence(pairs: Pair):
    image, text = pairs
    with pytest.raises(ValueError, match=r"expected images and texts \(B, D\), as many of the one as of the other"):
        siglip_loss(image, text[:, :2], 1.0, 0.0)
