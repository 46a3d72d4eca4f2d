"""What is taken for pictures, and what is said of the rest."""

import pytest
import torch

from course_lib.nn.pictures import expect_pictures


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_pictures_pass(dtype: torch.dtype) -> None:
    for pictures in (torch.rand(2, 3, 4, 5), torch.rand(0, 3, 4, 4), torch.full((1, 3, 1, 1), 1.4)):
        expect_pictures(pictures.to(dtype), look=True)


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        (torch.rand(3, 8, 8), r"\(3, 8, 8\): add the batch with picture\[None\]"),
        (torch.rand(2, 8, 8, 3), r"\(2, 8, 8, 3\).*permute"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "got uint8: divide bytes by 255"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.bool), "got bool"),
    ],
)
def test_what_is_no_picture_is_told_without_a_look(pictures: torch.Tensor, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        expect_pictures(pictures)


@pytest.mark.parametrize("value", [255.0, -2.1, torch.nan, torch.inf])
def test_values_are_told_by_a_look(value: float) -> None:
    pictures = torch.full((1, 3, 2, 2), 0.5)
    pictures[0, 0, 0, 0] = value
    expect_pictures(pictures)
    with pytest.raises(ValueError, match=r"expected pictures in \[0, 1\], got values from"):
        expect_pictures(pictures, look=True)


def test_what_is_no_tensor_is_told() -> None:
    with pytest.raises(ValueError, match="as a tensor .* got list"):
        expect_pictures([0.5])  # pyright: ignore[reportArgumentType]
