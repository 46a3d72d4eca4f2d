"""BEiT: guess the codes of what is covered; the tokenizer that knows them is frozen, asked in eval mode, and kept."""

from math import exp, log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, block_masking, grid_masking, random_mask
from course_lib.pretrain import BEiT, Tokenizer, beit_loss
from course_lib.train.optim import param_groups

from .small import repainted, some, stirred, tiny, words


def method(vit: dict[str, Any] | None = None, **options: Any) -> BEiT:
    return stirred(BEiT(tiny(**vit or {}), words(), **options))


# --- The loss


def test_the_loss_by_hand():
    logits = torch.tensor([[[0.0, log(3)], [5.0, -5.0], [log(7), 0.0]], [[0.0, 0.0], [9.0, 9.0], [1.0, 2.0]]])
    codes = torch.tensor([[1, 1, 0], [0, 1, 1]])
    mask = torch.tensor([[True, False, True], [True, False, False]])
    expected = (log(4 / 3) + log(8 / 7) + log(2)) / 3  # one picture has more patches covered than the other
    assert beit_loss(logits, codes, mask).item() == pytest.approx(expected)
    assert beit_loss(logits, codes, mask.float()).item() == pytest.approx(expected)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.data())
def test_the_loss_is_the_one_of_plain_loops(batch, count, number, data):
    covered = data.draw(st.lists(st.booleans(), min_size=batch * count, max_size=batch * count).filter(any))
    mask = torch.tensor(covered).view(batch, count)
    logits, codes = torch.randn(batch, count, number), torch.randint(number, (batch, count))
    surprises = []
    for b, n in mask.nonzero().tolist():
        scores = logits[b, n].tolist()
        surprises.append(log(sum(exp(score) for score in scores)) - scores[int(codes[b, n])])
    expected = sum(surprises) / len(surprises)
    assert beit_loss(logits, codes, mask).item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_what_is_visible_is_not_asked_for():
    logits, codes = torch.randn(2, 4, 5).requires_grad_(), torch.randint(5, (2, 4))
    mask = torch.tensor([[True, False, False, True], [False, True, False, False]])
    beit_loss(logits, codes, mask).backward()
    assert logits.grad is not None
    expected = (logits.softmax(-1) - torch.eye(5)[codes]).detach() * mask[:, :, None] / 3
    assert torch.allclose(logits.grad, expected, atol=1e-6)


def test_the_loss_of_a_method_is_that_of_its_tokenizers_codes():
    model, pictures = method(), world.draw(4, size=16, mode="portrait").pictures
    torch.manual_seed(3)
    found = model.loss(SimpleNamespace(pictures=pictures))
    torch.manual_seed(3)
    logits, mask = model(pictures)
    assert model.tokenizer is not None
    codes = model.tokenizer.encode(pictures).flatten(1)  # row by row, as the patches are
    assert found.total.item() == pytest.approx(beit_loss(logits, codes, mask).item(), rel=1e-6)
    right = [a == b for a, b in zip(logits.argmax(-1)[mask].tolist(), codes[mask].tolist(), strict=True)]
    assert found.metrics["right"].item() == pytest.approx(sum(right) / len(right))


# --- Who sees what


@pytest.mark.parametrize("masking", [random_mask, block_masking, grid_masking])
@pytest.mark.parametrize("options", [{}, {"pool": "mean", "registers": 2}, {"rel_pos_bias": "shared"}])
@torch.no_grad()
def test_covered_pixels_are_not_seen_and_visible_ones_are(options, masking):
    model, pictures, mask = method(options), some(), masking(3, 4, 4, 0.4)
    logits, used = model(pictures, mask)
    assert torch.equal(used, mask) and logits.shape == (3, 16, 16)
    assert torch.equal(model(repainted(pictures, mask), mask)[0], logits)
    for patch in (~mask[0]).nonzero().flatten().tolist():
        one = torch.zeros_like(mask)
        one[0, patch] = True
        changed = (model(repainted(pictures, one), mask)[0] - logits).abs().amax((1, 2))
        assert changed[0] > 1e-3 and changed[1:].max() < 1e-5


def test_blocks_are_drawn_where_no_mask_is_given():
    model = method()
    assert model.masking is block_masking
    torch.manual_seed(0)
    one, other = model(some())[1], model(some())[1]
    assert one.sum(1).tolist() == other.sum(1).tolist() == [7] * 3 and not torch.equal(one, other)


def test_pictures_may_be_larger_and_oblong():
    logits, mask = method()(some(2, 24, 32))
    assert logits.shape == (2, 48, 16) and mask.sum(1).tolist() == [20, 20]
    assert method().loss(SimpleNamespace(pictures=some(2, 24, 32))).total.isfinite()


# --- The tokenizer


def test_the_tokenizer_stays_in_eval_mode():
    model = method()
    assert model.tokenizer is not None
    for mode in (True, False, True):
        assert model.train(mode) is model
        assert model.training == model.encoder.training == model.head.training == mode
        assert not any(part.training for part in model.tokenizer.modules())
    assert BEiT(tiny(), codes=4).train().training  # one without a tokenizer has a mode too


def test_the_tokenizer_is_frozen_and_training_leaves_it_as_it_is(tmp_path):
    model = BEiT(tiny(), words())
    assert model.tokenizer is not None and not any(p.requires_grad for p in model.tokenizer.parameters())
    before = {name: value.clone() for name, value in model.tokenizer.state_dict().items()}
    weight = model.head.weight.detach().clone()
    fit(model, Epochs(world.draw(8, size=16, mode="portrait"), 8), 3, progress=False, folder=tmp_path)
    assert all(torch.equal(value.cpu(), before[name]) for name, value in model.tokenizer.state_dict().items())
    assert not torch.equal(model.head.weight.detach().cpu(), weight)
    of_tokenizer = {id(p) for p in model.tokenizer.parameters()}
    trained = {id(p) for group in param_groups(model, 0.1, 0.05) for p in group["params"]}
    assert not of_tokenizer & trained and len(trained) == len(list(model.parameters())) - len(of_tokenizer)


