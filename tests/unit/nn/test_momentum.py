"""A momentum encoder follows its student, whole and slowly."""

import copy

import pytest
import torch
from torch import nn

from course_lib.nn import MomentumEncoder, cosine_schedule, update_momentum


def numbers(module: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_a_teacher_follows_with_all_that_it_has():
    student = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    teacher = MomentumEncoder(student, momentum=0.75, schedule="constant")
    assert not any(p.requires_grad for p in teacher.parameters()) and all(p.requires_grad for p in student.parameters())
    # no teacher that is the student by reference
    assert teacher.get_parameter("0.0.weight").data_ptr() != student.get_parameter("0.weight").data_ptr()
    before = {name: value.clone() for name, value in teacher[0].state_dict().items()}
    nn.init.normal_(student.get_parameter("0.weight"))
    student(torch.randn(8, 3) + 5)  # moves the running mean
    teacher.update(progress=0.5)
    for name, value in teacher[0].state_dict().items():
        theirs = student.state_dict()[name]
        if value.is_floating_point():
            assert torch.allclose(value, 0.75 * before[name] + 0.25 * theirs), name
        else:
            assert torch.equal(value, theirs) and theirs == 1
    assert (teacher[0].state_dict()["1.running_mean"] != before["1.running_mean"]).any()
    for momentum in (-0.1, 1.1):
        with pytest.raises(ValueError, match="momentum from 0"):
            update_momentum(teacher[0], student, momentum)
        with pytest.raises(ValueError, match="momentum from 0"):
            MomentumEncoder(student, momentum=momentum)
    assert [cosine_schedule(0.9, share) for share in (0, 1)] == [pytest.approx(0.9), 1]


@pytest.mark.parametrize(
    ("schedule", "kept"), [("constant", {0.0: 0.8, 0.5: 0.8, 1.0: 0.8}), ("cosine", {0.0: 0.8, 0.5: 0.9, 1.0: 1.0})]
)
def test_a_constant_momentum_stays_and_a_cosine_rises_to_1(schedule, kept):
    student = nn.Linear(1, 1, bias=False)
    for progress, share in kept.items():
        nn.init.zeros_(student.weight)
        teacher = MomentumEncoder(student, momentum=0.8, schedule=schedule)
        nn.init.ones_(student.weight)
        teacher.update(progress)
        assert numbers(teacher).item() == pytest.approx(1 - share)


def test_momentum_0_becomes_the_student_and_momentum_1_stays():
    for momentum in (0.0, 1.0):
        student = nn.Linear(3, 2)
        teacher = MomentumEncoder(student, momentum=momentum)
        before = numbers(teacher).clone()
        nn.init.ones_(student.weight)
        teacher.update(0.0)
        assert torch.equal(numbers(teacher), before if momentum else numbers(student))


class Taught(nn.Module):
    """A student and its teacher, as methods have them."""

    def __init__(self):
        super().__init__()
        self.encoder, self.projector = nn.Linear(3, 4), nn.Linear(4, 2)
        self.teacher = MomentumEncoder(self.encoder, self.projector, momentum=0.5, schedule="constant")


def test_a_teacher_is_trained_by_nobody_and_owns_no_student():
    method = Taught()
    trained = [name for name, p in method.named_parameters() if p.requires_grad]
    assert trained == [f"{part}.{name}" for part in ("encoder", "projector") for name in ("weight", "bias")]
    own = [f"{part}.{name}" for part in (0, 1) for name in ("weight", "bias")]
    assert list(method.teacher.state_dict()) == own  # its copies, and not a second time the student
    x = torch.rand(5, 3, requires_grad=True)
    method.teacher(x).sum().backward()
    assert all(p.grad is None for p in method.parameters()) and x.grad is not None


def test_the_copy_of_a_method_has_a_teacher_that_follows_the_copys_student():
    method = Taught()
    other = copy.deepcopy(method)
    before = numbers(method), numbers(other.teacher)
    nn.init.ones_(other.encoder.weight)
    nn.init.ones_(other.projector.weight)
    method.teacher.update(0.0)
    assert torch.equal(numbers(method), before[0])  # the original's student has not moved, nor its teacher
    other.teacher.update(0.0)
    followed = (before[1] + torch.cat([numbers(other.encoder), numbers(other.projector)])) / 2
    assert torch.allclose(numbers(other.teacher), followed) and not torch.equal(followed, before[1])


def test_what_a_teacher_needs_is_said():
    with pytest.raises(ValueError, match="at least one module to follow, got none"):
        MomentumEncoder(momentum=0.9)
    with pytest.raises(ValueError, match="'cosine' or 'constant', got 'linear'"):
        MomentumEncoder(nn.Linear(1, 1), momentum=0.9, schedule="linear")  # pyright: ignore[reportArgumentType]


def test_a_teacher_of_another_build_gets_a_sentence():
    student = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    for teacher, told in (
        (nn.Sequential(nn.Linear(3, 4)), r"got 1.weight: none and \(2, 4\)"),
        (nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)), r"got 1.weight: \(1, 4\) torch.float32 and \(2, 4\)"),
        (nn.Sequential(*student, nn.Linear(2, 1)), r"got 2.weight: \(1, 2\) torch.float32 and none"),
        (copy.deepcopy(student).half(), r"got 0.weight: \(4, 3\) torch.float16 and \(4, 3\) torch.float32"),
    ):
        before = numbers(teacher).clone()
        with pytest.raises(ValueError, match=f"expected a teacher built like its student, {told}"):
            update_momentum(teacher, student, 0.5)
        assert torch.equal(numbers(teacher), before)


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
@pytest.mark.parametrize("progress", [-0.1, 1.1, float("nan"), None])
def test_a_progress_that_is_none_gets_a_sentence(schedule, progress):
    teacher = MomentumEncoder(nn.Linear(1, 1), momentum=0.9, schedule=schedule)
    for call in (teacher.update, lambda progress: cosine_schedule(0.9, progress)):
        with pytest.raises(ValueError, match="the share of the training that is done from 0 to 1, got"):
            call(progress)


@pytest.mark.parametrize("momentum", [float("nan"), "0.9", None])
def test_a_momentum_that_is_no_number_gets_a_sentence(momentum):
    with pytest.raises(ValueError, match="momentum from 0"):
        MomentumEncoder(nn.Linear(1, 1), momentum=momentum)
