"""The supervised contrastive loss is the paper's formula, and NT-Xent where no two labels are alike."""

from math import exp, log

import pytest
import torch

from course_lib.pretrain import (
    nt_xent,
    supcon_loss,
)

from .small import Pair, cosine


def test_supcon_as_a_loop_and_with_labels_that_all_differ(views: Pair):
    z = [row for view in views for row in view.tolist()]
    labels = [2, -1, 2, 7, -1, 2] * 2
    total = 0.0
    for i in range(12):
        others = sum(exp(cosine(z[i], z[j]) / 0.3) for j in range(12) if j != i)
        partners = [j for j in range(12) if j != i and (j % 6 == i % 6 or labels[i] == labels[j] >= 0)]
        total += sum(log(others) - cosine(z[i], z[j]) / 0.3 for j in partners) / len(partners)
    assert supcon_loss(*views, torch.tensor(labels[:6]), 0.3).item() == pytest.approx(total / 12, rel=1e-6)
    for labels in (torch.arange(6), torch.full((6,), -1)):
        alone, pairs = supcon_loss(*views, labels, 0.3), nt_xent(*views, 0.3)
        assert alone.item() == pytest.approx(pairs.item(), rel=1e-6)
