"""Distillation: the student learns what the teacher knows, the teacher learns nothing, and another one teaches else."""

from copy import deepcopy
from math import exp, inf, log, nan, sqrt
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, label_loss
from course_lib.pretrain.distill import Distill, angle_loss, distance_loss, distillation_loss, freeze, hint_loss
from course_lib.train.optim import param_groups

from .small import some, stirred

ALL: dict[str, float] = {"label_weight": 0.3, "hint_weight": 0.5, "relation_weight": 0.7}
LOSSES: dict[str, Any] = {
    "answers": lambda a, b: distillation_loss(a, b, 2.0),
    "hint": hint_loss,
    "distances": distance_loss,
    "angles": angle_loss,
}
each_loss = pytest.mark.parametrize("name", LOSSES)


def taught(seed: int = 7, classes: int = 5) -> Labels:
    """A teacher who says different things of different pictures."""
    return stirred(Labels(ConvNet((8, 12), seed=seed), classes, seed=seed))


def method(**options: Any) -> Distill:
    return Distill(ConvNet((8, 10), seed=1), taught(), **options)


def batch(labels: tuple[int, ...] = (0, 4, -1, 2)) -> SimpleNamespace:
    return SimpleNamespace(pictures=some(len(labels)), labels=torch.tensor(labels))


def two(rows: int = 6, seed: int = 0, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    one, other = (scale * torch.randn(rows, 5, generator=g) for _ in range(2))
    return one, other


# --- The losses: numbers by hand and by plain loops


def test_the_loss_of_the_answers_by_hand():
    """At T = 2 the teacher says ¾ and ¼, the student a half each."""
    student, teacher = torch.zeros(1, 2), torch.tensor([[2 * log(3), 0.0]])
    expected = 4 * (0.75 * log(1.5) + 0.25 * log(0.5))
    assert distillation_loss(student, teacher, 2.0).item() == pytest.approx(expected, rel=1e-6)
    assert distillation_loss(student, teacher, torch.tensor(2.0)).item() == pytest.approx(expected, rel=1e-6)
    both = torch.cat([student, teacher]), torch.cat([teacher, teacher])  # who says the same has no loss
    assert distillation_loss(*both, 2.0).item() == pytest.approx(expected / 2, rel=1e-6)


@given(st.integers(1, 4), st.integers(1, 6), st.sampled_from([0.5, 1.0, 4.0, 20.0]), st.integers(0, 99))
def test_the_loss_of_the_answers_is_the_one_of_plain_loops(rows, classes, temperature, seed):
    g = torch.Generator().manual_seed(seed)
    student, teacher = (2 * torch.randn(rows, classes, generator=g, dtype=torch.float64) for _ in range(2))
    expected = 0.0
    for s, t in zip(student.tolist(), teacher.tolist(), strict=True):
        p, q = ([exp(x / temperature) for x in logits] for logits in (t, s))
        for a, b in zip(p, q, strict=True):
            expected += a / sum(p) * log((a / sum(p)) / (b / sum(q)))
    expected *= temperature**2 / rows
    assert distillation_loss(student, teacher, temperature).item() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_gradient_of_the_answers_is_as_strong_at_a_high_temperature():
    """T · (q − p) for each picture; at a high T that is the difference of the centered logits over C (section 2.1)."""
    student, teacher = two()
    student.requires_grad_()
    for temperature in (1.0, 5.0, 500.0):
        (slope,) = torch.autograd.grad(distillation_loss(student, teacher, temperature), student)
        expected = temperature * ((student / temperature).softmax(1) - (teacher / temperature).softmax(1)) / 6
        assert torch.allclose(slope, expected, atol=1e-5)
    apart = student - student.mean(1, keepdim=True) - teacher + teacher.mean(1, keepdim=True)
    assert torch.allclose(slope, apart / 5 / 6, atol=2e-3)


def test_the_loss_of_a_hint_by_hand():
    student, teacher = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[1.0, 5.0], [1.0, 0.0]])
    assert hint_loss(student, teacher).item() == (9 + 1) / 4
    fitnets = 0.5 * (student - teacher).square().sum(1).mean()  # equation 3
    assert hint_loss(student, teacher).item() == pytest.approx(2 / 2 * fitnets.item())
    assert hint_loss(student[0, :, None, None], teacher[0, :, None, None]).item() == 9 / 2


