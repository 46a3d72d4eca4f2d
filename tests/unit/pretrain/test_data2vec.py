"""data2vec: the teacher sees all, the student a part; targets are normalized block by block and have no gradient."""

from math import sqrt
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, block_masking, cosine_schedule, grid_masking, random_mask
from course_lib.pretrain import Loss
from course_lib.pretrain.data2vec import Data2Vec, data2vec_loss, data2vec_targets, target_std
from course_lib.train.optim import param_groups

from .small import repainted, some, stirred, tiny


def deep(**options: Any) -> ViT:
    return ViT(32, 3, 2, **{"size": 16, "patch": 4, "mask_token": True} | options)


def method(vit: dict[str, Any] | None = None, **options: Any) -> Data2Vec:
    """A method whose teacher is not its student."""
    return stirred(Data2Vec(deep(**vit or {}), **options))


def batch(pictures: Tensor | None = None) -> SimpleNamespace:
    return SimpleNamespace(pictures=some() if pictures is None else pictures)


# --- Targets


@given(st.integers(1, 3), st.integers(1, 4), st.integers(2, 6), st.integers(1, 4), st.data())
def test_targets_as_plain_loops(pictures, places, width, depth, data):
    top = data.draw(st.integers(1, depth))
    layers = [3 * torch.randn(pictures, places, width) + 1 for _ in range(depth)]
    found = data2vec_targets(layers, top)
    assert found.shape == (pictures, places, width)
    for b in range(pictures):
        for n in range(places):
            total = [0.0] * width
            for layer in layers[depth - top :]:
                token = layer[b, n].tolist()
                mean = sum(token) / width
                std = sqrt(sum((x - mean) ** 2 for x in token) / width + 1e-5)
                total = [t + (x - mean) / std / top for t, x in zip(total, token, strict=True)]
            assert found[b, n].tolist() == pytest.approx(total, rel=1e-3, abs=1e-3)


def test_no_block_counts_more_because_its_numbers_are_large():
    g = torch.Generator().manual_seed(0)
    layers = [torch.randn(2, 3, 8, generator=g) for _ in range(3)]
    larger = [layers[0], 100 * layers[1], 7 * layers[2] - 5]
    torch.testing.assert_close(data2vec_targets(larger, 3), data2vec_targets(layers, 3), atol=1e-3, rtol=1e-3)
    mean_first = F.layer_norm(torch.stack(larger).mean(0), (8,))  # a norm after the mean is another thing
    assert (mean_first - data2vec_targets(larger, 3)).abs().max() > 0.5


def test_targets_have_no_gradient_and_blocks_below_the_top_do_not_count():
    layers = [torch.randn(1, 2, 4).requires_grad_() for _ in range(3)]
    assert not data2vec_targets(layers, 2).requires_grad
    other = [torch.randn(1, 2, 4), *layers[1:]]
    assert torch.equal(data2vec_targets(layers, 2), data2vec_targets(other, 2))
    assert not torch.equal(data2vec_targets(layers, 3), data2vec_targets(other, 3))


# --- The loss


def test_the_loss_by_hand():
    prediction = torch.tensor([[[1.0, -3.0], [50.0, 50.0]], [[0.5, 0.0], [0.0, 4.0]]])
    targets = torch.zeros(2, 2, 2)
    mask = torch.tensor([[True, False], [True, True]])
    two = (1 / 4 + 2 + 0.25 / 4 + 0 + 0 + 3) / 6  # one picture has more covered than the other
    one = (0.5 + 2.5 + 0.125 + 0 + 0 + 3.5) / 6
    assert data2vec_loss(prediction, targets, mask).item() == pytest.approx(two)
    assert data2vec_loss(prediction, targets, mask.float(), beta=1.0).item() == pytest.approx(one)
    assert data2vec_loss(prediction, targets, mask, beta=0).item() == pytest.approx((1 + 3 + 0.5 + 4) / 6)


