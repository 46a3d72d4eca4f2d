"""DINO: say of small pieces of a picture what a slow copy of yourself says of large ones (Caron and others, 2021,
"Emerging Properties in Self-Supervised Vision Transformers", arXiv 2104.14294).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from ..nn import Encoder, MomentumEncoder, seeded
from ..nn.transformer import init_weights
from ..views import DEFAULT_VIEWS, Views
from .checks import enough, expect_floats, positive_temperature
from .gather import gather
from .method import Loss, Method, at_least_float32, in_float32

LOCAL_CROPS = Views(size=16, scale=(0.1, 0.4), hue=0.5)
"""What only the student sees, of pictures of some 24 to 32 pixels."""


@in_float32
def dino_loss(
    student: Tensor,
    teacher: Tensor,
    center: Tensor,
    student_temperature: Tensor | float = 0.1,
    teacher_temperature: Tensor | float = 0.04,
) -> Tensor:
    """Cross-entropy of the student's answers under the teacher's, for all pairs of two different views: equation 3.

    Args:
        student: (V, B, K) scores of V views; the first are the teacher's, in the same order.
        teacher: (T, B, K) scores of T ≤ V views; no gradient flows into them.
        center: (K,), what the teacher says on average; it is taken off before the softmax.
        student_temperature: what the student's scores are divided by.
        teacher_temperature: what the teacher's are; smaller, so that it is surer.

    Returns:
        The mean over pairs of views and over the batch, shape ().

    Raises:
        ValueError: if the shapes do not fit, no pair of different views is left, or a temperature is not positive.

    >>> dino_loss(torch.zeros(2, 3, 8), torch.zeros(2, 3, 8), torch.zeros(8)).item()  # doctest: +ELLIPSIS
    2.079...
    """
    expect_floats(student, teacher, center)
    positive_temperature(student_temperature)
    positive_temperature(teacher_temperature)
    if student.ndim != 3 or teacher.ndim != 3 or student.shape[1:] != teacher.shape[1:] or 0 in student.shape:
        raise ValueError(
            f"expected scores (V, B, K) and (T, B, K), got {tuple(student.shape)} and {tuple(teacher.shape)}"
        )
    views, teachers = len(student), len(teacher)
    if not 1 <= teachers <= views or views * teachers == teachers:
        raise ValueError(f"expected at least two views, as many for the student as for the teacher or more, "
                         f"got {views} and {teachers}")  # fmt: skip
    _expect_center(center, teacher)
    # The teacher's answers: centered and sharpened, so that they are neither flat nor all the same.
    teacher_probs = ((teacher.detach() - center) / teacher_temperature).softmax(-1)  # (T, B, K)
    student_log_probs = (student / student_temperature).log_softmax(-1)  # (V, B, K)
    # Each of the teacher's views against each of the student's, but never a view against itself.
    cross_entropy = -torch.einsum("tbk,vbk->tv", teacher_probs, student_log_probs) / student.shape[1]  # (T, V)
    pairs = 1 - torch.eye(teachers, views, dtype=cross_entropy.dtype, device=student.device)
    return (cross_entropy * pairs).sum() / (views * teachers - teachers)


@in_float32
def entropy_of(scores: Tensor, center: Tensor, temperature: Tensor | float) -> Tensor:
    """How undecided a teacher is on average, from 0 (always sure) to 1 (always all alike), shape ().

    Args:
        scores: (…, K), K at least 2.
        center: (K,), taken off before the softmax.
        temperature: what the rest is divided by.

    Raises:
        ValueError: if the shapes do not fit, or the temperature is not positive.

    >>> round(entropy_of(torch.zeros(2, 3, 8), torch.zeros(8), 0.04).item(), 3)
    1.0
    """
    expect_floats(scores, center)
    positive_temperature(temperature)
    _expect_center(center, scores)
    if scores.shape[-1] < 2 or not scores.numel():
        raise ValueError(f"expected two scores at least to be undecided between, got {tuple(scores.shape)}")
    log_p = ((scores - center) / temperature).log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1).mean() / log(scores.shape[-1])


def _expect_center(center: Tensor, scores: Tensor) -> None:
    if scores.ndim < 1 or center.shape != scores.shape[-1:]:
        raise ValueError(f"expected a center (K,) for scores (…, K), got {tuple(center.shape)}, {tuple(scores.shape)}")


class Head(nn.Module):
    """Features (B, width) to K scores: an MLP, length 1, then cosines with the K rows of `last_layer` (section 3.1).

    Where `freeze_last_layer` is 1 no gradient reaches the last layer; where it is 0, it learns.
    """

    freeze_last_layer: Tensor

    def __init__(self, width: int, prototypes: int, hidden: int, bottleneck: int, norm: bool, seed: int):
        super().__init__()
        hidden, bottleneck = expect_whole("a width", hidden), expect_whole("a bottleneck", bottleneck)
        with seeded(seed):
            layers: list[nn.Module] = []
            for inside in (width, hidden):
                layers += [nn.Linear(inside, hidden), *([nn.BatchNorm1d(hidden)] if norm else []), nn.GELU()]
            self.layers = nn.Sequential(*layers, nn.Linear(hidden, bottleneck))
            init_weights(self.layers)
            self.last_layer = nn.Parameter(torch.randn(prototypes, bottleneck))
        self.register_buffer("freeze_last_layer", torch.ones(()))

    def forward(self, features: Tensor) -> Tensor:
        x = F.normalize(at_least_float32(self.layers(features)), dim=-1)
        held = self.last_layer.detach()
        learning = held + (1 - self.freeze_last_layer) * (self.last_layer - held)  # the same numbers in any case
        return F.linear(x, F.normalize(learning, dim=-1).to(x.dtype))


class DINO(Method):
    """A student that sees large and small views, and a teacher, its slow copy, that sees the large ones.

    Args:
        encoder: pictures to features (B, encoder.width), at more than one size.
        prototypes: K, how many scores there are.
        hidden: width inside the head.
        bottleneck: width of the vectors that scores are cosines of.
        norm: with a batch norm before each GELU of the head. The paper does without; in our small ViTs it keeps the
            answers from becoming flat.
        momentum: how much of itself the teacher keeps at first; it rises to 1.
        student_temperature: see `dino_loss`.
        teacher_temperature: at first and later; see `dino_loss`.
        warmup: the share of the training in which the teacher's temperature goes from the one to the other.
        center_momentum: how much of itself the center keeps (equation 4); 1 leaves it at 0: no centering.
        freeze_last_layer: the share of the training in which the head's last layer stays as it is.
        global_crops: pictures to large views; there are two.
        local_crops: pictures to small views, which only the student sees.
        num_local_crops: how many small ones.
        seed: settles the head's random weights.

    Raises:
        ValueError: for numbers out of their range, or, from `loss`, without pictures.

    >>> from course_lib.nn import ViT
    >>> DINO(ViT(32, 1, 2, size=32, patch=8), prototypes=64).head.last_layer.shape
    torch.Size([64, 64])
    """

    center: Tensor
    temperature: Tensor

    def __init__(
        self,
        encoder: Encoder,
        prototypes: int = 1024,
        hidden: int = 256,
        bottleneck: int = 64,
        norm: bool = False,
        momentum: float = 0.99,
        student_temperature: float = 0.1,
        teacher_temperature: tuple[float, float] = (0.04, 0.07),
        warmup: float = 0.3,
        center_momentum: float = 0.9,
        freeze_last_layer: float = 0.05,
        global_crops: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        local_crops: Callable[[Tensor], Tensor] = LOCAL_CROPS,
        num_local_crops: int = 4,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(teacher_temperature, tuple | list) or len(teacher_temperature) != 2:
            raise ValueError(f"expected the teacher's temperatures at first and later, got {teacher_temperature}")
        for temperature in (student_temperature, *teacher_temperature):
            positive_temperature(temperature)
        for what, share in (
            ("warmup", warmup),
            ("center_momentum", center_momentum),
            ("freeze_last_layer", freeze_last_layer),
        ):
            expect_number(what, share, high=1)
        prototypes = expect_whole("a number of prototypes", prototypes, least=2)
        num_local_crops = expect_whole("a number of local crops", num_local_crops, least=0)
        self.encoder, self.global_crops, self.local_crops = encoder, global_crops, local_crops
        self.num_local_crops = num_local_crops
        self.center_momentum, self.freeze_last_layer = center_momentum, freeze_last_layer
        self.student_temperature, self.teacher_temperature = student_temperature, teacher_temperature
        self.warmup = warmup
        self.head = Head(encoder.width, prototypes, hidden, bottleneck, norm, seed)
        self.teacher = MomentumEncoder(encoder, self.head, momentum=momentum)
        self.register_buffer("center", torch.zeros(prototypes))
        self.register_buffer("temperature", torch.tensor(float(teacher_temperature[0])))
        self.fresh: Tensor | None = None  # what the teacher said on average in this step

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        large = torch.cat([self.global_crops(batch.pictures) for _ in range(2)])  # (2·B, 3, H, W)
        features = [self.encoder(large)]
        if self.num_local_crops:
            small = torch.cat([self.local_crops(batch.pictures) for _ in range(self.num_local_crops)])
            features.append(self.encoder(small))
        student = at_least_float32(self.head(torch.cat(features))).unflatten(0, (2 + self.num_local_crops, -1))
        with torch.no_grad():
            teacher = at_least_float32(self.teacher(large)).unflatten(0, (2, -1))
            self.fresh = gather(teacher.mean((0, 1))[None]).mean(0)
        loss = dino_loss(student, teacher, self.center, self.student_temperature, self.temperature)
        with torch.no_grad():
            undecided = entropy_of(teacher, self.center, self.temperature)
        return Loss(loss, {"entropy": undecided})

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.teacher.update(progress)
        if self.fresh is not None:
            self.center.lerp_(self.fresh.to(self.center.dtype), 1 - self.center_momentum)
            self.fresh = None
        first, later = self.teacher_temperature
        self.temperature.fill_(first + (later - first) * min(1.0, progress / max(self.warmup, 1e-9)))
        self.head.freeze_last_layer.fill_(float(progress < self.freeze_last_layer))