def huber(x: float) -> float:
    return 0.5 * x * x if abs(x) <= 1 else abs(x) - 0.5


def far(a: list[float], b: list[float]) -> float:
    return sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def test_the_losses_of_relations_by_hand():
    line, corner = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[0.0, 3.0], [0.0, 0.0], [4.0, 0.0]])
    # Distances 1, 2, 3 with a mean of 2, and 3, 4, 5 with a mean of 4
    expected = (huber(1 / 2 - 3 / 4) + huber(2 / 2 - 4 / 4) + huber(3 / 2 - 5 / 4)) / 3
    assert distance_loss(line, corner).item() == pytest.approx(expected, rel=1e-6)
    # Cosines 1, −1, 1, and ⅗, 0, ⅘
    expected = (huber(1 - 3 / 5) + huber(-1 - 0) + huber(1 - 4 / 5)) / 3
    assert angle_loss(line, corner).item() == pytest.approx(expected, rel=1e-5)


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 999))
def test_the_losses_of_relations_are_those_of_plain_loops(rows, width, other, seed):
    g = torch.Generator().manual_seed(seed)
    drawn = (torch.randn(rows, d, generator=g, dtype=torch.float64) ** 3 for d in (width, other))
    s, t = (x.tolist() for x in drawn)
    pairs = [(i, j) for i in range(rows) for j in range(rows) if i != j]
    mean = [sum(far(x[i], x[j]) for i, j in pairs) / len(pairs) for x in (s, t)]
    each = [huber(far(s[i], s[j]) / mean[0] - far(t[i], t[j]) / mean[1]) for i, j in pairs]
    student, teacher = torch.tensor(s).double(), torch.tensor(t).double()
    assert distance_loss(student, teacher).item() == pytest.approx(sum(each) / len(each), rel=1e-5)

    def cosine(x: list[list[float]], i: int, j: int, k: int) -> float:
        dot = sum((a - b) * (c - b) for a, b, c in zip(x[i], x[j], x[k], strict=True))
        return dot / (far(x[i], x[j]) * far(x[k], x[j]))

    each = [huber(cosine(s, i, j, k) - cosine(t, i, j, k)) for i, j in pairs for k in range(rows) if k not in (i, j)]
    assert angle_loss(student, teacher).item() == pytest.approx(sum(each) / len(each), rel=1e-4, abs=1e-9)


def test_relations_stay_when_the_space_is_turned_moved_and_stretched():
    student, _ = two()
    turn = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(3))).Q
    moved = 30 * student @ turn + 2
    for loss in (distance_loss, angle_loss):
        assert loss(student, moved).item() == pytest.approx(0, abs=1e-8)
        assert loss(student, two(seed=1)[0]).item() > 1e-2


@pytest.mark.parametrize("loss", [distance_loss, angle_loss])
def test_what_all_pictures_share_costs_no_precision(loss):
    """Features have a large mean in common; distances by products of rows would drown in it."""
    student, _ = two(40)
    assert loss(student + 1000, student).item() < 1e-6


@pytest.mark.parametrize("loss", [distance_loss, angle_loss])
@pytest.mark.parametrize("same", [[0, 1], [0, 1, 2, 3, 4, 5]])
def test_pictures_at_one_place_have_a_gradient_that_is_a_number(loss, same):
    student, teacher = two()
    for at_one in ((True, False), (False, True), (True, True)):
        s, t = student.clone(), teacher.clone()
        for x, one in zip((s, t), at_one, strict=True):
            if one:
                x[same] = x[same[0]].clone()
        s.requires_grad_()
        found = loss(s, t)
        (slope,) = torch.autograd.grad(found, s)
        assert found.isfinite() and slope.isfinite().all() and slope.abs().max() < 10