@given(st.integers(1, 3), st.integers(1, 4), st.floats(0, 3), st.data())
def test_the_loss_is_the_one_of_plain_loops(pictures, places, beta, data):
    covered = data.draw(st.lists(st.booleans(), min_size=pictures * places, max_size=pictures * places).filter(any))
    mask = torch.tensor(covered).view(pictures, places)
    prediction, targets = 2 * torch.randn(pictures, places, 3), torch.randn(pictures, places, 3)
    errors = []
    for b, n in mask.nonzero().tolist():
        for p, t in zip(prediction[b, n].tolist(), targets[b, n].tolist(), strict=True):
            e = abs(p - t)
            errors.append(e * e / (2 * beta) if e < beta else e - beta / 2)
    expected = sum(errors) / len(errors)
    assert data2vec_loss(prediction, targets, mask, beta).item() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_gradients_go_to_covered_predictions_alone():
    prediction, targets = torch.randn(2, 3, 4).requires_grad_(), torch.randn(2, 3, 4).requires_grad_()
    mask = torch.tensor([[True, False, False], [False, True, True]])
    data2vec_loss(prediction, targets, mask, beta=0.5).backward()
    assert prediction.grad is not None and targets.grad is None
    pull = ((prediction - targets) / 0.5).clamp(-1, 1).detach()
    torch.testing.assert_close(prediction.grad, pull * mask[:, :, None] / 12)


def test_half_precision_is_computed_in_float32():
    prediction = torch.full((1, 4, 64), 300.0, dtype=torch.float16)
    loss = data2vec_loss(prediction, torch.zeros_like(prediction), torch.ones(1, 4, dtype=torch.bool))
    assert loss.dtype == torch.float32 and loss.item() == 299
    wide = torch.cat([prediction, -prediction], 2)
    assert data2vec_targets([wide, wide], 2).dtype == torch.float32
    assert data2vec_targets([wide, wide], 2).abs().sub(1).abs().max() < 1e-5
    assert data2vec_targets([wide.double()], 1).dtype == torch.float64


# --- The method


def test_the_loss_of_a_method_is_that_of_its_parts():
    model = method(top=2, beta=0.7)
    torch.manual_seed(3)
    found = model.loss(batch())
    torch.manual_seed(3)
    prediction, mask = model(some())
    teacher: Any = model.teacher[0]
    x, layers = teacher.embed(some()), []
    for block in teacher.transformer.blocks:
        x = block(x)
        layers.append(x[:, 1:])  # without the class token
    targets = (F.layer_norm(layers[-2], (32,)) + F.layer_norm(layers[-1], (32,))) / 2
    torch.testing.assert_close(model.targets(some()), targets, atol=1e-5, rtol=1e-5)
    expected = F.smooth_l1_loss(prediction[mask], targets[mask], beta=0.7)
    assert found.total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert found.metrics["target std"].item() == pytest.approx(targets.std(0, correction=0).mean().item(), rel=1e-4)


def test_the_loss_may_stand_everywhere():
    losses = {}
    for everywhere in (False, True):
        model = method(everywhere=everywhere, masking=grid_masking, ratio=0.5)
        prediction, mask = model(some())
        targets = model.targets(some())
        asked = torch.ones_like(mask) if everywhere else mask
        losses[everywhere] = model.loss(batch()).total.item()
        assert losses[everywhere] == pytest.approx(data2vec_loss(prediction, targets, asked).item(), rel=1e-6)
    assert losses[True] != pytest.approx(losses[False], rel=1e-3)


@pytest.mark.parametrize("masking", [random_mask, block_masking])
@pytest.mark.parametrize("options", [{}, {"pool": "mean", "registers": 2}, {"rel_pos_bias": "shared"}])
@torch.no_grad()
def test_the_student_does_not_see_what_is_covered_and_the_teacher_does(options, masking):
    model, pictures, mask = method(options), some(), masking(3, 4, 4, 0.6)
    prediction, used = model(pictures, mask)
    changed = repainted(pictures, mask)
    assert torch.equal(used, mask) and prediction.shape == (3, 16, 32)
    assert torch.equal(model(changed, mask)[0], prediction)
    assert not torch.equal(model(repainted(pictures, ~mask), mask)[0], prediction)
    assert (model.targets(changed) - model.targets(pictures)).abs().amax((1, 2)).min() > 0.01


def test_blocks_are_drawn_where_no_mask_is_given_and_pictures_may_be_oblong():
    model = method()
    assert model.masking is block_masking and model.top == 2
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [10] * 3 and not torch.equal(one, other)
    prediction, mask = model(some(2, 24, 32))
    assert prediction.shape == model.targets(some(2, 24, 32)).shape == (2, 48, 32) and mask.shape == (2, 48)


