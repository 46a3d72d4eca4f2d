"""Barlow Twins' loss and the cross-correlation in it are the paper's formulas."""

from math import sqrt

import pytest

from course_lib.pretrain import barlow_twins_loss, cross_correlation

from .small import Pair, products


def test_barlow_twins_as_a_loop(views: Pair):
    product = products(*views)
    square = [product[i][i] for i in range(10)]
    total = 0.0
    for i in range(5):
        for j in range(5):
            c = product[i][5 + j] / sqrt((square[i] + 6e-5) * (square[5 + j] + 6e-5))
            assert cross_correlation(*views)[i, j].item() == pytest.approx(c, abs=1e-5)
            total += (c - 1) ** 2 if i == j else 0.01 * c * c
    assert barlow_twins_loss(*views, 0.01).item() == pytest.approx(total, rel=1e-5)
