"""I-JEPA: blocks are what the paper says, the student sees no target, the predictor knows places, the teacher all."""

from functools import partial
from math import ceil, sqrt
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, cosine_schedule, sincos_pos_embed
from course_lib.pretrain import Loss, ijepa
from course_lib.pretrain.data2vec import target_std
from course_lib.pretrain.ijepa import IJEPA, Predictor, ijepa_blocks, ijepa_loss, ijepa_targets, pick

from .small import repainted, some, stirred

ENCODERS: dict[str, dict[str, Any]] = {
    "mean": {},
    "class": {"pool": "class"},
    "registers": {"registers": 2},
    "fixed": {"pos_embed": "sincos"},
    "relative": {"rel_pos_bias": "shared", "pos_embed": False},
}


def small(**options: Any) -> ViT:
    return ViT(32, 2, 2, **{"size": 16, "patch": 4, "pool": "mean"} | options)


def method(vit: dict[str, Any] | None = None, **options: Any) -> IJEPA:
    """A method whose teacher is not its student."""
    sizes: dict[str, Any] = {"width": 16, "depth": 1, "heads": 2}
    return stirred(IJEPA(small(**vit or {}), **sizes | options))


def predictor(**options: Any) -> Predictor:
    return stirred(Predictor(small(), **{"width": 16, "depth": 2, "heads": 2} | options))


def batch(pictures: Tensor | None = None) -> SimpleNamespace:
    return SimpleNamespace(pictures=some() if pictures is None else pictures)


