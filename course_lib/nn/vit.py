"""The Vision Transformer (Dosovitskiy and others, 2020, "An Image is Worth 16x16 Words", arXiv 2010.11929)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from .encoder import Encoder, Normalize
from .seeding import seeded
from .transformer import Transformer, init_weights

SIZES: dict[str, dict[str, int]] = {
    "mini": {"width": 128, "depth": 4, "heads": 4},
    "tiny": {"width": 192, "depth": 12, "heads": 3},
    "small": {"width": 384, "depth": 12, "heads": 6},
    "base": {"width": 768, "depth": 12, "heads": 12},
    "large": {"width": 1024, "depth": 24, "heads": 16},
}
"""Width, depth and heads by name: "base" and "large" from the paper's table 1, "tiny" and "small" from DeiT
(Touvron and others, 2020, arXiv 2012.12877), and "mini", which a laptop trains."""


class ViT(Encoder):
    """Pictures (B, 3, H, W) in [0, 1] to features (B, width), by way of tokens: equations 1 to 4 of the paper.

    Args:
        width, depth, heads: see `SIZES` for the usual ones.
        size: the side in pixels of the pictures whose positions it learns; others work too, by interpolation.
        patch: the side of a patch in pixels.
        pool: "class", an num_prefix_tokens token that gathers, or "mean", the mean over the patches.
        stem: "patch", one matrix for each patch, or "conv", a few 3×3 convolutions in its place (Xiao and others,
            2021, "Early Convolutions Help Transformers See Better", arXiv 2106.14881).
        pos_embed: learn where each patch is; without, it sees a bag of patches.
        drop_path: see `Transformer`.
        seed: settles the random weights it starts from.
        pre_norm: one more norm before the first block, and no bias in the patches, as in CLIP.
        checkpointing: see `Transformer`.
        activation, eps: see `Block`.
        mean, std: of each color, subtracted and divided by.

    Raises:
        ValueError: for a size or a stem that the patch does not fit, or, from `forward`, such pictures.

    >>> ViT(64, 2, 4, size=32, patch=8)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 64])
    """

    def __init__(
        self,
        width: int,
        depth: int,
        heads: int,
        *,
        size: int = 224,
        patch: int = 16,
        pool: Literal["class", "mean"] = "class",
        stem: Literal["patch", "conv"] = "patch",
        pos_embed: bool = True,
        drop_path: float = 0.0,
        seed: int = 0,
        pre_norm: bool = False,
        checkpointing: bool = False,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-6,
        mean: Sequence[float] = (0.5,) * 3,
        std: Sequence[float] = (0.25,) * 3,
    ):
        super().__init__()
        if size % patch:
            raise ValueError(f"expected a size that patches of {patch} pixels divide evenly, got {size}")
        self.width, self.size, self.patch, self.pool = width, size, patch, pool
        self.num_prefix_tokens = int(pool == "class")  # tokens that are no patch
        self.normalize = Normalize(mean, std)
        with seeded(seed):
            if stem == "patch":
                self.stem = nn.Conv2d(3, width, patch, stride=patch, bias=not pre_norm)
            else:
                self.stem = conv_stem(width, patch)
            self.cls_token = nn.Parameter(torch.zeros(self.num_prefix_tokens, width))
            grid = (size // patch) ** 2
            self.pos_embed = nn.Parameter(torch.zeros(self.num_prefix_tokens + grid, width)) if pos_embed else None
            self.pre_norm = nn.LayerNorm(width, eps=eps) if pre_norm else nn.Identity()
            self.transformer = Transformer(
                width, depth, heads,
                drop_path=drop_path, activation=activation, eps=eps, checkpointing=checkpointing,
            )  # fmt: skip
            self.norm = nn.LayerNorm(width, eps=eps)
            init_weights(self.transformer)
            nn.init.normal_(self.cls_token, std=1e-6)
            if self.pos_embed is not None:
                nn.init.normal_(self.pos_embed, std=0.02)

    def embed(self, pictures: Tensor) -> Tensor:
        """Tokens (B, P + N, width) before the first block: P prefix tokens, then N = H/patch · W/patch patches."""
        x = self.normalize(pictures)
        rows, columns = pictures.shape[2] // self.patch, pictures.shape[3] // self.patch
        if (rows * self.patch, columns * self.patch) != tuple(pictures.shape[2:]):
            raise ValueError(
                f"expected pictures whose sides patches of {self.patch} pixels divide evenly, "
                f"got {tuple(pictures.shape)}: crop or resize them"
            )
        x = rearrange(self.stem(x), "b d h w -> b (h w) d")
        if self.num_prefix_tokens:
            x = torch.cat([self.cls_token.to(x.dtype).expand(len(x), -1, -1), x], 1)
        if self.pos_embed is not None:
            x = x + resize_pos_embed(self.pos_embed, self.num_prefix_tokens, rows, columns)
        return self.pre_norm(x)

    def tokens(self, pictures: Tensor) -> Tensor:
        """Tokens (B, P + N, width) after the last block and its norm, the class token first if there is one."""
        return self.norm(self.transformer(self.embed(pictures)))

    def feature_map(self, pictures: Tensor) -> Tensor:
        """The patches' tokens where they lie in the picture, (B, width, H/patch, W/patch)."""
        rows = pictures.shape[2] // self.patch
        return rearrange(self.tokens(pictures)[:, self.num_prefix_tokens :], "b (h w) d -> b d h w", h=rows)

    def attention(self, pictures: Tensor) -> Tensor:
        """What every head attends to, (blocks, B, heads, P + N, P + N); each row adds up to 1."""
        return self.transformer.weights(self.embed(pictures))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.transformer(self.embed(pictures))
        if self.pool == "class":
            return self.norm(x[:, 0])
        return self.norm(x).mean(1)