def test_there_is_no_way_between_pictures_at_one_place():
    """All at one place: no distance, and no angle; each then is as wrong as the teacher's is large."""
    nowhere, corner = torch.ones(3, 4), torch.tensor([[0.0, 3.0], [0.0, 0.0], [4.0, 0.0]])
    expected = (huber(3 / 4) + huber(4 / 4) + huber(5 / 4)) / 3
    assert distance_loss(nowhere, corner).item() == pytest.approx(expected, rel=1e-6)
    assert angle_loss(nowhere, corner).item() == pytest.approx((huber(3 / 5) + huber(4 / 5)) / 3, rel=1e-5)


# --- What holds for all losses


@each_loss
def test_the_teacher_gets_no_gradient_and_the_student_does(name):
    student, teacher = (x.requires_grad_() for x in two())
    slopes = torch.autograd.grad(LOSSES[name](student, teacher), (student, teacher), allow_unused=True)
    assert slopes[0].abs().max() > 0 and slopes[1] is None


@each_loss
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(3, 7), st.integers(0, 99), st.sampled_from([0.0, 1e-8, 1.0, 1e8]))
def test_what_is_valid_has_a_loss_and_a_gradient(name, rows, seed, scale):
    student, teacher = two(rows, seed, scale)
    student.requires_grad_()
    loss = LOSSES[name](student, teacher)
    assert loss.shape == () and loss.isfinite() and torch.autograd.grad(loss, student)[0].isfinite().all()


@each_loss
def test_losses_are_computed_in_float32(name):
    student, teacher = two()
    for dtype, near in ((torch.float16, 1e-2), (torch.bfloat16, 1e-1)):
        half = LOSSES[name](student.to(dtype), teacher.to(dtype))
        assert half.dtype == torch.float32
        assert half.item() == pytest.approx(LOSSES[name](student, teacher).item(), rel=near)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = LOSSES[name](student, teacher)
    assert torch.equal(mixed, LOSSES[name](student, teacher))
    assert LOSSES[name](student.half(), teacher.double()).dtype == torch.float64
    large = LOSSES[name](300 * student.half(), torch.zeros_like(student).half())  # squares are beyond float16
    assert large.isfinite()


@each_loss
def test_the_order_of_the_pictures_makes_no_difference(name):
    student, teacher = two()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    found = LOSSES[name](student[order], teacher[order]).item()
    assert found == pytest.approx(LOSSES[name](student, teacher).item(), rel=1e-5)


@each_loss
def test_no_loss_waits_for_the_device(name):
    """On the device that has no numbers, whoever looked at one would fail."""
    nothing = torch.zeros(4, 8, device="meta")
    assert LOSSES[name](nothing, nothing).device.type == "meta"


# --- The method


def test_the_loss_of_a_method_is_the_sum_of_its_parts():
    model, given_ = method(**ALL, temperature=3.0).eval(), batch()
    found = model.loss(given_)
    assert model.hint is not None
    features, known = model.encoder(given_.pictures), model.teacher.encoder(given_.pictures)
    logits, answers = model.logits(given_.pictures), model.teacher.logits(given_.pictures)
    hint, relation = hint_loss(model.hint(features), known), distance_loss(features, known)
    relation = relation + 2 * angle_loss(features, known)
    expected = 0.7 * distillation_loss(logits, answers, 3.0) + 0.3 * label_loss(logits, given_.labels)
    expected = expected + 0.5 * hint + 0.7 * relation
    assert found.total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert found.metrics["hint"].item() == pytest.approx(hint.item(), rel=1e-6)
    assert found.metrics["relation"].item() == pytest.approx(relation.item(), rel=1e-6)
    agree = [a == b for a, b in zip(logits.argmax(1).tolist(), answers.argmax(1).tolist(), strict=True)]
    assert found.metrics["agreement"].item() == pytest.approx(sum(agree) / 4)


