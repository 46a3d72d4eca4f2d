"""VICReg's loss is the paper's formula."""

from math import sqrt

import pytest

from course_lib.pretrain import vicreg_loss

from .small import Pair, products


def test_vicreg_as_a_loop(views: Pair):
    a, b = (view.tolist() for view in views)
    product = products(*views)
    near = sum((x - y) ** 2 for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True)) / 30
    spread = [sum(max(0.0, 1 - sqrt(product[k + d][k + d] / 5 + 1e-4)) for d in range(5)) / 5 for k in (0, 5)]
    along = [sum((product[k + i][k + j] / 5) ** 2 for i in range(5) for j in range(5) if i != j) / 5 for k in (0, 5)]
    expected = 2 * near + 3 * sum(spread) / 2 + 4 * sum(along)
    assert vicreg_loss(*views, 2.0, 3.0, 4.0).item() == pytest.approx(expected, rel=1e-5)
