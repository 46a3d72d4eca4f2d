"""iBOT, KoLeo and data2vec are what lightly and Hugging Face's transformers compute, Sinkhorn what SwAV published."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from lightly.loss import IBOTPatchLoss, KoLeoLoss
from lightly.loss.swav_loss import sinkhorn as lightlys_sinkhorn
from torch import Tensor, nn
from transformers import Data2VecVisionConfig, Data2VecVisionModel

from course_lib.nn import ViT
from course_lib.nn.masking import block_masking
from course_lib.pretrain.data2vec import Data2Vec, data2vec_loss, data2vec_targets
from course_lib.pretrain.ibot import IBOT, ibot_loss, koleo, sinkhorn
from course_lib.weights import published

SMALL: dict[str, Any] = {"image_size": 32, "patch_size": 8, "hidden_size": 64, "num_hidden_layers": 3}
SMALL |= {"num_attention_heads": 2, "intermediate_size": 256, "layer_norm_eps": 1e-6, "drop_path_rate": 0}
SMALL |= {"use_mask_token": True, "use_shared_relative_position_bias": True, "use_mean_pooling": False}


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def agree(inputs: list[Tensor], mine: Tensor, theirs: Tensor) -> None:
    """The same value to 1e-6 of it, the same gradients to 3e-6 of their largest."""
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    slopes = [torch.autograd.grad(loss, inputs, retain_graph=True) for loss in (mine, theirs)]
    for a, b in zip(*slopes, strict=True):
        assert b.abs().max() > 0 and (a - b).abs().max() <= 3e-6 * b.abs().max()


def close(mine: Tensor, theirs: Tensor) -> None:
    assert mine.shape == theirs.shape
    assert (mine - theirs).abs().max().item() <= 1e-5 * max(1.0, theirs.abs().max().item())


# --- iBOT


def test_ibots_patches_are_lightlys_over_several_steps():
    """Loss, gradient and center, while the teacher's temperature rises; pictures with many, few and no patches."""
    g = generator(3)
    theirs = IBOTPatchLoss(output_dim=32)
    method = IBOT(ViT(16, 1, 2, size=16, patch=4, mask_token=True), 32)
    assert method.center_momentum == theirs.center.momentum
    for step in range(5):
        student, teacher = (torch.randn(6, 20, 32, generator=g) for _ in range(2))
        student.requires_grad_()
        mask = torch.rand(6, 20, generator=g) < torch.tensor([0.0, 0.1, 0.3, 0.5, 1.0, 0.3])[:, None]
        temperature = 0.04 + 0.006 * step
        mine = ibot_loss(student, teacher, mask, method.patch_center, 0.1, temperature)
        agree([student], mine, theirs(teacher[mask], student[mask], mask.view(6, 4, 5), teacher_temp=temperature))
        method.fresh_patches = teacher[mask].mean(0)
        method.after_step(step / 5)
        assert torch.allclose(method.patch_center, theirs.center.value.flatten(), atol=1e-7)


def test_a_method_gives_its_patches_the_loss_of_lightly():
    """Of all large views, those of which nothing is covered too."""
    method = IBOT(ViT(32, 1, 2, size=16, patch=4, mask_token=True), 32, num_local_crops=0, masked_share=0.4).eval()
    method.global_crops = lambda pictures: pictures
    pictures = torch.rand(5, 3, 16, 16, generator=generator(0))
    losses = {}
    for weight in (0.0, 1.0):
        method.patch_weight = weight
        torch.manual_seed(0)
        losses[weight] = method.loss(type("Batch", (), {"pictures": pictures})).total.item()
    torch.manual_seed(0)
    mask = method.draw(10, 4, 4, "cpu")[0]
    large, teacher = torch.cat([pictures, pictures]), method.teacher
    with torch.no_grad():
        student = method.head(method.encoder.tokens(large, mask=mask)[:, 1:][mask])
        told = teacher[1](method.encoder.tokens(large)[:, 1:][mask])  # the encoder is still what the teacher's is
        theirs = IBOTPatchLoss(output_dim=32)(told, student, mask.view(10, 4, 4))
    assert mask.any(1).sum() == 4
    assert losses[1.0] - losses[0.0] == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_koleo_is_lightlys(scale):
    features = (scale * torch.randn(24, 16, generator=generator(1))).requires_grad_()
    agree([features], koleo(features), KoLeoLoss()(features))
    doubled = features.detach().double().requires_grad_()
    agree([doubled], koleo(doubled), KoLeoLoss()(doubled))


def test_koleo_of_equal_features_is_lightlys():
    features = torch.randn(4, 8, generator=generator(2))[[0, 0, 1, 2, 3]]
    assert koleo(features).item() == pytest.approx(KoLeoLoss()(features).item(), rel=1e-5)


# --- Sinkhorn and Knopp


def published_sinkhorn(scores: Tensor, temperature: float, rounds: int) -> Tensor:
    """Equation 5 of SwAV as it stands: Diag(u) exp(scores / ε) Diag(v), with u and v found in turn."""
    kernel = (scores / temperature).exp().T  # (K, B)
    answers, pictures = kernel.shape
    v = torch.ones(pictures, dtype=scores.dtype)
    u = torch.ones(answers, dtype=scores.dtype)
    for _ in range(rounds):
        u = (1 / answers) / (kernel @ v)
        v = (1 / pictures) / (kernel.T @ u)
    return pictures * (u[:, None] * kernel * v).T


