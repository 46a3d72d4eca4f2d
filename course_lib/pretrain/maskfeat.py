"""MaskFeat: predict histograms of oriented gradients where patches are covered (Wei and others, 2021, "Masked Feature
Prediction for Self-Supervised Visual Pre-Training", arXiv 2112.09133).

HOG (Dalal and Triggs, 2005, "Histograms of Oriented Gradients for Human Detection") says which way edges run in each
cell of a picture, and how strong each way is beside the others. It says nothing of colors and brightness.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..expect import expect_whole
from ..nn import ViT
from ..nn.masking import Masking, block_masking
from ..nn.patches import patchify
from ..nn.seeding import seeded
from ..nn.transformer import init_weights
from .checks import expect_mask, expect_mask_token, expect_ratio, patch_grid, shape_of
from .method import Loss, Method, at_least_float32, in_float32


def hog(pictures: Tensor, cell: int = 8, bins: int = 9) -> Tensor:
    """Histograms of oriented gradients, (B, C · bins, H/cell, W/cell): of each cell and color a list of length 1.

    As scikit-image's `hog` computes them for each color, with one cell in a block and the norm "L2". An edge and the
    same edge from bright to dark count as one orientation. A cell without any edge has zeros.

    Args:
        pictures: (B, C, H, W).
        cell: the side of a cell in pixels.
        bins: how many orientations are told apart, of 180°.

    Raises:
        ValueError: if cells do not divide the pictures.

    >>> stripes = torch.tensor([0.0, 0, 1, 1]).repeat(2).expand(1, 1, 8, 8)  # brightness changes from left to right
    >>> hog(stripes, cell=8).flatten()
    tensor([1., 0., 0., 0., 0., 0., 0., 0., 0.])
    """
    cell, bins = expect_whole("a cell", cell), expect_whole("a number of bins", bins)
    if not isinstance(pictures, Tensor) or pictures.ndim != 4 or pictures.shape[2] % cell or pictures.shape[3] % cell:
        raise ValueError(
            f"expected pictures (B, C, H, W) whose sides cells of {cell} pixels divide, got {shape_of(pictures)}"
        )
    x = at_least_float32(pictures)
    # Gradients: what lies after less what lies before; at the border 0
    down, right = torch.zeros_like(x), torch.zeros_like(x)
    down[:, :, 1:-1] = x[:, :, 2:] - x[:, :, :-2]
    right[:, :, :, 1:-1] = x[:, :, :, 2:] - x[:, :, :, :-2]
    # Orientation in bins of 180°, the same for an edge and its opposite; each pixel votes as its gradient is strong
    angle = torch.atan2(down.abs(), torch.where(down < 0, -right, right)) * (bins / math.pi)
    which = angle.floor().long().remainder(bins)  # (B, C, H, W); 180° is 0°
    strength = torch.hypot(down, right)[:, :, None]
    votes = x.new_zeros(*x.shape[:2], bins, *x.shape[2:]).scatter_(2, which[:, :, None], strength)
    # Added up over each cell, then brought to length 1
    votes = F.avg_pool2d(votes.flatten(1, 2), cell)
    votes = rearrange(votes, "b (c k) h w -> b c k h w", k=bins)
    return (votes / (votes.square().sum(2, keepdim=True) + 1e-5**2).sqrt()).flatten(1, 2)


def hog_targets(pictures: Tensor, patch: int, cell: int, bins: int = 9) -> Tensor:
    """The histograms of all cells in each patch, (B, N, C · bins · (patch/cell)²).

    Raises:
        ValueError: if cells do not divide a patch, or patches the pictures.

    >>> hog_targets(torch.rand(2, 3, 32, 32), patch=8, cell=4).shape
    torch.Size([2, 16, 108])
    """
    if expect_whole("a patch", patch) % expect_whole("a cell", cell):
        raise ValueError(f"expected cells that divide a patch of {patch} pixels, got cells of {cell}")
    return patchify(hog(pictures, cell, bins), patch // cell)


@in_float32
def maskfeat_loss(prediction: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """The squared error of the covered patches, a mean over all their numbers: section 3.1 of the paper.

    Args:
        prediction: (B, N, P), of every patch.
        targets: (B, N, P), see `hog_targets`.
        mask: (B, N), True or 1 where a patch is covered.

    Raises:
        ValueError: if the shapes do not fit, or, where that can be seen without waiting, if nothing is covered.

    >>> maskfeat_loss(torch.ones(1, 2, 3), torch.zeros(1, 2, 3), torch.tensor([[False, True]]))
    tensor(1.)
    """
    expect_mask(mask, prediction, targets)
    error = (prediction - targets).square().mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


class MaskFeat(Method):
    """A ViT that sees covered pictures, one linear layer, and the error of its histograms.

    Args:
        encoder: a ViT with a mask token.
        cell: the side in pixels of a cell of the histograms; left out, the ViT's patch.
        bins: orientations told apart.
        ratio: the share of the patches that is covered.
        masking: draws the masks.
        seed: settles the linear layer's random weights.

    Raises:
        ValueError: for another encoder, or a cell that does not divide its patch.

    >>> from course_lib.nn import vit
    >>> prediction, mask = MaskFeat(vit("mini", size=32, patch=4, mask_token=True))(torch.rand(2, 3, 32, 32))
    >>> prediction.shape
    torch.Size([2, 64, 27])
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        cell: int | None = None,
        bins: int = 9,
        ratio: float = 0.4,
        masking: Masking = block_masking,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.ratio, self.masking = expect_mask_token(encoder), ratio, masking
        self.cell, self.bins = encoder.patch if cell is None else cell, bins
        expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        numbers = hog_targets(torch.zeros(1, 3, encoder.patch, encoder.patch), encoder.patch, self.cell, bins).shape[2]
        with seeded(seed):
            self.head = nn.Linear(encoder.width, numbers)
            init_weights(self.head)

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """A prediction for each patch (B, N, 3 · bins · (patch/cell)²), and the mask (B, N), True where covered."""
        rows, columns = patch_grid(pictures, mask, self.encoder.patch)
        if mask is None:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
        tokens = self.encoder.tokens(pictures, mask=mask)[:, self.encoder.num_prefix_tokens :]
        return self.head(tokens), mask

    def loss(self, batch: Any) -> Loss:
        prediction, mask = self(batch.pictures)
        targets = hog_targets(batch.pictures, self.encoder.patch, self.cell, self.bins)
        return Loss(maskfeat_loss(prediction, targets, mask))
