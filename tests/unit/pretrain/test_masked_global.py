"""MAE with a global term: two losses of one encoder, each as it is alone, and without the second it is the MAE."""

from math import exp, log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, block_masking, grid_masking, random_mask
from course_lib.pretrain import MAE, SimCLR, nt_xent
from course_lib.pretrain.masked_global import MaskedGlobal, pooled

from .small import cosine, repainted, some, stirred

ENCODERS: dict[str, dict[str, Any]] = {
    "mean": {},
    "class": {"pool": "class"},
    "class, registers": {"pool": "class", "registers": 2},
    "mean, class token": {"class_token": True},
    "mean, norm after it": {"fc_norm": True},
    "relative": {"rel_pos_bias": "block", "pos_embed": False},
}


def small(**options: Any) -> ViT:
    return ViT(32, 2, 2, **{"size": 16, "patch": 4, "pool": "mean"} | options)


def mae(vit: dict[str, Any] | None = None, **options: Any) -> MAE:
    sizes: dict[str, Any] = {"width": 16, "heads": 2}
    return MAE(small(**vit or {}), **sizes | options)


def method(vit: dict[str, Any] | None = None, **options: Any) -> MaskedGlobal:
    sizes: dict[str, Any] = {"dim": 8, "hidden": 16}
    return stirred(MaskedGlobal(mae(vit), **sizes | options))


def batch(pictures: Tensor | None = None) -> SimpleNamespace:
    return SimpleNamespace(pictures=some(5) if pictures is None else pictures)


def as_they_are(pictures: Tensor) -> Tensor:
    return pictures


def gradients(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: w.grad.clone() for name, w in model.named_parameters() if w.grad is not None}


# --- Two terms


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("masking", [random_mask, block_masking])
def test_without_the_second_term_it_is_the_mae_step_by_step(masking, normalize):
    alone = mae(masking=masking, normalize=normalize)
    joint = MaskedGlobal(mae(masking=masking, normalize=normalize), weight=0, ratio=0.5)
    found = []
    for model, encoder_and_decoder in ((alone, alone), (joint, joint.mae)):
        torch.manual_seed(0)
        optim, losses = torch.optim.AdamW(model.parameters(), 1e-2), []
        for progress in (0.0, 0.3, 0.7, 1.0):
            loss = model.train().loss(batch())
            optim.zero_grad()
            loss.total.backward()
            losses.append((loss.total.item(), gradients(encoder_and_decoder)))
            optim.step()
            model.after_step(progress)
        found.append((losses, encoder_and_decoder.state_dict(), torch.get_rng_state()))
    for (value, grads), (other, others) in zip(found[0][0], found[1][0], strict=True):
        assert value == other and grads.keys() == others.keys()
        assert all(torch.equal(grads[name], others[name]) for name in grads)
    assert all(torch.equal(x, found[1][1][name]) for name, x in found[0][1].items())
    assert torch.equal(found[0][2], found[1][2])
    assert all(w.grad is None for w in joint.projector.parameters())
    assert joint.loss(batch()).metrics.keys() == {"mae"}


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_the_loss_is_that_of_its_parts(ratio):
    model = method(weight=0.3, ratio=ratio, temperature=0.4)
    torch.manual_seed(3)
    found = model.loss(batch())
    torch.manual_seed(3)
    painted = model.mae.loss(batch()).total  # what the MAE alone draws and finds
    views = torch.cat([model.views(some(5)), model.views(some(5))])
    z1, z2 = model.project(views).chunk(2)
    contrastive = nt_xent(z1, z2, 0.4)
    assert found.metrics["mae"].item() == painted.item()
    assert found.metrics["contrastive"].item() == pytest.approx(contrastive.item(), rel=1e-6)
    assert found.total.item() == pytest.approx(painted.item() + 0.3 * contrastive.item(), rel=1e-6)
    assert found.metrics.keys() == {"mae", "contrastive"}
    assert found.total.requires_grad and not any(x.requires_grad for x in found.metrics.values())


def test_the_gradient_is_the_sum_of_both():
    grads = []
    for weight in (0.0, 1.0, 2.5):
        model = method(weight=weight)
        torch.manual_seed(3)
        model.loss(batch()).total.backward()
        grads.append(gradients(model))
    painted, once, more = grads
    for name in once:
        first = painted.get(name, torch.zeros_like(once[name]))
        torch.testing.assert_close(more[name] - first, 2.5 * (once[name] - first), atol=1e-6, rtol=1e-3)
    shared = "mae.encoder.stem.weight"
    assert (once[shared] - painted[shared]).abs().max() > 1e-4  # both terms teach the encoder
    decoder = "mae.decoder.head.weight"
    assert torch.equal(once[decoder], painted[decoder]) and once[decoder].any()  # one the decoder alone