@pytest.mark.parametrize("rounds", [1, 3, 20])
@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_sinkhorn_is_the_formula_and_lightlys(temperature, rounds):
    scores = torch.randn(24, 10, generator=generator(4), dtype=torch.float64)
    mine = sinkhorn(scores, temperature, rounds)
    torch.testing.assert_close(mine, published_sinkhorn(scores, temperature, rounds), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(mine, lightlys_sinkhorn(scores, rounds, temperature), rtol=1e-9, atol=1e-12)
    narrow = sinkhorn(scores.float(), temperature, rounds)
    torch.testing.assert_close(narrow.double(), mine, rtol=1e-3, atol=1e-6)


def test_sinkhorn_holds_where_the_published_code_overflows():
    scores = 10 * torch.randn(24, 10, generator=generator(5))
    assert not lightlys_sinkhorn(scores, 3, 0.05).isfinite().all()
    exact = sinkhorn(scores.double(), 0.05)
    torch.testing.assert_close(sinkhorn(scores, 0.05).double(), exact, rtol=1e-2, atol=1e-4)


# --- data2vec


def hugging_faces_data2vec() -> tuple[Any, Any, nn.Linear]:
    """Data2VecVision with random weights that leave nothing at 0 or 1, ours with the same, and a linear layer."""
    torch.manual_seed(0)
    theirs: Any = Data2VecVisionModel(Data2VecVisionConfig(**SMALL), add_pooling_layer=False).eval()
    head, g = nn.Linear(64, 64), generator(0)
    with torch.no_grad():
        for weight in theirs.parameters():
            spread = 0.5 * weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.1
            weight.add_(spread * torch.randn(weight.shape, generator=g))
    # Its tensors have the names of BEiT's files, behind another prefix
    state = {name if name.startswith("layernorm.") else f"beit.{name}": x for name, x in theirs.state_dict().items()}
    state |= {f"lm_head.{name}": x for name, x in head.state_dict().items()}
    mine = Data2Vec(published.beit(state).encoder, top=2)
    mine.head.load_state_dict(head.state_dict())
    return mine.eval(), theirs, head


def test_data2vec_is_transformers_encoder_with_the_targets_and_the_loss_of_the_paper():
    mine, theirs, head = hugging_faces_data2vec()
    pictures = torch.rand(3, 3, 32, 32, generator=generator(1))
    seen = mine.encoder.normalize(pictures)
    mask = block_masking(3, 4, 4, 0.6, generator(2))
    # The teacher sees the whole: its last two blocks, each normalized without parameters, and their mean
    with torch.no_grad():
        hidden = theirs(seen, output_hidden_states=True).hidden_states
        norm = nn.LayerNorm(64, elementwise_affine=False)
        targets = (norm(hidden[-2][:, 1:]) + norm(hidden[-1][:, 1:])) / 2
    assert len(hidden) == 4  # what goes into the first block, and what comes from each
    close(mine.targets(pictures), targets)
    close(data2vec_targets(hidden[1:], 2)[:, 1:], targets)
    # The student sees a part, and predicts the rest
    predicted = head(theirs(seen, bool_masked_pos=mask).last_hidden_state[:, 1:])
    prediction, _ = mine(pictures, mask)
    close(prediction, predicted)
    loss = data2vec_loss(prediction, mine.targets(pictures), mask, beta=0.5)
    expected = F.smooth_l1_loss(predicted[mask], targets[mask], beta=0.5)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    loss.backward()
    expected.backward()
    attention = [f"encoder.layer.1.attention.attention.{part}.weight" for part in ("query", "key", "value")]
    for ours, names in {
        "encoder.mask_token": ["embeddings.mask_token"],
        "encoder.rel_pos_bias.table": ["encoder.relative_position_bias.relative_position_bias_table"],
        "encoder.transformer.blocks.1.attention.qkv.weight": attention,
        "encoder.transformer.blocks.0.ls1": ["encoder.layer.0.lambda_1"],
        "encoder.norm.weight": ["layernorm.weight"],
        "encoder.stem.weight": ["embeddings.patch_embeddings.projection.weight"],
    }.items():
        a, b = mine.get_parameter(ours).grad, torch.cat([theirs.get_parameter(name).grad for name in names])
        assert b.abs().max() > 0 and (a - b.view_as(a)).abs().max() <= 1e-5 * b.abs().max(), ours


@torch.no_grad()
def test_the_norm_of_the_last_block_is_not_what_brings_targets_to_one_size():
    """What many take in its place: the encoder's own last norm, with its parameters, on each block."""
    mine, _, _ = hugging_faces_data2vec()
    pictures = torch.rand(2, 3, 32, 32, generator=generator(1))
    teacher: Any = mine.teacher[0]
    otherwise = torch.stack(teacher.intermediate(pictures, [-2, -1], norm=True)).mean(0)[:, 1:]
    assert (mine.targets(pictures) - otherwise).abs().max() > 0.1
