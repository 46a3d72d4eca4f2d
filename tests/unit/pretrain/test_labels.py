"""Learning from labels: the loss is torch's, and wrong labels are as wrong as was asked for."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.nn import ConvNet, seeded
from course_lib.pretrain import Labels, label_loss, wrong_labels


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
    name = "stem.0.weight"
    assert not torch.equal(one.encoder.get_parameter(name), other.encoder.get_parameter(name))
    with seeded(1), seeded(2):
        pass


def test_bad_input_gets_one_clear_sentence():
    z, y = torch.zeros(3, 4), torch.zeros(3, dtype=torch.long)
    for call, words in (
        (lambda: label_loss(z, y[:2]), r"logits \(B, C\) and labels \(B,\), got \(3, 4\) and \(2,\)"),
        (lambda: label_loss(z, y, 1.5), "smoothing between 0"),
        (lambda: wrong_labels(y, 1.5, torch.arange(4)), "share between 0 and 1"),
        (lambda: wrong_labels(y + 9, 0.5, torch.arange(4)), "one of the classes"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
