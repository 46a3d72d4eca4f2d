"""What counts as pictures: asked once, in one place, by whoever is handed some."""

from __future__ import annotations

from torch import Tensor

_SLACK = 0.5  # noise may carry a picture a little beyond [0, 1]; bytes and normalized colors lie much farther out


def expect_pictures(pictures: Tensor, look: bool = False) -> None:
    """Raise ValueError, in one sentence, unless pictures are (B, 3, H, W) of a floating dtype.

    With `look`, their values are looked at too, which waits for the device: they are to be numbers in [0, 1], or a
    little beyond.

    >>> import torch
    >>> expect_pictures(torch.zeros(2, 3, 8, 8, dtype=torch.uint8))
    Traceback (most recent call last):
    ValueError: expected pictures as float32 in [0, 1], got uint8: divide bytes by 255, as in `pictures.float() / 255`
    """
    if not isinstance(pictures, Tensor):
        raise ValueError(
            f"expected pictures as a tensor (B, 3, H, W), got {type(pictures).__name__}: "
            f"torch.from_numpy makes one of an array, `batch.pictures` of a batch"
        )
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise ValueError(
            f"expected pictures (B, 3, H, W) in [0, 1], got {tuple(pictures.shape)}: "
            f"add the batch with picture[None], put the colors first with permute"
        )
    if not pictures.is_floating_point():
        raise ValueError(
            f"expected pictures as float32 in [0, 1], got {str(pictures.dtype).removeprefix('torch.')}: "
            f"divide bytes by 255, as in `pictures.float() / 255`"
        )
    if look and pictures.numel():
        low, high = (value.item() for value in pictures.detach().aminmax())
        if not -_SLACK <= low <= high <= 1 + _SLACK:
            raise ValueError(
                f"expected pictures in [0, 1], got values from {low:.3g} to {high:.3g}: divide bytes by 255, and leave "
                f"the colors as they are (each encoder normalizes them itself)"
            )
