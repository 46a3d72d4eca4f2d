"""MAE: see a quarter of the patches, paint the others (He and others, 2021, "Masked Autoencoders Are Scalable Vision
Learners", arXiv 2111.06377).

The encoder sees the visible patches alone, which makes it cheap; a light decoder gets them back with mask tokens in
the gaps, and predicts the pixels of every patch. Only what was covered counts.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..expect import expect_whole
from ..nn import ViT
from ..nn.masking import Masking, count_visible, random_mask, split_mask
from ..nn.patches import patchify, unpatchify
from ..nn.positions import resize_pos_embed, sincos_pos_embed
from ..nn.seeding import seeded
from ..nn.transformer import Transformer, init_weights
from .checks import expect_mask, expect_ratio, patch_grid
from .method import Loss, Method, in_float32


def normalize_patches(patches: Tensor, eps: float = 1e-6) -> Tensor:
    """Each patch (B, N, P) less its mean and over its standard deviation (with N − 1): MAE's "normalized pixels".

    >>> normalize_patches(torch.tensor([[[1.0, 2.0, 3.0]]])).round(decimals=3)
    tensor([[[-1.,  0.,  1.]]])
    """
    mean, var = patches.mean(-1, keepdim=True), patches.var(-1, keepdim=True)
    return (patches - mean) / (var + eps) ** 0.5


@in_float32
def mae_loss(prediction: Tensor, pictures_as_patches: Tensor, mask: Tensor, normalize: bool = False) -> Tensor:
    """The squared error of the covered patches: the mean over the pixels of a patch, then over all covered patches.

    Args:
        prediction: (B, N, P), of every patch.
        pictures_as_patches: (B, N, P), what there is, see `patchify`.
        mask: (B, N), True or 1 where a patch is covered.
        normalize: compare with normalized pixels, see `normalize_patches`.

    Returns:
        The loss, shape ().

    Raises:
        ValueError: if the shapes do not fit, or, where that can be seen without waiting, if nothing is covered.

    >>> patches = torch.zeros(1, 2, 3)
    >>> mae_loss(torch.tensor([[[9.0, 9, 9], [1, 2, 3]]]), patches, torch.tensor([[False, True]]))
    tensor(4.6667)
    """
    expect_mask(mask, prediction, pictures_as_patches)
    target = normalize_patches(pictures_as_patches) if normalize else pictures_as_patches
    error = (prediction - target).square().mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


class Decoder(nn.Module):
    """Visible tokens (B, P + V, width) to a prediction for every patch (B, N, out): MAE's light decoder.

    Args:
        encoder: whose tokens it gets: their width, how many are no patch, and the grid of patches.
        out: how many numbers it predicts for each patch.
        width, depth, heads: of its transformer (512, 8 and 16 in the paper; it may be far smaller than the encoder).
        seed: settles the random weights it starts from.
    """

    pos_embed: Tensor

    def __init__(self, encoder: ViT, out: int, width: int = 64, depth: int = 1, heads: int = 4, seed: int = 0):
        super().__init__()
        self.num_prefix_tokens = encoder.num_prefix_tokens
        side, width = encoder.size // encoder.patch, expect_whole("a width of the decoder", width)
        fixed = torch.cat([torch.zeros(self.num_prefix_tokens, width), sincos_pos_embed(width, side, side)])
        self.register_buffer("pos_embed", fixed, persistent=False)
        with seeded(seed):
            self.embed = nn.Linear(encoder.width, width)
            self.mask_token = nn.Parameter(torch.zeros(width))
            self.transformer = Transformer(width, depth, heads)
            self.norm = nn.LayerNorm(width, eps=1e-6)
            self.head = nn.Linear(width, out)
            init_weights(self)
            nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, tokens: Tensor, ids_restore: Tensor, rows: int, columns: int) -> Tensor:
        # To the decoder's width
        x = self.embed(tokens)
        prefix, x = x[:, : self.num_prefix_tokens], x[:, self.num_prefix_tokens :]
        # A mask token for every gap, and then each token to its place
        gaps = self.mask_token.to(x.dtype).expand(len(x), ids_restore.shape[1] - x.shape[1], -1)
        x = torch.cat([x, gaps], 1).gather(1, ids_restore[:, :, None].expand(-1, -1, x.shape[2]))
        # Where each is, then attention among all, then a prediction for every patch
        x = torch.cat([prefix, x], 1) + resize_pos_embed(self.pos_embed, self.num_prefix_tokens, rows, columns)
        x = self.head(self.norm(self.transformer(x)))
        return x[:, self.num_prefix_tokens :]


class MAE(Method):
    """An encoder of visible patches, a light decoder, and the error of the covered ones.

    Args:
        encoder: a ViT whose tokens come from one patch each: no convolutional stem, which looks over the edges.
        ratio: the share of the patches that is covered.
        normalize: predict normalized pixels, which makes better features and no picture.
        masking: draws the masks: `random_mask`, `block_masking` or `grid_masking`.
        width, depth, heads: of the decoder.
        seed: settles the decoder's random weights.

    Raises:
        ValueError: for another encoder, or a ratio that covers nothing or everything.

    >>> from course_lib.nn import vit
    >>> method = MAE(vit("mini", size=32, patch=4, pool="mean"))
    >>> prediction, mask = method(torch.rand(2, 3, 32, 32))
    >>> prediction.shape, mask.sum(1)
    (torch.Size([2, 64, 48]), tensor([48, 48]))
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        ratio: float = 0.75,
        normalize: bool = False,
        masking: Masking = random_mask,
        width: int = 64,
        depth: int = 1,
        heads: int = 4,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(encoder, ViT) or not isinstance(encoder.stem, nn.Conv2d):
            got = "stem='conv'" if isinstance(encoder, ViT) else f"a {type(encoder).__name__}"
            raise ValueError(f"expected a ViT with stem='patch', of whose tokens none sees what is covered, got {got}")
        expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        self.encoder, self.ratio, self.normalize, self.masking = encoder, ratio, normalize, masking
        self.decoder = Decoder(encoder, 3 * encoder.patch**2, width, depth, heads, seed)

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """A prediction for each patch (B, N, patch² · 3), and the mask (B, N), True where it was covered.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            mask: (B, N) bool, as many covered in each picture, which is looked at and so waits for the device; if left
                out, drawn at random.
        """
        rows, columns = patch_grid(pictures, mask, self.encoder.patch)
        visible = None
        if mask is None:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
            visible = count_visible(rows * columns, self.ratio)
        # The encoder sees the visible patches alone
        ids_keep, ids_restore = split_mask(mask, visible)
        tokens = self.encoder.tokens(pictures, keep=ids_keep)
        # The decoder sees where they were, and predicts all
        return self.decoder(tokens, ids_restore, rows, columns), mask

    def targets(self, pictures: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in [0, 1] as patches (B, N, patch² · 3) of the encoder's colors."""
        return patchify(self.encoder.normalize(pictures), self.encoder.patch)

    def loss(self, batch: Any) -> Loss:
        prediction, mask = self(batch.pictures)
        return Loss(mae_loss(prediction, self.targets(batch.pictures), mask, self.normalize))

    @torch.no_grad()
    def reconstruct(self, pictures: Tensor, mask: Tensor | None = None, paste: bool = True) -> Tensor:
        """Pictures (B, 3, H, W) in [0, 1] with the covered patches painted.

        No loss stands where patches are visible, so what is predicted there means nothing: with `paste` the truth is
        put there instead. A model of normalized pixels does not say how bright a patch is, nor how strong its contrast;
        these are then taken from the visible patches, as one mean and deviation for the picture, never from the truth.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            mask: as in `forward`.
            paste: show the truth where it is visible; else the prediction everywhere.
        """
        prediction, hidden = self(pictures, mask)
        target = self.targets(pictures)
        if self.normalize:
            prediction = _like_visible(prediction, target, hidden)
        if paste:
            prediction = torch.where(hidden[:, :, None], prediction, target)
        painted = unpatchify(prediction, self.encoder.patch, pictures.shape[2] // self.encoder.patch)
        colors = self.encoder.normalize
        return (painted * colors.std + colors.mean).clamp(0, 1)


def _like_visible(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Normalized patches (B, N, P) with the mean and the mean variance of the visible patches of their picture."""
    seen = (~mask)[:, :, None].to(target.dtype)
    count = seen.sum(1, keepdim=True)
    mean = (target.mean(-1, keepdim=True) * seen).sum(1, keepdim=True) / count
    var = (target.var(-1, keepdim=True) * seen).sum(1, keepdim=True) / count
    return prediction * var.sqrt() + mean
