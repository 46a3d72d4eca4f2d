"""A teacher's features as targets: predicted where patches are covered, or everywhere, or told by words."""

from collections.abc import Callable
from copy import deepcopy
from math import sqrt
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, Encoder, ViT, block_masking, grid_masking, random_mask
from course_lib.nn.quantizer import used_codes
from course_lib.pretrain import BEiT, beit_loss
from course_lib.pretrain.feature_targets import (
    CosineQuantizer,
    FeatureTargets,
    FeatureTokenizer,
    Standardize,
    feature_loss,
    features_on_grid,
)
from course_lib.train.optim import param_groups

from .small import cosine, repainted, some, stirred, tiny


def seer(seed: int = 7) -> ConvNet:
    """A teacher: of pictures of 16 pixels a map of 4 × 4, 12 wide."""
    return stirred(ConvNet((8, 10, 12), seed=seed))


def method(vit: dict[str, Any] | None = None, **options: Any) -> FeatureTargets:
    return stirred(FeatureTargets(tiny(**vit or {}), seer(), **options), by=0.1)


def words(vit: dict[str, Any] | None = None, **options: Any) -> FeatureTokenizer:
    small: dict[str, Any] = {"codes": 16, "width": 8, "decoder_width": 16, "heads": 2}
    return FeatureTokenizer(tiny(**{"mask_token": False} | (vit or {})), seer(), **small | options)


METHODS: dict[str, Callable[..., Any]] = {"targets": method, "words": words}
each_method = pytest.mark.parametrize("name", METHODS)


def batch(count: int = 3, rows: int = 16, columns: int = 16) -> SimpleNamespace:
    return SimpleNamespace(pictures=some(count, rows, columns))


class Places(Encoder):
    """A teacher whose features say where they are: row, column, and 1, on a grid of its own."""

    width = 3

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.rows, self.columns = rows, columns

    def feature_map(self, pictures: Tensor) -> Tensor:
        row, column = torch.meshgrid(torch.arange(self.rows), torch.arange(self.columns), indexing="ij")
        places = torch.stack([row, column, torch.ones_like(row)]).to(pictures.dtype)
        return places.expand(len(pictures), -1, -1, -1)


# --- The loss


def test_the_loss_by_hand():
    prediction = torch.tensor([[[3.0, 4.0], [1.0, 0.0]], [[2.0, 2.0], [0.0, -3.0]]])
    targets = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[5.0, 5.0], [0.0, 0.1]]])
    assert feature_loss(prediction, targets).item() == pytest.approx(-(0.6 + 0 + 1 - 1) / 4)
    mask = torch.tensor([[True, False], [True, True]])  # one picture has more patches covered than the other
    assert feature_loss(prediction, targets, mask).item() == pytest.approx(-(0.6 + 1 - 1) / 3)
    assert feature_loss(prediction, targets, mask.float()).item() == pytest.approx(-(0.6 + 1 - 1) / 3)
    assert feature_loss(targets, 7 * targets).item() == pytest.approx(-1)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.booleans(), st.data())
def test_the_loss_is_the_one_of_plain_loops(count, patches, width, masked, data):
    covered = data.draw(st.lists(st.booleans(), min_size=count * patches, max_size=count * patches).filter(any))
    mask = torch.tensor(covered).view(count, patches) if masked else None
    prediction, targets = torch.randn(2, count, patches, width)
    cosines = []
    for b in range(count):
        for n in range(patches):
            if mask is None or mask[b, n]:
                cosines.append(cosine(prediction[b, n].tolist(), targets[b, n].tolist()))
    expected = -sum(cosines) / len(cosines)
    assert feature_loss(prediction, targets, mask).item() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_what_is_visible_is_not_asked_for_and_targets_stand_still():
    prediction, targets = (x.requires_grad_() for x in torch.randn(2, 2, 4, 5).unbind())
    mask = torch.tensor([[True, False, False, True], [False, True, False, False]])
    slope, still = torch.autograd.grad(feature_loss(prediction, targets, mask), (prediction, targets), None, True,
                                       allow_unused=True)  # fmt: skip
    assert still is None and not slope[~mask].any() and slope[mask].abs().amax(-1).min() > 0
    (everywhere,) = torch.autograd.grad(feature_loss(prediction, targets), prediction)
    assert everywhere.abs().amax(-1).min() > 0