@pytest.mark.parametrize("options", [{}, {"label_weight": 0.5}, {"hint_weight": 1.0}, {"relation_weight": 1.0}])
def test_the_teacher_matters(options):
    """Another teacher is another lesson: another loss, and another gradient for the student."""
    found = []
    for seed in (7, 8, 7):
        model = Distill(ConvNet((8, 10), seed=1), taught(seed), **options)
        loss = model.loss(batch()).total
        loss.backward()
        found.append((loss.item(), model.encoder.get_parameter("stem.0.weight").grad))
    (one, slope), (other, another), (same, again) = found
    assert one != pytest.approx(other, rel=1e-3) and one == same
    assert (slope - another).abs().max() > 1e-2 * slope.abs().max() and torch.equal(slope, again)


@pytest.mark.parametrize("part", ["hint", "relation"])
def test_each_part_learns_from_the_teacher_alone(part):
    """Not only the sum: each part changes with the teacher, and each reaches the student's encoder."""
    slopes = []
    for seed in (7, 8):
        model = Distill(ConvNet((8, 10), seed=1), taught(seed), hint_weight=1.0, relation_weight=1.0)
        model.loss(batch()).metrics[part].backward()
        slopes.append(model.encoder.get_parameter("stem.0.weight").grad)
        assert model.head.weight.grad is None
    assert slopes[0].abs().max() > 0 and (slopes[0] - slopes[1]).abs().max() > 1e-2 * slopes[0].abs().max()


def test_a_student_that_is_its_teachers_copy_has_nothing_to_learn():
    teacher = taught()
    model = Distill(deepcopy(teacher.encoder), teacher, relation_weight=1.0).eval()
    assert model.loss(batch()).total > 1e-3  # of a head that knows nothing yet
    model.head.load_state_dict(teacher.head.state_dict())
    found = model.loss(batch())
    assert found.total.item() == pytest.approx(0, abs=1e-5) and found.metrics["agreement"] == 1


def test_labels_are_asked_for_only_where_they_weigh():
    alone = SimpleNamespace(pictures=some(4))  # no labels at all
    model = method().eval()
    assert model.loss(alone).total == model.loss(batch()).total == model.loss(batch((1, 1, 1, 1))).total
    with pytest.raises(AttributeError):
        method(label_weight=0.1).loss(alone)
    only = method(label_weight=1.0).eval()
    found = only.loss(batch()).total.item()
    assert found == pytest.approx(label_loss(only.logits(some(4)), batch().labels).item(), rel=1e-6)
    # A picture without a label counts for nothing among the labels, and as ever for the teacher
    half, unlabeled = method(label_weight=0.5).eval(), batch((-1, -1, -1, -1))
    assert half.loss(unlabeled).total.item() == pytest.approx(0.5 * model.loss(alone).total.item(), rel=1e-6)


def test_the_teacher_reads_the_students_hint():
    model = method(hint_weight=1.0).eval()
    assert model.hint is not None
    expected = model.teacher.head(model.hint(model.encoder(some())))
    assert torch.equal(model.hinted_logits(some()), expected) and expected.shape == (3, 5)
    # Who has the teacher's features gives the teacher's answers
    teacher = taught()
    copy = Distill(deepcopy(teacher.encoder), teacher, hint_weight=1.0).eval()
    with torch.no_grad():
        nn.init.eye_(copy.hint.weight)  # pyright: ignore[reportOptionalMemberAccess]
        nn.init.zeros_(copy.hint.bias)  # pyright: ignore[reportOptionalMemberAccess]
    assert torch.allclose(copy.hinted_logits(some()), teacher.logits(some()), atol=1e-6)


# --- The teacher is frozen