def vit(name: str = "mini", **options: Any) -> ViT:
    """A ViT of a usual size: "mini", "tiny", "small", "base" or "large"; the options are those of `ViT`.

    Raises ValueError for another name.

    >>> vit("mini", size=32, patch=8).width
    128
    """
    if name not in SIZES:
        raise ValueError(f"expected a size out of {', '.join(SIZES)}, got {name!r}")
    return ViT(**{**SIZES[name], **options})


def conv_stem(width: int, patch: int) -> nn.Sequential:
    """3×3 convolutions that halve the picture until a patch is one pixel, (B, 3, H, W) to (B, width, H/patch, W/patch).

    Raises ValueError if the patch is no power of two.

    >>> conv_stem(64, 8)(torch.rand(1, 3, 32, 32)).shape
    torch.Size([1, 64, 4, 4])
    """
    halvings = patch.bit_length() - 1
    if patch < 2 or 2**halvings != patch:
        raise ValueError(f"expected a patch of 2, 4, 8, 16 … pixels for a convolutional stem, got {patch}")
    layers: list[nn.Module] = []
    before = 3
    for left in range(halvings - 1, -1, -1):
        after = width // 2**left
        layers += [nn.Conv2d(before, after, 3, 2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        before = after
    return nn.Sequential(*layers, nn.Conv2d(width, width, 1))


def resize_pos_embed(pos_embed: Tensor, num_prefix_tokens: int, rows: int, columns: int) -> Tensor:
    """Position embeddings (P + rows · columns, D) for another grid: the learned ones, a square, resized like a picture.

    >>> resize_pos_embed(torch.rand(1 + 16, 8), 1, 6, 4).shape
    torch.Size([25, 8])
    """
    side = round((len(pos_embed) - num_prefix_tokens) ** 0.5)
    if (rows, columns) == (side, side):
        return pos_embed
    grid = rearrange(pos_embed[num_prefix_tokens:], "(h w) d -> 1 d h w", h=side).float()
    grid = F.interpolate(grid, (rows, columns), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([pos_embed[:num_prefix_tokens], rearrange(grid, "1 d h w -> (h w) d").to(pos_embed.dtype)])
