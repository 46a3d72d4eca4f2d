"""Methods that learn from captions: their losses as loops, what they learn, and what they keep in bounds."""

from dataclasses import replace
from math import exp, log

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import BPE, ConvNet, TextTransformer
from course_lib.pretrain import CLIP, SigLIP, UniCL, clip_loss, siglip_loss, similarity, unicl_loss


@pytest.fixture
def pairs():
    g = torch.Generator().manual_seed(0)
    return [F.normalize(torch.randn(7, 5, generator=g), dim=1).requires_grad_() for _ in range(2)]


def towers(examples):
    bpe = BPE.learn(examples.captions, merges=200)
    return ConvNet((8, 16, 32), seed=0), TextTransformer(len(bpe), 32, 1, 2, length=32), bpe


def test_clip_loss_as_a_loop(pairs):
    image, text = (x.tolist() for x in pairs)
    cosine = [[sum(a * b for a, b in zip(i, t, strict=True)) for t in text] for i in image]
    total = 0.0
    for k in range(7):
        total += -5 * cosine[k][k] + log(sum(exp(5 * cosine[k][j]) for j in range(7)))
        total += -5 * cosine[k][k] + log(sum(exp(5 * cosine[j][k]) for j in range(7)))
    assert clip_loss(*pairs, 5.0).item() == pytest.approx(total / 14, rel=1e-6)


def test_siglip_loss_as_a_loop(pairs):
    image, text = (x.tolist() for x in pairs)
    total = 0.0
    for i, a in enumerate(image):
        for j, b in enumerate(text):
            score = 5 * sum(x * y for x, y in zip(a, b, strict=True)) - 2
            total += log(1 + exp(-score if i == j else score))
    assert siglip_loss(*pairs, 5.0, -2.0).item() == pytest.approx(total / 7, rel=1e-6)


def test_unicl_loss_as_a_loop_and_its_two_ends(pairs):
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


def test_shapes_that_do_not_fit_get_a_sentence(pairs):
    image, text = pairs
    for loss in (lambda: clip_loss(image, text[:3], 1.0), lambda: siglip_loss(image, text[:, :2], 1.0, 0.0)):
        with pytest.raises(ValueError, match=r"expected images and texts \(B, D\), as many of the one as of the other"):
            loss()
    with pytest.raises(ValueError, match=r"expected a label for each picture, \(B,\), got \(3,\) for 7"):
        unicl_loss(image, text, 1.0, torch.zeros(3))


@pytest.mark.parametrize("method", [CLIP, SigLIP, UniCL])
def test_each_method_learns_who_belongs_together(method, tmp_path):
    examples = world.draw(48, size=24, mode="portrait")
    options = {"names": world.THINGS} if method is UniCL else {}
    learner = method(*towers(examples), dim=32, **options)
    history = fit(learner, Epochs(examples, 48), 60, lr=3e-3, progress=False, folder=tmp_path)
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.metrics["matched"][-1] > 0.4 > history.metrics["matched"][0]


def test_the_scale_stays_in_bounds():
    examples = world.draw(4, size=16, mode="portrait")
    clip = CLIP(*towers(examples))
    assert clip.logit_scale.item() == pytest.approx(log(1 / 0.07))
    for wild, kept in ((9.0, log(100)), (-3.0, 0.0)):
        with torch.no_grad():
            clip.logit_scale.fill_(wild)
        clip.after_step(0.5)
        assert clip.logit_scale.item() == pytest.approx(kept)
    sig = SigLIP(*towers(examples))
    assert (sig.logit_scale.item(), sig.bias.item()) == (pytest.approx(log(10)), -10)
    sig = SigLIP(*towers(examples), scale=80, bias=-20.0)
    assert (sig.logit_scale.item(), sig.bias.item()) == (pytest.approx(log(80)), -20)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_unicl_takes_labels_for_its_share_and_captions_for_the_rest(share):
    examples = world.draw(8, size=16, mode="portrait")
    method = UniCL(*towers(examples), names=world.THINGS, share=share).eval()
    loss = method.loss(examples).total
    other = replace(examples, alt_text=1.0)  # other captions: they matter only where captions are used
    assert (method.loss(other).total == loss) == (share == 1)
    relabeled = replace(examples, labels=examples.labels.flip(0))
    assert (method.loss(relabeled).total == loss) == (share == 0)
