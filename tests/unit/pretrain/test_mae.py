"""MAE: what is covered is not seen, what is visible is not asked for, and each patch comes back to its place."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from course_lib import world
from course_lib.nn import ConvNet, ViT, block_masking, grid_masking, patchify, random_mask, sincos_pos_embed
from course_lib.pretrain import MAE, mae_loss
from course_lib.pretrain.mae import Decoder, normalize_patches


def tiny(**options: Any) -> ViT:
    return ViT(32, 2, 4, **{"size": 16, "patch": 4, "pool": "mean"} | options)


def method(encoder: dict[str, Any] | None = None, **options: Any) -> MAE:
    """A small MAE whose weights leave nothing at 0, in eval mode."""
    small: dict[str, Any] = {"width": 16, "heads": 2}
    found = MAE(tiny(**encoder or {}), **small | options).eval()
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in found.parameters():
            weight += 0.2 * torch.randn(weight.shape, generator=g)
    return found


def some(batch: int = 3, rows: int = 16, columns: int = 16) -> Tensor:
    return torch.rand(batch, 3, rows, columns, generator=torch.Generator().manual_seed(1))


# --- The loss


@given(st.integers(1, 3), st.integers(1, 5), st.integers(2, 4), st.booleans(), st.data())
def test_the_loss_is_the_one_of_plain_loops(batch, count, pixels, normalize, data):
    covered = data.draw(st.lists(st.booleans(), min_size=batch * count, max_size=batch * count).filter(any))
    mask = torch.tensor(covered).view(batch, count)
    prediction, patches = torch.randn(batch, count, pixels), torch.randn(batch, count, pixels)
    errors = []
    for b, n in mask.nonzero().tolist():
        wanted = patches[b, n].tolist()
        if normalize:
            mean = sum(wanted) / pixels
            var = sum((x - mean) ** 2 for x in wanted) / (pixels - 1)
            wanted = [(x - mean) / (var + 1e-6) ** 0.5 for x in wanted]
        errors.append(sum((x - y) ** 2 for x, y in zip(prediction[b, n].tolist(), wanted, strict=True)) / pixels)
    found = mae_loss(prediction, patches, mask, normalize)
    assert found.item() == pytest.approx(sum(errors) / len(errors), rel=1e-4)
    assert mae_loss(prediction, patches, mask.float(), normalize).item() == found.item()


def test_what_is_visible_is_not_asked_for():
    prediction, patches = torch.randn(2, 4, 3).requires_grad_(), torch.randn(2, 4, 3)
    mask = torch.tensor([[True, False, False, True], [False, True, False, False]])
    mae_loss(prediction, patches, mask).backward()
    assert prediction.grad is not None
    assert torch.equal(prediction.grad.abs().sum(2) > 0, mask)


def test_normalized_pixels_have_no_brightness_and_a_flat_patch_is_no_accident():
    patches = normalize_patches(5 * torch.randn(2, 3, 48) + 7)
    assert patches.mean(-1).abs().max() < 1e-5 and (patches.std(-1) - 1).abs().max() < 1e-5
    assert torch.equal(normalize_patches(torch.full((1, 1, 48), 0.5)), torch.zeros(1, 1, 48))


def test_the_loss_is_computed_in_float32():
    prediction, patches = torch.full((1, 1, 4), 300.0).half(), torch.zeros(1, 1, 4)
    assert mae_loss(prediction, patches, torch.tensor([[True]])).item() == 90000


def test_what_the_loss_cannot_take_gets_a_sentence():
    patches = torch.zeros(1, 4, 3)
    mask = torch.tensor([[True, False, False, False]])
    for call, told in (
        (lambda: mae_loss(patches, patches, ~mask & mask), "a mask that covers something"),
        (lambda: mae_loss(patches, patches[:, :3], mask), r"patches \(B, N, P\), got \(1, 4, 3\) and \(1, 3, 3\)"),
        (lambda: mae_loss(patches, patches, mask[:, :3]), r"a mask \(1, 4\), 1 where a patch is covered, got \(1, 3\)"),
        (lambda: mae_loss(patches, patches.int(), mask), "float32 or another floating dtype, got torch.int32"),
    ):
        with pytest.raises(ValueError, match=told) as raised:
            call()
        assert "\n" not in str(raised.value)


# --- Who sees what


def patches_of(pictures: Tensor, mask: Tensor, value: Tensor) -> Tensor:
    """Pictures (B, 3, 16, 16) with other pixels where patches of 4 × 4 are in the mask."""
    there = mask.view(-1, 1, 4, 1, 4, 1).expand(-1, 3, 4, 4, 4, 4).reshape(-1, 3, 16, 16)
    return torch.where(there, value, pictures)


ENCODERS = {
    "mean": {},
    "class": {"pool": "class"},
    "registers": {"pool": "class", "registers": 2},
    "fixed": {"pos_embed": "sincos", "class_token": True},
    "relative": {"rel_pos_bias": "shared", "pos_embed": False},
}


@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_covered_pixels_are_not_seen_and_visible_ones_are(name, masking):
    model, pictures, others = method(ENCODERS[name]), some(), torch.rand(3, 3, 16, 16)
    mask = masking(3, 4, 4, 0.75)
    prediction, used = model(pictures, mask)
    assert torch.equal(used, mask) and prediction.shape == (3, 16, 48)
    assert torch.equal(model(patches_of(pictures, mask, others), mask)[0], prediction)
    for patch in (~mask[0]).nonzero().flatten().tolist():
        one = torch.zeros_like(mask)
        one[0, patch] = True
        changed = (model(patches_of(pictures, one, others), mask)[0] - prediction).abs().amax((1, 2))
        assert changed[0] > 1e-3 and changed[1:].max() == 0


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("ratio", [0.75, 0.5, 0.1])
def test_the_encoder_works_on_the_visible_patches_alone(name, ratio):
    model, seen = method(ENCODERS[name], ratio=ratio), []
    model.encoder.transformer.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    model(some())
    assert seen == [(3, model.encoder.num_prefix_tokens + int(16 * (1 - ratio)), 32)]


@torch.no_grad()
def test_each_token_comes_back_to_its_place_and_gaps_get_the_mask_token():
    decoder = Decoder(tiny(registers=1), out=16, width=16, heads=2)
    decoder.transformer, decoder.norm, decoder.head = nn.Identity(), nn.Identity(), nn.Identity()  # pyright: ignore
    tokens, places = torch.randn(1, 1 + 2, 32), [9, 4]
    order = places + [i for i in range(16) if i not in places]
    ids_restore = torch.tensor([order]).argsort(1)
    found = decoder(tokens, ids_restore, 4, 4)[0] - sincos_pos_embed(16, 4, 4)
    expected = decoder.mask_token.expand(16, -1).clone()
    expected[places] = decoder.embed(tokens[0, 1:])
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_mask_is_drawn_where_none_is_given():
    model = method(ratio=0.5, masking=block_masking)
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [8] * 3 and not torch.equal(one, other)


@torch.no_grad()
def test_pictures_may_be_larger_and_oblong():
    model = method()
    prediction, mask = model(some(2, 24, 32))
    assert prediction.shape == (2, 48, 48) and mask.sum(1).tolist() == [36, 36]
    assert model.reconstruct(some(2, 24, 32)).shape == (2, 3, 24, 32)


# --- Pictures again


@pytest.mark.parametrize("normalize", [False, True])
@torch.no_grad()
def test_what_is_visible_is_pasted_and_the_rest_is_not_the_truth(normalize):
    model, pictures, mask = method(normalize=normalize), some(), random_mask(3, 4, 4, 0.75)
    painted, whole = model.reconstruct(pictures, mask), model.reconstruct(pictures, mask, paste=False)
    visible, truth = patchify(painted, 4), patchify(pictures, 4)
    assert torch.allclose(visible[~mask], truth[~mask], atol=1e-6)
    assert (visible[mask] - truth[mask]).abs().mean() > 0.1
    assert torch.equal(visible[mask], patchify(whole, 4)[mask]) and not torch.allclose(whole, painted)
    assert painted.min() >= 0 and painted.max() <= 1
    # nothing of what is covered leaks into it, brightness and contrast included
    assert torch.equal(model.reconstruct(patches_of(pictures, mask, torch.rand(3, 3, 16, 16)), mask), painted)


@torch.no_grad()
def test_a_perfect_prediction_is_the_picture(monkeypatch):
    model, pictures = method(), some()
    mask, truth = random_mask(3, 4, 4, 0.75), model.targets(pictures)
    monkeypatch.setattr(model, "forward", lambda *_: (truth, mask))
    assert torch.allclose(model.reconstruct(pictures, paste=False), pictures, atol=1e-6)


# --- Learning


def test_it_learns_and_does_so_again():
    pictures = world.draw(16, size=16, mode="portrait").pictures
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        model = MAE(tiny(), width=16, heads=2)
        optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
        course = []
        for _ in range(40):
            loss = model.loss(SimpleNamespace(pictures=pictures)).total
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            course.append(loss.item())
        losses.append(course)
    assert losses[0] == losses[1]
    assert sum(losses[0][-5:]) < 0.6 * sum(losses[0][:5])


def test_all_that_is_trained_gets_a_gradient():
    model = method({"class_token": True})
    model.loss(SimpleNamespace(pictures=some())).total.backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_a_seed_says_what_the_decoder_begins_with():
    before = torch.get_rng_state()
    one, same, other = (MAE(tiny(), seed=seed).decoder.state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["mask_token"], other["mask_token"])


@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("normalize", [False, True])
def test_nothing_waits_for_the_device(masking, normalize):
    with FakeTensorMode(), torch.device("cuda"):
        model = MAE(tiny(), masking=masking, normalize=normalize)
        loss = model.loss(SimpleNamespace(pictures=torch.rand(4, 3, 16, 16)))
        assert loss.total.device.type == "cuda" and loss.total.shape == ()
        assert model.reconstruct(torch.rand(4, 3, 16, 16)).device.type == "cuda"


def test_what_does_not_fit_gets_a_sentence():
    model, pictures = method(), some(2)
    uneven = torch.tensor([[True] * 4 + [False] * 12, [True] * 5 + [False] * 11])
    for call, told in (
        (lambda: MAE(tiny(stem="conv")), "a ViT with stem='patch', of whose tokens none sees what is covered"),
        (lambda: MAE(ConvNet((8, 16))), "a ViT with stem='patch'"),  # pyright: ignore[reportArgumentType]
        (lambda: MAE(tiny(), ratio=0.0), "covers at least one of 16 patches, got 0.0"),
        (lambda: MAE(tiny(), ratio=0.99), "leaves at least one of 16 patches visible, got 0.99"),
        (lambda: MAE(tiny(), ratio=-1), "a mask ratio from 0 to 1, got -1"),
        (lambda: MAE(tiny(), width=30), "a width that 4 divides evenly"),
        (lambda: MAE(tiny(), width=16, heads=3), "a width that 3 heads can share evenly"),
        (lambda: model(pictures, uneven), "as many in each picture, visible, got 11 to 12"),
        (lambda: model(pictures, uneven.float()), r"a mask \(2, 16\) of bool"),
        (lambda: model(pictures[:, :, :15]), "patches of 4 pixels divide"),
    ):
        with pytest.raises(ValueError, match=told) as raised:
            call()
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("shape", [(1, 16), (2, 12), (2, 20)])
def test_a_mask_for_other_patches_gets_a_sentence(shape):
    mask = torch.zeros(shape, dtype=torch.bool)
    mask[:, :4] = True
    for call in (method(), method().reconstruct):
        with pytest.raises(ValueError, match=rf"a mask \(2, 16\).*got \({shape[0]}, {shape[1]}\)"):
            call(some(2), mask)


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 1, 16, 16), (2, 3, 16)])
def test_what_are_no_pictures_get_a_sentence(shape):
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\)"):
        method()(torch.rand(shape))