def test_the_student_learns_and_the_teacher_does_not():
    model = method().train()
    model.loss(batch()).total.backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still and all(name.startswith("teacher.") for name in still)
    assert all(weight.grad is None and not weight.requires_grad for weight in model.teacher.parameters())
    of_teacher = {id(weight) for weight in model.teacher.parameters()}
    assert not of_teacher & {id(p) for group in param_groups(model, 0.1, 0.05) for p in group["params"]}


@pytest.mark.parametrize(("schedule", "kept"), [("constant", 0.75), ("cosine", cosine_schedule(0.75, 0.5))])
def test_the_teacher_follows(schedule, kept):
    model = method(momentum=0.75, schedule=schedule)
    before = {name: value.clone() for name, value in model.teacher[0].state_dict().items()}
    model.loss(batch())
    model.after_step(0.5)
    for name, value in model.encoder.state_dict().items():
        expected = kept * before[name] + (1 - kept) * value
        torch.testing.assert_close(model.teacher[0].state_dict()[name], expected)


def test_the_teacher_starts_as_the_student_and_drops_no_path():
    model = Data2Vec(deep(drop_path=0.5)).train()
    assert model.encoder.training and not any(part.training for part in model.teacher.modules())
    assert torch.equal(model.targets(some()), model.targets(some()))
    for name, value in model.encoder.state_dict().items():
        assert torch.equal(value, model.teacher[0].state_dict()[name])
    assert not {x.data_ptr() for x in model.encoder.parameters()} & {x.data_ptr() for x in model.teacher.parameters()}


def test_a_checkpoint_has_the_teacher_in_it():
    model, other = method(), Data2Vec(deep(seed=5), seed=5).eval()
    other.load_state_dict(model.state_dict())
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(batch()).total.item())
        one.after_step(0.1)
    assert losses[0] == losses[1]
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_a_seed_says_what_the_linear_layer_begins_with():
    before = torch.get_rng_state()
    one, same, other = (Data2Vec(tiny(), seed=seed).head.weight for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_it_learns_a_few_pictures_and_does_so_again(tmp_path):
    few, losses = world.draw(16, size=16, mode="portrait"), []
    for _ in range(2):
        model = Data2Vec(tiny(), momentum=0.998)
        losses.append(fit(model, Epochs(few, 16), 30, lr=3e-3, progress=False, folder=tmp_path).loss)
    assert losses[0] == losses[1] and sum(losses[0][-5:]) < 0.7 * sum(losses[0][:5])


# --- Collapse


def test_the_metric_looks_at_pictures_and_not_at_places():
    places = torch.randn(1, 16, 8)
    assert target_std(places.expand(5, -1, -1)).item() == pytest.approx(0, abs=1e-6)
    by_hand = torch.tensor([[[1.0], [4.0]], [[3.0], [4.0]]])  # 1 at the first place, 0 at the second
    assert target_std(by_hand).item() == 0.5 and target_std(by_hand.half()).dtype == torch.float32
    blind = method()
    with torch.no_grad():
        blind.teacher[0].get_parameter(
            "stem.weight"
        ).zero_()  # a teacher that sees no picture knows places all the same
    assert blind.targets(some()).std() > 0.5
    assert blind.loss(batch()).metrics["target std"].item() == pytest.approx(0, abs=1e-5)


class Hasty(Data2Vec):
    """Targets that are the student's own, and that give way: no teacher, no stop-gradient."""

    def loss(self, batch: Any) -> Loss:
        prediction, mask = self(batch.pictures)
        layer = self.encoder.intermediate(batch.pictures, [-1])[0][:, 1:]
        targets = F.layer_norm(layer, layer.shape[-1:])
        error = F.smooth_l1_loss(prediction[mask], targets[mask], beta=self.beta)
        return Loss(error, {"target std": target_std(targets)})


def test_without_a_teacher_all_pictures_become_the_same():
    """Of noise nothing can be predicted: then the loss falls by collapse alone."""
    found = {}
    for kind in (Data2Vec, Hasty):
        torch.manual_seed(0)
        model = kind(tiny(), momentum=0.99, schedule="constant")
        optim = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 3e-3)
        for _ in range(40):
            loss = model.loss(batch(torch.rand(16, 3, 16, 16)))
            optim.zero_grad()
            loss.total.backward()
            optim.step()
            model.after_step(0.0)
        found[kind] = loss.total.item(), loss.metrics["target std"].item()
    assert found[Data2Vec][0] > 0.2 and found[Data2Vec][1] > 0.8
    assert found[Hasty][0] < 0.02 and found[Hasty][1] < 0.1  # a smaller loss, and nothing left


