"""I-JEPA: from what a part of a picture says, say what a slow copy of yourself makes of other parts of it (Assran and
others, 2023, "Self-Supervised Learning from Images with a Joint-Embedding Predictive Architecture", arXiv 2301.08243).

The student sees the context alone. A light predictor is told where the target blocks lie, and predicts their tokens,
not their pixels. The teacher sees the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number, expect_whole, within
from ..nn import MomentumEncoder, ViT
from ..nn.momentum import Schedule
from ..nn.positions import resize_pos_embed, sincos_pos_embed
from ..nn.seeding import seeded
from ..nn.transformer import Transformer, init_weights
from .checks import enough, expect_floats, patch_grid, shape_of
from .data2vec import target_std
from .method import Loss, Method, at_least_float32, in_float32

Blocks = Callable[..., tuple[Tensor, Tensor]]
"""Draws blocks: (batch, rows, columns, device=…) to targets (M, batch, T) and a context (batch, C), both int64."""

TRIES = 20
"""How often the blocks of a picture are drawn anew if they leave too little context."""


def ijepa_blocks(
    batch: int,
    rows: int,
    columns: int,
    count: int = 4,
    scale: tuple[float, float] = (0.15, 0.2),
    aspect: tuple[float, float] = (0.75, 1.5),
    context: tuple[float, float] = (0.85, 1.0),
    least: float = 0.15,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> tuple[Tensor, Tensor]:
    """Target blocks and a context for each picture, "multi-block masking": section 3 of the paper and its figure 4.

    Targets are rectangles, which may overlap. The context is one more rectangle, of nearly the whole picture and with
    sides alike, out of which all targets are taken. As in the published code, all targets of a batch have one size and
    so have all contexts, only their places differ; and the contexts of a batch are cut to the smallest of them. What is
    cut is chosen at random; the published code cuts the last rows.

    At least `least` of the patches, rounded up, are left for a context, and never less than one: on 8 × 8 patches 10.
    Blocks that leave less are drawn anew. After `TRIES` draws, all targets of a picture lie at one place, and its
    context is all the rest.

    Args:
        batch: B, how many pictures.
        rows, columns: of the grid of patches, which are numbered row by row.
        count: M, how many targets a picture has.
        scale: the smallest and largest share of the patches in a target, before its sides are rounded.
        aspect: the smallest and largest ratio of a target's height to its width. On a grid where a side does not fit,
            it is cut, and the other grows.
        context: the smallest and largest share of the patches in the rectangle of the context.
        least: the smallest share that is left for a context; targets that are too large for that become smaller.
        generator: where chance comes from, on the CPU: how many patches there are decides the shapes of all that
            follows, so that a GPU would have to be waited for.
        device: where the numbers go.

    Returns:
        The targets (M, B, T) and the contexts (B, C), the numbers of their patches in rising order, int64.

    Raises:
        ValueError: for a grid of fewer than two patches, numbers out of their range, or a generator of a GPU.

    >>> targets, context = ijepa_blocks(2, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> targets.shape, context.shape
    (torch.Size([4, 2, 12]), torch.Size([2, 23]))
    """
    batch, count = expect_whole("a batch", batch), expect_whole("a number of targets", count)
    rows, columns = expect_whole("rows of patches", rows), expect_whole("columns of patches", columns)
    patches = rows * columns
    if patches < 2:
        raise ValueError(f"expected at least two patches, one to see and one to predict, got {rows} × {columns}")
    _expect_range("a scale of targets", scale, 1)
    _expect_range("an aspect", aspect, patches)
    _expect_range("a scale of the context", context, 1)
    expect_number("the least share of a context", least, 0, 1)
    if generator is not None and generator.device.type != "cpu":
        raise ValueError(f"expected a generator on the CPU, which nothing waits for, got one on {generator.device}")
    few = min(patches - 1, max(1, ceil(least * patches - 1e-6)))
    # One size for all targets of the batch, one for all contexts
    size = _block_size(rows, columns, scale, aspect, patches - few, generator)
    size_of_context = _block_size(rows, columns, context, (1, 1), patches, generator)
    heights, widths = torch.tensor([*[size] * count, size_of_context], device="cpu").T  # (M + 1,) each
    # A place for each block: the first M are targets, the last is the context
    places = _places(batch, rows - heights, columns - widths, generator)  # (B, M + 1, 2)
    inside = _inside(places, heights, widths, rows, columns)  # (B, M + 1, N)
    # What is in the context and in no target; pictures that have too little of it are drawn anew
    left = inside[:, -1] & ~inside[:, :-1].any(1)  # (B, N)
    for _ in range(TRIES - 1):
        again = (left.sum(1) < few).nonzero()[:, 0]
        if not len(again):
            break
        places[again] = _places(len(again), rows - heights, columns - widths, generator)
        inside[again] = _inside(places[again], heights, widths, rows, columns)
        left[again] = inside[again, -1] & ~inside[again, :-1].any(1)
    stuck = left.sum(1) < few
    inside[stuck, :-1] = inside[stuck, :1]
    left[stuck] = ~inside[stuck, 0]
    # The numbers of the patches in each target
    numbers = torch.arange(patches, device="cpu")
    targets = numbers.expand_as(inside[:, :-1])[inside[:, :-1]].view(batch, count, -1).transpose(0, 1)  # (M, B, T)
    # As many for each context: those with the smallest noise, in their order
    noise = torch.rand(batch, patches, generator=generator, device="cpu").masked_fill(~left, 2)
    kept = noise.argsort(1)[:, : int(left.sum(1).min())].sort(1).values  # (B, C)
    device = "cpu" if device is None else device
    return targets.contiguous().to(device, non_blocking=True), kept.to(device, non_blocking=True)


def _block_size(
    rows: int,
    columns: int,
    scale: tuple[float, float],
    aspect: tuple[float, float],
    most: int,
    generator: torch.Generator | None,
) -> tuple[int, int]:
    """Height and width of a block, drawn at random: at least one patch, at most so many."""
    share, ratio = torch.rand(2, generator=generator, device="cpu").tolist()
    area = rows * columns * (scale[0] + share * (scale[1] - scale[0]))
    ratio = aspect[0] + ratio * (aspect[1] - aspect[0])
    # Whole patches: the shorter side is rounded first, then the longer, which can meet the area better
    shorter = max(1, round(sqrt(area * min(ratio, 1 / ratio))))
    longer = max(1, round(area / shorter))
    height, width = (longer, shorter) if ratio >= 1 else (shorter, longer)
    # A side that does not fit is cut, and the other grows
    if height > rows:
        height, width = rows, max(1, min(columns, round(area / rows)))
    elif width > columns:
        height, width = max(1, min(rows, round(area / columns))), columns
    while height * width > most:
        height, width = (height - 1, width) if height >= width else (height, width - 1)
    return height, width


def _places(batch: int, free_rows: Tensor, free_columns: Tensor, generator: torch.Generator | None) -> Tensor:
    """The top row and the left column of each block (batch, K, 2) int64, of K blocks that may move so far, (K,)."""
    free = torch.stack([free_rows, free_columns], 1) + 1
    return (torch.rand(batch, len(free), 2, generator=generator, device="cpu") * free).long().minimum(free - 1)


def _inside(places: Tensor, heights: Tensor, widths: Tensor, rows: int, columns: int) -> Tensor:
    """Which patches lie in each block, (B, K, N) bool, of places (B, K, 2), heights (K,) and widths (K,)."""
    number = torch.arange(rows * columns, device="cpu")
    row, column = number // columns, number % columns
    top, left = places[:, :, :1], places[:, :, 1:]
    down, right = top + heights[:, None], left + widths[:, None]
    return (row >= top) & (row < down) & (column >= left) & (column < right)


def _expect_range(what: str, pair: Any, high: float) -> None:
    """Raise ValueError, in one sentence, unless these are two numbers above 0, in order, up to the highest."""
    good = isinstance(pair, tuple | list) and len(pair) == 2 and all(within(x, 0, high) and x > 0 for x in pair)
    if not good or pair[0] > pair[1]:
        raise ValueError(f"expected {what}, from and to, above 0 and up to {high:g}, got {pair}")


def pick(tokens: Tensor, numbers: Tensor) -> Tensor:
    """The tokens (M, B, T, D) of blocks (M, B, T) int64, out of the tokens (B, N, D) of whole pictures.

    >>> pick(torch.tensor([[[5.0], [6.0], [7.0]]]), torch.tensor([[[2, 0]]])).flatten()
    tensor([7., 5.])
    """
    tokens = tokens.expand(len(numbers), *tokens.shape)
    return tokens.gather(2, numbers[..., None].expand(*numbers.shape, tokens.shape[-1]))


def ijepa_targets(tokens: Tensor) -> Tensor:
    """A teacher's tokens (…, D), each with mean 0 and variance 1, in float32 at least and without gradient.

    A layer norm without parameters, as in the published code. With it, smaller numbers make no smaller loss.

    Raises:
        ValueError: if these are no tokens of a floating dtype.

    >>> ijepa_targets(torch.tensor([[1.0, 3.0], [0.0, 40.0]]))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    expect_floats(tokens)
    if not tokens.ndim or not tokens.shape[-1]:
        raise ValueError(f"expected tokens (…, D), got {shape_of(tokens)}")
    return F.layer_norm(at_least_float32(tokens.detach()), tokens.shape[-1:])


@in_float32
def ijepa_loss(prediction: Tensor, targets: Tensor) -> Tensor:
    """How far the predicted tokens are from the teacher's, which are normalized here: "smooth L1", a mean over all.

    As in the published code: an error e below 1 counts e² / 2, above it |e| − ½. Equation 1 of the paper has the square
    of the distance instead, added up over the tokens of a block, and a mean over blocks.

    Args:
        prediction: (M, B, T, D), of M target blocks of T patches.
        targets: (M, B, T, D), the teacher's tokens of the same patches; no gradient flows into them. See
            `ijepa_targets`, which changes nothing for those that have been through it.

    Returns:
        The loss, shape ().

    Raises:
        ValueError: if the shapes do not fit, or there is nothing to predict.

    >>> ijepa_loss(torch.tensor([[[[-1.0, 4.0]]]]), torch.tensor([[[[5.0, 7.0]]]]))  # targets −1 and 1: (0 + 2.5) / 2
    tensor(1.2500)
    """
    expect_floats(prediction, targets)
    if prediction.ndim != 4 or prediction.shape != targets.shape or 0 in prediction.shape:
        got = f"{shape_of(prediction)} and {shape_of(targets)}"
        raise ValueError(f"expected predictions and targets (M, B, T, D), got {got}")
    return F.smooth_l1_loss(prediction, ijepa_targets(targets))


class Predictor(nn.Module):
    """The context's tokens (B, C, width) to a prediction for each patch of the targets (M, B, T, width).

    A narrow ViT: the context's tokens and, for each patch that is asked for, a mask token; where each is, is added.
    Each target is predicted for itself: mask tokens of one block do not see those of another.

    Args:
        encoder: whose tokens it gets: their width, and the grid of patches.
        width, depth, heads: of its transformer (384, 6 and the encoder's heads in the paper, for a ViT-B).
        seed: settles the random weights it starts from.

    Raises:
        ValueError: for numbers out of their range, a width that 4 does not divide, or, from `forward`, what does not
            fit together.

    >>> from course_lib.nn import vit
    >>> predictor = Predictor(vit("mini", size=32, patch=4))
    >>> targets, context = ijepa_blocks(2, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> predictor(torch.rand(2, 23, 128), context, targets, rows=8, columns=8).shape
    torch.Size([4, 2, 12, 128])
    """

    pos_embed: Tensor

    def __init__(self, encoder: ViT, width: int = 64, depth: int = 2, heads: int = 4, seed: int = 0):
        super().__init__()
        side, width = encoder.size // encoder.patch, expect_whole("a width of the predictor", width)
        # Fixed waves: left at 0, all mask tokens would be one, and so would all predictions
        self.register_buffer("pos_embed", sincos_pos_embed(width, side, side), persistent=False)
        with seeded(seed):
            self.embed = nn.Linear(encoder.width, width)
            self.mask_token = nn.Parameter(torch.zeros(width))
            self.transformer = Transformer(width, depth, heads)
            self.norm = nn.LayerNorm(width, eps=1e-6)
            self.head = nn.Linear(width, encoder.width)
            init_weights(self)
            nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, tokens: Tensor, context: Tensor, targets: Tensor, rows: int, columns: int) -> Tensor:
        """Predictions (M, B, T, width).

        Args:
            tokens: (B, C, width), the student's, of the context.
            context: (B, C) int64, which patches these are.
            targets: (M, B, T) int64, which patches are asked for.
            rows, columns: of the grid of patches.
        """
        self._expect(tokens, context, targets, rows * columns)
        places = resize_pos_embed(self.pos_embed, 0, rows, columns)
        # The context's tokens, to the predictor's width, and where they are
        seen = self.embed(tokens) + places[context]  # (B, C, width of the predictor)
        # A mask token for each patch that is asked for, and where it is
        asked = self.mask_token + places[targets]  # (M, B, T, width of the predictor)
        # Attention among the context and one target at a time
        together = torch.cat([seen.expand(len(targets), -1, -1, -1), asked], 2)
        x = self.norm(self.transformer(together.flatten(0, 1))).unflatten(0, targets.shape[:2])
        # Only what was asked for is predicted
        return self.head(x[:, :, context.shape[1] :])

    def _expect(self, tokens: Tensor, context: Tensor, targets: Tensor, patches: int) -> None:
        """Raise ValueError, in one sentence, unless tokens and patches fit together; on a GPU values are not seen."""
        expect_floats(tokens)
        width = self.embed.in_features
        if tokens.ndim != 3 or tokens.shape[2] != width:
            raise ValueError(f"expected tokens (B, C, {width}), got {shape_of(tokens)}")
        for what, numbers, good in (
            (f"patches of a context {tuple(tokens.shape[:2])}", context, context.shape == tokens.shape[:2]),
            (f"patches of targets (M, {len(tokens)}, T)", targets, targets.shape[1:2] == tokens.shape[:1]),
        ):
            if not good or numbers.dtype != torch.int64 or numbers.ndim != (2 if numbers is context else 3):
                raise ValueError(f"expected {what} as int64, got {shape_of(numbers)} of {numbers.dtype}")
            if not numbers.numel():
                raise ValueError(f"expected {what}, at least one, got {shape_of(numbers)}")
            if numbers.device.type == "cpu":
                low, high = numbers.aminmax()
                if low < 0 or high >= patches:
                    raise ValueError(f"expected {what} from 0 to {patches - 1}, got {low} to {high}")


