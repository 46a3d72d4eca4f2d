"""DINO's loss is the paper's formula; its teacher warms up, its last layer thaws, its views are drawn one by one."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from course_lib import world
from course_lib.nn import ConvNet, ViT
from course_lib.pretrain import (
    DINO,
    dino_loss,
)
from course_lib.views import Views

from .small import METHODS


def test_dino_as_a_loop_over_pairs_of_different_views():
    g = torch.Generator().manual_seed(2)
    student = torch.randn(4, 3, 6, generator=g)
    teacher, center = torch.randn(2, 3, 6, generator=g), torch.randn(6, generator=g)
    total, pairs = 0.0, 0
    for t in range(2):
        for s in range(4):
            if s == t:
                continue
            told = ((teacher[t] - center) / 0.05).softmax(1)
            total += -(told * (student[s] / 0.1).log_softmax(1)).sum(1).mean().item()
            pairs += 1
    assert pairs == 6 and dino_loss(student, teacher, center, 0.1, 0.05).item() == pytest.approx(total / 6, rel=1e-5)


def test_dinos_teacher_warms_up_and_its_directions_thaw():
    method, batch = METHODS["DINO"](), world.draw(4, size=16)
    assert method.temperature == pytest.approx(0.04)
    slope = torch.autograd.grad(method.loss(batch).total, method.head.last_layer)[0]
    assert slope.abs().max() == 0  # frozen
    method.after_step(0.15)
    assert method.temperature.item() == pytest.approx(0.055) and method.head.freeze_last_layer == 0
    assert method.center.abs().max() > 0
    slope = torch.autograd.grad(method.loss(batch).total, method.head.last_layer)[0]
    assert slope.abs().max() > 0
    method.after_step(1.0)
    assert method.temperature.item() == pytest.approx(0.07)
    still = DINO(ViT(32, 1, 2, size=16, patch=8), 32, center_momentum=1.0, local_crops=Views(size=8))
    still.loss(batch)
    still.after_step(0.5)
    assert still.center.abs().max() == 0  # no centering


def test_dinos_head_may_have_norms_that_follow_and_small_views_may_be_left_out():
    method, batch = DINO(ConvNet((8, 8)), 32, norm=True, num_local_crops=0, momentum=0.5), world.draw(4, size=16)
    assert torch.isfinite(method.loss(batch).total)
    sides = method.head, method.teacher
    norms = [[m for m in side.modules() if isinstance(m, torch.nn.BatchNorm1d)] for side in sides]
    assert [len(side) for side in norms] == [2, 2]
    ours, theirs = (side[0].get_buffer("running_mean") for side in norms)
    before = theirs.clone()
    method.after_step(0.0)
    torch.testing.assert_close(theirs, (ours + before) / 2)
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in DINO(ConvNet((8, 8)), 32).head.modules())


def test_dinos_views_are_made_one_by_one():
    drawn: dict[str, list[Tensor]] = {"large": [], "small": []}

    def draw(kind: str, views: Views):
        return lambda pictures: drawn[kind].append(views(pictures)) or drawn[kind][-1]

    method = DINO(
        ConvNet((8, 8)),
        32,
        global_crops=draw("large", Views()),
        local_crops=draw("small", Views(size=8)),
        num_local_crops=3,
    )
    entered: list[Tensor] = []
    method.encoder.register_forward_pre_hook(lambda _, given: entered.append(given[0]))
    method.loss(world.draw(4, size=16))
    assert [len(views) for views in drawn.values()] == [2, 3]
    for views, seen in zip(drawn.values(), entered, strict=True):
        assert torch.equal(torch.cat(views), seen)
        assert not any(torch.equal(one, other) for one, other in pairwise(views))