def test_the_second_term_is_simclrs():
    model = method(temperature=0.4)
    other = stirred(SimCLR(model.encoder, 8, 16, temperature=0.4))
    other.encoder.load_state_dict(model.encoder.state_dict())
    other.projector.load_state_dict(model.projector.state_dict())
    model.mae.loss = lambda _: SimpleNamespace(total=torch.zeros(()))  # pyright: ignore
    torch.manual_seed(0)
    found = model.loss(batch())
    torch.manual_seed(0)
    assert found.total.item() == pytest.approx(other.loss(batch()).total.item(), rel=1e-6)


@torch.no_grad()
def test_the_second_term_by_plain_loops():
    model, pictures = method(views=as_they_are, temperature=0.5), some(4)
    z = model.project(pictures).tolist() * 2
    total = 0.0
    for i, one in enumerate(z):
        scores = [exp(cosine(one, other) / 0.5) for j, other in enumerate(z) if j != i]
        total += log(sum(scores)) - cosine(one, z[(i + 4) % 8]) / 0.5
    assert model.loss(batch(pictures)).metrics["contrastive"].item() == pytest.approx(total / 8, rel=1e-4)


def test_the_first_term_sees_pictures_and_the_second_views():
    seen, painted = [], []

    def white(pictures: Tensor) -> Tensor:
        seen.append(pictures)
        return torch.full_like(pictures, len(seen) / 2)

    model = method(views=white)
    model.mae.register_forward_pre_hook(lambda _, given: painted.append(given[0]))
    model.projector.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    pictures = some(5)
    model.loss(batch(pictures))
    assert len(painted) == 1 and torch.equal(painted[0], pictures)
    assert len(seen) == 3 and seen[0] is seen[1] is pictures and seen[2].shape == (10, 32)
    one, other = (model.encoder(torch.full((1, 3, 16, 16), color)) for color in (0.5, 1.0))
    expected = torch.cat([one.expand(5, -1), other.expand(5, -1)])
    torch.testing.assert_close(seen[2], expected, atol=1e-5, rtol=1e-5)


# --- Pooled tokens and covered views


@pytest.mark.parametrize("name", ENCODERS)
@torch.no_grad()
def test_pooling_is_the_encoders_own(name):
    encoder, pictures = stirred(small(**ENCODERS[name])), some()
    everything = torch.arange(16).expand(3, -1)
    assert torch.equal(pooled(encoder, pictures), encoder(pictures))
    torch.testing.assert_close(pooled(encoder, pictures, everything), encoder(pictures), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(pooled(encoder, pictures, everything.flip(1)), encoder(pictures), atol=1e-5, rtol=1e-5)
    keep = torch.tensor([[0, 3, 7], [5, 6, 15], [2, 9, 12]])
    found = pooled(encoder, pictures, keep)
    hidden = torch.ones(3, 16, dtype=torch.bool).scatter(1, keep, False)
    assert torch.equal(pooled(encoder, repainted(pictures, hidden), keep), found)
    assert (found - encoder(pictures)).abs().amax(1).min() > 1e-3
    if name in ("mean", "class"):
        tokens = encoder.tokens(pictures, keep=keep)
        by_hand = tokens[:, 0] if name == "class" else tokens.mean(1)
        torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["mean", "class, registers"])
def test_views_are_covered_by_the_masks_of_the_mae(name):
    drawn, seen = [], []

    def masking(*given: Any, **more: Any) -> Tensor:
        drawn.append((given, grid_masking(*given, **more)))
        return drawn[-1][1]

    model = MaskedGlobal(mae(ENCODERS[name], masking=masking), ratio=0.5, dim=8, hidden=16, views=as_they_are).eval()
    first = model.encoder.transformer.blocks[0]
    first.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[:2]))
    prefix = model.encoder.num_prefix_tokens
    model.loss(batch())
    assert [given for given, _ in drawn] == [(5, 4, 4, 0.75), (10, 4, 4, 0.5)]  # each view for itself
    assert seen == [(5, prefix + 4), (10, prefix + 8)]
    z = model.project(some())
    assert torch.equal(model.project(repainted(some(), drawn[-1][1])), z)
    assert not torch.allclose(model.project(repainted(some(), ~drawn[-1][1])), z)


def test_whole_views_draw_no_mask():
    asked = []
    model = method(ratio=0.0)
    model.mae.masking = lambda *given, **more: asked.append(given) or random_mask(*given, **more)
    model.loss(batch())
    assert asked == [(5, 4, 4, 0.75)]


# --- The method


@pytest.mark.parametrize("ratio", [0.0, 0.5])
@pytest.mark.parametrize("name", ENCODERS)
def test_all_that_is_trained_gets_a_gradient(name, ratio):
    model = method(ENCODERS[name], ratio=ratio).train()
    model.loss(batch()).total.backward()
    still = [name for name, w in model.named_parameters() if w.numel() and (w.grad is None or not w.grad.any())]
    assert still == []


