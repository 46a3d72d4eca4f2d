"""SimMIM: what is covered is not seen, whoever looks, what is visible is not asked for, each pixel has its place."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.nn import ConvNet, ViT, block_masking, grid_masking, patchify, random_mask
from course_lib.pretrain import MaskFeat, SimMIM, simmim_loss
from course_lib.pretrain.simmim import cover

from .small import repainted, some, stirred, tiny

ENCODERS = {
    "class": lambda: tiny(),
    "mean": lambda: tiny(pool="mean"),
    "registers": lambda: tiny(registers=2),
    "relative": lambda: tiny(rel_pos_bias="shared", pos_embed=False, pool="mean"),
    "ConvNet of finer places": lambda: ConvNet((8, 16)),
    "ConvNet of the same places": lambda: ConvNet((8, 16, 32)),
    "ConvNet of coarser places": lambda: ConvNet((8, 8, 16, 32)),
}


def method(name: str = "class", **options: Any) -> SimMIM:
    return stirred(SimMIM(ENCODERS[name](), patch=4, **options))


# --- The loss


def test_the_loss_by_hand():
    prediction = torch.tensor([[[1.0, -3.0], [0.5, 0.0], [9.0, 9.0]], [[7.0, 7.0], [0.0, 2.0], [8.0, 8.0]]])
    patches = torch.tensor([[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [2.0, 1.0], [0.0, 0.0]]])
    mask = torch.tensor([[True, True, False], [False, True, False]])
    expected = ((1 + 3) / 2 + (0.5 + 1) / 2 + (2 + 1) / 2) / 3  # one picture has more patches covered than the other
    assert simmim_loss(prediction, patches, mask).item() == pytest.approx(expected)
    assert simmim_loss(prediction, patches, mask.long()).item() == pytest.approx(expected)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.data())
def test_the_loss_is_the_one_of_plain_loops(batch, count, pixels, data):
    covered = data.draw(st.lists(st.booleans(), min_size=batch * count, max_size=batch * count).filter(any))
    mask = torch.tensor(covered).view(batch, count)
    prediction, patches = torch.randn(batch, count, pixels), torch.randn(batch, count, pixels)
    errors = [
        abs(x - y)
        for b, n in mask.nonzero().tolist()
        for x, y in zip(prediction[b, n].tolist(), patches[b, n].tolist(), strict=True)
    ]
    found = simmim_loss(prediction, patches, mask)
    assert found.item() == pytest.approx(sum(errors) / len(errors), rel=1e-4)
    assert simmim_loss(prediction, patches, mask.float()).item() == found.item()


def test_what_is_visible_is_not_asked_for():
    prediction, patches = torch.randn(2, 4, 3).requires_grad_(), torch.randn(2, 4, 3)
    mask = torch.tensor([[True, False, False, True], [False, True, False, False]])
    simmim_loss(prediction, patches, mask).backward()
    assert prediction.grad is not None
    expected = (prediction - patches).sign() * mask[:, :, None] / 9  # three patches of three pixels
    assert torch.allclose(prediction.grad, expected)


def test_what_the_loss_cannot_take_gets_a_sentence():
    patches = torch.zeros(1, 4, 3)
    mask = torch.tensor([[True, False, False, False]])
    for call, told in (
        (
            lambda: simmim_loss(patches, patches, ~mask & mask),
            "a mask that covers something, got one that covers nothing",
        ),
        (lambda: simmim_loss(patches, patches[:, :3], mask), r"patches \(B, N, P\), got \(1, 4, 3\) and \(1, 3, 3\)"),
        (lambda: simmim_loss(patches[0], patches[0], mask), r"patches \(B, N, P\), got \(4, 3\) and \(4, 3\)"),
        (lambda: simmim_loss(patches, patches, mask[:, :3]), r"a mask \(1, 4\), .*, got \(1, 3\)"),
        (lambda: simmim_loss(patches, patches.int(), mask), "float32 or another floating dtype, got torch.int32"),
        (lambda: simmim_loss(patches, patches, [[True]]), r"a mask \(1, 4\), .*, got list"),  # pyright: ignore
    ):
        with pytest.raises(ValueError, match=told) as raised:
            call()
        assert "\n" not in str(raised.value)


# --- Who sees what


@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_covered_pixels_are_not_seen_and_visible_ones_are(name, masking):
    model, pictures, mask = method(name), some(), masking(3, 4, 4, 0.6)
    prediction, used = model(pictures, mask)
    assert torch.equal(used, mask) and prediction.shape == (3, 16, 48)
    assert torch.equal(model(repainted(pictures, mask), mask)[0], prediction)
    for patch in (~mask[0]).nonzero().flatten().tolist():
        one = torch.zeros_like(mask)
        one[0, patch] = True
        changed = (model(repainted(pictures, one), mask)[0] - prediction).abs().amax((1, 2))
        assert changed[0] > 1e-3 and changed[1:].max() < 1e-5


def test_all_tokens_go_through_the_encoder():
    model, seen = method(), []
    model.encoder.transformer.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))  # pyright: ignore
    model(some())
    assert seen == [(3, 1 + 16, 32)]


def test_a_convnet_sees_the_mean_color_where_it_is_covered():
    pictures, mask = some(2, 8, 12), torch.tensor([[True] + [False] * 5, [False] * 4 + [True] * 2])
    found = cover(pictures, mask, patch=4)
    expected = pictures.clone()
    expected[0, :, :4, :4] = expected[1, :, 4:, 4:] = 0.5
    assert torch.equal(found, expected) and not ConvNet((8, 8)).normalize(found)[0, :, :4, :4].any()
    assert torch.equal(cover(pictures, mask, 4, color=0.0), torch.where(expected == 0.5, 0.0, expected))


def test_a_mask_is_drawn_where_none_is_given():
    model = method(masking=block_masking)
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [10] * 3 and not torch.equal(one, other)
    asked = []
    SimMIM(tiny(), ratio=0.3, masking=lambda *given, **more: asked.append((given, more)) or one)(some())
    assert asked == [((3, 4, 4, 0.3), {"device": torch.device("cpu")})]


@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_pictures_may_be_larger_and_oblong(name):
    prediction, mask = method(name)(some(2, 24, 32))
    assert prediction.shape == (2, 48, 48) and mask.sum(1).tolist() == [29, 29]
    assert method(name).reconstruct(some(2, 24, 32)).shape == (2, 3, 24, 32)


# --- Pixels and their places


@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_the_linear_layer_paints_what_lies_under_each_place(name):
    model = method(name)
    side = model.stride
    model.head.weight.zero_()
    assert model.head.bias is not None
    tile = torch.rand(3, side, side)
    model.head.bias.copy_(tile.flatten())
    expected = tile.repeat(1, 16 // side, 16 // side)[None]
    assert torch.equal(model(some(1))[0], patchify(expected, 4))
    assert torch.allclose(model.reconstruct(some(1), paste=False), expected * 0.25 + 0.5)


@pytest.mark.parametrize("name", ["class", "ConvNet of coarser places"])
@torch.no_grad()
def test_what_is_visible_is_pasted_and_the_rest_is_not_the_truth(name):
    model, pictures, mask = method(name), some(), random_mask(3, 4, 4, 0.6)
    painted, whole = model.reconstruct(pictures, mask), model.reconstruct(pictures, mask, paste=False)
    visible, truth = patchify(painted, 4), patchify(pictures, 4)
    assert torch.allclose(visible[~mask], truth[~mask], atol=1e-6)
    assert (visible[mask] - truth[mask]).abs().mean() > 0.1
    assert torch.equal(visible[mask], patchify(whole, 4)[mask]) and not torch.allclose(whole, painted)
    assert painted.min() >= 0 and painted.max() <= 1
    assert torch.equal(model.reconstruct(repainted(pictures, mask), mask), painted)


@torch.no_grad()
def test_a_perfect_prediction_is_the_picture_and_costs_nothing(monkeypatch):
    model, pictures = method(), some()
    mask, truth = random_mask(3, 4, 4, 0.6), model.targets(pictures)
    monkeypatch.setattr(model, "forward", lambda *_: (truth, mask))
    assert torch.allclose(model.reconstruct(pictures, paste=False), pictures, atol=1e-6)
    assert model.loss(SimpleNamespace(pictures=pictures)).total.item() == 0


# --- Learning


@pytest.mark.parametrize("name", ENCODERS)
def test_all_that_is_trained_gets_a_gradient(name):
    model = method(name).train()
    model.loss(SimpleNamespace(pictures=some())).total.backward()
    still = [name for name, w in model.named_parameters() if w.numel() and (w.grad is None or not w.grad.any())]
    assert still == []


def test_a_seed_says_what_the_linear_layer_begins_with():
    before = torch.get_rng_state()
    one, same, other = (SimMIM(tiny(), seed=seed).head.weight for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_what_does_not_fit_gets_a_sentence():
    model, pictures = method(), some(2)
    net = ConvNet((8, 16))
    for call, told in (
        (lambda: SimMIM(tiny(mask_token=False)), "a ViT that has a mask token, got a ViT without"),
        (lambda: SimMIM(tiny(), patch=8), "the patch of the ViT, 4, got 8"),
        (lambda: SimMIM(net), "a patch, whole and from 1, got None"),
        (lambda: SimMIM(net, patch=0), "a patch, whole and from 1, got 0"),
        (lambda: SimMIM(net, patch=2.5), "a patch, whole and from 1, got 2.5"),  # pyright: ignore[reportArgumentType]
        (lambda: SimMIM(tiny(), ratio=1.0), "leaves at least one of .* patches visible, got 1.0"),
        (lambda: SimMIM(tiny(), ratio=-1), "a mask ratio from 0 to 1, got -1"),
        (lambda: model(pictures[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: SimMIM(net, patch=4)(pictures[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: cover(pictures, torch.ones(2, 15), 4), r"a mask \(2, 16\)"),
        (lambda: cover(pictures, torch.ones(2, 16), 5), "patches of 5 pixels divide"),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("shape", [(1, 16), (2, 12), (2, 20)])
@pytest.mark.parametrize("name", ["class", "ConvNet of finer places"])
def test_a_mask_for_other_patches_gets_a_sentence(name, shape):
    mask = torch.zeros(shape, dtype=torch.bool)
    mask[:, :4] = True
    for call in (method(name), method(name).reconstruct):
        with pytest.raises(ValueError, match=rf"a mask \(2, 16\).*got \({shape[0]}, {shape[1]}\)"):
            call(some(2), mask)


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 1, 16, 16), (2, 3, 16)])
def test_what_are_no_pictures_get_a_sentence(shape):
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\)"):
        method()(torch.rand(shape))


@pytest.mark.parametrize("kind", [SimMIM, MaskFeat])
def test_a_stem_that_looks_over_the_edges_of_patches_is_refused(kind):
    leaking = ViT(32, 1, 2, size=16, patch=4, stem="conv", mask_token=True)
    with pytest.raises(ValueError, match="expected a ViT with stem='patch'"):
        kind(leaking)


@pytest.mark.parametrize("kind", [SimMIM, MaskFeat])
@pytest.mark.parametrize("ratio", [0.0, 1.0, -1, float("nan")])
def test_a_ratio_that_covers_nothing_or_all_is_refused(kind, ratio):
    with pytest.raises(ValueError, match="expected a mask ratio"):
        kind(ViT(32, 1, 2, size=16, patch=4, mask_token=True), ratio=ratio)


def test_what_a_convnet_cannot_predict_is_told():
    method = SimMIM(ConvNet((8, 16)), patch=5)
    with pytest.raises(ValueError, match=r"expected pictures whose sides the ConvNet's stride of 2 divides, got \(1,"):
        method(torch.rand(1, 3, 25, 25))
    with pytest.raises(ValueError, match="of bool"):
        SimMIM(ConvNet((8, 16)), patch=4)(torch.rand(1, 3, 16, 16), torch.ones(1, 16))
    with pytest.raises(ValueError, match="expected an encoder, got a str"):
        SimMIM("x")  # pyright: ignore[reportArgumentType]


def test_making_it_leaves_the_encoder_as_it_was():
    encoder = ConvNet((8, 16))
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    SimMIM(encoder, patch=4)
    assert encoder.training and all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())
