"""Distillation: a small network learns what a large one knows, from its answers, its features, or their relations.

- answers: Hinton, Vinyals and Dean, 2015, "Distilling the Knowledge in a Neural Network", arXiv 1503.02531;
- features: Romero and others, 2014, "FitNets: Hints for Thin Deep Nets", arXiv 1412.6550;
- relations: Park and others, 2019, "Relational Knowledge Distillation", arXiv 1904.05068.

The teacher has learned before, and is frozen. It needs no labels: what it says of any picture is a lesson.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number
from ..nn import Encoder, seeded
from .checks import enough, expect_floats, positive_temperature, shape_of
from .gather import gather
from .labels import Labels, label_loss
from .method import Loss, Method, in_float32

Teacher = TypeVar("Teacher", bound=nn.Module)


@in_float32
def distillation_loss(student: Tensor, teacher: Tensor, temperature: Tensor | float) -> Tensor:
    """The Kullback-Leibler divergence of the student's softened answers from the teacher's, times T².

    Both are softened alike, q = softmax(z / T): equation 1 of Hinton and others. The factor T² keeps the gradient as
    strong at a high temperature as at a low one (section 2). Cross-entropy in its place, as in the paper, has the same
    gradient, but is not 0 where both say the same.

    Args:
        student: logits (B, C).
        teacher: logits (B, C); no gradient flows into them.
        temperature: T, above 0; the higher, the more the unlikely classes count.

    Returns:
        A sum over the classes and a mean over the batch, shape (), from 0.

    Raises:
        ValueError: if the shapes do not fit, there is no picture, or the temperature is not positive.

    >>> distillation_loss(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), temperature=1.0)
    tensor(0.4621)
    """
    expect_floats(student, teacher)
    positive_temperature(temperature)
    if student.ndim != 2 or student.shape != teacher.shape or not student.shape[1]:
        raise ValueError(
            f"expected logits (B, C) of student and teacher alike, got {shape_of(student)} and {shape_of(teacher)}"
        )
    enough(student, least=1)
    # Softened answers of both
    log_p = (teacher.detach() / temperature).log_softmax(1)  # (B, C)
    log_q = (student / temperature).log_softmax(1)
    # How surprised one is who counts on the student's answers where the teacher's are right
    divergence = (log_p.exp() * (log_p - log_q)).sum(1)  # (B,)
    return divergence.mean() * temperature**2


@in_float32
def hint_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """The squared error of features that have been projected to the width of the teacher's.

    FitNets' equation 3 is half the sum of the squares; this is their mean, 2 / D times as much, so that its weight need
    not follow the width.

    Args:
        student: features (…, D), already projected.
        teacher: features (…, D); no gradient flows into them.

    Returns:
        The mean over all numbers, shape ().

    Raises:
        ValueError: if the shapes do not fit, or there are no features.

    >>> hint_loss(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 4.0]]))
    tensor(2.)
    """
    expect_floats(student, teacher)
    if student.shape != teacher.shape or not student.ndim or not student.numel():
        raise ValueError(
            f"expected features (…, D) of student and teacher alike, got {shape_of(student)} and {shape_of(teacher)}"
        )
    return F.mse_loss(student, teacher.detach())


@in_float32
def distance_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """How differently the pictures of a batch lie apart, RKD-D: section 3.2.1 of Park and others.

    Distances are divided by their mean over all pairs, so that neither the scale nor the width matters.

    Args:
        student: embeddings (B, D).
        teacher: embeddings (B, E), of the same pictures; no gradient flows into them.

    Returns:
        The Huber loss, a mean over all pairs of two different pictures, shape ().

    Raises:
        ValueError: unless there are embeddings of two pictures at least, as many of the student as of the teacher.

    >>> line = torch.tensor([[0.0], [1.0], [2.0]])
    >>> distance_loss(line.expand(-1, 2), 7 * line)  # a line again, and only longer
    tensor(0.)
    """
    _expect_embeddings(student, teacher, least=2)
    error = F.smooth_l1_loss(_distances(student), _distances(teacher.detach()), reduction="none")  # (B, B)
    pairs = len(student) * (len(student) - 1)
    return error.sum() / pairs  # nobody lies apart from itself: the diagonal adds nothing


def _distances(x: Tensor) -> Tensor:
    """How far each of (B, D) is from each, (B, B), over the mean of all pairs; where all are one, 0."""
    # Computed as it is written, since by products of rows even a picture would be apart from itself
    distances = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    mean = distances.sum() / (len(x) * (len(x) - 1))
    return distances / mean.masked_fill(mean == 0, 1)


@in_float32
def angle_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """How differently three pictures of a batch form triangles, RKD-A: section 3.2.2 of Park and others.

    What is compared is the cosine of the angle at j, on the ways to i and to k. Where two pictures are at one place
    there is no way, and the cosine is 0.

    Args:
        student: embeddings (B, D).
        teacher: embeddings (B, E), of the same pictures; no gradient flows into them.

    Returns:
        The Huber loss, a mean over all triples of different pictures, shape ().

    Raises:
        ValueError: unless there are embeddings of three pictures at least, as many of the student as of the teacher.

    >>> corner, line = torch.tensor([[1.0, 0], [0, 0], [0, 1]]), torch.tensor([[0.0], [1.0], [2.0]])
    >>> round(angle_loss(3 * corner, corner).item(), 6), angle_loss(line, corner).item() > 0.1
    (0.0, True)
    """
    _expect_embeddings(student, teacher, least=3)
    error = F.smooth_l1_loss(_angles(student), _angles(teacher.detach()), reduction="none")  # (B, B, B)
    # An angle has two sides: i and k are two. If one of them is j, both cosines are 0 in any case
    count = len(student)
    two = 1 - torch.eye(count, dtype=error.dtype, device=error.device)
    return (error * two).sum() / (count * (count - 1) * (count - 2))


def _angles(x: Tensor) -> Tensor:
    """Cosines (B, B, B) of the angles at j (first) from i to k, of (B, D)."""
    ways = x[None] - x[:, None]  # (B, B, D), from j to i
    lengths = torch.linalg.vector_norm(ways, dim=-1, keepdim=True)
    nowhere = lengths == 0
    e = (ways / lengths.masked_fill(nowhere, 1)).masked_fill(nowhere, 0)
    return e @ e.mT


def _expect_embeddings(student: Tensor, teacher: Tensor, least: int) -> None:
    """Raise ValueError, in one sentence, unless there are (B, D) and (B, E), and B is the least or more."""
    expect_floats(student, teacher)
    shapes = f"{shape_of(student)} and {shape_of(teacher)}"
    if student.ndim != 2 or teacher.ndim != 2 or len(student) != len(teacher) or 0 in (*student.shape, *teacher.shape):
        raise ValueError(f"expected embeddings (B, D) and (B, E) of student and teacher, got {shapes}")
    if len(student) < least:
        raise ValueError(f"expected at least {least} pictures, whose relations are compared, got {len(student)}")


class Distill(Method):
    """A student with one linear layer, and a frozen teacher, whose classes are the student's.

    The loss is (1 − label_weight) · `distillation_loss` + label_weight · `label_loss` + hint_weight · `hint_loss` +
    relation_weight · (`distance_loss` + 2 · `angle_loss`). For the relations alone, Park and others choose 1 and 2 too.

    Args:
        encoder: the student, pictures to features (B, encoder.width).
        teacher: what has learned to name pictures; from now on it is frozen.
        temperature: T, see `distillation_loss`.
        label_weight: from 0, where no label is looked at, to 1; a label of −1 counts for nothing.
        hint_weight: with it, one more linear layer takes the student's features to the width of the teacher's.
        relation_weight: of the relations of the pictures in a batch, three at least.
        seed: settles the random weights of the linear layers.

    Raises:
        ValueError: for numbers out of their range, a teacher that names nothing, or one that is its own student.

    >>> from course_lib.nn import ConvNet
    >>> teacher = Labels(ConvNet(), classes=50)
    >>> Distill(ConvNet((8, 16), seed=1), teacher).logits(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 50])
    """

    def __init__(
        self,
        encoder: Encoder,
        teacher: Labels,
        temperature: float = 4.0,
        label_weight: float = 0.0,
        hint_weight: float = 0.0,
        relation_weight: float = 0.0,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(encoder, Encoder) or not isinstance(teacher, Labels):
            got = f"{type(encoder).__name__} and {type(teacher).__name__}"
            raise ValueError(f"expected an encoder, and a teacher that is a Labels, got {got}")
        positive_temperature(temperature)
        expect_number("a label_weight", label_weight, high=1)
        expect_number("a hint_weight", hint_weight)
        expect_number("a relation_weight", relation_weight)
        self.encoder, self.teacher = encoder, freeze(teacher, encoder)
        self.temperature, self.label_weight = temperature, label_weight
        self.hint_weight, self.relation_weight = hint_weight, relation_weight
        with seeded(seed):
            self.head = nn.Linear(encoder.width, teacher.head.out_features)
            self.hint = nn.Linear(encoder.width, teacher.encoder.width) if hint_weight else None

    def train(self, mode: bool = True) -> Distill:
        """The teacher stays as it is, in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def logits(self, pictures: Tensor) -> Tensor:
        """The student's scores, one for each class, (B, classes), of pictures (B, 3, H, W) in [0, 1]."""
        return self.head(self.encoder(pictures))

    def hinted_logits(self, pictures: Tensor) -> Tensor:
        """What the teacher's own linear layer reads in the student's projected features, (B, classes).

        If the hint alone has been learned, these are the student's answers (Chen and others, 2022, "Knowledge
        Distillation with the Reused Teacher Classifier", arXiv 2203.14001).

        Args:
            pictures: (B, 3, H, W) in [0, 1].

        Raises:
            ValueError: without a hint.
        """
        if self.hint is None:
            raise ValueError("expected a student with a hint, got one without: make it with a hint_weight above 0")
        return self.teacher.head(self.hint(self.encoder(pictures)))

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        # What both make of the pictures; the teacher does not learn
        features = self.encoder(batch.pictures)
        logits = self.head(features)
        with torch.no_grad():
            known = self.teacher.encoder(batch.pictures)
            answers = self.teacher.head(known)
        # The teacher's answers, and, if they are wanted, the right ones
        metrics = {"agreement": (logits.argmax(1) == answers.argmax(1)).float().mean()}
        total = (1 - self.label_weight) * distillation_loss(logits, answers, self.temperature)
        if self.label_weight:
            total = total + self.label_weight * label_loss(logits, batch.labels)
        # Its features
        if self.hint is not None:
            metrics["hint"] = hint_loss(self.hint(features), known)
            total = total + self.hint_weight * metrics["hint"]
        # The relations of its features in the whole batch
        if self.relation_weight:
            mine, theirs = gather(features), gather(known)
            metrics["relation"] = distance_loss(mine, theirs) + 2 * angle_loss(mine, theirs)
            total = total + self.relation_weight * metrics["relation"]
        return Loss(total, metrics)


def freeze(teacher: Teacher, student: nn.Module) -> Teacher:
    """The teacher again, in eval mode and without gradients from now on.

    Raises:
        ValueError: if it shares weights with the student, who could then not learn.

    >>> freeze(nn.Linear(2, 2), nn.Linear(2, 2)).weight.requires_grad
    False
    """
    own = {id(weight) for weight in student.parameters()}
    if any(id(weight) in own for weight in teacher.parameters()):
        raise ValueError("expected a teacher apart from its student, got two that share weights: copy.deepcopy one")
    return teacher.requires_grad_(False).eval()
