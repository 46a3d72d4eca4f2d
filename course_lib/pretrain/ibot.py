"""iBOT: DINO on the class token, and BEiT with a slow copy of yourself in the tokenizer's place (Zhou and others, 2021,
"iBOT: Image BERT Pre-Training with Online Tokenizer", arXiv 2111.07832).

DINOv2 is this with a head of its own for the patches, Sinkhorn and Knopp's way to keep answers apart, and features that
are pushed away from each other (Oquab and others, 2023, "DINOv2: Learning Robust Visual Features without Supervision",
arXiv 2304.07193).
"""

from __future__ import annotations

from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from ..expect import expect_number, expect_whole
from ..nn import MomentumEncoder, ViT
from ..nn.masking import Masking, block_masking, count_visible, split_mask
from .checks import (
    enough,
    expect_floats,
    expect_mask,
    expect_mask_token,
    expect_ratio,
    patch_grid,
    positive_temperature,
)
from .dino import DINO, Head, dino_loss, entropy_of
from .gather import gather
from .method import Loss, at_least_float32, in_float32


@in_float32
def ibot_loss(
    student: Tensor,
    teacher: Tensor,
    mask: Tensor,
    center: Tensor,
    student_temperature: Tensor | float = 0.1,
    teacher_temperature: Tensor | float = 0.04,
) -> Tensor:
    """Cross-entropy of the student's answers under the teacher's where patches are covered: equation 3 of the paper.

    Args:
        student: (B, N, K) scores of every patch, by one who sees mask tokens in the place of those that are covered.
        teacher: (B, N, K) scores, by one who sees them all; no gradient flows into them.
        mask: (B, N), True or 1 where a patch is covered.
        center: (K,), what the teacher says on average; it is taken off before the softmax.
        student_temperature: what the student's scores are divided by.
        teacher_temperature: what the teacher's are; smaller, so that it is surer.

    Returns:
        The mean over the covered patches of each picture, then over pictures, shape (); a picture of which nothing is
        covered counts as 0.

    Raises:
        ValueError: if the shapes do not fit, a temperature is not positive, or, where that can be seen without waiting,
            if nothing is covered.

    >>> scores, mask = torch.zeros(2, 3, 8), torch.tensor([[True, True, False], [False, True, False]])
    >>> ibot_loss(scores, scores, mask, torch.zeros(8))  # ln 8
    tensor(2.0794)
    """
    expect_floats(center)
    expect_mask(mask, student, teacher)
    positive_temperature(student_temperature)
    positive_temperature(teacher_temperature)
    if center.shape != teacher.shape[-1:]:
        raise ValueError(f"expected a center (K,) for scores (B, N, K), got {tuple(center.shape)}, "
                         f"{tuple(teacher.shape)}")  # fmt: skip
    # The teacher's answers: centered and sharpened, so that they are neither flat nor all the same
    teacher_probs = ((teacher.detach() - center) / teacher_temperature).softmax(-1)  # (B, N, K)
    student_log_probs = (student / student_temperature).log_softmax(-1)
    cross_entropy = -(teacher_probs * student_log_probs).sum(-1)  # (B, N)
    # Each picture counts the same, however much of it is covered
    return ((cross_entropy * mask).sum(1) / mask.sum(1).clamp(min=1)).mean()


@in_float32
def koleo(features: Tensor, eps: float = 1e-8) -> Tensor:
    """How near each picture's nearest neighbor is, as −ln of the distance: small when features are spread evenly.

    The regularizer "KoLeo", after Kozachenko and Leonenko's estimate of entropy (Sablayrolles and others, 2019,
    "Spreading vectors for similarity search", arXiv 1806.03198, section 3). DINOv2 adds it with a weight of 0.1.

    Args:
        features: (B, D) of the whole batch, of any length; see `gather` for several processes.
        eps: added to differences and distances, so that those of equal features have a logarithm and a slope.

    Returns:
        The mean over the batch, shape (); its gradient flows to each picture and to its neighbor.

    Raises:
        ValueError: if the shape does not fit, there are fewer than two pictures, or eps is not above 0.

    >>> round(koleo(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])).item(), 4)  # −ln 2
    -0.6931
    """
    expect_floats(features)
    if features.ndim != 2 or not features.shape[1]:
        raise ValueError(f"expected features (B, D), got {tuple(features.shape)}")
    enough(features)
    expect_number("eps", eps, above=True)
    x = F.normalize(features, dim=1, eps=eps)
    # Who is nearest: of vectors of length 1 the one with the largest cosine, but never itself
    with torch.no_grad():
        nearest = (x @ x.T).fill_diagonal_(-2).argmax(1)
    distance = F.pairwise_distance(x, x[nearest], eps=eps)
    return -(distance + eps).log().mean()


