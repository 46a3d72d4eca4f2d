"""iBOT's patches answer for themselves, KoLeo keeps features apart, Sinkhorn and Knopp keep answers apart."""

from math import exp, log, sqrt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.distributed as dist
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, grid_masking, random_mask
from course_lib.pretrain import dino_loss, gather
from course_lib.pretrain.dino import entropy_of
from course_lib.pretrain.ibot import IBOT, ibot_loss, koleo, log_sinkhorn, marginal_entropy, sinkhorn
from course_lib.views import Views

from ..train.test_processes import Numbers, Shift, do_alone, do_together
from .small import cosine, repainted, some, stirred, tiny

LOCAL = Views(size=8, scale=(0.1, 0.4))


def method(vit: dict[str, Any] | None = None, **options: Any) -> IBOT:
    """A method whose teacher is not its student."""
    given: dict[str, Any] = {"prototypes": 16, "hidden": 32, "bottleneck": 8, "local_crops": LOCAL}
    return stirred(IBOT(tiny(**vit or {}), **given | options))


def batch(pictures: Tensor | None = None) -> SimpleNamespace:
    return SimpleNamespace(pictures=some(4) if pictures is None else pictures)


def same(pictures: Tensor) -> Tensor:
    return pictures


# --- The loss of the patches


def test_the_loss_by_hand():
    student = torch.tensor([[[0.0, log(3)], [9.0, -9.0]], [[log(7), 0.0], [0.0, 0.0]], [[5.0, 5.0], [1.0, 2.0]]])
    teacher = torch.tensor([[[1.0, 1.0], [0.0, 8.0]], [[1.0, 1.0], [1.0, 1.0]], [[3.0, 1.0], [0.0, 0.0]]])
    mask = torch.tensor([[True, False], [True, True], [False, False]])
    # Of two answers alike: half the surprise at each. The first picture has one patch covered, the last has none
    first = (log(4) + log(4 / 3)) / 2
    second = ((log(8 / 7) + log(8)) / 2 + log(2)) / 2
    found = ibot_loss(student, teacher, mask, torch.zeros(2), 1.0, 1.0)
    assert found.item() == pytest.approx((first + second + 0) / 3)
    assert ibot_loss(student, teacher, mask.float(), torch.zeros(2), 1.0, 1.0).item() == pytest.approx(found.item())


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.floats(0.05, 2), st.floats(0.05, 2), st.data())
def test_the_loss_is_the_one_of_plain_loops(pictures, places, answers, own, others, data):
    covered = data.draw(st.lists(st.booleans(), min_size=pictures * places, max_size=pictures * places).filter(any))
    mask = torch.tensor(covered).view(pictures, places)
    student, teacher = torch.randn(pictures, places, answers), torch.randn(pictures, places, answers)
    center = torch.randn(answers)

    def said(scores: list[float], temperature: float) -> list[float]:
        top = max(scores)
        shares = [exp((score - top) / temperature) for score in scores]
        return [share / sum(shares) for share in shares]

    total = 0.0
    for b in range(pictures):
        there = [n for n in range(places) if mask[b, n]]
        for n in there:
            told = said((teacher[b, n] - center).tolist(), others)
            scores = [score / own for score in student[b, n].tolist()]
            norm = max(scores) + log(sum(exp(score - max(scores)) for score in scores))
            total += sum(p * (norm - score) for p, score in zip(told, scores, strict=True)) / len(there) / pictures
    assert ibot_loss(student, teacher, mask, center, own, others).item() == pytest.approx(total, rel=1e-3, abs=1e-5)


def test_gradients_go_to_the_student_where_something_is_covered():
    student, teacher, center = (torch.randn(*shape).requires_grad_() for shape in ((2, 3, 4), (2, 3, 4), (4,)))
    mask = torch.tensor([[True, False, False], [False, True, True]])
    ibot_loss(student, teacher, mask, center.detach(), 0.5, 0.3).backward()
    assert student.grad is not None and teacher.grad is None
    told, weight = ((teacher - center) / 0.3).softmax(-1), mask[:, :, None] * torch.tensor([1.0, 0.5])[:, None, None]
    expected = ((student / 0.5).softmax(-1) - told).detach() * weight / 0.5 / 2
    torch.testing.assert_close(student.grad, expected, atol=1e-5, rtol=1e-4)


