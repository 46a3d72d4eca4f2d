"""Pictures as rows of patches, and back.

>>> import torch
>>> pictures = torch.rand(2, 3, 32, 32)
>>> torch.equal(unpatchify(patchify(pictures, 4), 4), pictures)
True
"""

from __future__ import annotations

from math import isqrt

from einops import rearrange
from torch import Tensor

from ..expect import expect_whole


def patchify(pictures: Tensor, patch: int) -> Tensor:
    """Pictures (B, C, H, W) as rows of patches (B, N, patch² · C), row by row.

    Within a patch the color changes fastest, as in the published code of MAE (He and others, 2021, arXiv 2111.06377).

    Raises:
        ValueError: if patches do not divide the pictures.

    >>> import torch
    >>> patchify(torch.rand(2, 3, 32, 48), 8).shape
    torch.Size([2, 24, 192])
    """
    patch = expect_whole("a patch", patch)
    if not isinstance(pictures, Tensor) or pictures.ndim != 4 or pictures.shape[2] % patch or pictures.shape[3] % patch:
        got = tuple(pictures.shape) if isinstance(pictures, Tensor) else type(pictures).__name__
        raise ValueError(f"expected pictures (B, C, H, W) whose sides patches of {patch} pixels divide, got {got}")
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (p q c)", p=patch, q=patch)


def unpatchify(patches: Tensor, patch: int, rows: int | None = None) -> Tensor:
    """Rows of patches (B, N, patch² · C) as pictures (B, C, H, W): what `patchify` took apart.

    Args:
        patches: as `patchify` gives them.
        patch: the side of a patch in pixels.
        rows: of patches; if left out, the picture is a square.

    Raises:
        ValueError: if such patches do not fill such a picture.

    >>> import torch
    >>> unpatchify(torch.rand(2, 24, 192), 8, rows=4).shape
    torch.Size([2, 3, 32, 48])
    """
    patch = expect_whole("a patch", patch)
    if not isinstance(patches, Tensor) or patches.ndim != 3 or patches.shape[2] % patch**2:
        got = tuple(patches.shape) if isinstance(patches, Tensor) else type(patches).__name__
        raise ValueError(f"expected patches (B, N, {patch**2} · C), got {got}")
    count = patches.shape[1]
    square = rows is None
    rows = isqrt(count) if rows is None else expect_whole("a number of rows", rows)
    if not count or count % rows or (square and rows**2 != count):
        raise ValueError(f"expected patches that fill {rows} rows, got {count}: say how many rows there are")
    return rearrange(patches, "b (h w) (p q c) -> b c (h p) (w q)", p=patch, q=patch, h=rows)
