"""Distillation is torch's divergence and timm's task, relations are the authors' formula, codes of length 1 are
vector-quantize-pytorch's: value and gradient.
"""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from vector_quantize_pytorch import VectorQuantize

from course_lib.nn import ConvNet
from course_lib.pretrain import Labels
from course_lib.pretrain.distill import Distill, angle_loss, distance_loss, distillation_loss, hint_loss
from course_lib.pretrain.feature_targets import CosineQuantizer, feature_loss

Pair = tuple[Tensor, Tensor]


@pytest.fixture
def pair() -> Pair:
    g = torch.Generator().manual_seed(0)
    student, teacher = 3 * torch.randn(24, 16, generator=g), 3 * torch.randn(24, 16, generator=g)
    return student.requires_grad_(), teacher


def agree(student: Tensor, mine: Tensor, theirs: Tensor) -> None:
    """The same value to 1e-6 of it, the same gradient to 3e-6 of its largest."""
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    a, b = (torch.autograd.grad(loss, student)[0] for loss in (mine, theirs))
    assert (a - b).abs().max() <= 3e-6 * b.abs().max()


# --- Answers


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_loss_of_the_answers_is_torchs(pair: Pair, temperature):
    student, teacher = pair
    log_q, p = (student / temperature).log_softmax(1), (teacher / temperature).softmax(1)
    theirs = F.kl_div(log_q, p, reduction="batchmean") * temperature**2
    agree(student, distillation_loss(student, teacher, temperature), theirs)
    # The default divides by the classes too, 16 times as small
    small = F.kl_div(log_q, p, reduction="none").mean() * temperature**2
    assert distillation_loss(student, teacher, temperature).item() == pytest.approx(16 * small.item(), rel=1e-5)


def test_its_gradient_is_that_of_the_papers_cross_entropy(pair: Pair):
    student, teacher = pair
    soft = F.cross_entropy(student / 4, (teacher / 4).softmax(1)) * 16
    a, b = (torch.autograd.grad(loss, student)[0] for loss in (distillation_loss(student, teacher, 4.0), soft))
    assert (a - b).abs().max() <= 3e-6 * b.abs().max()


class AsTimm(nn.Module):
    """What names pictures, as timm asks for it."""

    def __init__(self, labels: Labels):
        super().__init__()
        self.labels, self.num_classes, self.in_chans = labels, labels.head.out_features, 3
        self.pretrained_cfg = {"mean": (0.5,) * 3, "std": (0.25,) * 3}

    def forward(self, pictures: Tensor) -> Tensor:
        return self.labels.logits(pictures)


@pytest.mark.parametrize(("label_weight", "temperature"), [(0.0, 4.0), (0.3, 2.0), (1.0, 1.0)])
def test_the_method_is_timms_task(label_weight, temperature):
    """Its loss, and every gradient of the student; both have batch norms that train, and teachers that do not."""
    timms_task = pytest.importorskip("timm.task").LogitDistillationTask  # which older versions lack
    teachers = [Labels(ConvNet((8, 16), seed=7), 5, seed=7) for _ in range(2)]
    mine = Distill(ConvNet((8, 16)), teachers[0], temperature, label_weight)
    theirs = Labels(ConvNet((8, 16)), 5)
    theirs.load_state_dict({n: x for n, x in mine.state_dict().items() if not n.startswith("teacher.")})
    options: dict[str, Any] = {"task_loss_weight": label_weight, "temperature": temperature, "verbose": False}
    task = timms_task(AsTimm(theirs), AsTimm(teachers[1]), criterion=nn.CrossEntropyLoss(), **options).train()
    g = torch.Generator().manual_seed(1)
    pictures, labels = torch.rand(12, 3, 16, 16, generator=g), torch.randint(5, (12,), generator=g)
    batch = SimpleNamespace(pictures=pictures, labels=labels)
    loss, their_loss = mine.train().loss(batch).total, task(pictures, labels)["loss"]
    assert loss.item() == pytest.approx(their_loss.item(), rel=1e-6)
    loss.backward()
    their_loss.backward()
    for name, weight in theirs.named_parameters():
        a, b = mine.get_parameter(name).grad, weight.grad
        assert a is not None and b is not None and (a - b).abs().max() <= 1e-5 * max(1e-4, b.abs().max()), name


# --- Features


def test_the_loss_of_a_hint_is_torchs_and_that_of_fitnets_up_to_its_factor(pair: Pair):
    student, teacher = pair
    agree(student, hint_loss(student, teacher), F.mse_loss(student, teacher))
    fitnets = (0.5 * torch.linalg.vector_norm(student - teacher, dim=1) ** 2).mean()  # equation 3
    agree(student, hint_loss(student, teacher), 2 / 16 * fitnets)


