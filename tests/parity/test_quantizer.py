"""The quantizer is diffusers' and vector-quantize-pytorch's: codes, loss, gradients, and averages over steps."""

from typing import Any

import pytest
import torch
from diffusers.models.autoencoders.vae import VectorQuantizer
from torch import Tensor
from vector_quantize_pytorch import VectorQuantize

from course_lib.nn.quantizer import Quantizer

CODES, WIDTH = 24, 6


def vectors(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def at(codebook: Tensor, **options: Any) -> Quantizer:
    """A quantizer in the middle of its training, with these codes, each used once a batch."""
    quantizer = Quantizer(CODES, WIDTH, **options)
    started = {"codebook": codebook.clone(), "usage": torch.ones(CODES), "started": torch.tensor(True)}
    quantizer.load_state_dict(started)
    return quantizer


def put(codebook: Tensor, theirs: VectorQuantize) -> Any:
    """Their codebook with these codes, each used once a batch."""
    inside: Any = theirs._codebook
    inside.embed.data.copy_(codebook[None])
    inside.embed_avg.data.copy_(codebook[None])
    return inside


def near(mine: Tensor, theirs: Tensor) -> bool:
    """The same numbers to 3e-6 of their largest."""
    return bool((mine - theirs).abs().max() <= 3e-6 * theirs.abs().max())


@pytest.mark.parametrize("beta", [0.25, 1.0, 2.0])
def test_the_loss_and_all_gradients_are_diffusers(beta):
    """With legacy=False: else β is on the codebook's term, a fault that diffusers keeps for old weights."""
    theirs = VectorQuantizer(CODES, WIDTH, beta, legacy=False)
    mine = at(vectors(CODES, WIDTH), ema=False, commitment=beta, restart=0)
    theirs.embedding.weight.data.copy_(vectors(CODES, WIDTH))
    z, other = (vectors(4, WIDTH, 5, 5, seed=1).requires_grad_() for _ in range(2))
    quantized, indices, loss = mine(z.permute(0, 2, 3, 1))
    their_quantized, their_loss, (_, _, their_indices) = theirs(other)
    assert torch.equal(indices.flatten(), their_indices)
    assert near(quantized.permute(0, 3, 1, 2), their_quantized)
    assert loss.item() == pytest.approx(their_loss.item(), rel=1e-6)
    # The loss, without and with what comes after the quantizer
    for after in (0, 1):
        whole, their_whole = (
            loss + after * quantized.square().sum(),
            their_loss + after * their_quantized.square().sum(),
        )
        slopes = torch.autograd.grad(whole, (z, mine.codebook), retain_graph=True)
        their_slopes = torch.autograd.grad(their_whole, (other, theirs.embedding.weight), retain_graph=True)
        assert all(b.abs().max() > 0 and near(a, b) for a, b in zip(slopes, their_slopes, strict=True))


@pytest.mark.parametrize("decay", [0.8, 0.99])
def test_averages_are_vector_quantize_pytorchs_over_several_steps(decay):
    """Its defaults are another decay and the rotation trick; its smoothing of the counts is made too small to see."""
    theirs = VectorQuantize(
        WIDTH, CODES, decay=decay, commitment_weight=0.25, eps=1e-12, rotation_trick=False, threshold_ema_dead_code=0
    )
    codebook = vectors(CODES, WIDTH)
    mine, inside = at(codebook, decay=decay, commitment=0.25, restart=0), put(codebook, theirs)
    for step in range(1, 8):
        z, other = (vectors(4, 25, WIDTH, seed=step).requires_grad_() for _ in range(2))
        quantized, indices, loss = mine(z)
        their_quantized, their_indices, their_loss = theirs(other)
        assert torch.equal(indices, their_indices) and near(quantized, their_quantized)
        assert loss.item() == pytest.approx(their_loss.item(), rel=1e-6)
        (slope,) = torch.autograd.grad(loss + quantized.square().sum(), z)
        (their_slope,) = torch.autograd.grad(their_loss.sum() + their_quantized.square().sum(), other)
        assert near(slope, their_slope)
        assert near(mine.codebook, inside.embed[0])
        assert near(mine.usage, inside.cluster_size[0])


def test_the_same_codes_are_dead_as_in_vector_quantize_pytorch():
    """Its threshold is a number of vectors in a batch; it then counts a new code so often, and here like the others."""
    vectors_of_a_batch, share = 100, 0.3
    theirs = VectorQuantize(
        WIDTH, CODES, decay=0.5, eps=1e-12, rotation_trick=False,
        threshold_ema_dead_code=share * (0.5 + 0.5 * vectors_of_a_batch / CODES),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    codebook = torch.cat([vectors(CODES - 4, WIDTH), 1e3 + vectors(4, WIDTH, seed=1)])
    mine, inside = at(codebook, decay=0.5, restart=share), put(codebook, theirs)
    z = vectors(vectors_of_a_batch, WIDTH, seed=2)
    mine(z)
    theirs(z[None])

    def restarted(codes: Tensor) -> Tensor:
        return (codes[:, None] == z).all(-1).any(1)

    dead = restarted(mine.codebook)
    assert torch.equal(dead, restarted(inside.embed[0])) and 4 <= dead.sum() < CODES
    assert near(mine.codebook[~dead], inside.embed[0][~dead])
