"""SimCLR's loss, NT-Xent, is the paper's formula."""

from math import exp, log

import pytest

from course_lib.pretrain import (
    nt_xent,
)

from .small import Pair, cosine


def test_nt_xent_as_a_loop(views: Pair):
    z = [row for view in views for row in view.tolist()]
    total = 0.0
    for i in range(12):
        others = sum(exp(cosine(z[i], z[j]) / 0.3) for j in range(12) if j != i)
        total += log(others) - cosine(z[i], z[(i + 6) % 12]) / 0.3
    assert nt_xent(*views, 0.3).item() == pytest.approx(total / 12, rel=1e-6)
