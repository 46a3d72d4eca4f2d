"""CLIP: learning from pictures and the sentences beside them (Radford and others, 2021, "Learning Transferable Visual
Models From Natural Language Supervision", arXiv 2103.00020).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number, expect_whole, within
from ..nn import BPE, Encoder, TextTransformer, seeded
from .checks import enough, expect_floats
from .gather import gather
from .method import Loss, Method, at_least_float32, in_float32


@in_float32
def clip_loss(image: Tensor, text: Tensor, scale: Tensor | float) -> Tensor:
    """Cross-entropy of who belongs to whom in a batch, from pictures to texts and back: figure 3 of the paper.

    Args:
        image: (B, D), each of length 1.
        text: (B, D), each of length 1; text i belongs to image i.
        scale: what the cosines are multiplied by, 1 / temperature, shape ().

    Returns:
        The mean over both directions and the batch, shape ().

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pairs, or the scale is not positive.

    >>> clip_loss(torch.eye(4), torch.eye(4), 100.0).item() < 1e-6
    True
    """
    expect_number("a scale", scale, above=True)
    scores = scale * similarity(image, text)  # (B, B), a row for each image
    enough(image)
    targets = torch.arange(len(image), device=image.device)
    return (F.cross_entropy(scores, targets) + F.cross_entropy(scores.T, targets)) / 2


def similarity(image: Tensor, text: Tensor) -> Tensor:
    """The table of cosines (B, B'), images (B, D) in rows and texts (B', D) in columns, all of length 1.

    Raises ValueError if the shapes do not fit.

    >>> similarity(torch.eye(2), torch.eye(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    expect_floats(image, text)
    if image.ndim != 2 or image.shape != text.shape or not image.shape[1]:
        raise ValueError(
            f"expected images and texts (B, D), as many of the one as of the other, "
            f"got {tuple(image.shape)} and {tuple(text.shape)}"
        )
    return image @ text.T


class CLIP(Method):
    """Two towers that meet: pictures and texts as directions in one space.

    Args:
        encoder: pictures to features (B, encoder.width).
        text_encoder: ids (B, T) to features (B, text_encoder.width).
        tokenizer: texts to ids.
        dim: of the space where they meet.
        seed: settles the random weights of the two projections.
        scale: what cosines are multiplied by at the start; it is learned (section 2.5 of the paper, 1 / 0.07).
        max_scale: the greatest scale that may be learned (the same section).

    Raises:
        ValueError: for numbers out of their range, or, from `loss`, for fewer than two pairs.

    >>> from course_lib.nn import ConvNet
    >>> bpe = BPE.learn(["a red cat"], merges=20)
    >>> clip = CLIP(ConvNet(), TextTransformer(len(bpe), 64, 1, 2, length=16), bpe, dim=32)
    >>> (clip.encode_image(torch.rand(2, 3, 32, 32)) @ clip.encode_text(["a cat"]).T).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        encoder: Encoder,
        text_encoder: TextTransformer,
        tokenizer: BPE,
        dim: int = 128,
        seed: int = 0,
        scale: float = 1 / 0.07,
        max_scale: float = 100.0,
    ):
        super().__init__()
        expect_whole("dim", dim)
        expect_number("max_scale", max_scale, low=1)
        if not within(scale, 0, max_scale) or scale == 0:
            raise ValueError(f"expected a scale above 0, and no more than max_scale={max_scale}, got {scale}")
        self.encoder, self.text_encoder, self.tokenizer, self.max_scale = encoder, text_encoder, tokenizer, max_scale
        with seeded(seed):
            self.image_projection = nn.Linear(encoder.width, dim, bias=False)
            self.text_projection = nn.Linear(text_encoder.width, dim, bias=False)
            nn.init.normal_(self.image_projection.weight, std=encoder.width**-0.5)
            nn.init.normal_(self.text_projection.weight, std=text_encoder.width**-0.5)
        self.logit_scale = nn.Parameter(torch.tensor(log(scale)))

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Directions (B, dim), of length 1, of pictures (B, 3, H, W) in [0, 1]."""
        return F.normalize(at_least_float32(self.image_projection(self.encoder(pictures))), dim=-1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Directions (B, dim), of length 1, of texts."""
        ids = self.tokenizer(texts, self.text_encoder.length, trim=True)
        ids = ids.to(self.text_projection.weight.device, non_blocking=True)
        return self.encode_ids(ids)

    def encode_ids(self, ids: Tensor) -> Tensor:
        """Directions (B, dim), of length 1, of texts that are ids (B, T) already."""
        return F.normalize(at_least_float32(self.text_projection(self.text_encoder(ids))), dim=-1)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        image, text = gather(self.encode_image(batch.pictures)), gather(self.encode_text(batch.captions))
        return Loss(clip_loss(image, text, self.logit_scale.exp()), self.metrics(image, text))

    def metrics(self, image: Tensor, text: Tensor) -> dict[str, Tensor]:
        """How often a picture's own text fits it best, and the scale."""
        with torch.no_grad():
            right = similarity(image, text).argmax(1) == torch.arange(len(image), device=image.device)
            return {"matched": right.float().mean(), "scale": self.logit_scale.exp()}

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.logit_scale.clamp_(0, log(self.max_scale))