def test_a_checkpoint_has_the_tokenizer_in_it():
    model, other = method(), BEiT(tiny(seed=5), words(seed=5), seed=5).eval()
    state = model.state_dict()
    assert model.tokenizer is not None and other.tokenizer is not None
    assert {name for name in state if name.startswith("tokenizer.")} == {
        f"tokenizer.{name}" for name in model.tokenizer.state_dict()
    }
    assert not torch.equal(model.tokenizer.quantizer.codebook, other.tokenizer.quantizer.codebook)
    other.load_state_dict(state)
    losses = []
    for one in (model, other):
        torch.manual_seed(0)
        losses.append(one.loss(SimpleNamespace(pictures=some())).total.item())
    assert losses[0] == losses[1]


def test_a_model_without_a_tokenizer_predicts_and_has_no_loss():
    model = BEiT(tiny(), codes=7)
    assert model(some())[0].shape == (3, 16, 7) and not any("tokenizer" in name for name in model.state_dict())
    with pytest.raises(ValueError, match="expected a BEiT with a tokenizer"):
        model.loss(SimpleNamespace(pictures=some()))
    assert BEiT(tiny(), words(), codes=99).head.out_features == 99


# --- Learning


def test_all_that_is_trained_gets_a_gradient():
    model = method().train()
    model.loss(SimpleNamespace(pictures=some())).total.backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still and all(name.startswith("tokenizer.") for name in still)
    assert model.tokenizer is not None and all(weight.grad is None for weight in model.tokenizer.parameters())


def test_a_seed_says_what_the_linear_layer_begins_with():
    before = torch.get_rng_state()
    one, same, other = (BEiT(tiny(), codes=5, seed=seed).head.weight for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_what_does_not_fit_gets_a_sentence():
    model, pictures = method(), some(2)
    logits, codes, mask = torch.zeros(1, 4, 3), torch.zeros(1, 4).long(), torch.ones(1, 4).bool()
    for call, told in (
        (lambda: BEiT(tiny(mask_token=False), words()), "a ViT that has a mask token, got a ViT without"),
        (lambda: BEiT(ConvNet((8, 8)), codes=4), "a ViT that has a mask token, got a ConvNet"),  # pyright: ignore
        (lambda: BEiT(tiny(), words(patch=8)), "a tokenizer with patches of 4 pixels, got 8"),
        (lambda: BEiT(tiny(), codes=0), "codes, where there is no tokenizer, whole and from 1, got 0"),
        (lambda: BEiT(tiny(), codes=2.5), "codes, where there is no tokenizer, whole and from 1, got 2.5"),  # pyright: ignore
        (lambda: BEiT(tiny(), codes=4, ratio=0.99), "leaves at least one of 16 patches visible, got 0.99"),
        (lambda: BEiT(tiny(), codes=4, ratio=2), "a mask ratio from 0 to 1, got 2"),
        (lambda: model(pictures, torch.ones(2, 15).bool()), r"a mask \(2, 16\) of bool, .*, got \(2, 15\)"),
        (lambda: model(pictures, torch.ones(2, 16)), r"a mask \(2, 16\) of bool.*, got \(2, 16\) of torch.float32"),
        (lambda: model(pictures[:, :, :15]), "patches of 4 pixels divide"),
        (lambda: beit_loss(logits, codes, ~mask), "a mask that covers something, got one that covers nothing"),
        (lambda: beit_loss(logits, codes, mask[:, :3]), r"a mask \(1, 4\), .*, got \(1, 3\)"),
        (lambda: beit_loss(logits[0], codes, mask), r"\(B, N, P\), got \(4, 3\)"),
        (lambda: beit_loss(logits.long(), codes, mask), "floating dtype, got torch.int64"),
        (lambda: beit_loss(logits, codes[:, :3], mask), r"codes \(1, 4\) as int64, got \(1, 3\) of torch.int64"),
        (lambda: beit_loss(logits, codes.int(), mask), r"codes \(1, 4\) as int64, got \(1, 4\) of torch.int32"),
        (lambda: beit_loss(logits, [[0] * 4], mask), r"codes \(1, 4\) as int64, got list"),  # pyright: ignore
    ):
        with pytest.raises(ValueError, match=f"expected .*{told}") as raised:
            call()
        assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match="expected codes, where there is no tokenizer, whole and from 1, got None"):
        BEiT(tiny())


def test_codes_that_there_are_not_are_told():
    with pytest.raises(ValueError, match="expected codes from 0 to 3, got -100 to 3"):
        beit_loss(torch.zeros(1, 2, 4), torch.tensor([[3, -100]]), torch.ones(1, 2, dtype=torch.bool))
    encoder = ViT(32, 1, 2, size=16, patch=4, mask_token=True)
    with pytest.raises(ValueError, match="expected codes"):
        BEiT(encoder, Tokenizer(codes=64), codes=3)
    with pytest.raises(ValueError, match="expected a tokenizer with patches of 4 pixels, got str"):
        BEiT(encoder, "x")  # pyright: ignore[reportArgumentType]
    assert not BEiT(encoder, Tokenizer(codes=64)).tokenizer.training  # pyright: ignore[reportOptionalMemberAccess]
