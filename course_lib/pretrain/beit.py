"""BEiT: say which visual token stands where a patch is covered (Bao and others, 2021, "BEiT: BERT Pre-Training of Image
Transformers", arXiv 2106.08254).

A tokenizer, trained before and frozen, turns a picture into a grid of codes, as a text is a row of words. The encoder
sees the picture with blocks of patches covered, and guesses their codes: a classification, as in BERT.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_whole
from ..nn import ViT
from ..nn.masking import Masking, block_masking
from ..nn.seeding import seeded
from ..nn.transformer import init_weights
from .checks import expect_mask, expect_mask_token, expect_ratio, patch_grid
from .feature_targets import FeatureTokenizer
from .method import Loss, Method, in_float32
from .tokenizer import Tokenizer


@in_float32
def beit_loss(logits: Tensor, codes: Tensor, mask: Tensor) -> Tensor:
    """The cross-entropy of the covered patches' codes, a mean over all of them: equation 3 of the paper.

    Args:
        logits: (B, N, K), a score for each of K codes.
        codes: (B, N) int64, the right ones.
        mask: (B, N), True or 1 where a patch is covered.

    Raises:
        ValueError: if the shapes do not fit, or, where that can be seen without waiting, if nothing is covered.

    >>> beit_loss(torch.zeros(1, 2, 8), torch.tensor([[3, 5]]), torch.tensor([[False, True]]))  # ln 8
    tensor(2.0794)
    """
    expect_mask(mask, logits)
    if not isinstance(codes, Tensor) or codes.shape != mask.shape or codes.dtype != torch.int64:
        got = f"{tuple(codes.shape)} of {codes.dtype}" if isinstance(codes, Tensor) else type(codes).__name__
        raise ValueError(f"expected codes {tuple(mask.shape)} as int64, got {got}")
    if codes.device.type == "cpu":  # on a GPU to look would be to wait
        low, high = (int(code) for code in codes.aminmax())
        if low < 0 or high >= logits.shape[2]:
            raise ValueError(f"expected codes from 0 to {logits.shape[2] - 1}, got {low} to {high}")
    surprise = F.cross_entropy(logits.flatten(0, 1), codes.flatten(), reduction="none").view_as(codes)
    return (surprise * mask).sum() / mask.sum()


class BEiT(Method):
    """A ViT that sees covered pictures, one linear layer, and the cross-entropy of the covered codes.

    Args:
        encoder: a ViT with a mask token.
        tokenizer: pictures to a grid of codes, one for each patch of the encoder; from now on it is frozen. That of
            features makes this BEiT v2. None for a model that only predicts, such as one with published weights.
        codes: how many codes there are; left out, as many as the tokenizer has, and never fewer.
        ratio: the share of the patches that is covered.
        masking: draws the masks.
        seed: settles the linear layer's random weights.

    Raises:
        ValueError: for another encoder, or a tokenizer whose grid is another.

    >>> from course_lib.nn import vit
    >>> logits, mask = BEiT(vit("mini", size=32, patch=4, mask_token=True), codes=256)(torch.rand(2, 3, 32, 32))
    >>> logits.shape, mask.sum(1)
    (torch.Size([2, 64, 256]), tensor([26, 26]))
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        tokenizer: Tokenizer | FeatureTokenizer | None = None,
        codes: int | None = None,
        ratio: float = 0.4,
        masking: Masking = block_masking,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.ratio, self.masking = expect_mask_token(encoder), ratio, masking
        expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        if tokenizer is None:
            codes = expect_whole("codes, where there is no tokenizer", codes)
        elif not isinstance(tokenizer, Tokenizer | FeatureTokenizer) or tokenizer.patch != encoder.patch:
            got = getattr(tokenizer, "patch", type(tokenizer).__name__)
            raise ValueError(f"expected a tokenizer with patches of {encoder.patch} pixels, got {got}")
        else:
            codes = tokenizer.codes if codes is None else expect_whole("codes", codes, tokenizer.codes)
            tokenizer.requires_grad_(False).eval()
        self.tokenizer = tokenizer
        with seeded(seed):
            self.head = nn.Linear(encoder.width, codes)
            init_weights(self.head)

    def train(self, mode: bool = True) -> BEiT:
        """The tokenizer stays as it is, in eval mode."""
        super().train(mode)
        if self.tokenizer is not None:
            self.tokenizer.eval()
        return self

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores of the codes of each patch (B, N, codes), and the mask (B, N), True where it was covered."""
        rows, columns = patch_grid(pictures, mask, self.encoder.patch)
        if mask is None:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
        tokens = self.encoder.tokens(pictures, mask=mask)[:, self.encoder.num_prefix_tokens :]
        return self.head(tokens), mask

    def loss(self, batch: Any) -> Loss:
        if self.tokenizer is None:
            raise ValueError("expected a BEiT with a tokenizer, which says what the right codes are, got one without")
        logits, mask = self(batch.pictures)
        codes = self.tokenizer.encode(batch.pictures).flatten(1)  # (B, N)
        right = ((logits.argmax(-1) == codes) * mask).sum() / mask.sum()
        return Loss(beit_loss(logits, codes, mask), {"right": right})
