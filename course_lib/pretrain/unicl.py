"""UniCL: labels and captions in one loss (Yang and others, 2022, "Unified Contrastive Learning in Image-Text-Label
Space", arXiv 2204.03610).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..expect import expect_number, within
from .checks import enough, labels_for
from .clip import CLIP, similarity
from .gather import gather
from .method import Loss, in_float32


@in_float32
def unicl_loss(image: Tensor, text: Tensor, scale: Tensor | float, labels: Tensor) -> Tensor:
    """CLIP's loss where a picture may have several right texts: equations 1 to 3 of the paper.

    Args:
        image: (B, D), each of length 1.
        text: (B, D), each of length 1; text i belongs to image i, and to every image with the same label.
        scale: what the cosines are multiplied by, shape ().
        labels: (B,) int64; −1 for a pair with a caption of its own, which belongs to nothing else.

    Returns:
        The mean over both directions and the batch, shape (). With all labels −1 it is `clip_loss`.

    Raises:
        ValueError: if the shapes or the labels do not fit, there are fewer than two pairs, or the scale is not
            positive.

    >>> unicl_loss(torch.eye(2), torch.eye(2), 1.0, torch.tensor([3, 3])).item()  # doctest: +ELLIPSIS
    0.813...
    """
    expect_number("a scale", scale, above=True)
    scores = scale * similarity(image, text)  # (B, B)
    labels_for(labels, image)
    enough(image)
    same = (labels[:, None] == labels) & (labels[:, None] >= 0)
    same = same | torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    targets = same.to(scores.dtype) / same.sum(1, keepdim=True)  # (B, B), each row adds up to 1; the table is symmetric
    return -((targets * scores.log_softmax(1)).sum(1) + (targets * scores.T.log_softmax(1)).sum(1)).mean() / 2


class UniCL(CLIP):
    """CLIP that learns from labels too: a batch's labels are put into sentences, a batch's captions stay.

    Args:
        names: what each label is called.
        share: of each batch, the pictures that come with a label only; the rest come with a caption only.
        prompts: the sentences that a name is put into, one drawn for each picture.

    The other arguments are those of `CLIP`.

    Raises:
        ValueError: for a share outside [0, 1], names or prompts that are none, or, from `loss`, fewer than two pictures
            or a label that has no name.

    >>> from course_lib.nn import BPE, ConvNet, TextTransformer
    >>> bpe = BPE.learn(["a red cat"], merges=20)
    >>> unicl = UniCL(ConvNet(), TextTransformer(len(bpe), 64, 1, 2, length=24), bpe, names=["cat", "dog"])
    >>> bpe.decode(unicl.named[1, 0].tolist())
    'a picture of a dog .'
    """

    named: Tensor

    def __init__(
        self,
        *args: Any,
        names: Sequence[str],
        share: float = 0.5,
        prompts: Sequence[str] = ("a picture of a {}.",),
        **options: Any,
    ):
        super().__init__(*args, **options)
        if not within(share, 0, 1):
            raise ValueError(f"expected a share of labeled pictures from 0 to 1, got {share}")
        for what, words in (("names", names), ("prompts", prompts)):
            if isinstance(words, str) or not len(words) or not all(isinstance(word, str) for word in words):
                raise ValueError(f"expected {what} as a list of at least one text, got {words!r}")
        try:
            placed = all(prompt.format("a") != prompt.format("b") for prompt in prompts)
        except (LookupError, ValueError):
            placed = False
        if not placed:
            raise ValueError(f"expected prompts with a place for the name, {{}}, got {prompts!r}")
        self.share = share
        sentences = [prompt.format(name) for name in names for prompt in prompts]
        ids = self.tokenizer(sentences, self.text_encoder.length).unflatten(0, (len(names), len(prompts)))
        ids = ids.to(self.text_projection.weight.device)
        self.register_buffer("named", ids, persistent=False)  # (C, P, length), so that a label costs no word of Python

    def pairs(self, batch: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Directions of images and of texts (B, D), and labels (B,), −1 for pairs with a caption of their own."""
        enough(batch.pictures)
        labeled = round(self.share * len(batch.pictures))
        labels_for(batch.labels[:labeled], batch.pictures[:labeled], len(self.named))
        if batch.labels.device.type == "cpu" and (batch.labels[:labeled] < 0).any():
            raise ValueError(
                "expected a label for each picture of the labeled share, got some −1: make the share smaller"
            )
        labels = batch.labels.clone()
        labels[labeled:] = -1
        captions = self.tokenizer(batch.captions[labeled:] or [""], self.text_encoder.length)
        captions = captions[: len(labels) - labeled].to(labels.device, non_blocking=True)
        prompt = torch.randint(self.named.shape[1], (labeled,), device="cpu").to(labels.device, non_blocking=True)
        ids = torch.cat([self.named[labels[:labeled], prompt], captions])
        return (
            self.encode_image(batch.pictures),
            self.encode_ids(ids),
            labels,
        )

    def loss(self, batch: Any) -> Loss:
        image, text, labels = (gather(x) for x in self.pairs(batch))
        return Loss(unicl_loss(image, text, self.logit_scale.exp(), labels), self.metrics(image, text))
