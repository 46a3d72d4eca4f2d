"""A tokenizer of pictures: a grid of whole numbers, and a picture painted from it again (van den Oord, Vinyals and
Kavukcuoglu, 2017, "Neural Discrete Representation Learning", arXiv 1711.00937).

It gives pictures words: BEiT guesses the words of covered patches, and a model of language can write a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..expect import expect_whole
from ..nn import Encoder
from ..nn.encoder import Normalize
from ..nn.quantizer import Quantizer, nearest_code, used_codes
from ..nn.seeding import seeded
from .method import Loss, Method, at_least_float32


class Residual(nn.Module):
    """ReLU, 3×3, ReLU, 1×1 beside a shortcut, (B, C, H, W) to the same: section 4.1 of the paper."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(self.conv1(x.relu()).relu())


class GridEncoder(Encoder):
    """Pictures (B, 3, H, W) in [0, 1] to a vector for each patch, (B, width, h, w), or to their mean (B, width).

    Each vector sees some of the patches around its own, so that they need not all say the same.

    Args:
        channels: of the picture, and after each convolution that halves its sides.
        width: of the vectors.
        blocks: how many residual blocks there are.
    """

    def __init__(self, channels: Sequence[int], width: int, blocks: int):
        super().__init__()
        self.width, self.patch = width, 2 ** (len(channels) - 1)
        self.normalize = Normalize()
        layers: list[nn.Module] = []
        for before, after in zip(channels, channels[1:], strict=False):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
        layers += [Residual(channels[-1]) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(channels[-1], width, 1))

    def feature_map(self, pictures: Tensor) -> Tensor:
        x = self.normalize(pictures)
        if any(side % self.patch or not side for side in x.shape[2:]):
            raise ValueError(f"expected pictures whose sides are whole patches of {self.patch}, got {tuple(x.shape)}")
        return self.layers(x.contiguous(memory_format=torch.channels_last))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.feature_map(pictures).mean((2, 3))


class Decoder(nn.Sequential):
    """Vectors of patches (B, width, h, w) to the normalized colors of the picture (B, 3, h · patch, w · patch).

    Args:
        channels, width: as in the encoder, which it walks back.
        blocks: how many residual blocks there are before each doubling of the sides.
    """

    def __init__(self, channels: Sequence[int], width: int, blocks: int):
        layers: list[nn.Module] = [nn.Conv2d(width, channels[-1], 3, padding=1)]
        for after, before in reversed(list(zip(channels, channels[1:], strict=False))):
            layers += [Residual(before) for _ in range(blocks)]
            layers += [nn.ReLU(), nn.Conv2d(before, 4 * after, 3, padding=1), nn.PixelShuffle(2)]
        super().__init__(*layers)


class Tokenizer(Method):
    """An encoder to a grid of vectors, their nearest codes, a decoder, and how far the picture is from the first one.

    The loss is equation 3 of the paper: the squared error of the normalized colors, and what the quantizer asks for.

    Args:
        patch: how many pixels, a power of two from 2, a side of the patch has that becomes one code.
        codes: how many codes there are.
        width: of a code.
        channels: of the first convolution; further ones have twice as many.
        blocks: residual blocks at each scale.
        decay: of the codes' moving averages, see `Quantizer`; the fewer the steps, the smaller.
        seed: settles the random weights it starts from.

    Raises:
        ValueError: for another patch, or a number out of its range.

    >>> tokenizer = Tokenizer(codes=64)
    >>> indices = tokenizer.encode(torch.rand(2, 3, 32, 32))
    >>> indices.shape, tokenizer.decode(indices).shape
    (torch.Size([2, 8, 8]), torch.Size([2, 3, 32, 32]))
    """

    encoder: GridEncoder

    def __init__(
        self,
        patch: int = 4,
        codes: int = 256,
        width: int = 32,
        channels: int = 48,
        blocks: int = 2,
        decay: float = 0.95,
        seed: int = 0,
    ):
        super().__init__()
        halvings = expect_whole("a patch", patch, least=2).bit_length() - 1
        if 2**halvings != patch:
            raise ValueError(f"expected a patch whose side is a power of two, got {patch}")
        channels, blocks = expect_whole("a number of channels", channels), expect_whole("a number of blocks", blocks)
        self.patch, self.codes = 2**halvings, expect_whole("a number of codes", codes)
        self.quantizer = Quantizer(codes, width, decay, seed=seed)
        scales = [3, channels, *[2 * channels] * (halvings - 1)]
        with seeded(seed):
            self.encoder = GridEncoder(scales, width, blocks)
            self.decoder = Decoder(scales, width, blocks)

    @torch.no_grad()
    def encode(self, pictures: Tensor) -> Tensor:
        """The codes of pictures (B, 3, H, W) in [0, 1]: int64 (B, H/patch, W/patch), below `codes`.

        Raises:
            ValueError: if the sides are no whole patches.
        """
        return nearest_code(self._vectors(pictures), self.quantizer.codebook)

    @torch.no_grad()
    def decode(self, indices: Tensor) -> Tensor:
        """The pictures (B, 3, h · patch, w · patch) in [0, 1] that codes (B, h, w) stand for, as well as they can.

        Raises:
            ValueError: for what is no grid of codes.
        """
        if not isinstance(indices, Tensor) or indices.ndim != 3:
            got = tuple(indices.shape) if isinstance(indices, Tensor) else type(indices).__name__
            raise ValueError(f"expected grids of codes (B, h, w), got {got}")
        colors = self.encoder.normalize
        return (self._paint(self.quantizer.lookup(indices)) * colors.std + colors.mean).clamp(0, 1)

    def loss(self, batch: Any) -> Loss:
        # A vector for each patch, and its nearest code in its place
        quantized, indices, of_codes = self.quantizer(self._vectors(batch.pictures))
        # A picture from the codes alone, and how far it is off
        painted = at_least_float32(self._paint(quantized))
        error = F.mse_loss(painted, self.encoder.normalize(batch.pictures))
        metrics = {"reconstruction": error, "used_codes": used_codes(indices, self.codes)}
        return Loss(error + of_codes, metrics)

    def _vectors(self, pictures: Tensor) -> Tensor:
        """Vectors (B, h, w, width) of pictures (B, 3, H, W)."""
        return self.encoder.feature_map(pictures).permute(0, 2, 3, 1)

    def _paint(self, vectors: Tensor) -> Tensor:
        """The normalized colors (B, 3, H, W) of vectors (B, h, w, width)."""
        return self.decoder(vectors.permute(0, 3, 1, 2))
