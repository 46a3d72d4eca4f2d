"""What every loss looks at before it computes: shapes that fit, and a temperature that can be divided by."""

from __future__ import annotations

from torch import Tensor


def same_shape(one: Tensor, other: Tensor) -> None:
    """Raise ValueError, in one sentence, if two lists of embeddings are not (B, D) both.

    >>> import torch
    >>> same_shape(torch.zeros(4, 2), torch.zeros(3, 2))
    Traceback (most recent call last):
    ValueError: expected two lists of embeddings (B, D), got (4, 2) and (3, 2)
    """
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f"expected two lists of embeddings (B, D), got {tuple(one.shape)} and {tuple(other.shape)}")


def positive_temperature(temperature: float) -> None:
    """Raise ValueError, in one sentence, if a temperature is not above 0.

    >>> positive_temperature(0.0)
    Traceback (most recent call last):
    ValueError: expected a temperature above 0, got 0.0
    """
    if not temperature > 0:
        raise ValueError(f"expected a temperature above 0, got {temperature}")


def labels_for(labels: Tensor, pictures: Tensor) -> None:
    """Raise ValueError, in one sentence, if there is not one label, (B,), for each of the rows (B, …) of pictures.

    >>> import torch
    >>> labels_for(torch.zeros(3), torch.zeros(4, 2))
    Traceback (most recent call last):
    ValueError: expected a label for each picture, (B,), got (3,) for 4 pictures
    """
    if labels.shape != pictures.shape[:1]:
        raise ValueError(
            f"expected a label for each picture, (B,), got {tuple(labels.shape)} for {len(pictures)} pictures"
        )
