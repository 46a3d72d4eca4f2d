"""What counts as the same, and how values are described."""

from typing import Any

import numpy as np
import pytest
import torch

from course_lib.course.compare import describe, difference


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1),
        (1.0, torch.tensor(1.0)),
        (torch.tensor(1.0), 1.0000001),
        (torch.tensor(3), 3),
        (3, np.int32(3)),
        (float("nan"), torch.tensor(float("nan"))),
        (float("inf"), float("inf")),
        ((1, 2), [1, 2]),
        ({"a": torch.ones(2)}, {"a": torch.ones(2)}),
        ("cat", "cat"),
        (None, None),
        (torch.tensor([1.0, float("nan")]), torch.tensor([1.0, float("nan")])),
        (torch.ones(2, dtype=torch.bfloat16), torch.full((2,), 1.01, dtype=torch.bfloat16)),
        (np.ones((2, 2))[::-1], np.ones((2, 2))),
        (torch.ones(2), torch.ones(2, requires_grad=True)),
    ],
)
def test_same(expected: Any, got: Any) -> None:
    assert difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, 1.0),
        (1, True),
        (True, 1),
        (1.0, True),
        (1.0, 1.01),
        (10**6, 10**6 + 1),
        (1.0, float("nan")),
        (1.0, "1"),
        (1.0, torch.ones(1)),
        ((1, 2), [1, 3]),
        ((1, 2), (1, 2, 3)),
        ({"a": 1}, {"b": 1}),
        ("cat", "dog"),
        (None, 0),
        (torch.ones(2), torch.ones(2).long()),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.tensor(1.0)),
        (torch.ones(2), [1.0, 1.0]),
        (torch.tensor([1, 2]), torch.tensor([1, 3])),
        (np.ones(2), torch.ones(2).double()),
    ],
)
def test_different(expected: Any, got: Any) -> None:
    assert difference(expected, got)


def test_describe_is_short_for_everything() -> None:
    values = [
        torch.rand(3, 64, 64),
        torch.ones(20, dtype=torch.complex64),
        torch.tensor(1 + 2j),
        np.zeros((4, 4, 4), dtype=np.uint8),
        "x" * 500,
        list(range(100)),
        {str(i): i for i in range(100)},
        (1,),
        object(),
        None,
    ]
    assert all(len(describe(value)) < 150 for value in values)
    assert describe((1,)) == "(1,)"


def test_nothing_finite_is_close_to_infinity() -> None:
    infinite = torch.tensor(float("inf"))
    assert difference(infinite, torch.tensor(125.0)) and difference(float("inf"), 125.0)
    assert difference(infinite, infinite) is None and difference(-infinite, infinite)


def test_numbers_that_print_alike_are_told_in_full() -> None:
    assert difference(2.0, 2.001) == "it is 2.001, but 2 is needed"
    assert difference(2.0, 2.0004) == "it is 2.0004, but 2.0 is needed"
    assert difference(torch.tensor([2.0]), torch.tensor([2.0004])) == (
        "1 entry differs: at [0] it is 2.0004000663757324, but 2.0 is needed"
    )


def test_modules_are_compared_by_kind_and_weights() -> None:
    def layer(seed: int, width: int = 2) -> torch.nn.Linear:
        torch.manual_seed(seed)
        return torch.nn.Linear(2, width)

    assert difference(layer(0), layer(0)) is None and difference(layer(0), layer(0), exact=True) is None
    told = difference(layer(0), layer(1))
    assert told is not None and told.startswith("at 'weight', 4 entries differ")
    nearly = layer(0)
    with torch.no_grad():
        nearly.bias.add_(1e-7)
    assert difference(layer(0), nearly) is None and difference(layer(0), nearly, exact=True) is not None
    assert difference(layer(0), layer(0, 3)) == "at 'weight', the shape is (3, 2), but (2, 2) is needed"
    assert difference(layer(0), torch.nn.Linear(2, 2, bias=False)) is not None
    assert difference(layer(0), torch.nn.ReLU()) == "it is a ReLU, but a Linear is needed"
    assert difference(layer(0), dict(layer(0).state_dict())) is not None and difference(layer(0), None) is not None
    assert difference(torch.nn.ReLU(), torch.nn.ReLU()) is None
    nets = [torch.nn.Sequential(layer(0), torch.nn.BatchNorm1d(2)) for _ in range(2)]
    assert difference(nets[0], nets[1]) is None and difference([1, nets[0]], (1, nets[1])) is None
    nets[1](torch.randn(4, 2))  # buffers count
    told = difference(nets[0], nets[1])
    assert told is not None and told.startswith("at '1.running_mean'")