def sinkhorn(scores: Tensor, temperature: Tensor | float, rounds: int = 3) -> Tensor:
    """Answers that use all columns equally, by the method of Sinkhorn and Knopp: SwAV's equation 5, DINOv2's centering.

    Columns are divided by their sums, then rows by theirs, and so on (Caron and others, 2020, "Unsupervised Learning of
    Visual Features by Contrasting Cluster Assignments", arXiv 2006.09882, section 3.1). All of it happens to
    logarithms, so that no score is too large; with several processes columns are those of the whole batch.

    Args:
        scores: (B, K); no gradient flows into them.
        temperature: what they are divided by: the smaller, the surer are the answers.
        rounds: how often columns and rows are divided.

    Returns:
        (B, K), from 0 to 1; each row adds up to 1, and each column to B / K, the more exactly the more rounds.

    Raises:
        ValueError: if the shape does not fit, the temperature is not positive, or there is no round.

    >>> sinkhorn(torch.tensor([[9.0, 0.0], [9.0, 0.0]]), 1.0)  # the first is everybody's favorite, and yet
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    return log_sinkhorn(scores, temperature, rounds).exp()


@torch.no_grad()
@in_float32
def log_sinkhorn(scores: Tensor, temperature: Tensor | float, rounds: int = 3) -> Tensor:
    """The logarithms of what `sinkhorn` gives, (B, K); the arguments are the same.

    >>> log_sinkhorn(torch.zeros(3, 2), 0.04).exp()
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    expect_floats(scores)
    if scores.ndim != 2 or not scores.numel():
        raise ValueError(f"expected scores (B, K), got {tuple(scores.shape)}")
    positive_temperature(temperature)
    log_q = scores / temperature
    for _ in range(expect_whole("a number of rounds", rounds)):
        # Every column is used as much as every other, by the pictures of all processes
        log_q = log_q - gather(log_q.logsumexp(0)[None]).logsumexp(0)
        # Every picture has one answer to give
        log_q = log_q.log_softmax(1)
    return log_q


@in_float32
def marginal_entropy(scores: Tensor, center: Tensor, temperature: Tensor | float) -> Tensor:
    """How evenly a teacher's answers are spread over all there are, from 0 (all get one answer) to 1, shape ().

    The entropy of the mean answer; `entropy_of` is the mean of each one's. A teacher that is sure (entropy near 0) has
    collapsed if this is near 0 too, and has not if it gives others other answers.

    Args:
        scores: (…, K), K at least 2.
        center: (K,), taken off before the softmax.
        temperature: what the rest is divided by.

    Raises:
        ValueError: if the shapes do not fit, or the temperature is not positive.

    >>> sure, nothing = 99 * torch.eye(4), torch.zeros(4)
    >>> round(marginal_entropy(sure, nothing, 1.0).item(), 3), round(marginal_entropy(sure[:1], nothing, 1.0).item(), 3)
    (1.0, 0.0)
    """
    expect_floats(scores, center)
    positive_temperature(temperature)
    if not scores.ndim or scores.shape[-1] < 2 or not scores.numel() or center.shape != scores.shape[-1:]:
        raise ValueError(f"expected scores (…, K) of two answers at least and a center (K,), got {tuple(scores.shape)} "
                         f"and {tuple(center.shape)}")  # fmt: skip
    log_p = ((scores - center) / temperature).log_softmax(-1).reshape(-1, len(center))
    return entropy_of(log_p.logsumexp(0), torch.zeros_like(center), 1.0)