@pytest.mark.parametrize("scale", [0.0, 1e-8, 1.0, 1e8])
def test_lengths_make_no_difference(scale):
    prediction, targets = torch.randn(2, 2, 4, 5, generator=torch.Generator().manual_seed(0))
    scaled = (scale * prediction).requires_grad_()
    for loss in (feature_loss(scaled, targets), feature_loss(scaled, scale * targets)):
        expected = feature_loss(prediction, targets).item() if scale else 0.0
        assert loss.item() == pytest.approx(expected, rel=1e-4)
        assert torch.autograd.grad(loss, scaled)[0].isfinite().all()


def test_the_loss_is_computed_in_float32():
    prediction, targets = torch.randn(2, 2, 4, 300, generator=torch.Generator().manual_seed(0))
    full = feature_loss(prediction, targets).item()
    for dtype in (torch.float16, torch.bfloat16):
        half = feature_loss(100 * prediction.to(dtype), targets.to(dtype))  # its squares are beyond float16
        assert half.dtype == torch.float32 and half.item() == pytest.approx(full, abs=1e-3)
    with torch.autocast("cpu", torch.bfloat16):
        assert feature_loss(prediction, targets).item() == full


def test_no_loss_waits_for_the_device():
    """On the device that has no numbers, whoever looked at one would fail."""
    nothing, mask = torch.zeros(2, 4, 8, device="meta"), torch.ones(2, 4, dtype=torch.bool, device="meta")
    assert feature_loss(nothing, nothing).device.type == feature_loss(nothing, nothing, mask).device.type == "meta"
    standardize = Standardize(8).to("meta")
    standardize.follow(nothing)
    assert standardize(nothing).device.type == "meta"