class IJEPA(Method):
    """A student that sees a context, a predictor, and a teacher, the student's slow copy, that sees whole pictures.

    No loss asks anything of a class token: take an encoder with `pool="mean"`.

    Args:
        encoder: a ViT whose tokens come from one patch each: no convolutional stem, which looks over the edges.
        blocks: draws targets and contexts: `ijepa_blocks`, or a part of it, made with `functools.partial`.
        width, depth, heads: of the predictor.
        momentum: how much of itself the teacher keeps at first (0.996 in the paper); it rises to 1 (in the paper in a
            straight line).
        schedule: see `MomentumEncoder`.
        seed: settles the predictor's random weights.

    Raises:
        ValueError: for another encoder, or numbers out of their range.

    >>> from course_lib.nn import vit
    >>> method = IJEPA(vit("mini", size=32, patch=4, pool="mean"))
    >>> prediction, (targets, context) = method(torch.rand(2, 3, 32, 32))
    >>> prediction.shape[:3] == targets.shape, method.teacher_tokens(torch.rand(2, 3, 32, 32)).shape
    (True, torch.Size([2, 64, 128]))
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        blocks: Blocks = ijepa_blocks,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
        momentum: float = 0.99,
        schedule: Schedule = "cosine",
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(encoder, ViT) or not isinstance(encoder.stem, nn.Conv2d):
            got = "stem='conv'" if isinstance(encoder, ViT) else f"a {type(encoder).__name__}"
            raise ValueError(f"expected a ViT with stem='patch', of whose tokens none sees the targets, got {got}")
        self.encoder, self.blocks = encoder, blocks
        self.predictor = Predictor(encoder, width, depth, heads, seed)
        self.teacher = MomentumEncoder(encoder, momentum=momentum, schedule=schedule).eval()

    def train(self, mode: bool = True) -> IJEPA:
        """The teacher stays as it is, in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(
        self, pictures: Tensor, blocks: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """A prediction for each patch of the targets (M, B, T, width), and the blocks.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            blocks: targets (M, B, T) and a context (B, C), both int64; if left out, drawn at random.
        """
        rows, columns = patch_grid(pictures, None, self.encoder.patch)
        targets, context = (
            self.blocks(len(pictures), rows, columns, device=pictures.device) if blocks is None else blocks
        )
        # The student sees the context alone; what belongs to no patch is left out
        tokens = self.encoder.tokens(pictures, keep=context)[:, self.encoder.num_prefix_tokens :]
        # The predictor is told where the targets are
        return self.predictor(tokens, context, targets, rows, columns), (targets, context)

    @torch.no_grad()
    def teacher_tokens(self, pictures: Tensor) -> Tensor:
        """What the teacher makes of each patch of whole pictures (B, 3, H, W), (B, N, width), not yet normalized."""
        teacher = cast(ViT, self.teacher[0])
        return teacher.tokens(pictures)[:, teacher.num_prefix_tokens :]

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        # The student and the predictor work on a part, the teacher on the whole of the same picture
        prediction, (targets, _) = self(batch.pictures)
        tokens = self.teacher_tokens(batch.pictures)
        # How far targets differ from picture to picture at one place: 0 is collapse
        spread = target_std(ijepa_targets(tokens))
        return Loss(ijepa_loss(prediction, pick(tokens, targets)), {"target std": spread})

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.teacher.update(progress)