def test_losses_of_half_precision_are_computed_in_float32():
    scores, mask = torch.full((1, 2, 4096), 300.0, dtype=torch.float16), torch.ones(1, 2, dtype=torch.bool)
    found = ibot_loss(scores, scores, mask, torch.zeros(4096), 0.001, 0.001)
    assert found.dtype == torch.float32 and found.item() == pytest.approx(log(4096), rel=1e-4)
    features = torch.tensor([[300.0, 0.0], [0.0, 300.0]], dtype=torch.float16)
    assert koleo(features).dtype == torch.float32 and koleo(features).item() == pytest.approx(-log(2) / 2)
    assert sinkhorn(scores[0], 0.001).dtype == torch.float32 and sinkhorn(scores[0].double(), 1).dtype == torch.float64


# --- KoLeo


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(2, 5))
def test_koleo_as_plain_loops(pictures, width):
    features = torch.randn(pictures, width, dtype=torch.float64)
    rows, total = features.tolist(), 0.0
    for i, row in enumerate(rows):
        best = max(cosine(row, other) for j, other in enumerate(rows) if j != i)
        total -= log(sqrt(max(0.0, 2 - 2 * best)) + 1e-8)
    assert koleo(features).item() == pytest.approx(total / pictures, rel=1e-5, abs=1e-5)


def test_equal_features_have_a_gradient_that_is_a_number():
    for equal in (2, 3):
        features = torch.ones(equal, 4).requires_grad_()
        found = koleo(features)
        found.backward()
        assert found.item() == pytest.approx(-log(3e-8), rel=1e-3) and features.grad is not None
        assert features.grad.isfinite().all()
    nothing = torch.zeros(3, 4).requires_grad_()
    koleo(nothing).backward()
    assert nothing.grad is not None and nothing.grad.isfinite().all()


def test_features_go_apart_where_koleo_falls():
    g = torch.Generator().manual_seed(0)
    features = (torch.tensor([1.0, 0.0]) + 0.1 * torch.randn(6, 2, generator=g)).requires_grad_()
    optim = torch.optim.Adam([features], 0.02)
    for _ in range(300):
        optim.zero_grad()
        koleo(features).backward()
        optim.step()
    angles = torch.atan2(features[:, 1], features[:, 0]).sort().values.detach()
    gaps = torch.cat([angles.diff(), angles[:1] - angles[-1:] + 2 * torch.pi])
    assert gaps.min() > 0.5 * torch.pi / 3  # six around a circle: π / 3 where they are spread evenly
    same_length = koleo(features * torch.tensor([[1.0], [5], [0.1], [2], [3], [9]]))
    assert same_length.item() == pytest.approx(koleo(features).item(), rel=1e-4)


# --- Sinkhorn and Knopp


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.floats(0.3, 2), st.integers(1, 4))
def test_sinkhorn_as_plain_loops(pictures, answers, temperature, rounds):
    scores = torch.randn(pictures, answers)
    q = [[exp(score / temperature) for score in row] for row in scores.tolist()]
    for _ in range(rounds):
        used = [sum(column) for column in zip(*q, strict=True)]
        q = [[x / u for x, u in zip(row, used, strict=True)] for row in q]
        q = [[x / sum(row) for x in row] for row in q]
    found = sinkhorn(scores, temperature, rounds)
    assert found.flatten().tolist() == pytest.approx([x for row in q for x in row], rel=1e-3, abs=1e-5)


def test_rows_add_up_and_columns_are_used_equally():
    scores = torch.randn(40, 8, generator=torch.Generator().manual_seed(0))
    scores[:, 2] += 5  # everybody's favorite
    found = sinkhorn(scores, 0.3, rounds=50)
    torch.testing.assert_close(found.sum(1), torch.ones(40))
    torch.testing.assert_close(found.sum(0), torch.full((8,), 5.0), atol=0.05, rtol=0.01)
    few = sinkhorn(scores, 0.3)  # three rounds do not get there quite, but rows add up after each
    torch.testing.assert_close(few.sum(1), torch.ones(40))
    assert (few.sum(0) - 5).abs().max() < 2.5 and (scores / 0.3).softmax(1).sum(0).max() > 35


