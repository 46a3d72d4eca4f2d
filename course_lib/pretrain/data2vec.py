"""data2vec: say of covered patches what a slow copy of yourself, which sees the whole picture, makes of them (Baevski
and others, 2022, "data2vec: A General Framework for Self-supervised Learning in Speech, Vision and Language", arXiv
2202.03555).

The targets are no pixels and no codes: they are the tokens of the teacher's last blocks, into which attention has
brought something of the whole picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from ..nn import MomentumEncoder, ViT
from ..nn.masking import Masking, block_masking
from ..nn.momentum import Schedule
from ..nn.seeding import seeded
from ..nn.transformer import init_weights
from .checks import enough, expect_floats, expect_mask, expect_mask_token, expect_ratio, patch_grid, shape_of
from .method import Loss, Method, at_least_float32, in_float32


@torch.no_grad()
def data2vec_targets(layers: Sequence[Tensor], top: int) -> Tensor:
    """The mean of what the last blocks say, each normalized first: section 3.3 of the paper.

    Each token of each block is brought to mean 0 and variance 1 by a layer norm without parameters. With parameters to
    learn, the model could favor the block that is easiest to predict; without any norm, blocks of large numbers would
    count the most.

    Args:
        layers: (B, N, D) each, the tokens after each block, in their order, as they are.
        top: how many of them count, from the end.

    Returns:
        (B, N, D), float32 at least, without gradient.

    Raises:
        ValueError: if these are not layers of one shape, or not as many as count.

    >>> data2vec_targets([torch.tensor([[[5.0, 5.0]]]), torch.tensor([[[1.0, 3.0]]]), torch.tensor([[[0.0, 40.0]]])], 2)
    tensor([[[-1.0000,  1.0000]]])
    """
    if not isinstance(layers, Sequence) or not layers:
        raise ValueError(f"expected tokens (B, N, D) after each block, in a list, got {shape_of(layers)}")
    expect_floats(*layers)
    if any(one.ndim != 3 or not one.shape[2] or one.shape != layers[0].shape for one in layers):
        got = ", ".join(shape_of(one) for one in layers)
        raise ValueError(f"expected tokens (B, N, D) after each block, all of one shape, got {got}")
    if expect_whole("top", top) > len(layers):
        raise ValueError(f"expected at least {top} blocks, since so many are to count, got {len(layers)}")
    normalized = [F.layer_norm(at_least_float32(one), one.shape[-1:]) for one in layers[-top:]]
    return torch.stack(normalized).mean(0)


@in_float32
def data2vec_loss(prediction: Tensor, targets: Tensor, mask: Tensor, beta: float = 2.0) -> Tensor:
    """The error of the covered patches, a mean over all their numbers: the objective of section 3.4, "smooth L1".

    Where it is below β an error e counts e² / 2β, above it |e| − β/2: those that are far off pull no harder.

    Args:
        prediction: (B, N, D), of every patch.
        targets: (B, N, D), see `data2vec_targets`; no gradient flows into them.
        mask: (B, N), True or 1 where a patch is covered.
        beta: where the square ends, from 0 on (2 in the paper, for pictures); 0 for the absolute error.

    Returns:
        The loss, shape ().

    Raises:
        ValueError: if the shapes do not fit, beta is negative, or, where that can be seen without waiting, if nothing
            is covered.

    >>> prediction = torch.tensor([[[9.0, 9.0], [1.0, 3.0]]])
    >>> data2vec_loss(prediction, torch.zeros(1, 2, 2), torch.tensor([[False, True]]))  # (1 / 4 + (3 − 1)) / 2
    tensor(1.1250)
    """
    expect_mask(mask, prediction, targets)
    expect_number("beta", beta)
    error = F.smooth_l1_loss(prediction, targets.detach(), reduction="none", beta=beta).mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


@torch.no_grad()
def target_std(targets: Tensor) -> Tensor:
    """How far the targets (B, N, D) of one place differ from picture to picture, a mean over places, shape ().

    Each target has numbers of variance 1 and says where it is, so that their spread over all places may be large
    though pictures no longer matter. At one place it is 0 when all pictures are told the same: collapse.

    Raises:
        ValueError: if these are not targets (B, N, D).

    >>> target_std(torch.tensor([[[1.0, -1.0], [9.0, 8.0]], [[-1.0, 1.0], [9.0, 8.0]]]))  # 1 at one place, 0 at another
    tensor(0.5000)
    """
    expect_floats(targets)
    if targets.ndim != 3 or 0 in targets.shape:
        raise ValueError(f"expected targets (B, N, D), got {shape_of(targets)}")
    return at_least_float32(targets).std(0, correction=0).mean()


class Data2Vec(Method):
    """A ViT that sees covered pictures, one linear layer, and a teacher, its slow copy, that sees whole ones.

    The teacher drops no path, and its momentum rises here to 1 as a rule; the paper's is 0.9998 all the time.

    Args:
        encoder: a ViT with a mask token.
        ratio: the share of the patches that is covered.
        top: how many of the teacher's last blocks the targets are a mean of; left out, half of them, as in the paper.
        beta: see `data2vec_loss`.
        momentum: how much of itself the teacher keeps at each step.
        schedule: see `MomentumEncoder`.
        everywhere: predict all patches, not only the covered ones.
        masking: draws the masks.
        seed: settles the linear layer's random weights.

    Raises:
        ValueError: for another encoder, or numbers out of their range.

    >>> from course_lib.nn import vit
    >>> method = Data2Vec(vit("mini", size=32, patch=4, mask_token=True))
    >>> prediction, mask = method(torch.rand(2, 3, 32, 32))
    >>> prediction.shape, mask.sum(1), method.targets(torch.rand(2, 3, 32, 32)).shape
    (torch.Size([2, 64, 128]), tensor([39, 39]), torch.Size([2, 64, 128]))
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        ratio: float = 0.6,
        top: int | None = None,
        beta: float = 2.0,
        momentum: float = 0.99,
        schedule: Schedule = "cosine",
        everywhere: bool = False,
        masking: Masking = block_masking,
        seed: int = 0,
    ):
        super().__init__()
        self.encoder, self.ratio, self.masking = expect_mask_token(encoder), ratio, masking
        expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        expect_number("beta", beta)
        depth = len(encoder.transformer.blocks)
        self.top = (depth + 1) // 2 if top is None else expect_whole("top", top)
        if self.top > depth:
            raise ValueError(f"expected top to be at most the number of the encoder's blocks, {depth}, got {top}")
        self.beta, self.everywhere = beta, everywhere
        with seeded(seed):
            self.head = nn.Linear(encoder.width, encoder.width)
            init_weights(self.head)
        self.teacher = MomentumEncoder(encoder, momentum=momentum, schedule=schedule).eval()

    def train(self, mode: bool = True) -> Data2Vec:
        """The teacher stays as it is, in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """A prediction for each patch (B, N, width), and the mask (B, N), True where it was covered.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            mask: (B, N) bool; if left out, drawn at random.
        """
        rows, columns = patch_grid(pictures, mask, self.encoder.patch)
        if mask is None:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
        tokens = self.encoder.tokens(pictures, mask=mask)[:, self.encoder.num_prefix_tokens :]
        return self.head(tokens), mask

    @torch.no_grad()
    def targets(self, pictures: Tensor) -> Tensor:
        """What the teacher makes of each patch of whole pictures (B, 3, H, W), (B, N, width)."""
        teacher = cast(ViT, self.teacher[0])
        # The tokens as they leave each of the last blocks, before any norm
        layers = teacher.intermediate(pictures, range(-self.top, 0), norm=False)
        return data2vec_targets([tokens[:, teacher.num_prefix_tokens :] for tokens in layers], self.top)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        # The student sees a part, the teacher the whole of the same picture
        prediction, mask = self(batch.pictures)
        targets = self.targets(batch.pictures)
        asked = torch.ones_like(mask) if self.everywhere else mask
        return Loss(data2vec_loss(prediction, targets, asked, self.beta), {"target std": target_std(targets)})

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.teacher.update(progress)
