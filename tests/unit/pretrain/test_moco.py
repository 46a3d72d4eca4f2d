"""MoCo's two losses are their papers' formulas; its queue goes round, and keys enter it after the step."""

from math import exp, log

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.nn import ConvNet
from course_lib.pretrain import (
    MoCo,
    moco_loss,
    moco_v3_loss,
)

from .small import Pair, cosine


def test_moco_as_a_loop(views: Pair):
    query, key = (view.tolist() for view in views)
    queue = F.normalize(torch.randn(9, 5, generator=torch.Generator().manual_seed(1)), dim=1)
    total = third = 0.0
    for i in range(6):
        own = exp(cosine(query[i], key[i]) / 0.3)
        total -= log(own / (own + sum(exp(cosine(query[i], other) / 0.3) for other in queue.tolist())))
        third -= log(own / sum(exp(cosine(query[i], other) / 0.3) for other in key))
    assert moco_loss(*views, queue, 0.3).item() == pytest.approx(total / 6, rel=1e-6)
    assert moco_v3_loss(*views, 0.3).item() == pytest.approx(2 * 0.3 * third / 6, rel=1e-6)


def test_the_queue_goes_round_and_remembers():
    method = MoCo(ConvNet((8, 8)), dim=4, queue=6)
    first = method.queue.clone()
    assert torch.allclose(first.norm(dim=1), torch.ones(6))
    keys = torch.arange(16.0).view(4, 4)
    method.enqueue(keys)
    assert torch.equal(method.queue, torch.cat([keys, first[4:]])) and method.queue_ptr == 4
    method.enqueue(keys + 100)
    assert torch.equal(method.queue[4:], keys[:2] + 100) and torch.equal(method.queue[:2], keys[2:] + 100)
    assert torch.equal(method.queue[2:4], keys[2:]) and method.queue_ptr == 2
    with pytest.raises(ValueError, match="at least 8 keys, a batch, got 6"):
        method.loss(world.draw(4, size=16))


def test_keys_enter_the_queue_after_the_step():
    method, batch = MoCo(ConvNet((8, 8)), dim=8, queue=32), world.draw(4, size=16)
    queue = method.queue.clone()
    method.loss(batch)
    assert torch.equal(method.queue, queue) and method.queue_ptr == 0
    method.after_step(0.1)
    assert method.queue_ptr == 8 and not torch.equal(method.queue, queue)
    method.after_step(0.1)  # nothing fresh: nothing enters twice
    assert method.queue_ptr == 8
