"""SigLIP: each pair of picture and text is a question of its own (Zhai and others, 2023, "Sigmoid Loss for Language
Image Pre-Training", arXiv 2303.15343).
"""

from __future__ import annotations

from math import inf
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number
from .checks import enough
from .clip import CLIP, similarity
from .gather import gather
from .method import Loss, in_float32


@in_float32
def siglip_loss(image: Tensor, text: Tensor, scale: Tensor | float, bias: Tensor | float) -> Tensor:
    """For every pair of the batch: does it belong together, yes or no? Section 3.2 of the paper.

    Args:
        image: (B, D), each of length 1.
        text: (B, D), each of length 1; text i belongs to image i.
        scale: what the cosines are multiplied by, shape ().
        bias: what is added then, shape (); far below 0 at the start, since nearly all answers are no.

    Returns:
        The sum over all B² pairs, divided by B, shape ().

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pairs, or the scale is not positive.

    >>> siglip_loss(torch.eye(4), torch.eye(4), 100.0, -50.0).item() < 1e-6
    True
    """
    expect_number("a scale", scale, above=True)
    expect_number("a bias", bias, low=-inf)
    scores = scale * similarity(image, text) + bias  # (B, B)
    enough(image)
    sign = 2 * torch.eye(len(image), device=image.device, dtype=scores.dtype) - 1  # 1 where they belong together
    return -F.logsigmoid(sign * scores).sum() / len(image)


class SigLIP(CLIP):
    """CLIP with the sigmoid loss.

    Args:
        scale, bias: what cosines are multiplied by at the start, and what is added then; both are learned (section 3.2
            of the paper, 10 and −10).

    The other arguments are those of `CLIP`.

    >>> from course_lib.nn import BPE, ConvNet, TextTransformer
    >>> bpe = BPE.learn(["a red cat"], merges=20)
    >>> SigLIP(ConvNet(), TextTransformer(len(bpe), 64, 1, 2, length=16), bpe).bias.item()
    -10.0
    """

    def __init__(self, *args: Any, scale: float = 10.0, bias: float = -10.0, **options: Any):
        super().__init__(*args, scale=scale, **options)
        expect_number("a bias", bias, low=-inf)
        self.bias = nn.Parameter(torch.tensor(float(bias)))

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        image, text = gather(self.encode_image(batch.pictures)), gather(self.encode_text(batch.captions))
        return Loss(siglip_loss(image, text, self.logit_scale.exp(), self.bias), self.metrics(image, text))