class IBOT(DINO):
    """DINO's student and teacher, of which the student sees large views with blocks of patches covered.

    The paper draws for each view whether something is covered, and how much. Here a fixed share of the large views has
    patches covered, and as many in each, so that all shapes are known; which ones are drawn anew each time. What a
    teacher says of patches is asked, and its mean taken, where they are covered, as in DINOv2; the paper's mean is over
    all patches. The teacher drops no path.

    Args:
        encoder: a ViT with a class token and a mask token.
        prototypes, hidden, bottleneck, norm: of the head, see `DINO`.
        shared_head: one head for the class token and the patches, as in the paper; else two, as in DINOv2.
        centering: what keeps answers from becoming all the same: "mean", a mean that is taken off, or "sinkhorn".
        patch_weight: what the loss of the patches is multiplied by.
        koleo_weight: what `koleo` of the class tokens is multiplied by; it is taken of each of the two large views, and
            added up (0.1 in DINOv2).
        ratio: the share of the patches that is covered, where some are; the paper draws it from 0.1 to 0.5.
        masked_share: the share of the large views in which patches are covered, at least one.
        masking: draws the masks.
        seed: settles the heads' random weights.
        dino: the other arguments of `DINO`: momentum, temperatures, warmup, center_momentum, views.

    Raises:
        ValueError: for another encoder, or numbers out of their range; from `loss`, without pictures, or with one alone
            where features are to be apart.

    >>> from course_lib.nn import ViT
    >>> method = IBOT(ViT(32, 1, 2, size=32, patch=8, mask_token=True), prototypes=64, shared_head=False)
    >>> [tuple(head.last_layer.shape) for head in (method.head, method.patch_head)]
    [(64, 64), (64, 64)]
    """

    encoder: ViT
    patch_center: Tensor

    def __init__(
        self,
        encoder: ViT,
        prototypes: int = 1024,
        hidden: int = 256,
        bottleneck: int = 64,
        norm: bool = False,
        shared_head: bool = True,
        centering: Literal["mean", "sinkhorn"] = "mean",
        patch_weight: float = 1.0,
        koleo_weight: float = 0.0,
        ratio: float = 0.3,
        masked_share: float = 0.5,
        masking: Masking = block_masking,
        seed: int = 0,
        **dino: Any,
    ):
        if not len(expect_mask_token(encoder).cls_token):
            raise ValueError("expected a ViT that has a class token, got one without: make it with class_token=True")
        super().__init__(encoder, prototypes, hidden, bottleneck, norm, seed=seed, **dino)
        if centering not in ("mean", "sinkhorn"):
            raise ValueError(f"expected the centering 'mean' or 'sinkhorn', got {centering!r}")
        expect_number("a patch_weight", patch_weight)
        expect_number("a koleo_weight", koleo_weight)
        expect_number("a masked_share", masked_share, high=1, above=True)
        expect_ratio(ratio, (encoder.size // encoder.patch) ** 2)
        self.centering, self.patch_weight, self.koleo_weight = centering, patch_weight, koleo_weight
        self.ratio, self.masked_share, self.masking = ratio, masked_share, masking
        self.own_head = None if shared_head else Head(encoder.width, prototypes, hidden, bottleneck, norm, seed + 1)
        # The teacher is the encoder, the head, and the patches' own head if there is one: the last is theirs anyway
        students = [encoder, self.head, *([] if self.own_head is None else [self.own_head])]
        self.teacher = MomentumEncoder(*students, momentum=self.teacher.momentum)
        self.teacher[0].eval()
        self.register_buffer("patch_center", torch.zeros(prototypes))
        self.fresh_patches: Tensor | None = None  # what the teacher said on average of patches in this step

    @property
    def patch_head(self) -> Head:
        """Features of patches to scores; the class token's own head where it is shared."""
        return self.head if self.own_head is None else self.own_head

    def train(self, mode: bool = True) -> IBOT:
        """The teacher's encoder stays in eval mode."""
        super().train(mode)
        self.teacher[0].eval()
        return self

    def draw(self, views: int, rows: int, columns: int, device: torch.device | str) -> tuple[Tensor, Tensor, Tensor]:
        """Which patches are covered: the mask (views, N), which views have some, (k,), and which ones in each, (k, M).

        >>> method = IBOT(ViT(32, 1, 2, size=32, patch=8, mask_token=True), prototypes=64)
        >>> mask, which, covered = method.draw(8, 4, 4, "cpu")
        >>> mask.shape, which.shape, covered.shape, mask.sum().item()
        (torch.Size([8, 16]), torch.Size([4]), torch.Size([4, 5]), 20)
        """
        expect_ratio(self.ratio, rows * columns)
        some = max(1, round(self.masked_share * views))
        which = torch.rand(views, device=device).argsort()[:some]
        masks = self.masking(some, rows, columns, self.ratio, device=device)  # as many covered in each
        covered, _ = split_mask(~masks, rows * columns - count_visible(rows * columns, self.ratio))
        mask = masks.new_zeros(views, rows * columns)
        mask[which] = masks
        return mask, which, covered

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        large = torch.cat([self.global_crops(batch.pictures) for _ in range(2)])  # (2·B, 3, H, W)
        mask, which, covered = self.draw(len(large), *patch_grid(large, None, self.encoder.patch), large.device)

        def of_covered(tokens: Tensor) -> Tensor:
            """Of tokens (2·B, P + N, D) the covered patches, (k·M, D)."""
            patches = tokens[:, self.encoder.num_prefix_tokens :][which]
            return patches.gather(1, covered[:, :, None].expand(-1, -1, patches.shape[2])).flatten(0, 1)

        # The student sees large views with patches covered, and small ones
        tokens = self.encoder.tokens(large, mask=mask)  # (2·B, P + N, D)
        features = [tokens[:, 0]]
        if self.num_local_crops:
            small = torch.cat([self.local_crops(batch.pictures) for _ in range(self.num_local_crops)])
            features.append(self.encoder.tokens(small)[:, 0])
        student = at_least_float32(self.head(torch.cat(features)))  # ((2 + local)·B, K)
        student_patches = at_least_float32(self.patch_head(of_covered(tokens)))  # (k·M, K)
        # The teacher sees large views, and the whole of them
        with torch.no_grad():
            seen = cast(ViT, self.teacher[0]).tokens(large)
            teacher = at_least_float32(self.teacher[1](seen[:, 0]))  # (2·B, K)
            teacher_patches = at_least_float32(self.teacher[-1](of_covered(seen)))  # (k·M, K)
            if self.centering == "mean":
                self.fresh, self.fresh_patches = (gather(x.mean(0)[None]).mean(0) for x in (teacher, teacher_patches))
            else:
                # Scores of which the softmax is Sinkhorn and Knopp's answer; the centers stay at 0
                teacher, teacher_patches = (
                    self.temperature * log_sinkhorn(x, self.temperature) for x in (teacher, teacher_patches)
                )
            classes, patches = (
                (teacher, self.center, self.temperature),
                (teacher_patches, self.patch_center, self.temperature),
            )
            metrics = {
                "entropy": entropy_of(*classes),
                "patch entropy": entropy_of(*patches),
                "marginal entropy": marginal_entropy(*classes),
                "patch marginal entropy": marginal_entropy(*patches),
            }
        # Class tokens: each view against the others, as in DINO
        views = 2 + self.num_local_crops
        temperatures = self.student_temperature, self.temperature
        total = dino_loss(student.unflatten(0, (views, -1)), teacher.unflatten(0, (2, -1)), self.center, *temperatures)
        # Covered patches: each against itself, seen whole; views of which nothing is covered count as 0
        student_patches, teacher_patches = (x.unflatten(0, covered.shape) for x in (student_patches, teacher_patches))
        everywhere = torch.ones_like(covered)
        of_patches = ibot_loss(student_patches, teacher_patches, everywhere, self.patch_center, *temperatures)
        total = total + self.patch_weight * of_patches * (len(which) / len(large))
        # Features apart from each other, within each of the large views
        if self.koleo_weight:
            total = total + self.koleo_weight * sum(koleo(gather(view)) for view in tokens[:, 0].chunk(2))
        return Loss(total, metrics)

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        super().after_step(progress)
        if self.own_head is not None:
            self.own_head.freeze_last_layer.copy_(self.head.freeze_last_layer)
        if self.fresh_patches is not None:
            self.patch_center.lerp_(self.fresh_patches.to(self.patch_center.dtype), 1 - self.center_momentum)
            self.fresh_patches = None