def test_the_encoder_is_owned_once(tmp_path):
    first = mae()
    model = MaskedGlobal(first, dim=8, hidden=16)
    assert model.encoder is first.encoder and isinstance(model.encoder, ViT)
    names = list(model.state_dict())
    assert not any(name.startswith("encoder.") for name in names)
    assert sum(name.endswith("stem.weight") for name in names) == 1
    assert len(list(model.parameters())) == len(list(first.parameters())) + len(list(model.projector.parameters()))
    save_file(model.state_dict(), tmp_path / "all.safetensors")  # which takes no weights that share their memory


def test_a_checkpoint_has_the_whole_of_it():
    model, other = method(), MaskedGlobal(mae({"seed": 5}, seed=5), dim=8, hidden=16, seed=5).eval()
    other.load_state_dict(model.state_dict())
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(batch()).total.item())
    assert losses[0] == losses[1]


def test_a_seed_says_what_the_projector_begins_with_and_the_mae_stays():
    first = mae()
    before, chance = {name: x.clone() for name, x in first.state_dict().items()}, torch.get_rng_state()
    one, same, other = (MaskedGlobal(first, seed=n).projector[0].get_parameter("weight") for n in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), chance)
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert all(torch.equal(before[name], x) for name, x in first.state_dict().items())


def test_it_learns_both_and_does_so_again(tmp_path):
    few, losses = world.draw(16, size=16, mode="portrait"), []
    for _ in range(2):
        model = MaskedGlobal(mae(), dim=16, hidden=32, views=as_they_are)
        history = fit(model, Epochs(few, 16), 40, lr=3e-3, progress=False, folder=tmp_path)
        losses.append((history.loss, history.metrics["mae"], history.metrics["contrastive"]))
    assert losses[0] == losses[1]
    for course in losses[0]:
        assert sum(course[-5:]) < 0.9 * sum(course[:5])


def test_pictures_may_be_larger_and_oblong():
    for ratio in (0.0, 0.5):
        loss = method(ratio=ratio).loss(batch(some(4, 24, 32)))
        assert loss.total.shape == () and loss.total.isfinite()


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_nothing_waits_for_the_device(ratio):
    with FakeTensorMode(), torch.device("cuda"):
        model = MaskedGlobal(mae(), ratio=ratio, dim=8, hidden=16, views=as_they_are)
        loss = model.loss(SimpleNamespace(pictures=torch.rand(4, 3, 16, 16)))
        assert loss.total.device.type == "cuda"
        assert loss.total.shape == loss.metrics["mae"].shape == loss.metrics["contrastive"].shape == ()


def test_mixed_precision_is_near_and_added_in_float32():
    model, found = method(views=as_they_are), []
    for mixed in (False, True):
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            found.append(model.loss(batch()))
    assert found[1].total.dtype == found[1].metrics["contrastive"].dtype == torch.float32
    assert found[1].total.item() == pytest.approx(found[0].total.item(), rel=0.05)


# --- What does not fit


def test_what_does_not_fit_gets_a_sentence():
    model = method()
    wrong: Any = None
    for call, told in (
        (lambda: MaskedGlobal(small()), "an MAE, got a ViT"),  # pyright: ignore
        (lambda: MaskedGlobal(ConvNet((8, 8))), "an MAE, got a ConvNet"),  # pyright: ignore
        (lambda: MaskedGlobal(mae(), weight=-1), "a weight from 0, got -1"),
        (lambda: MaskedGlobal(mae(), weight=float("inf")), "a weight from 0, got inf"),
        (lambda: MaskedGlobal(mae(), weight=wrong), "a weight from 0, got None"),
        (lambda: MaskedGlobal(mae(), ratio=1.0), "leaves at least one of 16 patches visible, got 1.0"),
        (lambda: MaskedGlobal(mae(), ratio=-0.1), "a mask ratio from 0 to 1, got -0.1"),
        (lambda: MaskedGlobal(mae(), temperature=0.0), "a temperature above 0, got 0.0"),
        (lambda: MaskedGlobal(mae(), dim=0), "a width, whole and from 1, got 0"),
        (lambda: MaskedGlobal(mae(), hidden=wrong), "a width, whole and from 1, got None"),
        (lambda: model.loss(batch(some(1))), "at least two pictures, which learn from each other, got 1"),
        (lambda: model.loss(batch(some(2)[:, :, :15])), "patches of 4 pixels divide"),
        (lambda: pooled(model.encoder, some(), torch.zeros(2, 3).long()), r"the patches to keep \(3, K\) as int64"),
        (lambda: pooled(model.encoder, some(), torch.full((3, 1), 16)), "to keep patches from 0 to 15, got 16 to 16"),
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)
    one = method(weight=0).loss(batch(some(1)))
    assert one.total.isfinite()  # the MAE alone compares nothing
