"""The semantic softmax loss is the paper's, level by level."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.pretrain import level_weights, semantic_loss


def reference_semantic_loss(logits, paths, weights):
    """The paper's formula as a loop: for each level, the surprise of the labels that reach it, over all pictures."""
    total = torch.zeros(())
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
    plain = torch.stack([F.cross_entropy(z[:6], whole[:, k]) for k, z in enumerate(logits)]).sum()
    assert semantic_loss([z[:6] for z in logits], whole, torch.ones(3)).item() == pytest.approx(plain.item(), rel=1e-6)


def test_a_level_that_nearly_nobody_reaches_has_a_limit():
    paths = torch.full((100, 2), -1)
    paths[:, 1], paths[0, 0] = 0, 0
    assert level_weights(paths).tolist() == [20, 1]


def test_levels_that_do_not_fit_get_a_sentence():
    with pytest.raises(ValueError, match="as many levels everywhere, got 1"):
        semantic_loss([torch.zeros(3, 4)], torch.zeros(3, 2).long(), torch.ones(2))