def seed(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def fixed() -> tuple[Tensor, Tensor]:
    """Two targets of two patches, and a context of five, for three pictures of 4 × 4 patches."""
    targets = torch.tensor([[[0, 1], [5, 6], [14, 15]], [[8, 9], [1, 2], [3, 7]]])
    context = torch.tensor([[2, 3, 4, 10, 15], [0, 3, 8, 9, 12], [0, 1, 6, 12, 13]])
    return targets, context


# --- Blocks


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 9).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(1 + (rows == 1), 9))),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.15, 0.3, 0.9, 1.0]),
    st.sampled_from([(0.15, 0.2), (0.05, 0.6), (0.9, 1.0)]),
    st.integers(0, 2**32 - 1),
)
def test_targets_are_rectangles_and_the_context_has_none_of_them(pictures, grid, count, least, scale, number):
    rows, columns = grid
    targets, context = ijepa_blocks(pictures, rows, columns, count, scale, least=least, generator=seed(number))
    patches, size = rows * columns, targets.shape[2]
    assert targets.dtype == context.dtype == torch.int64
    assert targets.shape == (count, pictures, size) and context.shape == (pictures, context.shape[1])
    sides = set()
    for b in range(pictures):
        taken = set()
        for block in targets[:, b].tolist():
            high, wide = ({n // columns for n in block}, {n % columns for n in block})
            sides.add((len(high), len(wide)))
            top, left = min(high), min(wide)
            assert block == [
                r * columns + c for r in range(top, top + len(high)) for c in range(left, left + len(wide))
            ]
            taken |= set(block)
        kept = context[b].tolist()
        assert kept == sorted(set(kept)) and not taken & set(kept) and taken | set(kept) <= set(range(patches))
    assert len(sides) == 1
    few = min(patches - 1, max(1, ceil(least * patches - 1e-6)))
    assert few <= context.shape[1] <= patches - size


def test_on_8_x_8_patches_10_are_always_kept():
    sizes, kept = set(), []
    for number in range(150):
        targets, context = ijepa_blocks(128, 8, 8, generator=seed(number))
        sizes.add(targets.shape[2])
        kept.append(context.shape[1])
    assert sizes == {9, 12}  # 3 × 3, or 3 × 4: shares of 0.14 and 0.19
    assert min(kept) >= 10 and 16 < sum(kept) / len(kept) < 22


def test_pictures_that_would_have_too_little_context_are_drawn_anew(monkeypatch):
    def stuck(tries: int) -> Tensor:
        """Which of many pictures have all targets at one place."""
        monkeypatch.setattr(ijepa, "TRIES", tries)
        targets, context = ijepa_blocks(400, 8, 8, least=0.4, generator=seed(0))
        assert context.shape[1] >= 26
        return (targets == targets[:1]).all(2).all(0)

    once, often = stuck(1), stuck(20)
    assert 0.2 < once.float().mean() < 0.9 and often.float().mean() < 0.02
    # The context of what is stuck is out of the whole rest, of which nothing need be cut
    monkeypatch.setattr(ijepa, "TRIES", 1)
    targets, context = ijepa_blocks(5, 4, 4, scale=(0.2, 0.2), aspect=(1, 1), least=1.0, generator=seed(0))
    assert targets.shape == (4, 5, 1) and context.shape == (5, 15)
    for b in range(5):
        assert sorted({*targets[:, b].flatten().tolist(), *context[b].tolist()}) == list(range(16))


def test_a_batch_has_one_size_and_batches_have_several():
    sizes = {ijepa_blocks(1, 14, 14, generator=seed(n))[0].shape[2] for n in range(60)}
    assert len(sizes) >= 4 and min(sizes) >= 28 and max(sizes) <= 42


def test_blocks_lie_anywhere_and_what_is_cut_is_no_matter_of_rows():
    targets, context = ijepa_blocks(4000, 8, 8, scale=(9 / 64, 9 / 64), aspect=(1, 1), least=0, generator=seed(0))
    first = targets[:, :, 0].flatten()
    for corner in (first // 8, first % 8):
        often = corner.bincount(minlength=6) / len(corner)
        assert len(often) == 6 and (often - 1 / 6).abs().max() < 0.02
    assert ((context // 8).float().mean() - 3.5).abs() < 0.1  # the first of them alone would lie at the top
    assert ((context % 8).float().mean() - 3.5).abs() < 0.1


def test_a_side_that_does_not_fit_is_cut_and_the_other_grows():
    for rows, columns in ((4, 16), (16, 4), (2, 30)):
        for number in range(20):
            scale = (0.2, 0.2)
            targets, context = ijepa_blocks(1, rows, columns, 1, scale, context=(0.9, 0.9), generator=seed(number))
            assert abs(targets.shape[2] / (0.2 * rows * columns) - 1) < 0.3
            assert context.shape[1] >= 0.85 * rows * columns - targets.shape[2]


def test_a_seed_settles_the_blocks_on_any_device():
    before = torch.get_rng_state()
    one, same, other = (ijepa_blocks(4, 8, 8, generator=seed(n)) for n in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert one[0].shape != other[0].shape or not torch.equal(one[0], other[0])
    torch.manual_seed(3)  # without a generator, torch's own chance
    assert all(torch.equal(a, b) for a, b in zip(ijepa_blocks(4, 8, 8), one, strict=True))
    with torch.device("meta"):  # chance is drawn on the CPU, whatever is the rule
        assert all(torch.equal(a, b) for a, b in zip(ijepa_blocks(4, 8, 8, generator=seed(3)), one, strict=True))
    assert all(x.device.type == "meta" for x in ijepa_blocks(4, 8, 8, device="meta"))


# --- Targets and the loss


def test_the_loss_by_hand():
    prediction = torch.tensor([[[[-1.0, 4.0], [0.5, -1.5]]]])
    targets = torch.tensor([[[[5.0, 7.0], [300.0, 100.0]]]])  # −1 and 1, 1 and −1
    expected = (0 + (3 - 0.5) + 0.5**2 / 2 + 0.5**2 / 2) / 4
    assert ijepa_loss(prediction, targets).item() == pytest.approx(expected, rel=1e-4)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(2, 5))
def test_the_loss_is_the_one_of_plain_loops(blocks, pictures, places, width):
    prediction, targets = (
        2 * torch.randn(blocks, pictures, places, width),
        5 * torch.randn(blocks, pictures, places, width),
    )
    errors = []
    for p, t in zip(prediction.flatten(0, 2).tolist(), targets.flatten(0, 2).tolist(), strict=True):
        mean = sum(t) / width
        std = sqrt(sum((x - mean) ** 2 for x in t) / width + 1e-5)
        for x, y in zip(p, t, strict=True):
            e = abs(x - (y - mean) / std)
            errors.append(e * e / 2 if e < 1 else e - 0.5)
    assert ijepa_loss(prediction, targets).item() == pytest.approx(sum(errors) / len(errors), rel=1e-3)


def test_gradients_go_to_predictions_alone():
    prediction, targets = torch.randn(2, 3, 4, 8).requires_grad_(), torch.randn(2, 3, 4, 8).requires_grad_()
    ijepa_loss(prediction, targets).backward()
    assert prediction.grad is not None and targets.grad is None
    pull = (prediction - F.layer_norm(targets, (8,))).clamp(-1, 1).detach()
    torch.testing.assert_close(prediction.grad, pull / prediction.numel())


def test_targets_are_normalized_once_and_for_all():
    tokens = (3 * torch.randn(2, 4, 16) + 1).requires_grad_()
    found = ijepa_targets(tokens)
    assert not found.requires_grad
    assert found.mean(-1).abs().max() < 1e-5 and (found.std(-1, correction=0) - 1).abs().max() < 1e-4
    torch.testing.assert_close(ijepa_targets(found), found, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ijepa_targets(100 * tokens - 7), found, atol=1e-3, rtol=1e-3)
    prediction = torch.randn(1, 2, 4, 16)
    assert ijepa_loss(prediction, tokens[None]).item() == pytest.approx(
        ijepa_loss(prediction, found[None]).item(), 1e-4
    )


def test_half_precision_is_computed_in_float32():
    prediction, targets = torch.full((1, 1, 4, 64), 300.0).half(), torch.full((1, 1, 4, 64), 60000.0).half()
    loss = ijepa_loss(prediction, targets)  # all alike, so that the targets are 0
    assert loss.dtype == torch.float32 and loss.item() == 299.5
    assert ijepa_targets(targets).dtype == torch.float32 and ijepa_targets(targets.double()).dtype == torch.float64


def test_tokens_are_picked_as_by_plain_loops():
    tokens, numbers = torch.randn(3, 16, 5), fixed()[0]
    found = pick(tokens, numbers)
    assert found.shape == (2, 3, 2, 5)
    for m in range(2):
        for b in range(3):
            for t in range(2):
                assert torch.equal(found[m, b, t], tokens[b, numbers[m, b, t]])


# --- The predictor


@torch.no_grad()
def test_the_predictor_step_by_step():
    model, (targets, context) = predictor(), fixed()
    tokens, places = torch.randn(3, 5, 32), sincos_pos_embed(16, 4, 4)
    found = model(tokens, context, targets, 4, 4)
    assert found.shape == (2, 3, 2, 32)
    for m in range(2):
        for b in range(3):  # one block of one picture at a time
            seen = [model.embed(tokens[b, i]) + places[context[b, i]] for i in range(5)]
            asked = [model.mask_token + places[n] for n in targets[m, b]]
            x = torch.stack(seen + asked)[None]
            for block in model.transformer.blocks:
                x = block(x)
            expected = model.head(model.norm(x[0, 5:]))
            torch.testing.assert_close(found[m, b], expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_positions_are_waves_and_matter():
    model, (targets, context) = predictor(), fixed()
    tokens = torch.randn(3, 5, 32)
    assert model.pos_embed.abs().max() > 0.9 and torch.equal(model.pos_embed, sincos_pos_embed(16, 4, 4))
    assert len({tuple(row) for row in model.pos_embed.tolist()}) == 16  # no two places alike
    assert "pos_embed" not in model.state_dict() and "pos_embed" not in dict(model.named_parameters())
    found = model(tokens, context, targets, 4, 4)
    assert (found[:, :, 0] - found[:, :, 1]).abs().amax(-1).min() > 1e-3  # each place has its own prediction
    assert not torch.allclose(model(tokens, context.flip(1), targets, 4, 4), found, atol=1e-3)
    together = model(tokens.flip(1), context.flip(1), targets, 4, 4)  # in another order, but each with its place
    torch.testing.assert_close(together, found, atol=1e-5, rtol=1e-5)
    model.pos_embed.zero_()  # what a blind predictor does: one prediction for all
    blind = model(tokens, context, targets, 4, 4)
    torch.testing.assert_close(blind[:1, :, :1].expand_as(blind), blind, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_each_target_is_predicted_for_itself():
    model, (targets, context) = predictor(), fixed()
    tokens = torch.randn(3, 5, 32)
    found = model(tokens, context, targets, 4, 4)
    for m in range(2):
        torch.testing.assert_close(model(tokens, context, targets[m : m + 1], 4, 4)[0], found[m], atol=1e-5, rtol=1e-5)
    changed = tokens.clone()
    changed[1, 2] += 1
    moved = (model(changed, context, targets, 4, 4) - found).abs().amax((0, 2, 3))
    assert moved[1] > 1e-3 and moved[[0, 2]].max() < 1e-6  # pictures do not see each other


# --- The method


@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_the_student_sees_the_context_alone_and_the_teacher_all(name):
    model, pictures = method(ENCODERS[name]), some()
    targets, context = blocks = ijepa_blocks(3, 4, 4, generator=seed(1))
    hidden = torch.ones(3, 16, dtype=torch.bool).scatter(1, context, False)
    assert hidden.gather(1, targets.transpose(0, 1).flatten(1)).all()
    prediction, used = model(pictures, blocks)
    assert used[0] is targets and used[1] is context and prediction.shape == (*targets.shape, 32)
    assert torch.equal(model(repainted(pictures, hidden), blocks)[0], prediction)
    for patch in context[0].tolist():
        one = torch.zeros_like(hidden)
        one[0, patch] = True
        moved = (model(repainted(pictures, one), blocks)[0] - prediction).abs().amax((0, 2, 3))
        assert moved[0] > 1e-4 and moved[1:].max() == 0
    asked = torch.zeros_like(hidden).scatter(1, targets[0], True)
    moved = (model.teacher_tokens(repainted(pictures, asked)) - model.teacher_tokens(pictures)).abs()
    assert moved.amax((1, 2)).min() > 0.01


@pytest.mark.parametrize("name", ["mean", "registers"])
def test_the_encoder_works_on_the_context_alone(name):
    model, seen = method(ENCODERS[name], blocks=lambda *_, **__: fixed()), []
    model.encoder.transformer.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    model.loss(batch())
    assert seen == [(3, model.encoder.num_prefix_tokens + 5, 32)]  # and the teacher is another module


def test_the_loss_of_a_method_is_that_of_its_parts():
    model = method(ENCODERS["registers"])
    torch.manual_seed(3)
    found = model.loss(batch())
    torch.manual_seed(3)
    targets, context = ijepa_blocks(3, 4, 4)
    tokens = model.encoder.tokens(some(), keep=context)[:, 2:]
    prediction = model.predictor(tokens, context, targets, 4, 4)
    teacher: Any = model.teacher[0]
    wanted = F.layer_norm(teacher.tokens(some())[:, 2:], (32,))
    errors = [
        F.smooth_l1_loss(prediction[m, b, t], wanted[b, n])
        for m, of_batch in enumerate(targets.tolist())
        for b, block in enumerate(of_batch)
        for t, n in enumerate(block)
    ]
    assert found.total.item() == pytest.approx(torch.stack(errors).mean().item(), rel=1e-5)
    assert found.metrics["target std"].item() == pytest.approx(wanted.std(0, correction=0).mean().item(), rel=1e-4)


def test_blocks_are_drawn_where_none_are_given_and_pictures_may_be_oblong():
    asked = []

    def drawn(*given: Any, **more: Any) -> tuple[Tensor, Tensor]:
        asked.append((given, more))
        return ijepa_blocks(*given, **more)

    model = method(blocks=drawn)
    prediction, (targets, context) = model(some(2, 24, 32))
    assert asked == [((2, 6, 8), {"device": torch.device("cpu")})]
    assert prediction.shape == (*targets.shape, 32) and 15 < context.max() < 48
    prediction, (targets, _) = method(blocks=partial(ijepa_blocks, count=2, scale=(0.1, 0.1)))(some())
    assert targets.shape == (2, 3, 2) and prediction.shape == (2, 3, 2, 32)


@pytest.mark.parametrize("name", ENCODERS)
def test_student_and_predictor_get_gradients_and_the_teacher_none(name):
    model = method(ENCODERS[name]).train()
    model.loss(batch()).total.backward()
    weights = {name: w for name, w in model.named_parameters() if w.numel()}
    still = {name for name, w in weights.items() if w.grad is None or not w.grad.any()}
    assert still == {name for name in weights if name.startswith("teacher.")}
    assert not any(w.requires_grad for w in model.teacher.parameters())


def test_the_teacher_follows_slowly_and_stands_still_at_the_end():
    model = method(momentum=0.9)
    key = "transformer.blocks.1.attention.qkv.weight"
    student, teacher = model.encoder.get_parameter(key), model.teacher[0].get_parameter(key)
    with torch.no_grad():
        student += 1
    before = teacher.clone()
    model.after_step(0.25)
    share = cosine_schedule(0.9, 0.25)
    torch.testing.assert_close(teacher, share * before + (1 - share) * student)
    before = teacher.clone()
    model.after_step(1.0)
    assert torch.equal(teacher, before)
    steady = method(momentum=0.5, schedule="constant")
    before = steady.teacher[0].get_parameter(key).clone()
    steady.after_step(1.0)
    expected = (before + steady.encoder.get_parameter(key)) / 2
    torch.testing.assert_close(steady.teacher[0].get_parameter(key), expected)


def test_the_teacher_begins_as_the_student_with_weights_of_its_own_and_drops_nothing():
    model = IJEPA(small(drop_path=0.5), width=16, heads=2).train()
    assert model.encoder.training and not any(part.training for part in model.teacher.modules())
    assert torch.equal(model.teacher_tokens(some()), model.teacher_tokens(some()))
    for name, value in model.encoder.state_dict().items():
        assert torch.equal(value, model.teacher[0].state_dict()[name])
    mine, its = ({x.data_ptr() for x in part.parameters() if x.numel()} for part in (model.encoder, model.teacher))
    assert not mine & its


def test_a_checkpoint_has_the_whole_of_it():
    model, other = method(), IJEPA(small(seed=5), width=16, depth=1, heads=2, seed=5).eval()
    other.load_state_dict(model.state_dict())
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(batch()).total.item())
        one.after_step(0.1)
    assert losses[0] == losses[1]
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_a_seed_says_what_the_predictor_begins_with():
    before = torch.get_rng_state()
    one, same, other = (Predictor(small(), 16, heads=2, seed=n) for n in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.head.weight, same.head.weight) and torch.equal(one.mask_token, same.mask_token)
    assert not torch.equal(one.head.weight, other.head.weight) and one.mask_token.any()


def test_it_learns_a_few_pictures_and_does_so_again(tmp_path):
    few, losses = world.draw(16, size=16, mode="portrait"), []
    for _ in range(2):
        model = IJEPA(small(), width=16, depth=1, heads=2, momentum=0.998)
        losses.append(fit(model, Epochs(few, 16), 40, lr=3e-3, progress=False, folder=tmp_path).loss)
    assert losses[0] == losses[1] and sum(losses[0][-5:]) < 0.8 * sum(losses[0][:5])


def test_the_metric_counts_no_positions():
    blind = method()
    with torch.no_grad():  # a teacher that sees no picture knows places all the same
        blind.teacher[0].get_parameter("stem.weight").zero_()
    assert blind.teacher_tokens(some()).std(1).mean() > 0.1
    assert blind.loss(batch()).metrics["target std"].item() == pytest.approx(0, abs=1e-5)
    assert method().loss(batch()).metrics["target std"].item() > 0.1


class Hasty(IJEPA):
    """Targets that are the student's own, and that give way: no teacher, no stop-gradient."""

    def loss(self, batch: Any) -> Loss:
        prediction, (targets, _) = self(batch.pictures)
        tokens = self.encoder.tokens(batch.pictures)
        tokens = F.layer_norm(tokens, tokens.shape[-1:])
        return Loss(F.smooth_l1_loss(prediction, pick(tokens, targets)), {"target std": target_std(tokens)})


def test_without_a_teacher_all_pictures_become_the_same():
    """Of noise nothing can be predicted: then the loss falls by collapse alone."""
    found = {}
    for kind in (IJEPA, Hasty):
        torch.manual_seed(0)
        model = kind(small(), width=16, depth=1, heads=2, momentum=0.99, schedule="constant")
        optim = torch.optim.Adam([w for w in model.parameters() if w.requires_grad], 3e-3)
        for _ in range(60):
            loss = model.loss(batch(torch.rand(16, 3, 16, 16)))
            optim.zero_grad()
            loss.total.backward()
            optim.step()
            model.after_step(0.0)
        found[kind] = loss.total.item(), loss.metrics["target std"].item()
    assert found[Hasty][0] < found[IJEPA][0] and found[Hasty][1] < 0.3 * found[IJEPA][1], found


# --- Devices and dtypes


def test_nothing_waits_for_the_device():
    def drawn(*_: Any, device: Any) -> tuple[Tensor, Tensor]:
        return torch.randint(16, (4, 4, 3), device=device), torch.randint(16, (4, 5), device=device)

    with FakeTensorMode(), torch.device("cuda"):
        model = IJEPA(small(), width=16, heads=2, blocks=drawn)
        loss = model.loss(SimpleNamespace(pictures=torch.rand(4, 3, 16, 16)))
        assert loss.total.device.type == "cuda" and loss.total.shape == loss.metrics["target std"].shape == ()
        model.after_step(0.5)


def test_mixed_and_half_precision_are_near():
    model, blocks = method(), fixed()
    wanted = model(some(), blocks)[0]
    with torch.autocast("cpu", torch.bfloat16):
        prediction = model(some(), blocks)[0]
        loss = model.loss(batch())
    assert loss.total.dtype == torch.float32 and loss.total.isfinite()
    assert (prediction - wanted).abs().max() < 0.1 * wanted.abs().max()
    half = method().to(torch.bfloat16)
    assert (half(some().bfloat16(), blocks)[0].float() - wanted).abs().max() < 0.1 * wanted.abs().max()
    assert half.loss(batch(some().bfloat16())).total.dtype == torch.float32


# --- What does not fit


def test_blocks_that_cannot_be_get_a_sentence():
    wrong: Any = None
    for call, told in (
        (lambda: ijepa_blocks(0, 8, 8), "a batch, whole and from 1, got 0"),
        (lambda: ijepa_blocks(2, 0, 8), "rows of patches, whole and from 1, got 0"),
        (lambda: ijepa_blocks(2, 8, 2.5), "columns of patches, whole and from 1, got 2.5"),  # pyright: ignore
        (lambda: ijepa_blocks(2, 1, 1), "at least two patches, one to see and one to predict, got 1 × 1"),
        (lambda: ijepa_blocks(2, 8, 8, 0), "a number of targets, whole and from 1, got 0"),
        (lambda: ijepa_blocks(2, 8, 8, scale=wrong), "a scale of targets, from and to, above 0 and up to 1, got None"),
        (lambda: ijepa_blocks(2, 8, 8, scale=(0.2, 0.1)), r"a scale of targets, .*, got \(0.2, 0.1\)"),
        (lambda: ijepa_blocks(2, 8, 8, scale=(0.0, 0.1)), r"a scale of targets, .*, got \(0.0, 0.1\)"),
        (lambda: ijepa_blocks(2, 8, 8, scale=(0.1, 1.1)), r"a scale of targets, .*, got \(0.1, 1.1\)"),
        (lambda: ijepa_blocks(2, 8, 8, scale=(0.1,)), r"a scale of targets, .*, got \(0.1,\)"),  # pyright: ignore
        (lambda: ijepa_blocks(2, 8, 8, aspect=(-1, 1)), r"an aspect, .* up to 64, got \(-1, 1\)"),
        (lambda: ijepa_blocks(2, 8, 8, aspect=(1, float("nan"))), r"an aspect, .*, got \(1, nan\)"),
        (lambda: ijepa_blocks(2, 8, 8, context=(0.5, 2)), r"a scale of the context, .* up to 1, got \(0.5, 2\)"),
        (lambda: ijepa_blocks(2, 8, 8, least=1.5), "the least share of a context from 0 to 1, got 1.5"),
        (lambda: ijepa_blocks(2, 8, 8, least=-0.1), "the least share of a context from 0 to 1, got -0.1"),
        (
            lambda: ijepa_blocks(2, 8, 8, generator=SimpleNamespace(device=torch.device("cuda"))),  # pyright: ignore
            "a generator on the CPU, which nothing waits for, got one on cuda",
        ),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)


def test_what_does_not_fit_gets_a_sentence():
    x, (targets, context) = torch.zeros(2, 3, 4, 8), fixed()
    tokens, part, model = torch.zeros(3, 5, 32), predictor(), method()
    wrong: Any = None
    for call, told in (
        (lambda: ijepa_loss(x, x[:, :2]), r"\(M, B, T, D\), got \(2, 3, 4, 8\) and \(2, 2, 4, 8\)"),
        (lambda: ijepa_loss(x[0], x[0]), r"\(M, B, T, D\), got \(3, 4, 8\) and \(3, 4, 8\)"),
        (lambda: ijepa_loss(x[:0], x[:0]), r"\(M, B, T, D\), got \(0, 3, 4, 8\)"),
        (lambda: ijepa_loss(x, x.long()), "floating dtype, got torch.int64"),
        (lambda: ijepa_targets(wrong), "floating dtype, got NoneType"),
        (lambda: ijepa_targets(torch.tensor(1.0)), r"tokens \(…, D\), got \(\)"),
        (lambda: Predictor(small(), 18), "a width that 4 divides evenly .*, got 18"),
        (lambda: Predictor(small(), wrong), "a width of the predictor, whole and from 1, got None"),
        (lambda: Predictor(small(), 16, heads=3), "a width that 3 heads can share evenly, got 16"),
        (lambda: part(tokens[..., :8], context, targets, 4, 4), r"tokens \(B, C, 32\), got \(3, 5, 8\)"),
        (lambda: part(tokens.long(), context, targets, 4, 4), "floating dtype, got torch.int64"),
        (lambda: part(tokens, context[:, :4], targets, 4, 4), r"a context \(3, 5\) as int64, got \(3, 4\)"),
        (lambda: part(tokens, context.int(), targets, 4, 4), r"a context \(3, 5\) as int64, got .* of torch.int32"),
        (lambda: part(tokens, context, targets[:, :2], 4, 4), r"targets \(M, 3, T\) as int64, got \(2, 2, 2\)"),
        (lambda: part(tokens, context, targets[0], 4, 4), r"targets \(M, 3, T\) as int64, got \(3, 2\)"),
        (lambda: part(tokens, context, targets.float(), 4, 4), "as int64, got .* of torch.float32"),
        (lambda: part(tokens, context, targets[..., :0], 4, 4), r"targets .*, at least one, got \(2, 3, 0\)"),
        (lambda: part(tokens, context, targets + 1, 4, 4), "targets .* from 0 to 15, got 2 to 16|got 1 to 16"),
        (lambda: part(tokens, context - 1, targets, 4, 4), "a context .* from 0 to 15, got -1 to 14"),
        (lambda: IJEPA(small(stem="conv")), "a ViT with stem='patch', of whose tokens none sees the targets"),
        (lambda: IJEPA(ConvNet((8, 8))), "a ViT with stem='patch', .*, got a ConvNet"),  # pyright: ignore
        (lambda: IJEPA(small(), momentum=1.1), r"a momentum from 0 .* to 1 .*, got 1.1"),
        (lambda: IJEPA(small(), schedule=wrong), "the schedule 'cosine' or 'constant', got None"),
        (lambda: model(some()[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: model(some(), (targets, context[:2])), r"the patches to keep \(3, K\) as int64, got \(2, 5\)"),
        (lambda: model(some(), (targets, context + 1)), "to keep patches from 0 to 15, got 1 to 16"),
        (lambda: model.loss(batch(some()[:0])), "at least one picture, got 0"),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)
