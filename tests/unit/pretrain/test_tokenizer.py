"""A tokenizer turns pictures into grids of codes, and paints them again from the codes alone."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.pretrain.tokenizer import Tokenizer


def small(**options: Any) -> Tokenizer:
    return Tokenizer(**({"codes": 32, "width": 8, "channels": 8, "blocks": 1} | options))


@pytest.mark.parametrize("patch", [2, 4, 8])
def test_each_patch_has_its_code_in_pictures_of_any_sides(patch):
    tokenizer, pictures = small(patch=patch), torch.rand(3, 3, 16, 32)
    indices = tokenizer.encode(pictures)
    assert indices.shape == (3, 16 // patch, 32 // patch) and indices.dtype == torch.int64
    assert 0 <= indices.min() and indices.max() < tokenizer.codes == 32 and tokenizer.patch == patch
    painted = tokenizer.decode(indices)
    assert painted.shape == pictures.shape and 0 <= painted.min() and painted.max() <= 1


def test_a_code_stands_where_its_patch_is():
    """What changes in one corner changes no code in the far one."""
    tokenizer, batch = small(), world.draw(4, size=32)
    tokenizer.loss(batch)  # puts the codes where the vectors are
    pictures, changed = batch.pictures, batch.pictures.clone()
    changed[:, :, :4, :4] = 1 - changed[:, :, :4, :4]
    same = (tokenizer.encode(pictures) == tokenizer.encode(changed)).all(0)
    assert same[4:].all() and same[:, 4:].all() and not same.all()


def test_features_are_the_mean_of_the_grid():
    encoder, pictures = small().encoder, torch.rand(2, 3, 16, 16)
    assert encoder.feature_map(pictures).shape == (2, encoder.width, 4, 4)
    assert torch.equal(encoder(pictures), encoder.feature_map(pictures).mean((2, 3)))


def test_the_loss_is_the_error_of_what_is_painted_and_what_the_quantizer_asks_for():
    tokenizer, batch = small(), world.draw(8, size=16)
    tokenizer.loss(batch)  # as above
    loss = tokenizer.eval().loss(batch)
    vectors = tokenizer.encoder.feature_map(batch.pictures).permute(0, 2, 3, 1)
    codes = tokenizer.quantizer.lookup(tokenizer.encode(batch.pictures))
    painted = tokenizer.decoder(codes.permute(0, 3, 1, 2))
    error = F.mse_loss(painted, (batch.pictures - 0.5) / 0.25)
    assert loss.metrics["reconstruction"].item() == pytest.approx(error.item(), rel=1e-5)
    assert loss.total.item() == pytest.approx((error + 0.25 * F.mse_loss(vectors, codes)).item(), rel=1e-5)
    shown = tokenizer.decode(tokenizer.encode(batch.pictures))
    assert torch.allclose(shown, (0.5 + 0.25 * painted).clamp(0, 1), atol=1e-6)


def test_the_picture_teaches_decoder_and_encoder_through_the_codes():
    tokenizer = small()
    tokenizer.loss(world.draw(8, size=16)).metrics["reconstruction"].backward()
    for name, weight in tokenizer.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, name
    assert not any(name.startswith("quantizer") for name, _ in tokenizer.named_parameters())


def test_to_look_at_pictures_changes_nothing():
    tokenizer, pictures = small(), torch.rand(4, 3, 16, 16)
    before = {name: value.clone() for name, value in tokenizer.state_dict().items()}
    for _ in range(2):
        tokenizer.decode(tokenizer.encode(pictures))
    assert all(torch.equal(value, before[name]) for name, value in tokenizer.state_dict().items())


def test_it_learns_a_few_pictures_better_than_by_the_mean_color_of_their_patches(tmp_path):
    few = world.draw(8, size=16, mode="portrait")
    tokenizer = small(codes=64, width=16, channels=16)
    history = fit(tokenizer, Epochs(few, 8), 150, lr=3e-3, progress=False, folder=tmp_path)
    assert history.metrics["used_codes"][-1] > 0.8
    indices = tokenizer.encode(few.pictures)
    means = F.avg_pool2d(few.pictures, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert F.mse_loss(tokenizer.decode(indices), few.pictures) < F.mse_loss(means, few.pictures)
    # A checkpoint holds all of it
    other = small(codes=64, width=16, channels=16, seed=1)
    assert not torch.equal(other.encode(few.pictures), indices)
    other.load_state_dict(tokenizer.state_dict())
    assert torch.equal(other.encode(few.pictures), indices)
    assert torch.equal(other.decode(indices), tokenizer.decode(indices))


def test_weights_follow_from_the_seed():
    one, same, another = (small(seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], another[name]) for name in one)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "patch": (lambda: small(patch=6), "expected a patch whose side is a power of two, got 6"),
    "no patch": (lambda: small(patch=1), "expected a patch, whole and from 2, got 1"),
    "codes": (lambda: small(codes=0), "expected a number of codes, whole and from 1, got 0"),
    "channels": (lambda: small(channels=0), "expected a number of channels, whole and from 1, got 0"),
    "blocks": (lambda: small(blocks=0), "expected a number of blocks, whole and from 1, got 0"),
    "decay": (lambda: small(decay=-1), "expected a decay from 0 to 1, got -1"),
    "sides": (
        lambda: small().encode(torch.rand(2, 3, 16, 18)),
        "expected pictures whose sides are whole patches of 4, got (2, 3, 16, 18)",
    ),
    "grid": (
        lambda: small().decode(torch.zeros(4, 4, dtype=torch.int64)),
        "expected grids of codes (B, h, w), got (4, 4)",
    ),
    "no grid": (lambda: small().decode(None), "expected grids of codes (B, h, w), got NoneType"),  # pyright: ignore[reportArgumentType]
    "code": (
        lambda: small().decode(torch.full((1, 4, 4), 32)),
        "expected numbers of codes from 0 to 31, got 32 to 32",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_gets_a_sentence(name):
    of, sentence = REFUSED[name]
    with pytest.raises(ValueError) as told:  # noqa: PT011
        of()
    assert str(told.value) == sentence
