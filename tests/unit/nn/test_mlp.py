"""Small perceptrons: which layers they have."""

import pytest
import torch

from course_lib.nn import mlp


def test_perceptrons():
    plain = mlp((4, 8, 2), norm=False)
    assert [type(layer).__name__ for layer in plain] == ["Linear", "ReLU", "Linear"] and plain[0].bias is not None
    normed = mlp((4, 8, 8, 2), last="norm")
    layers = ["Linear", "BatchNorm", "ReLU"] * 2 + ["Linear", "BatchNorm"]
    assert [type(layer).__name__[:9] for layer in normed] == layers
    assert normed[0].bias is None and normed[-1].weight is None
    assert torch.equal(*(mlp((4, 2), seed=3).get_parameter("0.weight") for _ in range(2)))
    with pytest.raises(ValueError, match="width of the input and of at least one layer"):
        mlp((4,))
    for widths, last, told in (
        ((4, 0), "plain", "a width, whole"),
        ((4, 2), "end", "last 'plain' or 'norm', got 'end'"),
    ):
        with pytest.raises(ValueError, match=told):
            mlp(widths, last=last)  # pyright: ignore[reportArgumentType]