@pytest.mark.parametrize("masked", [False, True])
def test_the_loss_of_features_is_evas(masked):
    """Both of length 1, then minus their product, of the covered patches alone; in float32, whatever they are."""
    g = torch.Generator().manual_seed(0)
    prediction, noise = (3 * torch.randn(4, 9, 16, generator=g) for _ in range(2))
    targets = prediction + noise
    prediction.requires_grad_()
    mask = torch.rand(4, 9, generator=g) < 0.4 if masked else None
    of, to = (prediction, targets) if mask is None else (prediction[mask], targets[mask])
    unit, target = of / of.norm(dim=-1, keepdim=True), to / to.norm(dim=-1, keepdim=True)
    agree(prediction, feature_loss(prediction, targets, mask), -(unit * target).sum(-1).mean())
    half = feature_loss(prediction.bfloat16(), targets.bfloat16(), mask)
    theirs = -F.cosine_similarity(of.bfloat16().float(), to.bfloat16().float(), dim=-1).mean()
    assert half.item() == pytest.approx(theirs.item(), rel=1e-6)


# --- Relations, as the authors' code has them, in float64: means over all pairs and triples, the degenerate too


def authors_distances(student: Tensor, teacher: Tensor) -> Tensor:
    found = []
    for x in (student, teacher):
        apart = torch.stack([torch.stack([torch.dist(a, b) if a is not b else a.new_zeros(()) for b in x]) for a in x])
        found.append(apart / apart[apart > 0].mean())
    return F.smooth_l1_loss(*found)


def authors_angles(student: Tensor, teacher: Tensor) -> Tensor:
    found = []
    for x in (student, teacher):
        e = F.normalize(x.unsqueeze(0) - x.unsqueeze(1), dim=2)
        found.append(torch.bmm(e, e.transpose(1, 2)).flatten())
    return F.smooth_l1_loss(*found)


def test_the_losses_of_relations_are_the_authors_over_different_pictures(pair: Pair):
    student, teacher = (x.detach().double()[:8] for x in pair)
    student, teacher = student.requires_grad_(), teacher[:, :5]  # of another width
    rows = list(student.unbind()), list(teacher.unbind())
    theirs = authors_distances(*rows) * 8**2 / (8 * 7)  # pyright: ignore[reportArgumentType]
    agree(student, distance_loss(student, teacher), theirs)
    agree(student, angle_loss(student, teacher), authors_angles(student, teacher) * 8**3 / (8 * 7 * 6))


# --- Codes of length 1


@pytest.mark.parametrize(("beta", "decay"), [(0.25, 0.8), (1.0, 0.99)])
def test_codes_of_length_1_are_vector_quantize_pytorchs(beta, decay):
    """One step: codes, loss, gradient, and where the codes go. Later steps differ: theirs keep a sum of vectors that
    has its own length, ours begin each step from codes of length 1, as BEiT v2's do.
    """
    g = torch.Generator().manual_seed(0)
    codebook = F.normalize(torch.randn(24, 6, generator=g), dim=1)
    mine = CosineQuantizer(24, 6, decay, beta)
    mine.load_state_dict({"codebook": codebook.clone(), "usage": torch.ones(24), "started": torch.tensor(True)})
    theirs = VectorQuantize(6, codebook_size=24, use_cosine_sim=True, decay=decay, commitment_weight=beta,
                            threshold_ema_dead_code=0, rotation_trick=False)  # fmt: skip
    inside: Any = theirs._codebook
    inside.embed.data.copy_(codebook[None])
    inside.embed_avg.data.copy_(codebook[None])
    inside.cluster_size.data.fill_(1)
    z = torch.randn(4, 40, 6, generator=g)
    a, b = z.clone().requires_grad_(), z.clone().requires_grad_()
    quantized, indices, loss = mine.train()(F.normalize(a, dim=-1))
    their_quantized, their_indices, their_loss = theirs.train()(b)
    assert torch.equal(indices, their_indices) and torch.allclose(quantized, their_quantized, atol=1e-6)
    assert loss.item() == pytest.approx(their_loss.item(), rel=1e-5)
    weight = torch.randn(4, 40, 6, generator=g)
    (slope,) = torch.autograd.grad(loss + (weight * quantized).sum(), a)
    (their_slope,) = torch.autograd.grad(their_loss.sum() + (weight * their_quantized).sum(), b)
    assert (slope - their_slope).abs().max() <= 1e-5 * their_slope.abs().max()
    assert torch.allclose(mine.codebook, inside.embed[0], atol=1e-5)