def test_no_score_is_too_large_and_none_has_a_gradient():
    scores = 1e4 * torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    found = sinkhorn(scores.requires_grad_(), 0.02)
    assert found.isfinite().all() and not found.requires_grad
    torch.testing.assert_close(found.sum(1), torch.ones(12))
    torch.testing.assert_close(sinkhorn(scores + 1e6, 1e3), sinkhorn(scores, 1e3), atol=1e-4, rtol=1e-3)
    assert log_sinkhorn(scores, 0.02).isfinite().all()  # where the answer itself is 0 by now


# --- How answers are spread


def test_entropies_tell_a_sure_teacher_from_one_that_always_says_the_same():
    zero, sure = torch.zeros(4), 50 * torch.eye(4)
    for scores, each, together in ((sure, 0, 1), (sure[[2, 2, 2]], 0, 0), (torch.zeros(3, 4), 1, 1)):
        assert entropy_of(scores, zero, 1.0).item() == pytest.approx(each, abs=1e-5)
        assert marginal_entropy(scores, zero, 1.0).item() == pytest.approx(together, abs=1e-5)
    scores, center = torch.randn(3, 5, 4), torch.randn(4)
    p = ((scores - center) / 0.7).softmax(-1).mean((0, 1))
    expected = -(p * p.log()).sum().item() / log(4)
    assert marginal_entropy(scores, center, 0.7).item() == pytest.approx(expected, rel=1e-4)


# --- The method


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("centering", ["mean", "sinkhorn"])
def test_the_loss_of_a_method_is_that_of_its_parts(shared, centering):
    options = {"global_crops": same, "local_crops": same, "num_local_crops": 2, "masking": grid_masking}
    model = method({"registers": 1}, shared_head=shared, centering=centering, patch_weight=0.7, koleo_weight=0.3,
                   masked_share=0.5, ratio=0.25, **options)  # fmt: skip
    center, patch_center = 0.1 * torch.randn(16), 0.1 * torch.randn(16)
    if centering == "mean":
        model.center.copy_(center)
        model.patch_center.copy_(patch_center)
    torch.manual_seed(3)
    found = model.loss(batch())
    torch.manual_seed(3)
    mask, _, _ = model.draw(8, 4, 4, "cpu")
    assert mask.sum(1).tolist().count(4) == 4 and mask.sum().item() == 16
    large = torch.cat([some(4), some(4)])
    teacher: Any = model.teacher
    assert len(teacher) == (2 if shared else 3) and (model.patch_head is model.head) == shared
    with torch.no_grad():
        tokens, whole, seen = (
            model.encoder.tokens(large, mask=mask),
            model.encoder.tokens(some(4)),
            teacher[0].tokens(large),
        )
        student = torch.cat([model.head(tokens[:, 0]), model.head(whole[:, 0]), model.head(whole[:, 0])])
        patches, told, told_patches = model.patch_head(tokens[:, 2:]), teacher[1](seen[:, 0]), teacher[-1](seen[:, 2:])
        if centering == "sinkhorn":
            told = 0.04 * sinkhorn(told, 0.04).log()
            told_patches[mask] = 0.04 * sinkhorn(told_patches[mask], 0.04).log()
        expected = dino_loss(student.view(4, 4, -1), told.view(2, 4, -1), model.center, 0.1, 0.04)
        expected = expected + 0.7 * ibot_loss(patches, told_patches, mask, model.patch_center, 0.1, 0.04)
        expected = expected + 0.3 * (koleo(tokens[:4, 0]) + koleo(tokens[4:, 0]))
    assert found.total.item() == pytest.approx(expected.item(), rel=1e-4)
    for name, (scores, middle) in {
        "": (told, model.center), "patch ": (told_patches[mask], model.patch_center)
    }.items():  # fmt: skip
        entropies = [f(scores, middle, 0.04).item() for f in (entropy_of, marginal_entropy)]
        names = f"{name}entropy", f"{name}marginal entropy"
        assert [found.metrics[n].item() for n in names] == pytest.approx(entropies, abs=1e-4)


