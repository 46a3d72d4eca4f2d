"""CLIP and SigLIP are open_clip's: the ids, the losses with their gradients, both towers."""

import random
import unicodedata

import open_clip
import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.nn import ViT
from course_lib.pretrain import clip_loss, siglip_loss
from course_lib.weights import published


@pytest.fixture(scope="module")
def bpe():
    return published.vocabulary(download=False)


def strings(count):
    """Texts of all kinds: captions, alt texts, words of many scripts, marks, emoji, broken encodings, web code."""
    chance = random.Random(0)
    letters = [chr(i) for i in range(0x20, 0x3000) if unicodedata.category(chr(i))[0] in "LNPSZM"]
    letters += [chr(i) for i in range(0x1F300, 0x1F6FF)] + [chr(i) for i in range(0x4E00, 0x4F00)]
    captions = world.draw(count // 4, size=8).captions + world.draw(count // 4, size=8, seed=1, alt_text=1.0).captions
    hard = ["", " ", "\n\t", "a" * 500, "it's", "DON'T we'll", "&amp;lt;b&gt;",
            "cafÃ©", "naïve “quotes”", "x²½Ⅷ", "ﬁ",
            "<start_of_text>a<end_of_text>", "</w>", "1234 5.6", "a_b", "İstanbul",
            "e\u0301", "\u200b", "🏳️‍🌈", "ß ẞ"]  # fmt: skip
    while len(hard) < count - len(captions):
        words = ["".join(chance.choices(letters, k=chance.randint(1, 9))) for _ in range(chance.randint(1, 12))]
        hard.append(chance.choice((" ", "  ", "\n", "-")).join(words))
    return captions + hard


@pytest.mark.slow
def test_ten_thousand_texts_become_the_same_ids(bpe):
    texts = strings(10_000)
    assert len(texts) >= 10_000
    mine, theirs = bpe(texts), open_clip.tokenize(texts)
    wrong = (mine != theirs).any(1).nonzero().flatten().tolist()
    assert not wrong, [texts[i] for i in wrong[:3]]


def test_a_diagram(bpe):
    assert bpe("a diagram")[0, :5].tolist() == [49406, 320, 22697, 49407, 0]
    assert bpe.decode(bpe.encode("a diagram of two cats")) == "a diagram of two cats"
    assert bpe(["word " * 200])[0, -1] == bpe.end  # a text that is cut keeps its end


@pytest.fixture
def pairs():
    g = torch.Generator().manual_seed(0)
    return tuple(F.normalize(torch.randn(24, 16, generator=g), dim=1).requires_grad_() for _ in range(2))


def agree(pairs, mine, theirs, extra=()):
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    for a, b in zip(*(torch.autograd.grad(loss, [*pairs, *extra]) for loss in (mine, theirs)), strict=True):
        assert (a - b).abs().max() <= 3e-6 * max(1, b.abs().max())


@pytest.mark.parametrize("scale", [1.0, 14.3, 100.0])
def test_clip_loss_is_open_clips(pairs, scale):
    images, texts = pairs
    scale = torch.tensor(scale, requires_grad=True)
    theirs = open_clip.loss.ClipLoss()(images, texts, scale)
    agree(pairs, clip_loss(images, texts, scale), theirs, [scale])


@pytest.mark.parametrize(("scale", "bias"), [(10.0, -10.0), (1.0, 0.0), (100.0, -20.0)])
def test_siglip_loss_is_open_clips(pairs, scale, bias):
    images, texts = pairs
    scale, bias = torch.tensor(scale, requires_grad=True), torch.tensor(bias, requires_grad=True)
    theirs = open_clip.loss.SigLipLoss()(images, texts, scale, bias)
    agree(pairs, siglip_loss(images, texts, scale, bias), theirs, [scale, bias])


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize(("name", "quick"), [("ViT-B-32", False), ("ViT-B-32-quickgelu", True)])
def test_both_towers_are_open_clips(bpe, name, quick):
    theirs = open_clip.create_model(name).eval()
    assert isinstance(theirs, open_clip.CLIP)
    mine = published.clip(theirs.state_dict(), bpe, quick=quick)
    assert isinstance(mine.encoder, ViT)
    pictures, texts = torch.rand(2, 3, 224, 224), ["a diagram", "a dog on the moon, and much more", ""]
    image = theirs.encode_image(mine.encoder.normalize(pictures), normalize=True)
    text = theirs.encode_text(open_clip.tokenize(texts), normalize=True)
    assert (mine.encode_image(pictures) - image).abs().max() <= 1e-5
    assert (mine.encode_text(texts) - text).abs().max() <= 1e-5
    assert mine.logit_scale.item() == pytest.approx(theirs.logit_scale.item())