# --- What does not fit


def test_what_does_not_fit_gets_a_sentence():
    x, mask = torch.zeros(1, 4, 3), torch.ones(1, 4).bool()
    model, pictures = method(), some(2)
    wrong: Any = None
    for call, told in (
        (lambda: data2vec_targets([], 1), r"tokens \(B, N, D\) after each block, in a list, got list"),
        (lambda: data2vec_targets(wrong, 1), "in a list, got NoneType"),
        (lambda: data2vec_targets(x, 1), r"in a list, got \(1, 4, 3\)"),  # pyright: ignore
        (lambda: data2vec_targets([x, x[0]], 1), r"all of one shape, got \(1, 4, 3\), \(4, 3\)"),
        (lambda: data2vec_targets([x, x[:, :3]], 1), r"all of one shape, got \(1, 4, 3\), \(1, 3, 3\)"),
        (lambda: data2vec_targets([x[:, :, :0]], 1), r"all of one shape, got \(1, 4, 0\)"),
        (lambda: data2vec_targets([x.long()], 1), "floating dtype, got torch.int64"),
        (lambda: data2vec_targets([x], 2), "at least 2 blocks, since so many are to count, got 1"),
        (lambda: data2vec_targets([x], 0), "top, whole and from 1, got 0"),
        (lambda: data2vec_targets([x], 1.5), "top, whole and from 1, got 1.5"),  # pyright: ignore
        (lambda: data2vec_loss(x, x, ~mask), "a mask that covers something, got one that covers nothing"),
        (lambda: data2vec_loss(x, x[:, :3], mask), r"patches \(B, N, P\), got \(1, 4, 3\) and \(1, 3, 3\)"),
        (lambda: data2vec_loss(x, x, mask[:, :3]), r"a mask \(1, 4\), .*, got \(1, 3\)"),
        (lambda: data2vec_loss(x, x.long(), mask), "floating dtype, got torch.int64"),
        (lambda: data2vec_loss(x, x, mask, beta=-1), "beta from 0, got -1"),
        (lambda: target_std(x[0]), r"targets \(B, N, D\), got \(4, 3\)"),
        (lambda: target_std(x[:0]), r"targets \(B, N, D\), got \(0, 4, 3\)"),
        (lambda: target_std(x.long()), "floating dtype, got torch.int64"),
        (lambda: Data2Vec(deep(mask_token=False)), "a ViT that has a mask token, got a ViT without"),
        (lambda: Data2Vec(ConvNet((8, 8))), "a ViT that has a mask token, got a ConvNet"),  # pyright: ignore
        (lambda: Data2Vec(deep(), ratio=0.0), "covers at least one of 16 patches, got 0.0"),
        (lambda: Data2Vec(deep(), ratio=1.0), "leaves at least one of 16 patches visible, got 1.0"),
        (lambda: Data2Vec(deep(), top=4), "top to be at most the number of the encoder's blocks, 3, got 4"),
        (lambda: Data2Vec(deep(), top=0), "top, whole and from 1, got 0"),
        (lambda: Data2Vec(deep(), beta=-0.1), "beta from 0, got -0.1"),
        (lambda: Data2Vec(deep(), momentum=1.1), r"a momentum from 0 .* to 1 .*, got 1.1"),
        (lambda: Data2Vec(deep(), schedule=wrong), "the schedule 'cosine' or 'constant', got None"),
        (lambda: model(pictures, torch.ones(2, 15).bool()), r"a mask \(2, 16\) of bool, .*, got \(2, 15\)"),
        (lambda: model(pictures[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: model.loss(batch(pictures[:0])), "at least one picture, got 0"),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)
