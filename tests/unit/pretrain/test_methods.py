"""What holds for many methods together: targets stand still, views answer for each other, losses fall."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet
from course_lib.pretrain import (
    CLIP,
    Labels,
    SemanticSoftmax,
    SigLIP,
    UniCL,
    barlow_twins_loss,
    byol_loss,
    moco_loss,
    moco_v3_loss,
    negative_cosine,
    nt_xent,
    vicreg_loss,
)

from .small import METHODS, Pair, towers


def test_targets_stand_still(views: Pair):
    prediction, target = views
    for loss in (byol_loss(prediction, target), negative_cosine(prediction, target), moco_v3_loss(prediction, target)):
        assert torch.autograd.grad(loss, [target], allow_unused=True, retain_graph=True)[0] is None
        assert torch.autograd.grad(loss, [prediction])[0].abs().max() > 0
    both = negative_cosine(prediction, target, stop_gradient=False)
    assert torch.autograd.grad(both, [target])[0].abs().max() > 0


def both_ways(loss, answers, targets):
    """Each view answers for the other, never for itself."""
    return loss(answers[0], targets[1]) + loss(answers[1], targets[0])


EACH_FOR_THE_OTHER: dict[str, Callable[[Any, list[Tensor], list[Tensor]], Tensor]] = {
    "SimCLR": lambda m, z, _: nt_xent(z[0], z[1], m.temperature),
    "Barlow Twins": lambda m, z, _: m.scale * barlow_twins_loss(z[0], z[1], m.lambd),
    "VICReg": lambda m, z, _: vicreg_loss(z[0], z[1]),
    "SimSiam": lambda m, z, _: both_ways(negative_cosine, [m.predictor(one) for one in z], z) / 2,
    "BYOL": lambda m, z, views: both_ways(byol_loss, [m.predictor(one) for one in z], [m.target(v) for v in views]),
    "MoCo": lambda m, z, views: (
        both_ways(lambda q, k: moco_loss(q, k, m.queue, m.temperature), z, [m.key_encoder(v) for v in views]) / 2
    ),
    "MoCo v3": lambda m, z, views: both_ways(
        lambda q, k: moco_v3_loss(q, k, m.temperature),
        [m.predictor(one) for one in z],
        [m.key_encoder(v) for v in views],
    ),
}


@pytest.mark.parametrize("name", EACH_FOR_THE_OTHER)
def test_each_view_answers_for_the_other(name):
    batch = world.draw(8, size=16, mode="portrait", seed=4)
    views = [batch.pictures, batch.pictures.flip(3).roll(1, 1)]  # mirrored, in other colors
    method, shown = METHODS[name]().eval(), iter(views)
    method.views = lambda _: next(shown)
    g = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in method.parameters():  # so that a teacher is not its student
            weight += 0.3 * torch.randn(weight.shape, generator=g)
        found = method.loss(batch).total
        z = [method.projector(method.encoder(view)) for view in views]
        assert found.item() == pytest.approx(EACH_FOR_THE_OTHER[name](method, z, views).item(), rel=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_makes_its_loss_smaller_and_does_so_again(name, tmp_path):
    examples = world.draw(32, size=16, mode="portrait")
    histories = []
    for _ in range(2):
        method = METHODS[name]()
        histories.append(fit(method, Epochs(examples, 32), 12, lr=3e-3, progress=False, folder=tmp_path).loss)
    assert histories[0] == histories[1]  # all chance follows from the seed
    # MoCo's queue begins with strangers that are easy to tell apart, and DINO's teacher says more and more: their
    # losses rise at first.
    if name not in ("MoCo", "DINO"):
        assert sum(histories[0][-3:]) < sum(histories[0][:3])


@pytest.mark.parametrize("method", [CLIP, SigLIP, UniCL])
def test_each_method_learns_who_belongs_together(method, tmp_path):
    examples = world.draw(48, size=24, mode="portrait")
    options: dict[str, Any] = {"names": world.THINGS} if method is UniCL else {}
    learner = method(*towers(examples), dim=32, **options)
    history = fit(learner, Epochs(examples, 48), 60, lr=3e-3, progress=False, folder=tmp_path)
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.metrics["matched"][-1] > 0.4 > history.metrics["matched"][0]


@pytest.mark.parametrize("kind", ["labels", "semantic"])
def test_they_learn_a_few_pictures_by_heart(kind, tmp_path):
    few = world.draw(24, size=16, mode="portrait", seed=1)
    encoder = ConvNet((8, 16, 32))
    method = Labels(encoder, 50) if kind == "labels" else SemanticSoftmax(encoder, (50, 10, 4))
    fit(method, Epochs(few, 24), 80, progress=False, folder=tmp_path)
    with torch.no_grad():
        assert (method.logits(few.pictures).argmax(1) == few.labels).float().mean() > 0.9