def test_the_teacher_stays_in_eval_mode():
    model = Distill(ConvNet((8, 10)), taught().train())
    for mode in (True, False, True):
        assert model.train(mode) is model
        assert model.training == model.encoder.training == model.head.training == mode
        assert not any(part.training for part in model.teacher.modules())


def test_training_leaves_the_teacher_as_it_is(tmp_path):
    model = method(**ALL)
    before = {name: value.clone() for name, value in model.teacher.state_dict().items()}  # batch norms too
    weight = model.head.weight.detach().clone()
    few = world.draw(8, size=16, mode="portrait")
    few.labels = few.labels % 5
    fit(model, Epochs(few, 8), 3, progress=False, folder=tmp_path)
    assert all(torch.equal(value.cpu(), before[name]) for name, value in model.teacher.state_dict().items())
    assert not torch.equal(model.head.weight.detach().cpu(), weight)
    of_teacher = {id(p) for p in model.teacher.parameters()}
    trained = {id(p) for group in param_groups(model, 0.1, 0.05) for p in group["params"]}
    assert not of_teacher & trained and len(trained) == len(list(model.parameters())) - len(of_teacher)


def test_all_that_is_trained_gets_a_gradient_and_the_teacher_none():
    model = method(**ALL)
    model.loss(batch()).total.backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still and all(name.startswith("teacher.") for name in still)
    assert all(weight.grad is None and not weight.requires_grad for weight in model.teacher.parameters())


def test_a_checkpoint_has_student_and_teacher_in_it():
    model, other = method(**ALL).eval(), Distill(ConvNet((8, 10), seed=5), taught(9), **ALL, seed=5).eval()
    assert other.loss(batch()).total != model.loss(batch()).total
    other.load_state_dict(model.state_dict())
    assert other.loss(batch()).total == model.loss(batch()).total
    assert torch.equal(other.hinted_logits(some()), model.hinted_logits(some()))


# --- Learning, precision, seeds


def test_it_learns_the_teachers_answers_without_any_label(tmp_path):
    """Far more than who always gives the commonest answer."""
    examples = world.draw(64, size=16, mode="portrait")
    teacher = taught(3)
    with torch.no_grad():  # so that no answer is the commonest by far
        features = teacher.encoder(examples.pictures)
        teacher.head.weight.div_(teacher.head(features).std(0)[:, None] / 2)
        teacher.head.bias.copy_(-(teacher.head.weight @ features.mean(0)))
    examples.labels = torch.full_like(examples.labels, -1)
    model = Distill(ConvNet((8, 16, 32)), teacher, temperature=2.0)
    history = fit(model, Epochs(examples, 64), 40, lr=1e-2, progress=False, folder=tmp_path)
    answers = teacher.logits(examples.pictures).argmax(1)
    floor = (answers.bincount().max() / 64).item()
    assert floor < 0.8
    agreement = (model.eval().logits(examples.pictures).argmax(1) == answers).float().mean().item()
    assert agreement > (1 + floor) / 2
    assert history.loss[-1] < 0.3 * history.loss[0]


@pytest.mark.parametrize("options", [{}, ALL])
def test_half_and_mixed_precision_take_their_step(options):
    model = method(**options)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model.loss(batch()).total
    assert mixed.dtype == torch.float32 and mixed.isfinite()
    mixed.backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())
    for dtype in (torch.float64, torch.float16):
        given_ = batch()
        given_.pictures = given_.pictures.to(dtype)
        assert model.loss(given_).total.isfinite()
    assert method(**options).bfloat16().loss(batch()).total.isfinite()


