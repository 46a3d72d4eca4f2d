"""SimMIM: put a mask token where patches are covered, and predict their pixels with one linear layer (Xie and others,
2021, "SimMIM: A Simple Framework for Masked Image Modeling", arXiv 2111.09886).

Since all tokens go through the encoder, it need not be a transformer: a ConvNet sees pictures whose patches are painted
over.
"""

from __future__ import annotations

from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from ..nn import Encoder, ViT
from ..nn.masking import Masking, random_mask
from ..nn.modes import eval_mode
from ..nn.patches import patchify, unpatchify
from ..nn.seeding import seeded
from ..nn.transformer import init_weights
from .checks import expect_mask, expect_mask_token, expect_ratio, patch_grid
from .method import Loss, Method, in_float32


@in_float32
def simmim_loss(prediction: Tensor, pictures_as_patches: Tensor, mask: Tensor) -> Tensor:
    """The absolute error of the covered patches, a mean over all their pixels: equation 1 of the paper.

    Args:
        prediction: (B, N, P), of every patch.
        pictures_as_patches: (B, N, P), what there is, see `patchify`.
        mask: (B, N), True or 1 where a patch is covered.

    Raises:
        ValueError: if the shapes do not fit, or, where that can be seen without waiting, if nothing is covered.

    >>> patches = torch.zeros(1, 2, 3)
    >>> simmim_loss(torch.tensor([[[9.0, 9, 9], [1, 2, 3]]]), patches, torch.tensor([[False, True]]))
    tensor(2.)
    """
    expect_mask(mask, prediction, pictures_as_patches)
    error = (prediction - pictures_as_patches).abs().mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


class SimMIM(Method):
    """An encoder that sees covered pictures, one linear layer, and the error of the covered patches.

    Args:
        encoder: a ViT with a mask token, or any encoder with a map of features, such as a ConvNet.
        patch: the side in pixels of what is covered in one piece; a ViT's own may be left out.
        ratio: the share of the picture that is covered.
        masking: draws the masks: `random_mask`, `block_masking` or `grid_masking`.
        seed: settles the linear layer's random weights.

    Raises:
        ValueError: for a ViT without a mask token, a patch that does not fit it, or a ratio that covers nothing or all.

    >>> from course_lib.nn import ConvNet
    >>> prediction, mask = SimMIM(ConvNet(), patch=8)(torch.rand(2, 3, 32, 32))
    >>> prediction.shape, mask.shape
    (torch.Size([2, 16, 192]), torch.Size([2, 16]))
    """

    def __init__(
        self,
        encoder: Encoder,
        patch: int | None = None,
        ratio: float = 0.6,
        masking: Masking = random_mask,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(encoder, Encoder):
            raise ValueError(f"expected an encoder, got a {type(encoder).__name__}")
        if isinstance(encoder, ViT):
            patch = expect_mask_token(encoder).patch if patch is None else patch
            if patch != encoder.patch:
                raise ValueError(f"expected the patch of the ViT, {encoder.patch}, got {patch}")
            expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        else:
            expect_number("a mask ratio", ratio, 0, 1, above=True)
        self.encoder, self.patch, self.ratio, self.masking = encoder, expect_whole("a patch", patch), ratio, masking
        with seeded(seed):
            stride = encoder.patch if isinstance(encoder, ViT) else _stride(encoder)
            self.head = nn.Conv2d(encoder.width, 3 * stride**2, 1)  # a linear layer, at every place of the map
            init_weights(self.head)
        self.stride = stride

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """A prediction for each patch (B, N, patch² · 3), and the mask (B, N), True where it was covered.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            mask: (B, N) bool; if left out, drawn at random.
        """
        rows, columns = patch_grid(pictures, mask, self.patch)
        if mask is None:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
        # The encoder sees a mask token, or the mean color, where patches are covered
        if isinstance(self.encoder, ViT):
            tokens = self.encoder.tokens(pictures, mask=mask)[:, self.encoder.num_prefix_tokens :]
            found = rearrange(tokens, "b (h w) d -> b d h w", h=rows)
        else:
            found = self.encoder.feature_map(cover(pictures, mask, self.patch))
        # One linear layer predicts the pixels under each place of the map
        painted = nn.functional.pixel_shuffle(self.head(found), self.stride)
        if painted.shape != pictures.shape:
            kind, got = type(self.encoder).__name__, tuple(pictures.shape)
            raise ValueError(f"expected pictures whose sides the {kind}'s stride of {self.stride} divides, got {got}")
        return patchify(painted, self.patch), mask

    def targets(self, pictures: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in [0, 1] as patches (B, N, patch² · 3), standardized as MAE's are: (x − ½) / ¼."""
        return patchify((pictures - 0.5) / 0.25, self.patch)

    def loss(self, batch: Any) -> Loss:
        prediction, mask = self(batch.pictures)
        return Loss(simmim_loss(prediction, self.targets(batch.pictures), mask))

    @torch.no_grad()
    def reconstruct(self, pictures: Tensor, mask: Tensor | None = None, paste: bool = True) -> Tensor:
        """Pictures (B, 3, H, W) in [0, 1] with the covered patches painted; the arguments are those of `MAE`'s."""
        prediction, hidden = self(pictures, mask)
        if paste:
            prediction = torch.where(hidden[:, :, None], prediction, self.targets(pictures))
        return (unpatchify(prediction, self.patch, pictures.shape[2] // self.patch) * 0.25 + 0.5).clamp(0, 1)


def cover(pictures: Tensor, mask: Tensor, patch: int, color: float = 0.5) -> Tensor:
    """Pictures (B, 3, H, W) with the patches painted over that a mask (B, N) covers.

    Raises:
        ValueError: if the mask does not fit the pictures.

    >>> cover(torch.ones(1, 3, 2, 4), torch.tensor([[True, False]]), patch=2)[0, 0]
    tensor([[0.5000, 0.5000, 1.0000, 1.0000],
            [0.5000, 0.5000, 1.0000, 1.0000]])
    """
    patches = patchify(pictures, patch)
    patch_grid(pictures, mask, patch)
    return unpatchify(patches.masked_fill(mask[:, :, None], color), patch, pictures.shape[2] // patch)


@torch.no_grad()
def _stride(encoder: Encoder) -> int:
    """How many pixels of a side one place of an encoder's map stands for."""
    weight = next(encoder.parameters(), torch.zeros(()))
    with eval_mode(encoder):
        return 64 // encoder.feature_map(weight.new_zeros(1, 3, 64, 64)).shape[2]
