"""The losses of chapters 04 and 05 are lightly's and pytorch-metric-learning's: value, gradient, memory over steps."""

import math

import pytest
import torch
import torch.nn.functional as F
from lightly.loss import (
    BarlowTwinsLoss,
    DINOLoss,
    NegativeCosineSimilarity,
    NTXentLoss,
    VICRegLoss,
)
from lightly.utils.scheduler import cosine_schedule
from pytorch_metric_learning import losses as metric_losses
from torch import Tensor, nn

from course_lib.nn import ConvNet, momentum
from course_lib.pretrain import (
    DINO,
    MoCo,
    barlow_twins_loss,
    byol_loss,
    dino_loss,
    moco_loss,
    moco_v3_loss,
    negative_cosine,
    nt_xent,
    supcon_loss,
    vicreg_loss,
)

Pair = tuple[Tensor, Tensor]


@pytest.fixture
def views() -> Pair:
    g = torch.Generator().manual_seed(0)
    one, other = 3 * torch.randn(24, 16, generator=g), 3 * torch.randn(24, 16, generator=g)
    return one.requires_grad_(), other.requires_grad_()


def agree(inputs, mine, theirs):
    """The same value to 1e-6 of it, the same gradients to 3e-6 of their largest."""
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    slopes = [torch.autograd.grad(loss, inputs, allow_unused=True) for loss in (mine, theirs)]
    for a, b in zip(*slopes, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert (a - b).abs().max() <= 3e-6 * max(1e-3, b.abs().max())


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
def test_nt_xent_is_theirs(views: Pair, temperature):
    mine = nt_xent(*views, temperature)
    agree(views, mine, NTXentLoss(temperature)(*views))
    metric = metric_losses.SelfSupervisedLoss(metric_losses.NTXentLoss(temperature))
    agree(views, nt_xent(*views, temperature), metric(*views))


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_supcon_is_pytorch_metric_learnings(views: Pair, temperature):
    labels = torch.randint(5, (24,), generator=torch.Generator().manual_seed(1))
    theirs = metric_losses.SupConLoss(temperature)(torch.cat(views), labels.repeat(2))
    agree(views, supcon_loss(*views, labels, temperature), theirs)


def test_moco_with_its_queue_is_lightlys_memory_bank_over_three_rounds_of_the_queue():
    """Steps until the queue has wrapped around three times; each step's loss and gradient."""
    g = torch.Generator().manual_seed(2)
    method = MoCo(ConvNet((8, 8)), dim=16, queue=64)
    theirs = NTXentLoss(0.2, memory_bank_size=(64, 16))
    theirs.memory_bank.bank = method.queue.clone()
    for _ in range(12):
        query, key = (torch.randn(16, 16, generator=g) for _ in range(2))
        query.requires_grad_()
        agree([query], moco_loss(query, key, method.queue, 0.2), theirs(query, key))
        method.enqueue(F.normalize(key, dim=1))
        assert torch.allclose(method.queue, theirs.memory_bank.bank, atol=1e-7)


def test_the_third_moco_is_the_formula_of_its_authors(views: Pair):
    """Algorithm 1 of the paper, and facebookresearch/moco-v3: cross-entropy times 2τ."""
    q, k = views
    scores = F.normalize(q, dim=1) @ F.normalize(k, dim=1).detach().T / 0.2
    theirs = nn.CrossEntropyLoss()(scores, torch.arange(24)) * (2 * 0.2)
    agree(views, moco_v3_loss(q, k, 0.2), theirs)


def test_byol_and_simsiam_are_lightlys(views: Pair):
    p, z = views
    agree(views, negative_cosine(p, z), NegativeCosineSimilarity()(p, z.detach()))
    agree(views, negative_cosine(p, z, stop_gradient=False), NegativeCosineSimilarity()(p, z))
    agree(views, byol_loss(p, z), 2 + 2 * NegativeCosineSimilarity()(p, z.detach()))


def test_the_momentum_rises_as_lightlys():
    for step in range(0, 101, 10):
        assert momentum.cosine_schedule(0.996, step / 100) == pytest.approx(
            cosine_schedule(step, 101, 0.996, 1.0), abs=1e-7
        )


def test_barlow_twins_is_lightlys(views: Pair):
    # lightly adds 1e-5 to the variance inside a batch norm without weights, as here
    agree(views, barlow_twins_loss(*views, 5e-3), BarlowTwinsLoss(5e-3)(*views))


def test_vicreg_is_lightlys(views: Pair):
    agree(views, vicreg_loss(*views), VICRegLoss()(*views))
    one, other = (0.1 * view.detach() for view in views)  # below the variance that is asked for
    small = one.requires_grad_(), other.requires_grad_()
    agree(small, vicreg_loss(*small), VICRegLoss()(*small))


def test_dino_is_lightlys_over_several_steps():
    """Loss, gradient and center, while the teacher's temperature rises."""
    g = torch.Generator().manual_seed(3)
    theirs, method = DINOLoss(output_dim=32), DINO(ConvNet((8, 8)), prototypes=32)
    for step in range(5):
        student, teacher = torch.randn(6, 10, 32, generator=g), torch.randn(2, 10, 32, generator=g)
        student.requires_grad_()
        temperature = 0.04 + 0.006 * step
        mine = dino_loss(student, teacher, method.center, 0.1, temperature)
        agree([student], mine, theirs(list(teacher), list(student), teacher_temp=temperature))
        method.fresh = teacher.mean((0, 1))
        method.after_step(step / 5)
        assert torch.allclose(method.center, theirs.center.flatten(), atol=1e-7)
    assert math.isclose(method.center_momentum, theirs.center_momentum)