def test_each_weight_counts_as_often_as_it_says():
    def total(patch_weight: float, koleo_weight: float) -> float:
        torch.manual_seed(0)
        return method(patch_weight=patch_weight, koleo_weight=koleo_weight).loss(batch()).total.item()

    classes, of_patches, of_koleo = total(0, 0), total(1, 0) - total(0, 0), total(0, 1) - total(0, 0)
    assert of_patches > 0.1 and abs(of_koleo) > 0.1
    assert total(0.5, 2) == pytest.approx(classes + 0.5 * of_patches + 2 * of_koleo, rel=1e-4)


@torch.no_grad()
def test_the_student_does_not_see_what_is_covered_and_the_teacher_does():
    model = method(masked_share=1.0, masking=random_mask, num_local_crops=0)
    mask, which, covered = model.draw(8, 4, 4, "cpu")
    assert which.sort().values.tolist() == list(range(8)) and mask.sum(1).tolist() == [5] * 8
    for one, there in zip(which.tolist(), covered, strict=True):
        assert mask[one].nonzero().flatten().tolist() == there.tolist()
    model.draw = lambda *_: (mask, which, covered)  # pyright: ignore[reportAttributeAccessIssue]
    said: dict[str, list[Tensor]] = {"student": [], "teacher": []}  # of classes, of patches
    model.head.register_forward_hook(lambda *given: said["student"].append(given[2]))
    model.teacher[1].register_forward_hook(lambda *given: said["teacher"].append(given[2]))

    def answers(large: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        views = iter(large.chunk(2))
        model.global_crops = lambda _: next(views)
        model.loss(batch())
        return tuple([one.pop() for _ in range(2)] for one in said.values())  # pyright: ignore[reportReturnType]

    large = torch.cat([some(4), some(4)])
    student, teacher = answers(large)
    student_then, teacher_then = answers(repainted(large, mask))
    assert [tuple(x.shape) for x in student] == [tuple(x.shape) for x in teacher] == [(8 * 5, 16), (8, 16)]
    assert all(torch.equal(a, b) for a, b in zip(student, student_then, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(teacher, teacher_then, strict=True))
    student_then, _ = answers(repainted(large, ~mask))
    assert not any(torch.equal(a, b) for a, b in zip(student, student_then, strict=True))


def test_views_are_covered_in_another_draw_each_time():
    model = method(masked_share=0.25)
    torch.manual_seed(0)
    one, other = model.draw(16, 4, 4, "cpu"), model.draw(16, 4, 4, "cpu")
    assert one[1].shape == (4,) and not torch.equal(one[0], other[0]) and not torch.equal(one[1], other[1])
    assert model.draw(2, 4, 4, "cpu")[0].any(1).tolist().count(True) == 1  # at least one
    assert model.draw(2, 6, 4, "cpu")[0].shape == (2, 24)


@pytest.mark.parametrize("shared", [True, False])
def test_the_student_learns_and_the_teacher_does_not(shared):
    model = method(shared_head=shared, freeze_last_layer=0.0).train()
    model.after_step(0.0)  # the last layers thaw
    model.loss(batch()).total.backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still and all(name.startswith("teacher.") for name in still)
    assert not any(weight.requires_grad for weight in model.teacher.parameters())


def test_the_last_layers_are_frozen_at_first():
    model = method(shared_head=False)
    assert model.own_head is not None
    for progress, frozen in ((0.0, True), (0.5, False), (0.01, True)):
        model.after_step(progress)
        heads = [model.head.last_layer, model.own_head.last_layer]
        slopes = torch.autograd.grad(model.loss(batch()).total, heads)
        assert [bool(slope.any()) for slope in slopes] == [not frozen] * 2


@pytest.mark.parametrize("shared", [True, False])
def test_the_teacher_follows(shared):
    model = method(shared_head=shared, momentum=0.75)
    before = {name: value.clone() for name, value in model.teacher.state_dict().items()}
    model.loss(batch())
    model.after_step(0.0)
    students = [model.encoder, model.head, *([] if shared else [model.patch_head])]
    followed = 0
    for i, student in enumerate(students):
        for name, value in student.named_parameters():
            expected = 0.75 * before[f"{i}.{name}"] + 0.25 * value
            torch.testing.assert_close(model.teacher.state_dict()[f"{i}.{name}"], expected)
            followed += 1
    assert followed == len(list(model.teacher.parameters()))


def test_centers_move_to_what_the_teacher_says_of_classes_and_of_covered_patches():
    model = method(center_momentum=0.9, masked_share=1.0, masking=grid_masking, global_crops=same)
    model.loss(batch())
    model.after_step(0.0)
    teacher: Any = method(masked_share=1.0).teacher  # as it was before the step
    with torch.no_grad():
        tokens = teacher[0].tokens(some(4))
        covered = grid_masking(4, 4, 4, 0.3)
        classes, patches = teacher[1](tokens[:, 0]).mean(0), teacher[1](tokens[:, 1:][covered]).mean(0)
    torch.testing.assert_close(model.center, 0.1 * classes, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(model.patch_center, 0.1 * patches, atol=1e-6, rtol=1e-4)
    before = model.patch_center.clone()
    model.after_step(0.0)  # nothing new was said
    assert torch.equal(model.patch_center, before)
    balanced = method(centering="sinkhorn")
    balanced.loss(batch())
    balanced.after_step(0.0)
    assert not balanced.center.any() and not balanced.patch_center.any()


def test_the_teachers_encoder_drops_no_path():
    model = IBOT(tiny(drop_path=0.5), 16, norm=True, local_crops=LOCAL)
    for mode in (True, False, True):
        assert model.train(mode).training == model.encoder.training == mode
        assert not any(part.training for part in model.teacher[0].modules())
        assert model.teacher[1].training == mode  # its batch norms look at the batch, as DINO's do
    assert not any(part.training for part in IBOT(tiny(), 16).teacher[0].modules())


@pytest.mark.parametrize("shared", [True, False])
def test_a_checkpoint_has_all_of_it(shared):
    model = method(shared_head=shared)
    for _ in range(2):
        model.loss(batch())
        model.after_step(0.4)
    other = IBOT(tiny(seed=5), 16, 32, 8, shared_head=shared, local_crops=LOCAL, seed=5).eval()
    other.load_state_dict(model.state_dict())
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(batch()).total.item())
        one.after_step(0.5)
    assert losses[0] == losses[1] and model.patch_center.any() and model.temperature > 0.06
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), other.state_dict().values(), strict=True))


