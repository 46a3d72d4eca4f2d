"""Photographs stream like the world; what does not fit together is said."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import photos
from course_lib.epochs import Epochs
from course_lib.photos import Photos

SOME = Photos(
    torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 2, 2),
    torch.tensor([0, 1, 1, 0, 1]),
    ("a", "b"),
)
"""Five photographs; the number of each is the value of its pixels."""


def numbers(some):
    return some.stored[:, 0, 0, 0].tolist()


def test_photographs_stream_like_the_world(folder):
    # pyright does not know that a cached property is read like a property
    batch = next(Epochs(photos.load(folder, 8), 6))  # pyright: ignore[reportArgumentType]
    assert batch.pictures.shape == (6, 3, 8, 8) and batch.labels.shape == (6,)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (torch.tensor([3, 0]), [3, 0]),
        (torch.tensor([3, 0], dtype=torch.uint8), [3, 0]),
        (torch.tensor([-1, -5]), [4, 0]),
        (torch.tensor([True, False, False, True, False]), [0, 3]),
        ([4, 1, 1], [4, 1, 1]),
        ((2,), [2]),
        ([False, False, True, False, False], [2]),
        (range(3), [0, 1, 2]),
        (np.array([4, 2], dtype=np.uint16), [4, 2]),
        (np.arange(5)[::-1], [4, 3, 2, 1, 0]),
        (np.arange(5) > 3, [4]),
        ([], []),
        (torch.zeros(0, dtype=torch.int64), []),
        (torch.zeros(5, dtype=torch.bool), []),
        (slice(1, 4, 2), [1, 3]),
        (slice(None, None, -2), [4, 2, 0]),
        (slice(7, 9), []),
    ],
)
def test_whatever_names_some_of_them_finds_these(index, expected):
    some = SOME[index]
    assert numbers(some) == expected and torch.equal(some.labels, SOME.labels[expected])
    assert some.pictures.shape == (len(expected), 3, 2, 2) and some.pictures.dtype == torch.float32


@pytest.mark.parametrize(
    "index",
    [0, np.int64(1), torch.tensor(2), True, None, ..., "0", [0.0, 1.0], torch.rand(2), [[0, 1]], [True, False], [None],
     np.array([1.5]), slice(0.5, 2), slice("a"), torch.ones(2, 5, dtype=torch.bool), (slice(1), 0), {}],
)  # fmt: skip
def test_what_names_none_of_them_is_said(index):
    with pytest.raises(
        ValueError, match=r"expected a slice such as photos\[0:1\], positions \(M,\), or True and False"
    ):
        SOME[index]


@pytest.mark.parametrize(("index", "wrong"), [([5], 5), ([0, -6], -6), (torch.tensor([99]), 99)])
def test_a_position_beyond_the_last_is_said(index, wrong):
    with pytest.raises(ValueError, match=f"expected positions from 0 to 4 for 5 photographs, got {wrong}"):
        SOME[index]


def test_names():
    assert [SOME.names(i) for i in (0, 4, -1)] == [["a"], ["b"], ["b"]]
    for wrong in (5, 1.5, None):
        with pytest.raises(ValueError, match="expected"):
            SOME.names(wrong)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("stored", "labels", "said"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2).long(), r"as bytes .*, got \(2, 3, 4, 4\) float32: make bytes"),
        (torch.zeros(2, 4, 4, 3).byte(), torch.zeros(2).long(), r"as bytes .*, got \(2, 4, 4, 3\) uint8"),
        (torch.zeros(3, 4, 4).byte(), torch.zeros(2).long(), "as bytes"),
        (np.zeros((2, 3, 4, 4), np.uint8), torch.zeros(2).long(), "as bytes"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.zeros(3).long(), r"each of 2 photographs, .*, got \(3,\) int64"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.zeros(2, 1).long(), "each of 2 photographs"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.zeros(2), "each of 2 photographs"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.zeros(2).bool(), "each of 2 photographs"),
        (torch.zeros(2, 3, 4, 4).byte(), [0, 1], "each of 2 photographs"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.tensor([0, 2]), "labels from 0 to 1, for 2 classes, got 2"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.tensor([-1, 0]), "labels from 0 to 1, for 2 classes, got -1"),
    ],
)
def test_what_does_not_fit_together_is_said(stored, labels, said):
    with pytest.raises(ValueError, match=said):
        Photos(stored, labels, ("a", "b"))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    positions=st.lists(st.integers(-7, 7), max_size=6),
    kind=st.sampled_from([list, tuple, np.array, lambda x: torch.tensor(x, dtype=torch.int64)]),
)
def test_positions_are_those_of_a_list_or_said(positions, kind):
    if all(-5 <= position < 5 for position in positions):
        assert numbers(SOME[kind(positions)]) == [range(5)[position] for position in positions]
    else:
        with pytest.raises(ValueError, match="expected positions from 0 to 4"):
            SOME[kind(positions)]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(part=st.slices(5))
def test_a_slice_is_that_of_a_list(part):
    assert numbers(SOME[part]) == list(range(5))[part]
