"""A codebook: each vector becomes the nearest of a few learned codes, and so a whole number (van den Oord, Vinyals and
Kavukcuoglu, 2017, "Neural Discrete Representation Learning", arXiv 1711.00937).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from .seeding import seeded

LLOYD = 10
"""After how many rounds k-means is near enough to where it would end."""


def nearest_code(z: Tensor, codebook: Tensor) -> Tensor:
    """The number of the code that is nearest to each vector: equations 1 and 2 of the paper; no gradient flows.

    Args:
        z: (…, D).
        codebook: (K, D).

    Returns:
        int64 (…), from 0 to K − 1.

    Raises:
        ValueError: if the shapes do not fit.

    >>> nearest_code(torch.tensor([[0.2, 0.0], [0.9, 1.2]]), torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    tensor([0, 1])
    """
    _expect_vectors(z, codebook)
    rows = z.detach().to(codebook.dtype).reshape(-1, codebook.shape[1])
    return torch.cdist(rows, codebook.detach()).argmin(1).view(z.shape[:-1])


def straight_through(z: Tensor, q: Tensor) -> Tensor:
    """The value of q with the gradient of z, as if nothing had been rounded: section 3.2 of the paper.

    Raises:
        ValueError: unless both have one shape.

    >>> z = torch.tensor([0.2], requires_grad=True)
    >>> y = straight_through(z, torch.tensor([1.0]))
    >>> y.item(), torch.autograd.grad(3 * y, z)[0].item()
    (1.0, 3.0)
    """
    if z.shape != q.shape:
        raise ValueError(f"expected vectors and their codes of one shape, got {tuple(z.shape)} and {tuple(q.shape)}")
    return z + (q - z).detach()


def count_codes(indices: Tensor, codes: int) -> Tensor:
    """How often each code comes, float32 (codes,), in indices (…); nothing waits for the device.

    Raises:
        ValueError: unless the indices are int64 and there are some, or, on the CPU, for one that is no code.

    >>> count_codes(torch.tensor([[0, 2], [2, 2]]), codes=4)
    tensor([1., 0., 3., 0.])
    """
    _expect_indices(indices, expect_whole("a number of codes", codes))
    counts = torch.zeros(codes, device=indices.device)
    return counts.index_add(0, indices.flatten(), counts.new_ones(indices.numel()))


def used_codes(indices: Tensor, codes: int) -> Tensor:
    """The share of the codes that come at all in indices (…), from 0 to 1, shape (): take those of many pictures.

    Raises:
        ValueError: as `count_codes` does.

    >>> used_codes(torch.tensor([[0, 2], [2, 2]]), codes=4)
    tensor(0.5000)
    """
    return (count_codes(indices, codes) > 0).float().mean()


def code_perplexity(indices: Tensor, codes: int) -> Tensor:
    """How many codes, if all came alike, would be as hard to guess as indices (…), from 1 to `codes`, shape ().

    It is e to the entropy of their shares, and cannot be above the number of indices: that of one batch says little.

    Raises:
        ValueError: as `count_codes` does.

    >>> code_perplexity(torch.tensor([0, 1, 1, 0]), codes=4)
    tensor(2.)
    """
    share = count_codes(indices, codes) / indices.numel()
    return torch.special.entr(share).sum().exp()


def kmeans(vectors: Tensor, codes: int, rounds: int = LLOYD) -> tuple[Tensor, Tensor]:
    """Centers of vectors (N, D) by Lloyd's rounds, and how many vectors each has; nothing waits for the device.

    Centers begin as vectors drawn at random, and so does anew one that is left without any.

    Returns:
        The centers (codes, D), and their counts (codes,).

    Raises:
        ValueError: unless the vectors are (N, D).

    >>> centers, counts = kmeans(torch.tensor([[0.0], [1.0], [10.0]]), codes=2)
    >>> sorted(centers.flatten().tolist()), sorted(counts.tolist())
    ([0.5, 10.0], [1.0, 2.0])
    """
    if not isinstance(vectors, Tensor) or vectors.ndim != 2 or not len(vectors):
        raise ValueError(f"expected vectors (N, D), got {_shape_of(vectors)}")
    centers = _draw(vectors, codes)
    for _ in range(rounds):
        # Each vector to its nearest center, each center to the mean of its vectors
        counts, sums = _totals(vectors, nearest_code(vectors, centers), codes)
        means = sums / counts.clamp(min=1)[:, None]
        centers = torch.where((counts > 0)[:, None], means, _draw(vectors, codes))
    return centers, _totals(vectors, nearest_code(vectors, centers), codes)[0]


class Quantizer(nn.Module):
    """Vectors (…, width) to their nearest codes, which learn to stand where the vectors are.

    The first batch of a training gives the codes their places, by k-means. From then on they follow the vectors by
    moving averages (appendix A.1 of the paper), or by the gradient of equation 3's second term. A code that is hardly
    used is put in the place of a vector of the batch. With several processes, all of them have the same codes.

    Args:
        codes: how many.
        width: of each.
        decay: how much of itself the moving average keeps at each step, from 0 to 1.
        commitment: the weight β of equation 3's third term, which holds the vectors near their codes.
        restart: a code is dead when it comes less often than this share of an even share; 0 for never.
        ema: move the codes by averages; else they are weights, and learn by the loss.
        seed: settles where the codes are before there was a batch.

    Raises:
        ValueError: for a number out of its range.

    >>> quantizer = Quantizer(codes=8, width=2).eval()
    >>> quantized, indices, loss = quantizer(torch.randn(3, 5, 2))
    >>> quantized.shape, indices.shape, loss.shape
    (torch.Size([3, 5, 2]), torch.Size([3, 5]), torch.Size([]))
    >>> torch.allclose(quantized, quantizer.lookup(indices))
    True
    """

    codebook: Tensor
    """(codes, width); a parameter without `ema`."""
    usage: Tensor
    """(codes,), how many vectors of a batch each code stands for, as a moving average: N of appendix A.1."""
    started: Tensor
    """(), whether k-means has been; in a buffer, so that a checkpoint knows it."""

    def __init__(
        self,
        codes: int,
        width: int,
        decay: float = 0.99,
        commitment: float = 0.25,
        restart: float = 0.1,
        ema: bool = True,
        seed: int = 0,
    ):
        super().__init__()
        self.codes, self.width = expect_whole("a number of codes", codes), expect_whole("a width of the codes", width)
        expect_number("a decay", decay, high=1)
        expect_number("a commitment", commitment)
        expect_number("a share below which a code is dead", restart, high=1)
        self.decay, self.commitment, self.restart, self.ema = decay, commitment, restart, ema
        with seeded(seed):
            codebook = torch.randn(self.codes, self.width)
        if ema:
            self.register_buffer("codebook", codebook)
        else:
            self.codebook = nn.Parameter(codebook)
        self.register_buffer("usage", torch.ones(self.codes))
        self.register_buffer("started", torch.tensor(False))
        self.has_started = False  # the same, where one can look without waiting for the device
        self.register_load_state_dict_post_hook(_look_whether_started)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The codes with the gradient of z (…, width), their numbers int64 (…), and the loss, shape ().

        Args:
            z: (…, width).

        Raises:
            ValueError: for another width.
        """
        _expect_vectors(z, self.codebook)
        full = z.to(self.codebook.dtype)  # under mixed precision z is less
        vectors = full.detach().reshape(-1, self.width)
        if self.training and not self.has_started:
            self._start(vectors)
        # Each vector's nearest code
        indices = nearest_code(full, self.codebook)
        codes = self.lookup(indices)
        # The vectors are held near their codes; without averages, the codes are drawn to their vectors
        loss = self.commitment * F.mse_loss(full, codes.detach())
        if not self.ema:
            loss = loss + F.mse_loss(codes, full.detach())
        # What comes next sees the codes, and its gradient reaches z as if they were z
        quantized = straight_through(z, codes.to(z.dtype))
        if self.training:
            self._follow(vectors, indices.flatten())
        return quantized, indices, loss

    def lookup(self, indices: Tensor) -> Tensor:
        """The codes (…, width) of these numbers, int64 (…).

        Raises:
            ValueError: unless the numbers are int64, or, on the CPU, for one that is no code.

        >>> Quantizer(codes=8, width=2).lookup(torch.tensor([[7, 0, 7]])).shape
        torch.Size([1, 3, 2])
        """
        _expect_indices(indices, self.codes)
        return F.embedding(indices, self.codebook)

    @torch.no_grad()
    def _start(self, vectors: Tensor) -> None:
        """Put the codes where k-means finds the vectors (N, width) of the first batch."""
        centers, counts = kmeans(vectors, self.codes)
        self.codebook.copy_(centers)
        self.usage.copy_(counts)
        self.started.fill_(True)
        self.has_started = True

    @torch.no_grad()
    def _follow(self, vectors: Tensor, indices: Tensor) -> None:
        """Note which codes (N,) stood for vectors (N, width), move the codes a little to them, restart the dead."""
        counts, sums = _totals(vectors, indices, self.codes)
        # Equation 6: N ← γ·N + (1 − γ)·n
        self.usage.lerp_(counts, 1 - self.decay)
        # Equations 7 and 8, with m = N·e: e ← (γ·N·e + (1 − γ)·Σ z) / (γ·N + (1 − γ)·n), as a step from e
        if self.ema:
            step = (sums - counts[:, None] * self.codebook) / self.usage.clamp(min=1e-12)[:, None]
            self.codebook.add_(step, alpha=1 - self.decay)
        # A dead code begins anew as a vector of the batch, and as one that is used like the others
        if self.restart:
            dead = self.usage < self.restart * self.usage.mean()
            self.codebook.copy_(torch.where(dead[:, None], _draw(vectors, self.codes), self.codebook))
            self.usage.copy_(torch.where(dead, self.usage.mean(), self.usage))


def _look_whether_started(quantizer: Any, _: Any) -> None:
    quantizer.has_started = bool(quantizer.started)


def _totals(vectors: Tensor, indices: Tensor, codes: int) -> tuple[Tensor, Tensor]:
    """How many of the vectors (N, D) have each code, (codes,), and their sums (codes, D), over all processes."""
    counts = vectors.new_zeros(codes).index_add(0, indices, vectors.new_ones(len(vectors)))
    sums = vectors.new_zeros(codes, vectors.shape[1]).index_add(0, indices, vectors)
    if _several_processes():
        dist.all_reduce(counts)
        dist.all_reduce(sums)
    return counts, sums


def _draw(vectors: Tensor, number: int) -> Tensor:
    """So many of the vectors (N, D) at random, none twice as long as there are enough; the same in all processes."""
    order = torch.rand(len(vectors), device=vectors.device).argsort()
    drawn = vectors[order[torch.arange(number, device=vectors.device) % len(vectors)]]
    if _several_processes():
        dist.broadcast(drawn, 0)
    return drawn


def _several_processes() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def _shape_of(x: Any) -> str:
    return str(tuple(x.shape)) if isinstance(x, Tensor) else type(x).__name__


def _expect_vectors(z: Tensor, codebook: Tensor) -> None:
    """Raise ValueError, in one sentence, unless there are vectors (…, D) for a codebook (K, D)."""
    if not isinstance(codebook, Tensor) or codebook.ndim != 2 or not codebook.numel():
        raise ValueError(f"expected a codebook (K, D), got {_shape_of(codebook)}")
    width = codebook.shape[1]
    if not isinstance(z, Tensor) or not z.is_floating_point() or not z.numel() or z.shape[-1:] != (width,):
        of = f" of {z.dtype}" if isinstance(z, Tensor) and not z.is_floating_point() else ""
        raise ValueError(f"expected vectors (…, {width}), got {_shape_of(z)}{of}")


def _expect_indices(indices: Tensor, codes: int) -> None:
    """Raise ValueError, in one sentence, unless indices are int64; on the CPU they are looked at too."""
    if not isinstance(indices, Tensor) or indices.dtype != torch.int64 or not indices.numel():
        got = f"{_shape_of(indices)} of {indices.dtype}" if isinstance(indices, Tensor) else _shape_of(indices)
        raise ValueError(f"expected some numbers of codes as int64, got {got}")
    if indices.device.type == "cpu":
        low, high = indices.aminmax()
        if low < 0 or high >= codes:
            raise ValueError(f"expected numbers of codes from 0 to {codes - 1}, got {low} to {high}")