def test_seeds_settle_both_heads():
    before = torch.get_rng_state()
    one, same_seed, other = (IBOT(tiny(), 16, shared_head=False, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    for name in ("head.last_layer", "own_head.last_layer"):
        assert torch.equal(one.get_parameter(name), same_seed.get_parameter(name))
        assert not torch.equal(one.get_parameter(name), other.get_parameter(name))
    assert not torch.equal(one.head.last_layer, one.patch_head.last_layer)


def test_it_runs_in_mixed_precision():
    model = method(shared_head=False, centering="sinkhorn", koleo_weight=0.1)
    with torch.autocast("cpu", torch.bfloat16):
        found = model.loss(batch())
    assert found.total.dtype == torch.float32 and found.total.isfinite()
    assert all(value.dtype == torch.float32 and value.shape == () for value in found.metrics.values())


@pytest.mark.parametrize("options", [{}, {"shared_head": False, "centering": "sinkhorn", "koleo_weight": 0.1}])
def test_it_trains_and_does_so_again(options, tmp_path):
    few, losses = world.draw(16, size=16, mode="portrait"), []
    for _ in range(2):
        model = IBOT(tiny(), 16, 32, 8, local_crops=LOCAL, num_local_crops=1, **options)
        losses.append(fit(model, Epochs(few, 16), 12, lr=3e-3, progress=False, folder=tmp_path).loss)
    assert losses[0] == losses[1] and sum(losses[0][-3:]) < sum(losses[0][:3])


# --- Collapse


def trained(**options: Any) -> dict[str, float]:
    """What a teacher says after a few steps."""
    torch.manual_seed(0)
    pictures = world.draw(16, size=16, mode="portrait")
    model = IBOT(tiny(), 16, 32, 8, momentum=0.9, freeze_last_layer=0.0, num_local_crops=0, **options)
    optim = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 3e-3)
    for _ in range(40):
        loss = model.loss(pictures)
        optim.zero_grad()
        loss.total.backward()
        optim.step()
        model.after_step(0.0)
    return {name: value.item() for name, value in loss.metrics.items()}


@pytest.mark.slow
def test_without_a_center_all_get_the_same_answer_and_the_metrics_say_so():
    held, balanced = trained(center_momentum=0.5), trained(centering="sinkhorn")
    alone = trained(center_momentum=1.0)
    for name in ("marginal entropy", "patch marginal entropy"):
        assert alone[name] < 0.1 and held[name] > 0.4 and balanced[name] > 0.9
    flat = trained(center_momentum=0.5, teacher_temperature=(1.0, 1.0))  # the other way to collapse: never sharpened
    assert flat["entropy"] > 0.99 and flat["patch entropy"] > 0.99


# --- Two processes


def halves(folder: Path, processes: int) -> Numbers:
    """KoLeo, Sinkhorn, and two steps of the method, of a batch of which each process has a part."""
    rank = dist.get_rank() if processes > 1 else 0
    torch.set_default_dtype(torch.float64)  # so that what is left of a difference is not rounding
    g = torch.Generator().manual_seed(0)
    features, scores = torch.randn(8, 4, generator=g), torch.randn(8, 5, generator=g)

    def mean(value: Tensor) -> Tensor:
        value = value.detach().clone()
        if processes > 1:
            dist.all_reduce(value)
        return value / processes

    mine = features.chunk(processes)[rank].clone().requires_grad_()
    spread = koleo(gather(mine))
    slope = torch.autograd.grad(spread, mine)[0]
    found = {"koleo": mean(spread), "koleo gradient": gather(slope) / processes}
    found["sinkhorn"] = gather(sinkhorn(scores.chunk(processes)[rank], 0.3))
    pictures = world.draw(8, size=16, mode="portrait").pictures[rank::processes].double()
    for centering in ("mean", "sinkhorn"):
        shift = Shift()
        options: dict[str, Any] = {"global_crops": shift, "local_crops": shift, "num_local_crops": 1}
        options |= {"masking": grid_masking, "masked_share": 1.0, "koleo_weight": 0.1, "shared_head": False}
        model = IBOT(tiny(), 16, 32, 8, centering=centering, **options).double()  # pyright: ignore
        for step in range(2):
            loss = model.loss(batch(pictures)).total
            slopes = torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad])
            found[f"{centering} loss {step}"] = mean(loss)
            found[f"{centering} gradient {step}"] = mean(torch.cat([slope.flatten() for slope in slopes]))
            model.after_step(0.5)
        found[f"{centering} centers"] = torch.stack([model.center, model.patch_center])
    return found