# --- The teacher's features on the student's grid


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 7), st.integers(1, 7))
@settings(deadline=None, max_examples=60)
def test_features_are_interpolated_between_the_centers_of_patches(rows, columns, new_rows, new_columns):
    found = features_on_grid(Places(rows, columns), torch.zeros(2, 3, 8, 8), new_rows, new_columns)
    assert found.shape == (2, new_rows * new_columns, 3) and torch.equal(found[0], found[1])

    def where(i: int, old: int, new: int) -> float:  # a center, in patches of the other grid
        return min(max((i + 0.5) * old / new - 0.5, 0), old - 1)

    for n, (row, column, one) in enumerate(found[0].tolist()):
        assert row == pytest.approx(where(n // new_columns, rows, new_rows), abs=1e-5)
        assert column == pytest.approx(where(n % new_columns, columns, new_columns), abs=1e-5)
        assert one == pytest.approx(1)


def test_on_the_same_grid_features_are_those_of_the_map():
    teacher = seer()
    found, map_ = features_on_grid(teacher, some(2, 16, 24), 4, 6), teacher.feature_map(some(2, 16, 24))
    assert map_.shape == (2, 12, 4, 6) and torch.equal(found[1, 8], map_[1, :, 1, 2])
    assert not found.requires_grad
    assert features_on_grid(seer().bfloat16(), some(2), 8, 8).dtype == torch.float32


# --- Feature targets: who sees what


@torch.no_grad()
@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("options", [{}, {"pool": "mean", "registers": 2}])
def test_covered_pixels_are_not_seen_and_visible_ones_are(options, masking):
    model, pictures, mask = method(options), some(), masking(3, 4, 4, 0.4)
    prediction, used = model(pictures, mask)
    assert torch.equal(used, mask) and prediction.shape == (3, 16, 12)
    assert torch.equal(model(repainted(pictures, mask), mask)[0], prediction)
    assert (model(repainted(pictures, ~mask), mask)[0] - prediction).abs().amin((1, 2)).max() > 0
    assert not torch.equal(model.targets(repainted(pictures, mask)), model.targets(pictures))  # the teacher sees all


@pytest.mark.parametrize(
    ("options", "covers", "asks"),
    [({}, True, "covered"), ({"everywhere": True}, True, "all"), ({"ratio": 0}, False, "all"),
     ({"ratio": 0, "everywhere": True}, False, "all")],
)  # fmt: skip
def test_the_three_tasks(options, covers, asks):
    model, given_ = method(**options), batch()
    torch.manual_seed(3)
    found = model.loss(given_).total
    torch.manual_seed(3)
    prediction, mask = model(given_.pictures)
    assert mask.dtype == torch.bool and mask.sum(1).tolist() == [7 if covers else 0] * 3  # of 16, rounded up
    targets = features_on_grid(model.teacher, given_.pictures, 4, 4)
    expected = feature_loss(prediction, targets, mask if asks == "covered" else None)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    if covers:
        assert expected.item() != pytest.approx(feature_loss(prediction, targets).item(), rel=1e-4) or asks == "all"
    else:
        tokens = model.encoder.tokens(given_.pictures)[:, 1:]
        assert torch.equal(prediction, model.head(tokens))


def test_without_a_mask_no_mask_token_is_needed():
    for vit in ({"mask_token": False}, {"stem": "conv"}):
        model = method(vit, ratio=0)
        assert model.loss(batch()).total.isfinite()
        with pytest.raises(ValueError, match="expected a ViT (that has a mask token|with stem='patch')"):
            method(vit)


def test_blocks_are_drawn_where_no_mask_is_given():
    model = method()
    assert model.masking is block_masking
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [7] * 3 and not torch.equal(one, other)


def test_pictures_may_be_larger_and_oblong():
    model = method()
    assert model.targets(some(2, 24, 32)).shape == model(some(2, 24, 32))[0].shape == (2, 48, 12)
    assert model.loss(batch(2, 24, 32)).total.isfinite()
    tokenizer = words()
    assert tokenizer.encode(some(2, 24, 32)).shape == (2, 6, 8)
    assert tokenizer.loss(batch(2, 24, 32)).total.isfinite()


@each_method
def test_another_teacher_is_another_lesson(name):
    slopes, losses = [], []
    for seed in (7, 8, 7):
        model = METHODS[name]()
        model.teacher.load_state_dict(seer(seed).state_dict())
        torch.manual_seed(0)
        loss = model.eval().loss(batch()).total
        loss.backward()
        losses.append(loss.item())
        slopes.append(model.encoder.get_parameter("stem.weight").grad)
    assert losses[0] == losses[2] != pytest.approx(losses[1], rel=1e-3) and torch.equal(slopes[0], slopes[2])
    assert (slopes[0] - slopes[1]).abs().max() > 1e-2 * slopes[0].abs().max()


# --- Standardized targets


def test_statistics_are_those_of_all_batches_until_these_are_many():
    """Of five batches, as if they were one: by plain sums over all of them."""
    standardize, g = Standardize(3), torch.Generator().manual_seed(0)
    seen = [level + (level + 1) * torch.randn(2, 4, 3, generator=g) for level in range(5)]
    for features in seen:
        standardize.follow(features)
    for channel, column in enumerate(zip(*torch.cat(seen).flatten(0, 1).tolist(), strict=True)):
        mean = sum(column) / len(column)
        var = sum((x - mean) ** 2 for x in column) / len(column)
        assert standardize.mean[channel].item() == pytest.approx(mean, rel=1e-4)
        assert standardize.var[channel].item() == pytest.approx(var, rel=1e-4)
        found = standardize(seen[0])[1, 2, channel].item()
        assert found == pytest.approx((seen[0][1, 2, channel].item() - mean) / sqrt(var), rel=1e-3)
    assert standardize.seen.item() == 5


def test_then_the_last_ones_count_more():
    standardize, g = Standardize(3, momentum=0.75), torch.Generator().manual_seed(0)
    for level in range(7):
        features, mean, var = torch.randn(20, 3, generator=g) + level, standardize.mean.clone(), standardize.var.clone()
        standardize.follow(features)
        weight = [1, 1 / 2, 1 / 3, 1 / 4][min(level, 3)]
        assert torch.allclose(standardize.mean, torch.lerp(mean, features.mean(0), weight), atol=1e-5)
        apart = (features.mean(0) - mean).square()
        expected = torch.lerp(var, features.var(0, unbiased=False), weight) + weight * (1 - weight) * apart
        assert torch.allclose(standardize.var, expected, rtol=1e-4)


def test_standardized_targets_have_a_mean_of_0_and_a_deviation_of_1():
    model, given_ = method(standardize=True), batch(8)
    raw = features_on_grid(model.teacher, given_.pictures, 4, 4)
    assert torch.allclose(model.targets(given_.pictures), raw, rtol=1e-5)  # before a training there is nothing to take
    model.train().loss(given_)
    targets = model.targets(given_.pictures).flatten(0, 1)
    alive = raw.flatten(0, 1).std(0) > 1e-2
    assert alive.sum() >= 4 and targets.isfinite().all()
    assert targets.mean(0).abs().max() < 1e-4
    assert torch.allclose(targets[:, alive].std(0, unbiased=False), torch.ones(int(alive.sum())), atol=1e-2)
    # What all patches share is worth much before, and nothing after
    same = raw.mean((0, 1)).expand_as(raw)
    assert feature_loss(same, raw) < -0.5
    assert feature_loss(same, model.targets(given_.pictures)).abs() < 0.3


def test_a_channel_that_never_changes_is_no_target():
    model = FeatureTargets(tiny(), Places(4, 4), standardize=True)
    model.loss(batch())
    targets = model.targets(some())
    assert model.standardize is not None and model.standardize.mean[2] == 1 and model.standardize.var[2] == 0
    assert not targets[..., 2].any() and targets[..., 0].std(unbiased=False).item() == pytest.approx(1, abs=1e-3)


@each_method
def test_standardized_targets_are_those_of_the_loss(name):
    """In training, of this batch too; in eval mode, of those before it."""
    model, given_ = METHODS[name](standardize=True), batch(8)
    model.train().loss(given_)
    assert model.standardize.seen == 1
    torch.manual_seed(0)
    found = model.eval().loss(batch(4)).total.item()
    targets = model.standardize(features_on_grid(model.teacher, some(4), 4, 4))
    torch.manual_seed(0)
    if name == "targets":
        assert torch.equal(model.targets(some(4)), targets)
        prediction, mask = model(some(4))
        assert found == pytest.approx(feature_loss(prediction, targets, mask).item(), rel=1e-5)
    else:
        told = model.decode(model.encode(some(4)))
        cosine_ = model.loss(batch(4)).metrics["cosine"].item()
        assert cosine_ == pytest.approx(-feature_loss(told, targets).item(), rel=1e-5)


@each_method
def test_statistics_stand_still_in_eval_mode_and_when_one_looks(name):
    model = METHODS[name](standardize=True).train()
    model.loss(batch(8))
    before = {n: value.clone() for n, value in model.state_dict().items()}
    model.eval().loss(batch())
    model.train()
    model.targets(some()) if name == "targets" else model.encode(some())
    assert all(torch.equal(value, before[n]) for n, value in model.state_dict().items())
    assert METHODS[name]().standardize is None and "standardize.seen" in before


# --- Words


def test_codes_have_length_1_at_each_moment():
    quantizer = CosineQuantizer(12, 4)
    g = torch.Generator().manual_seed(0)
    assert torch.allclose(quantizer.codebook.norm(dim=1), torch.ones(12), atol=1e-6)
    for _ in range(6):
        z = F.normalize(torch.randn(3, 20, 4, generator=g), dim=-1)
        before = quantizer.codebook.clone()
        started = quantizer.has_started
        quantized, indices, loss = quantizer(z)
        assert torch.allclose(quantizer.codebook.norm(dim=1), torch.ones(12), atol=1e-6)
        assert torch.allclose(quantized.norm(dim=-1), torch.ones(3, 20), atol=1e-5)
        assert not torch.equal(quantizer.codebook, before)
        if started:  # the nearest code is the one of the largest cosine
            assert torch.equal(indices, (z @ before.mT).argmax(-1))
            assert loss.item() == pytest.approx((z - before[indices]).square().mean().item(), rel=1e-5)


def test_a_code_follows_its_vectors_on_the_sphere():
    """By hand: a code at the east, all of its vectors at the north, half of itself kept: then it is in between."""
    quantizer = CosineQuantizer(2, 2, decay=0.5)
    codes = {"codebook": torch.tensor([[1.0, 0], [-1, 0]]), "usage": torch.ones(2), "started": torch.tensor(True)}
    quantizer.load_state_dict(codes)
    quantizer(torch.tensor([[0.1, 1.0], [-1.0, 0.0]]) / torch.tensor([[sqrt(1.01)], [1.0]]))
    half = torch.tensor([0.5 + 0.05 / sqrt(1.01), 0.5 / sqrt(1.01)])
    assert torch.allclose(quantizer.codebook, torch.stack([half / half.norm(), torch.tensor([-1.0, 0])]), atol=1e-6)


def test_each_patch_has_its_code():
    tokenizer = words()
    tokenizer.loss(batch(8))  # puts the codes where the vectors are
    tokenizer.eval()
    indices = tokenizer.encode(some(5))
    assert indices.shape == (5, 4, 4) and indices.dtype == torch.int64 and tokenizer.patch == 4
    assert 0 <= indices.min() and indices.max() < tokenizer.codes == 16 and indices.unique().numel() > 2
    vectors = F.normalize(tokenizer.project(tokenizer.encoder.tokens(some(5))[:, 1:]), dim=-1)
    nearest = (vectors @ F.normalize(tokenizer.quantizer.codebook, dim=1).mT).argmax(-1)
    assert torch.equal(indices.flatten(1), nearest)  # row by row, equation 1


def test_the_loss_of_a_tokenizer_is_equation_2():
    tokenizer, given_ = words(commitment=0.7), batch(8)
    tokenizer.loss(given_)
    tokenizer.eval()
    found, indices = tokenizer.loss(given_), tokenizer.encode(given_.pictures)
    vectors = F.normalize(tokenizer.project(tokenizer.encoder.tokens(given_.pictures)[:, 1:]), dim=-1)
    codes = tokenizer.quantizer.lookup(indices)
    told = tokenizer.decode(indices)
    assert torch.equal(told, tokenizer.decoder(codes)) and told.shape == (8, 16, 12)
    away = feature_loss(told, features_on_grid(tokenizer.teacher, given_.pictures, 4, 4))
    expected = away + 0.7 * F.mse_loss(vectors, codes.flatten(1, 2))
    assert found.total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert found.metrics["cosine"].item() == pytest.approx(-away.item(), rel=1e-5)
    assert found.metrics["used_codes"] == used_codes(indices, 16)


def test_the_teacher_teaches_decoder_and_encoder_through_the_codes():
    """Without the commitment, what reaches the encoder has come through the codes."""
    tokenizer = words(commitment=0.0)
    tokenizer.loss(batch(8)).total.backward()
    for name, weight in tokenizer.named_parameters():
        taught = weight.grad is not None and bool(weight.grad.abs().max() > 0)
        assert taught != name.startswith("teacher."), name
    assert not any(name.startswith("quantizer") for name, _ in tokenizer.named_parameters())


def test_the_decoder_knows_where_a_code_stands():
    """The same word in all places, and yet not the same features: positions and neighbors say which."""
    tokenizer = words().eval()
    told = tokenizer.decode(torch.zeros(1, 4, 4, dtype=torch.int64))
    assert (told[0, 0] - told[0, 15]).abs().max() > 1e-4


def test_to_look_at_pictures_changes_nothing():
    tokenizer = words().train()
    before = {name: value.clone() for name, value in tokenizer.state_dict().items()}
    for _ in range(2):
        tokenizer.decode(tokenizer.encode(some()))
    assert all(torch.equal(value, before[name]) for name, value in tokenizer.state_dict().items())


def test_it_serves_where_beit_wants_a_tokenizer():
    """BEiT v2 is BEiT with this tokenizer."""
    tokenizer = words()
    tokenizer.loss(batch(8))
    model = BEiT(tiny(), tokenizer)
    torch.manual_seed(0)
    found = model.loss(batch())
    found.total.backward()
    torch.manual_seed(0)
    logits, mask = model(some())
    expected = beit_loss(logits, tokenizer.encode(some()).flatten(1), mask)
    assert found.total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert all(weight.grad is None for weight in tokenizer.parameters())


# --- The teacher is frozen, in both


@each_method
def test_the_teacher_stays_in_eval_mode_and_gets_no_gradient(name):
    model = METHODS[name]()
    for mode in (True, False, True):
        assert model.train(mode) is model
        assert model.training == model.encoder.training == mode
        assert not any(part.training for part in model.teacher.modules())
    model.loss(batch()).total.backward()
    assert all(weight.grad is None and not weight.requires_grad for weight in model.teacher.parameters())
    learning = [n for n, w in model.named_parameters() if not n.startswith("teacher.")]
    still = [n for n in learning if model.get_parameter(n).grad is None or not model.get_parameter(n).grad.any()]
    assert learning and not still


@each_method
def test_training_leaves_the_teacher_as_it_is(name, tmp_path):
    model = METHODS[name]().train()
    before = {n: value.clone() for n, value in model.teacher.state_dict().items()}  # batch norms too
    weight = model.encoder.stem.weight.detach().clone()
    fit(model, Epochs(world.draw(8, size=16, mode="portrait"), 8), 3, progress=False, folder=tmp_path)
    assert all(torch.equal(value.cpu(), before[n]) for n, value in model.teacher.state_dict().items())
    assert not torch.equal(model.encoder.stem.weight.detach().cpu(), weight)
    of_teacher = {id(p) for p in model.teacher.parameters()}
    trained = {id(p) for group in param_groups(model, 0.1, 0.05) for p in group["params"]}
    assert not of_teacher & trained and len(trained) == len(list(model.parameters())) - len(of_teacher)


def test_a_checkpoint_has_all_of_it():
    model = method(standardize=True).train()
    model.loss(batch())  # so that there are statistics
    other = FeatureTargets(tiny(seed=5), seer(9), standardize=True, seed=5).eval()
    other.load_state_dict(model.eval().state_dict())
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(batch()).total.item())
    assert losses[0] == losses[1] and torch.equal(model.targets(some()), other.targets(some()))
    tokenizer, another = words(), words({"seed": 5}, seed=5)
    tokenizer.loss(batch(8))
    another.load_state_dict(tokenizer.state_dict())
    assert torch.equal(tokenizer.eval().encode(some()), another.eval().encode(some()))
    assert another.quantizer.has_started and another.loss(batch()).total == tokenizer.loss(batch()).total


# --- Learning, precision, seeds


@pytest.mark.parametrize("options", [{}, {"ratio": 0.0}])
def test_it_predicts_more_than_what_all_patches_share(options, tmp_path):
    """Of standardized targets: the floor is the best single direction for each place, whatever the picture."""
    few = world.draw(16, size=16, mode="portrait")
    model = FeatureTargets(tiny(), seer(), standardize=True, masking=random_mask, **options)
    fit(model, Epochs(few, 16), 90, lr=5e-3, progress=False, folder=tmp_path)
    model.eval()
    torch.manual_seed(0)
    prediction, mask = model(few.pictures)
    targets = model.targets(few.pictures)
    floor = F.normalize(targets, dim=-1).mean(0, keepdim=True).expand_as(targets)
    asked = mask if mask.any() else None
    assert feature_loss(prediction, targets, asked) < feature_loss(floor, targets, asked) - 0.05


def test_words_tell_more_than_what_all_patches_share(tmp_path):
    few = world.draw(16, size=16, mode="portrait")
    tokenizer = words(codes=32, standardize=True)
    history = fit(tokenizer, Epochs(few, 16), 120, lr=5e-3, progress=False, folder=tmp_path)
    assert history.metrics["used_codes"][-1] > 0.6
    targets = tokenizer.eval().standardize(features_on_grid(tokenizer.teacher, few.pictures, 4, 4))  # pyright: ignore
    told = tokenizer.decode(tokenizer.encode(few.pictures))
    floor = F.normalize(targets, dim=-1).mean(0, keepdim=True).expand_as(targets)
    assert feature_loss(told, targets) < feature_loss(floor, targets) - 0.05


@each_method
def test_half_and_mixed_precision_take_their_step(name):
    model = METHODS[name](standardize=True).train()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model.loss(batch()).total
    assert mixed.dtype == torch.float32 and mixed.isfinite()
    mixed.backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())
    for dtype in (torch.float64, torch.float16):
        assert model.loss(SimpleNamespace(pictures=some().to(dtype))).total.isfinite()
    assert METHODS[name](standardize=True).train().bfloat16().loss(batch()).total.isfinite()