def test_a_seed_says_what_the_linear_layers_begin_with():
    before = torch.get_rng_state()
    one, same, other = (method(hint_weight=1.0, seed=seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    for name in ("head.weight", "hint.weight"):
        assert torch.equal(one[name], same[name]) and not torch.equal(one[name], other[name])
    assert method().hint is None and not any("hint" in name for name in method().state_dict())


# --- What is refused

Z = torch.zeros(3, 4)
REFUSED: dict[str, tuple[Any, str]] = {
    "classes": (lambda: distillation_loss(Z, Z[:, :3], 1.0), r"logits \(B, C\) .* alike, got \(3, 4\) and \(3, 3\)"),
    "one list": (lambda: distillation_loss(Z[0], Z[0], 1.0), r"logits \(B, C\).*, got \(4,\) and \(4,\)"),
    "no class": (lambda: distillation_loss(Z[:, :0], Z[:, :0], 1.0), r"got \(3, 0\)"),
    "no picture": (lambda: distillation_loss(Z[:0], Z[:0], 1.0), "at least one picture"),
    "whole numbers": (lambda: distillation_loss(Z.long(), Z, 1.0), "floating dtype, got torch.int64"),
    "a list": (lambda: distillation_loss([[1.0]], Z, 1.0), "floating dtype, got list"),  # pyright: ignore
    "T": (lambda: distillation_loss(Z, Z, 0.0), "a temperature above 0, got 0.0"),
    "hint": (lambda: hint_loss(Z, Z[:2]), r"features \(…, D\) .* alike, got \(3, 4\) and \(2, 4\)"),
    "broadcast": (lambda: hint_loss(Z, Z[:1]), r"got \(3, 4\) and \(1, 4\)"),
    "no hint": (lambda: hint_loss(Z[:0], Z[:0]), r"features \(…, D\)"),
    "whole hints": (lambda: hint_loss(Z, Z.long()), "floating dtype"),
    "distances": (lambda: distance_loss(Z, Z[:2]), r"embeddings \(B, D\) and \(B, E\) .*, got \(3, 4\) and \(2, 4\)"),
    "map": (lambda: distance_loss(Z[None], Z), r"got \(1, 3, 4\) and \(3, 4\)"),
    "no width": (lambda: angle_loss(Z[:, :0], Z), r"got \(3, 0\) and \(3, 4\)"),
    "whole distances": (lambda: distance_loss(Z.long(), Z), "floating dtype"),
    "one": (lambda: distance_loss(Z[:1], Z[:1]), "at least 2 pictures, whose relations are compared, got 1"),
    "two": (lambda: angle_loss(Z[:2], Z[:2]), "at least 3 pictures, whose relations are compared, got 2"),
    "encoder": (lambda: Distill(nn.Linear(2, 2), taught()), "an encoder, .*, got Linear and Labels"),  # pyright: ignore
    "teacher": (lambda: Distill(ConvNet(), ConvNet()), "a teacher that is a Labels, got ConvNet and ConvNet"),  # pyright: ignore
    "temperature": (lambda: method(temperature=-1), "a temperature above 0, got -1"),
    "labels": (lambda: method(label_weight=1.5), "a label_weight from 0 to 1, got 1.5"),
    "hints": (lambda: method(hint_weight=nan), "a hint_weight from 0, got nan"),
    "relations": (lambda: method(relation_weight=inf), "a relation_weight from 0, got inf"),
    "unhinted": (lambda: method().hinted_logits(some()), "a student with a hint, got one without"),
    "empty": (lambda: method().loss(batch(())), "at least one picture"),
    "few": (lambda: method(relation_weight=1.0).loss(batch((0, 1))), "at least 3 pictures"),
    "label": (lambda: method(label_weight=0.5).loss(batch((0, 5))), "labels from 0 to 4"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_gets_a_sentence(name):
    call, told = REFUSED[name]
    with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
        call()
    assert "\n" not in str(raised.value)


def test_nobody_is_its_own_teacher():
    """To freeze the one would be to freeze the other."""
    teacher = taught()
    with pytest.raises(ValueError, match="expected a teacher apart from its student, got two that share weights"):
        Distill(teacher.encoder, teacher)
    assert all(weight.requires_grad for weight in teacher.parameters())
    Distill(deepcopy(teacher.encoder), teacher)
    assert freeze(teacher, ConvNet()) is teacher and not teacher.training