@pytest.mark.slow
def test_two_processes_look_at_the_whole_batch(tmp_path):
    one, two = do_alone(halves, tmp_path), do_together(halves, tmp_path)
    assert one.keys() == two.keys() and len(one) == 3 + 2 * 5
    for name in one:
        assert bool(one[name].any()) == (name != "sinkhorn centers"), name
        assert (one[name] - two[name]).abs().max() <= 1e-6 * max(1.0, one[name].abs().max().item()), name


# --- What does not fit


def test_what_does_not_fit_gets_a_sentence():
    x, mask, center = torch.zeros(1, 4, 3), torch.ones(1, 4).bool(), torch.zeros(3)
    f = torch.zeros(3, 2)
    model = method()
    wrong: Any = None
    for call, told in (
        (lambda: ibot_loss(x, x, ~mask, center), "a mask that covers something, got one that covers nothing"),
        (lambda: ibot_loss(x, x[:, :3], mask, center), r"patches \(B, N, P\), got \(1, 4, 3\) and \(1, 3, 3\)"),
        (lambda: ibot_loss(x[0], x[0], mask, center), r"patches \(B, N, P\), got \(4, 3\) and \(4, 3\)"),
        (lambda: ibot_loss(x, x, mask[:, :3], center), r"a mask \(1, 4\), .*, got \(1, 3\)"),
        (lambda: ibot_loss(x, x, wrong, center), r"a mask \(1, 4\), .*, got NoneType"),
        (lambda: ibot_loss(x, x.long(), mask, center), "floating dtype, got torch.int64"),
        (lambda: ibot_loss(x, x, mask, center[:2]), r"a center \(K,\) for scores \(B, N, K\), got \(2,\), \(1, 4, 3\)"),
        (lambda: ibot_loss(x, x, mask, center.long()), "floating dtype, got torch.int64"),
        (lambda: ibot_loss(x, x, mask, center, 0.0), "a temperature above 0, got 0.0"),
        (lambda: ibot_loss(x, x, mask, center, 0.1, -1.0), "a temperature above 0, got -1.0"),
        (lambda: koleo(f[:1]), "at least two pictures, which learn from each other, got 1"),
        (lambda: koleo(f[0]), r"features \(B, D\), got \(2,\)"),
        (lambda: koleo(f[:, :0]), r"features \(B, D\), got \(3, 0\)"),
        (lambda: koleo(f.long()), "floating dtype, got torch.int64"),
        (lambda: koleo(f, eps=0.0), "eps above 0, got 0.0"),
        (lambda: sinkhorn(f[0], 0.1), r"scores \(B, K\), got \(2,\)"),
        (lambda: sinkhorn(f[:0], 0.1), r"scores \(B, K\), got \(0, 2\)"),
        (lambda: sinkhorn(f.long(), 0.1), "floating dtype, got torch.int64"),
        (lambda: sinkhorn(f, 0.0), "a temperature above 0, got 0.0"),
        (lambda: sinkhorn(f, 0.1, rounds=0), "a number of rounds, whole and from 1, got 0"),
        (lambda: marginal_entropy(f[:, :1], center[:1], 0.1), r"two answers at least .*, got \(3, 1\) and \(1,\)"),
        (lambda: marginal_entropy(f, center, 0.1), r"scores .*, got \(3, 2\) and \(3,\)"),
        (lambda: marginal_entropy(f, center[:2], 0.0), "a temperature above 0, got 0.0"),
        (lambda: IBOT(tiny(mask_token=False)), "a ViT that has a mask token, got a ViT without"),
        (lambda: IBOT(ConvNet((8, 8))), "a ViT that has a mask token, got a ConvNet"),  # pyright: ignore
        (lambda: IBOT(tiny(pool="mean")), "a ViT that has a class token, got one without"),
        (lambda: IBOT(tiny(), centering=wrong), "the centering 'mean' or 'sinkhorn', got None"),
        (lambda: IBOT(tiny(), patch_weight=-1), "a patch_weight from 0, got -1"),
        (lambda: IBOT(tiny(), koleo_weight=-1), "a koleo_weight from 0, got -1"),
        (lambda: IBOT(tiny(), masked_share=0.0), "a masked_share above 0 to 1, got 0.0"),
        (lambda: IBOT(tiny(), masked_share=1.5), "a masked_share above 0 to 1, got 1.5"),
        (lambda: IBOT(tiny(), ratio=0.0), "covers at least one of 16 patches, got 0.0"),
        (lambda: IBOT(tiny(), ratio=1.0), "leaves at least one of 16 patches visible, got 1.0"),
        (lambda: IBOT(tiny(), 1), "a number of prototypes, whole and from 2, got 1"),
        (lambda: model.loss(batch(some(4)[:0])), "at least one picture, got 0"),
        (lambda: method(koleo_weight=1.0).loss(batch(some(1))), "at least two pictures"),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)
    assert IBOT(ViT(32, 1, 2, size=16, patch=4, mask_token=True, pool="mean", class_token=True), 8).loss(batch())
