"""Curves, bars, confusions and maps draw the numbers they are given."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_lib import show
from course_lib.show.charts import flatten, short_number

from ..figures import noise, xs, ys


def heights(axes: Axes) -> NDArray[Any]:
    """How high the band around a curve goes."""
    return np.asarray(axes.collections[0].get_paths()[0].vertices)[:, 1]


def shares(axes: Axes) -> NDArray[Any]:
    """The numbers of a confusion."""
    return np.asarray(axes.images[0].get_array())


def test_a_curve_of_runs_is_their_mean_and_range():
    axes = show.curves({"a": [[1.0, 2.0], [3.0, 6.0]]}).axes[0]
    assert ys(axes.lines[0]).tolist() == [2.0, 4.0]
    band = heights(axes)
    assert (band.min(), band.max()) == (1.0, 6.0)
    deviation = show.curves({"a": [[1.0, 2.0], [3.0, 6.0]]}, band="deviation").axes[0]
    assert heights(deviation).min() == pytest.approx(2 - 2**0.5)


def test_a_curve_may_bring_its_own_x():
    axes = show.curves({"a": (torch.tensor([10, 20]), torch.tensor([1.0, 2.0], requires_grad=True))}).axes[0]
    assert xs(axes.lines[0]).tolist() == [10, 20]


def test_confusion_groups_families_and_counts_in_shares():
    figure = show.confusion([[8, 0, 2], [0, 5, 5], [0, 0, 1]], ["cat", "car", "dog"], ["animal", "vehicle", "animal"])
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cat", "dog", "car"]
    assert np.allclose(shares(axes), [[0.8, 0.2, 0], [0, 1, 0], [0, 0.5, 0.5]])


def test_a_class_that_was_never_seen_is_an_empty_row():
    assert np.allclose(shares(show.confusion([[0, 0], [1, 3]], ["a", "b"]).axes[0])[0], 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 30), st.integers(2, 9), st.integers(0, 99))
def test_the_map_is_principal_component_analysis(n, d, seed):
    x = noise(n, d, seed=seed).double()
    flat, kept = flatten(x)
    centered = x - x.mean(0)
    values, vectors = torch.linalg.eigh(centered.T @ centered)
    assert np.allclose((flat**2).sum(0), values.flip(0)[:2].clamp_min(0).numpy(), atol=1e-9)
    assert kept == pytest.approx((values[-2:].sum() / values.sum()).item(), abs=1e-9)
    assert np.array_equal(flat, flatten(x.clone())[0])


def test_numbers_as_readers_want_them():
    numbers = {0: "0", 1: "1", 12288: "12,288", 0.0312: "0.0312", 98.6: "98.6", 1234.5: "1,234"}
    assert {number: short_number(number) for number in numbers} == numbers


def test_the_name_of_a_curve_stands_at_its_end():
    figure = show.curves({"falls": (range(100), np.linspace(1.0, 0.5, 100)), "lies": (range(100), np.full(100, 0.1))})
    axes = figure.axes[0]
    ends = axes.transAxes.inverted().transform(axes.transData.transform([(99, 0.5), (99, 0.1)]))
    assert [text.get_position()[1] for text in axes.texts] == pytest.approx(ends[:, 1].tolist(), abs=0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: show.curves({}), "at least one curve"),
        (lambda: show.curves({"a": ([1, 2], [1, 2, 3])}), "same length"),
        (lambda: show.curves({"a": [1, 2]}, band="iqr"), "'range' or 'deviation', got 'iqr'"),
        (lambda: show.bars({}), "at least one bar"),
        (lambda: show.bars({"a": 0}, log=True), "above zero"),
        (lambda: show.confusion([[1, 2]], ["a", "b"]), r"\(2, 2\) for 2 names, got \(1, 2\)"),
        (lambda: show.confusion([[1, 2], [2, 1]], ["a", "b"], ["x"]), "each of the 2 names, got 1"),
        (lambda: show.embedding(noise(5)), r"\(N, D\) with D at least 2, got \(5,\)"),
        (lambda: show.embedding(noise(5, 2), [1, 2]), "one label for each of the 5 points, got 2"),
        (lambda: show.embedding(noise(5, 2), pictures=noise(3, 3, 8, 8)), "one picture for each of the 5"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)
