"""Methods that learn from labels: their losses in value and gradient, and what they do with labels."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, seeded
from course_lib.pretrain import Labels, SemanticSoftmax, label_loss, level_weights, semantic_loss, wrong_labels


@pytest.fixture
def scores():
    g = torch.Generator().manual_seed(0)
    return (4 * torch.randn(16, 7, generator=g)).requires_grad_(), torch.randint(7, (16,), generator=g)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 1.0])
def test_the_label_loss_is_torchs(scores, smoothing):
    z, labels = scores
    labels = torch.where(torch.arange(16) % 4 == 0, -1, labels)
    mine = label_loss(z, labels, smoothing)
    theirs = F.cross_entropy(z, labels, ignore_index=-1, label_smoothing=smoothing)
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    (a,), (b,) = torch.autograd.grad(mine, z), torch.autograd.grad(theirs, z)
    assert (a - b).abs().max() < 1e-7


def test_no_label_at_all_is_no_loss(scores):
    z, labels = scores
    loss = label_loss(z, torch.full_like(labels, -1))
    assert loss.item() == 0 and torch.autograd.grad(loss, z)[0].abs().max() == 0


def reference_semantic_loss(logits, paths, weights):
    """The paper's formula as a loop: for each level, the surprise of the labels that reach it, over all pictures."""
    total = 0.0
    for k, scores in enumerate(logits):
        for row, path in zip(scores, paths, strict=True):
            if path[k] >= 0:
                total = total - weights[k] * row.log_softmax(0)[path[k]] / len(paths)
    return total


def test_the_semantic_loss_is_the_papers():
    g = torch.Generator().manual_seed(1)
    logits = [torch.randn(9, c, generator=g, requires_grad=True) for c in (6, 4, 2)]
    paths = torch.stack([torch.randint(c, (9,), generator=g) for c in (6, 4, 2)], 1)
    paths[:5, 0], paths[:2, 1] = -1, -1
    weights = level_weights(paths)
    assert weights.tolist() == pytest.approx([9 / 4, 9 / 7, 1])
    mine, theirs = semantic_loss(logits, paths, weights), reference_semantic_loss(logits, paths, weights)
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    for a, b in zip(torch.autograd.grad(mine, logits), torch.autograd.grad(theirs, logits), strict=True):
        assert (a - b).abs().max() < 1e-7
    whole = torch.stack([torch.arange(6), torch.arange(6) % 4, torch.arange(6) % 2], 1)
    plain = sum(F.cross_entropy(z[:6], whole[:, k]) for k, z in enumerate(logits))
    assert semantic_loss([z[:6] for z in logits], whole, torch.ones(3)).item() == pytest.approx(plain.item(), rel=1e-6)


def test_a_level_that_nearly_nobody_reaches_has_a_limit():
    paths = torch.full((100, 2), -1)
    paths[:, 1], paths[0, 0] = 0, 0
    assert level_weights(paths).tolist() == [20, 1]


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_wrong_labels_are_wrong_and_spread_over_all_other_classes(share):
    classes = torch.tensor(world.TRAINED_THINGS)
    labels = classes.repeat(200)
    changed = wrong_labels(labels, share, classes, seed=3)
    assert (changed != labels).float().mean().item() == pytest.approx(share)
    assert torch.isin(changed, classes).all()
    if share:
        counts = changed[changed != labels].bincount(minlength=50)[classes].float()
        assert counts.std() < 3 * counts.mean().sqrt()
    assert torch.equal(changed, wrong_labels(labels, share, classes, seed=3))


@pytest.mark.parametrize("seed", range(3))
def test_wrong_labels_are_met_evenly_over_an_epoch(seed):
    """Chance that is shared with the order of the pictures would put all wrong labels into the first batches."""
    examples = world.draw(640, size=8, mode="portrait")
    labels = wrong_labels(examples.labels, 0.4, torch.tensor(world.TRAINED_THINGS), seed)
    batches = Epochs(replace(examples, paths=(labels != examples.labels)[:, None]), 64, seed=seed)
    shares = torch.stack([next(batches).paths.float().mean() for _ in range(10)])
    assert 0.2 < shares.min() and shares.max() < 0.6


def test_seeds_settle_the_weights_and_leave_no_trace():
    chance = torch.get_rng_state()
    one, two, other = Labels(ConvNet(), 5), Labels(ConvNet(), 5), Labels(ConvNet(seed=1), 5, seed=1)
    assert torch.equal(chance, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.head.weight, other.head.weight)
    assert not torch.equal(one.encoder.stem[0].weight, other.encoder.stem[0].weight)
    with seeded(1), seeded(2):
        pass


@pytest.mark.parametrize("kind", ["labels", "semantic"])
def test_they_learn_a_few_pictures_by_heart(kind, tmp_path):
    few = world.draw(24, size=16, mode="portrait", seed=1)
    encoder = ConvNet((8, 16, 32))
    method = Labels(encoder, 50) if kind == "labels" else SemanticSoftmax(encoder, (50, 10, 4))
    fit(method, Epochs(few, 24), 80, progress=False, folder=tmp_path)
    with torch.no_grad():
        assert (method.logits(few.pictures).argmax(1) == few.labels).float().mean() > 0.9


def test_bad_input_gets_one_clear_sentence():
    z, y = torch.zeros(3, 4), torch.zeros(3, dtype=torch.long)
    for call, words in (
        (lambda: label_loss(z, y[:2]), r"logits \(B, C\) and labels \(B,\), got \(3, 4\) and \(2,\)"),
        (lambda: label_loss(z, y, 1.5), "smoothing between 0"),
        (lambda: semantic_loss([z], torch.zeros(3, 2).long(), torch.ones(2)), "as many levels everywhere, got 1"),
        (lambda: wrong_labels(y, 1.5, torch.arange(4)), "share between 0 and 1"),
        (lambda: wrong_labels(y + 9, 0.5, torch.arange(4)), "one of the classes"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
