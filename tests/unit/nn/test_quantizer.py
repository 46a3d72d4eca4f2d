"""Codes stand where the vectors are: they are found, they follow, none stays unused; gradients go where they should."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributed as dist
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from course_lib.nn.quantizer import (
    Quantizer,
    code_perplexity,
    count_codes,
    kmeans,
    nearest_code,
    straight_through,
    used_codes,
)


def vectors(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def at(codebook: Tensor, **options: Any) -> Quantizer:
    """A quantizer in the middle of its training, with these codes, each used once a batch."""
    quantizer = Quantizer(len(codebook), codebook.shape[1], **options)
    started = {"codebook": codebook.clone(), "usage": torch.ones(len(codebook)), "started": torch.tensor(True)}
    quantizer.load_state_dict(started)
    return quantizer


# ------------------------------------------------------------------------------------------ The nearest code


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    shape=st.sampled_from([(), (1,), (7,), (2, 3), (2, 3, 4)]),
    codes=st.integers(1, 40),
    width=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_the_nearest_code_as_a_loop(shape, codes, width, seed):
    z, codebook = vectors(*shape, width, seed=seed), vectors(codes, width, seed=seed + 100)
    found = nearest_code(z, codebook)
    assert found.shape == shape and found.dtype == torch.int64
    for row, index in zip(z.reshape(-1, width).tolist(), found.flatten().tolist(), strict=True):
        far = [sum((a - b) ** 2 for a, b in zip(row, code, strict=True)) for code in codebook.tolist()]
        assert far[index] == pytest.approx(min(far), abs=1e-5)


def test_a_code_is_nearest_to_itself_wherever_all_of_them_are_moved():
    codebook = vectors(64, 8)
    for shift in (0.0, 1.0, 10.0):
        assert torch.equal(nearest_code(codebook + shift, codebook + shift), torch.arange(64))


def test_straight_through_has_the_value_of_one_and_the_gradient_of_the_other():
    z, q = vectors(3, 4).requires_grad_(), vectors(3, 4, seed=1).requires_grad_()
    y = straight_through(z, q)
    assert torch.allclose(y, q)
    slopes = torch.autograd.grad((y * y.detach()).sum(), (z, q), allow_unused=True)
    assert torch.equal(slopes[0], y.detach()) and slopes[1] is None


# ------------------------------------------------------------------------------------------ The loss


@pytest.mark.parametrize("ema", [True, False])
def test_the_loss_as_the_formula(ema):
    quantizer, z = at(vectors(8, 4), ema=ema, commitment=0.3, restart=0), vectors(5, 6, 4, seed=1)
    before = quantizer.codebook.detach().clone()
    quantized, indices, loss = quantizer(z)
    assert torch.allclose(quantized, before[indices], atol=1e-6) and torch.equal(indices, nearest_code(z, before))
    error = sum((a - b) ** 2 for a, b in zip(z.flatten().tolist(), before[indices].flatten().tolist(), strict=True))
    assert loss.item() == pytest.approx((0.3 if ema else 1.3) * error / z.numel(), rel=1e-5)


def test_without_averages_the_codes_learn_by_gradient_and_the_commitment_is_the_vectors_alone():
    """β belongs to the vectors; and a loss of the straight-through output would give the codes nothing."""
    z, codebook = vectors(6, 4, seed=1).requires_grad_(), vectors(3, 4)
    quantizer = at(codebook, ema=False, commitment=0.1, restart=0)
    quantized, indices, loss = quantizer(z)
    of_vectors, of_codes = torch.autograd.grad(loss, (z, quantizer.codebook))
    apart = 2 * (z.detach() - codebook[indices]) / z.numel()
    assert torch.allclose(of_vectors, 0.1 * apart, atol=1e-7)
    assert torch.allclose(of_codes, -torch.zeros(3, 4).index_add(0, indices, apart), atol=1e-7)
    assert of_codes.abs().max() > 0
    # What comes next speaks to the vectors alone, as if nothing had been rounded
    slopes = torch.autograd.grad(quantized.sum(), (z, quantizer.codebook), allow_unused=True)
    assert torch.equal(slopes[0], torch.ones_like(z)) and slopes[1] is None


def test_with_averages_nothing_is_trained_by_gradient():
    quantizer, z = Quantizer(8, 4), vectors(20, 4).requires_grad_()
    assert list(quantizer.parameters()) == []
    assert torch.autograd.grad(quantizer(z)[2], z)[0].abs().max() > 0


def test_half_precision_keeps_the_averages_whole():
    z = vectors(50, 4)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = at(vectors(8, 4, seed=1))
        quantized, indices, loss = mixed(z.bfloat16())
    whole = at(vectors(8, 4, seed=1))
    assert quantized.dtype == torch.bfloat16 and loss.dtype == mixed.codebook.dtype == torch.float32
    assert torch.equal(indices, whole(z.bfloat16().float())[1])
    assert torch.equal(mixed.codebook, whole.codebook) and torch.equal(mixed.usage, whole.usage)


# ------------------------------------------------------------------------------------------ How codes move


def test_averages_as_a_loop_over_several_steps():
    """m and N of appendix A.1, each of its own, and e = m / N."""
    codebook = vectors(5, 3)
    quantizer = at(codebook, decay=0.9, restart=0)
    n, m = torch.ones(5).tolist(), codebook.tolist()
    for step in range(6):
        z = vectors(4, 10, 3, seed=step)
        indices = quantizer(z)[1].flatten().tolist()
        rows = z.view(-1, 3).tolist()
        for code in range(5):
            own = [row for row, index in zip(rows, indices, strict=True) if index == code]
            n[code] = 0.9 * n[code] + 0.1 * len(own)
            m[code] = [0.9 * x + 0.1 * sum(row[i] for row in own) for i, x in enumerate(m[code])]
        expected = torch.tensor([[x / n[code] for x in m[code]] for code in range(5)])
        assert torch.allclose(quantizer.codebook, expected, atol=1e-5)
        assert torch.allclose(quantizer.usage, torch.tensor(n), atol=1e-5)


def test_nothing_moves_outside_of_a_training():
    quantizer = at(vectors(8, 4)).eval()
    before = copy.deepcopy(quantizer.state_dict())
    quantizer(vectors(50, 4, seed=1))
    Quantizer(8, 4).eval()(vectors(50, 4))
    assert all(torch.equal(value, before[name]) for name, value in quantizer.state_dict().items())


@pytest.mark.parametrize("ema", [True, False])
def test_kmeans_starts_with_codes_of_which_none_is_dead(ema):
    quantizer, z = Quantizer(64, 8, ema=ema), 5 + 0.01 * vectors(8, 16, 16, 8)  # far from where the codes begin
    _, indices, loss = quantizer(z)
    assert used_codes(indices, 64) == 1 and quantizer.usage.min() > 0
    assert loss < 1.25 * z.var()
    assert quantizer.started and quantizer.has_started


def test_kmeans_ends_where_each_center_is_the_mean_of_its_vectors():
    z = vectors(200, 3)
    centers, counts = kmeans(z, 6, rounds=100)
    nearest = nearest_code(z, centers)
    assert counts.tolist() == [(nearest == code).sum() for code in range(6)]
    means = torch.stack([z[nearest == code].mean(0) for code in range(6)])
    assert torch.allclose(centers, means, atol=1e-5)


def test_kmeans_of_fewer_vectors_than_codes_takes_each_of_them():
    z = vectors(3, 4)
    centers, counts = kmeans(z, 5)
    assert torch.cdist(z, centers).min(1).values.max() < 1e-3 and counts.sum() == 3


@pytest.mark.parametrize("ema", [True, False])
def test_a_dead_code_begins_anew_as_a_vector_of_the_batch_and_the_others_are_left_alone(ema):
    codebook = torch.cat([vectors(7, 4), torch.full((1, 4), 1e3)])  # nobody is near the last
    quantizer, z = at(codebook, decay=0.5, restart=0.1, ema=ema), vectors(200, 4, seed=1)
    alone = at(codebook, decay=0.5, restart=0, ema=ema)
    assert quantizer(z)[1].max() < 7
    alone(z)
    assert (quantizer.codebook[7] == z).all(1).any()
    assert torch.equal(quantizer.codebook[:7], alone.codebook[:7]) and torch.equal(alone.codebook[7], codebook[7])
    assert quantizer.usage[7] == pytest.approx(alone.usage.mean().item())
    assert (quantizer(z)[1] == 7).any()


def test_codes_that_nobody_uses_stay_numbers_for_ever():
    quantizer = at(torch.cat([vectors(3, 2), torch.full((1, 2), 1e3)]), decay=0.0, restart=0)
    for step in range(3):
        quantizer(vectors(20, 2, seed=step))
    assert quantizer.codebook.isfinite().all() and quantizer.usage[3] == 0


@pytest.mark.parametrize("ema", [True, False])
def test_a_checkpoint_holds_all_of_it(ema):
    quantizer = Quantizer(16, 4, ema=ema)
    quantizer(vectors(100, 4))
    other = Quantizer(16, 4, ema=ema, seed=1)
    other.load_state_dict(quantizer.state_dict())
    for step in range(3):
        told = []
        for one in (quantizer, other):
            torch.manual_seed(step)
            told.append(one(vectors(100, 4, seed=step + 1))[0])
        assert torch.equal(*told)
    assert all(
        torch.equal(a, b) for a, b in zip(*(one.state_dict().values() for one in (quantizer, other)), strict=True)
    )
    fresh = Quantizer(16, 4, ema=ema)
    other.load_state_dict(fresh.state_dict())
    assert not other.has_started


def take_part(rank: int, folder: str) -> None:
    """One of two processes, each with half a batch; what it ends with is written to the folder."""
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.manual_seed(rank)
    quantizer = Quantizer(8, 4, decay=0.5)
    for step in range(3):
        quantizer(vectors(60, 4, seed=step)[rank::2])
    torch.save(quantizer.state_dict(), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_have_the_same_codes_and_count_all_vectors(tmp_path):
    spawn(take_part, (tmp_path.as_posix(),), nprocs=2)
    one, other = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert one["usage"].sum().item() == pytest.approx(60, rel=0.2)  # a restarted code counts as an even share


# ------------------------------------------------------------------------------------------ How codes are used


def test_codes_are_counted_over_all_pictures():
    indices = torch.tensor([[[0, 1], [1, 1]], [[3, 3], [3, 3]]])
    assert count_codes(indices, 5).tolist() == [1, 3, 0, 4, 0]
    assert used_codes(indices, 5).item() == pytest.approx(3 / 5)
    even = torch.arange(12) % 4
    assert code_perplexity(even, 9).item() == pytest.approx(4) and code_perplexity(even * 0, 9).item() == 1
    # That of a small batch is small, however many codes there are
    assert code_perplexity(torch.randint(256, (10,)), 256) <= 10 + 1e-4


def test_lookup_gives_the_codes():
    quantizer = Quantizer(8, 3)
    indices = torch.tensor([[7, 0], [3, 3]])
    assert torch.equal(quantizer.lookup(indices), quantizer.codebook[indices])


# ------------------------------------------------------------------------------------------ What is refused

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no codes": (lambda: Quantizer(0, 4), "expected a number of codes, whole and from 1, got 0"),
    "no width": (lambda: Quantizer(4, 1.5), "expected a width of the codes, whole and from 1, got 1.5"),  # pyright: ignore[reportArgumentType]
    "decay": (lambda: Quantizer(4, 4, decay=1.1), "expected a decay from 0 to 1, got 1.1"),
    "commitment": (lambda: Quantizer(4, 4, commitment=-1), "expected a commitment from 0, got -1"),
    "restart": (
        lambda: Quantizer(4, 4, restart=2),
        "expected a share below which a code is dead from 0 to 1, got 2",
    ),
    "width": (lambda: Quantizer(4, 4)(torch.zeros(2, 3)), "expected vectors (…, 4), got (2, 3)"),
    "whole": (
        lambda: Quantizer(4, 4)(torch.zeros(2, 4, dtype=torch.int64)),
        "expected vectors (…, 4), got (2, 4) of torch.int64",
    ),
    "nothing": (lambda: Quantizer(4, 4)(torch.zeros(0, 4)), "expected vectors (…, 4), got (0, 4)"),
    "codebook": (lambda: nearest_code(torch.zeros(4), torch.zeros(4)), "expected a codebook (K, D), got (4,)"),
    "floats": (
        lambda: Quantizer(4, 4).lookup(torch.zeros(2)),
        "expected some numbers of codes as int64, got (2,) of torch.float32",
    ),
    "no code": (
        lambda: Quantizer(4, 4).lookup(torch.tensor([0, 4])),
        "expected numbers of codes from 0 to 3, got 0 to 4",
    ),
    "no indices": (lambda: used_codes([0], 4), "expected some numbers of codes as int64, got list"),  # pyright: ignore[reportArgumentType]
    "shapes": (
        lambda: straight_through(torch.zeros(2, 3), torch.zeros(3)),
        "expected vectors and their codes of one shape, got (2, 3) and (3,)",
    ),
    "kmeans": (lambda: kmeans(torch.zeros(3), 2), "expected vectors (N, D), got (3,)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_gets_a_sentence(name):
    of, sentence = REFUSED[name]
    with pytest.raises(ValueError) as told:  # noqa: PT011
        of()
    assert str(told.value) == sentence