def test_a_seed_says_what_everything_begins_with():
    before = torch.get_rng_state()
    one, same, other = (FeatureTargets(tiny(), seer(), seed=seed).head.weight for seed in (3, 3, 4))
    assert torch.equal(one, same) and not torch.equal(one, other)
    first, again, another = (words(seed=seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    for name in ("project.weight", "quantizer.codebook", "decoder.head.weight"):
        assert torch.equal(first[name], again[name]) and not torch.equal(first[name], another[name])


# --- What is refused

Z = torch.zeros(1, 4, 3)
ONES = torch.ones(1, 4, dtype=torch.bool)
REFUSED: dict[str, tuple[Any, str]] = {
    "shapes": (lambda: feature_loss(Z, Z[:, :3]), r"a prediction and targets \(B, N, D\), got \(1, 4, 3\) and \(1, 3"),
    "broadcast": (lambda: feature_loss(Z, Z[:, :1]), r"got \(1, 4, 3\) and \(1, 1, 3\)"),
    "map": (lambda: feature_loss(Z[None], Z[None]), r"got \(1, 1, 4, 3\) and"),
    "nothing": (lambda: feature_loss(Z[:0], Z[:0]), r"got \(0, 4, 3\) and"),
    "whole numbers": (lambda: feature_loss(Z, Z.long()), "floating dtype, got torch.int64"),
    "covers nothing": (lambda: feature_loss(Z, Z, ~ONES), "a mask that covers something, got one that covers nothing"),
    "mask": (lambda: feature_loss(Z, Z, ONES[:, :3]), r"a mask \(1, 4\), .*, got \(1, 3\)"),
    "no ViT": (lambda: FeatureTargets(ConvNet(), seer()), "a ViT, got a ConvNet"),  # pyright: ignore
    "no ViT for words": (lambda: FeatureTokenizer(ConvNet(), seer()), "a ViT, got a ConvNet"),  # pyright: ignore
    "teacher": (lambda: FeatureTargets(tiny(), nn.Linear(2, 2)), "a teacher that is an encoder .*, got Linear"),  # pyright: ignore
    "teacher of words": (lambda: FeatureTokenizer(tiny(), "CLIP"), "a teacher that is an encoder .*, got str"),  # pyright: ignore
    "ratio": (lambda: method(ratio=2), "a mask ratio from 0 to 1, got 2"),
    "all covered": (lambda: method(ratio=0.99), "leaves at least one of 16 patches visible, got 0.99"),
    "too few": (lambda: method(ratio=1e-9), "covers at least one of 16 patches"),
    "momentum": (lambda: method(standardize=True, momentum=1.5), "a momentum from 0 to 1, got 1.5"),
    "width of features": (lambda: Standardize(0), "a width, whole and from 1, got 0"),
    "its mask": (lambda: method()(some(), torch.ones(3, 15).bool()), r"a mask \(3, 16\) of bool, .*, got \(3, 15\)"),
    "no token": (
        lambda: method({"mask_token": False}, ratio=0)(some(), torch.ones(3, 16).bool()),
        "a ViT that has a mask token",
    ),
    "sides": (lambda: method().loss(batch(2, 16, 18)), "patches of 4 pixels divide evenly"),
    "sides of words": (lambda: words().encode(some(2, 16, 18)), "patches of 4 pixels divide evenly"),
    "no picture": (lambda: method().loss(batch(0)), "at least one picture"),
    "no picture for words": (lambda: words().loss(batch(0)), "at least one picture"),
    "codes": (lambda: words(codes=0), "a number of codes, whole and from 1, got 0"),
    "width": (lambda: words(width=2.5), "a width, whole and from 1, got 2.5"),
    "decoder": (lambda: words(decoder_width=0), "a width of the decoder, whole and from 1, got 0"),
    "decoder's waves": (lambda: words(decoder_width=18), "a width that 4 divides evenly"),
    "depth": (lambda: words(depth=0), "a depth, whole and from 1, got 0"),
    "decay": (lambda: words(decay=2), "a decay from 0 to 1, got 2"),
    "commitment": (lambda: words(commitment=-1), "a commitment from 0, got -1"),
    "no grid": (lambda: words().decode(torch.zeros(4, 4).long()), r"grids of codes \(B, h, w\), got \(4, 4\)"),
    "no tensor": (lambda: words().decode(None), r"grids of codes \(B, h, w\), got NoneType"),  # pyright: ignore
    "no code": (lambda: words().decode(torch.full((1, 4, 4), 16)), "numbers of codes from 0 to 15, got 16 to 16"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_gets_a_sentence(name):
    call, told = REFUSED[name]
    with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
        call()
    assert "\n" not in str(raised.value)


def test_nobody_is_its_own_teacher():
    encoder = ViT(32, 1, 2, size=16, patch=4, mask_token=True)
    for make in (FeatureTargets, FeatureTokenizer):
        with pytest.raises(ValueError, match="expected a teacher apart from its student"):
            make(encoder, encoder)
        assert all(weight.requires_grad for weight in encoder.parameters())
        assert make(encoder, deepcopy(encoder).requires_grad_(False)).loss(batch()).total.isfinite()
