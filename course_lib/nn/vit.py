"""The Vision Transformer (Dosovitskiy and others, 2020, "An Image is Worth 16x16 Words", arXiv 2010.11929)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..expect import expect_whole
from .encoder import Encoder, Normalize
from .positions import RelativePositionBias, resize_pos_embed, sincos_pos_embed
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

    Its tokens are P prefix tokens, which are no patch (the class token if there is one, then the registers), and N
    patches, N = H/patch · W/patch, row by row.

    Args:
        width, depth, heads: see `SIZES` for the usual ones.
        size: the side in pixels of the pictures whose positions it learns; others work too, by interpolation.
        patch: the side of a patch in pixels.
        pool: "class", the class token, which gathers, or "mean", the mean over the patches.
        stem: "patch", one matrix for each patch, or "conv", a few 3×3 convolutions in its place (Xiao and others,
            2021, "Early Convolutions Help Transformers See Better", arXiv 2106.14881).
        pos_embed: where each patch is: "learned" or True; "sincos", fixed, see `sincos_pos_embed`; "none" or False, and
            it sees a bag of patches.
        drop_path: see `Transformer`.
        seed: settles the random weights it starts from.
        pre_norm: one more norm before the first block, and no bias in the patches, as in CLIP.
        checkpointing: see `Transformer`.
        activation, eps, layer_scale: see `Block`.
        mean, std: of each color, subtracted and divided by.
        class_token: whether there is one; left out, only where `pool` reads it. MAE and BEiT have one all the same.
        registers: how many more tokens take part and are not read (Darcet and others, 2023, "Vision Transformers Need
            Registers", arXiv 2309.16588); like DINOv2's, they have no positions.
        mask_token: learn a token that stands in the place of masked patches, see `embed`.
        rel_pos_bias: "shared" by all blocks or one for each "block", see `RelativePositionBias`; None for neither.
        fc_norm: with the mean over the patches, norm the mean in place of each patch, as MAE and BEiT are fine-tuned.

    Raises:
        ValueError: for options that do not go together, or, from its methods, for pictures that the patch does not fit
            and for a `keep` or a `mask` that does not fit the pictures.

    >>> ViT(64, 2, 4, size=32, patch=8)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 64])
    """

    pos_embed: Tensor | None

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
        pos_embed: Literal["learned", "sincos", "none"] | bool = "learned",
        drop_path: float = 0.0,
        seed: int = 0,
        pre_norm: bool = False,
        checkpointing: bool = False,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-6,
        mean: Sequence[float] = (0.5,) * 3,
        std: Sequence[float] = (0.25,) * 3,
        class_token: bool | None = None,
        registers: int = 0,
        mask_token: bool = False,
        layer_scale: float | None = None,
        rel_pos_bias: Literal["shared", "block"] | None = None,
        fc_norm: bool = False,
    ):
        super().__init__()
        class_token = pool == "class" if class_token is None else class_token
        if isinstance(pos_embed, bool):
            pos_embed = "learned" if pos_embed else "none"
        width, heads = expect_whole("a width", width), expect_whole("a number of heads", heads)
        size, patch = expect_whole("a size", size), expect_whole("a patch", patch)
        registers = expect_whole("a number of registers", registers, least=0)
        if stem not in ("patch", "conv"):
            raise ValueError(f"expected a stem 'patch' or 'conv', got {stem!r}")
        if size % patch:
            raise ValueError(f"expected a size that patches of {patch} pixels divide evenly, got {size}")
        if pool not in ("class", "mean") or (pool == "class" and (fc_norm or not class_token)):
            raise ValueError(
                f"expected pool='mean', or pool='class' with a class token and without fc_norm, "
                f"got pool={pool!r}, class_token={class_token}, fc_norm={fc_norm}"
            )
        if pos_embed not in ("learned", "sincos", "none"):
            raise ValueError(f"expected pos_embed 'learned', 'sincos' or 'none', got {pos_embed!r}")
        if rel_pos_bias not in ("shared", "block", None):
            raise ValueError(f"expected rel_pos_bias 'shared', 'block' or None, got {rel_pos_bias!r}")
        self.width, self.size, self.patch, self.pool, self.fc_norm = width, size, patch, pool, fc_norm
        self.num_prefix_tokens = class_token + registers  # tokens that are no patch
        self.normalize = Normalize(mean, std)
        side = size // patch
        with seeded(seed):
            if stem == "patch":
                self.stem = nn.Conv2d(3, width, patch, stride=patch, bias=not pre_norm)
            else:
                self.stem = conv_stem(width, patch)
            self.cls_token = nn.Parameter(torch.zeros(int(class_token), width))
            self.register_tokens = nn.Parameter(torch.zeros(registers, width)) if registers else None
            self.mask_token = nn.Parameter(torch.zeros(width)) if mask_token else None
            if pos_embed == "sincos":
                fixed = sincos_pos_embed(width, side, side)
                fixed = torch.cat([torch.zeros(int(class_token), width), fixed])
                self.register_buffer("pos_embed", fixed, persistent=False)
            else:
                learned = pos_embed == "learned"
                self.pos_embed = nn.Parameter(torch.zeros(class_token + side**2, width)) if learned else None
            self.rel_pos_bias = None
            if rel_pos_bias is not None:
                tables = depth if rel_pos_bias == "block" else 1
                self.rel_pos_bias = RelativePositionBias(heads, side, self.num_prefix_tokens, tables)
            self.pre_norm = nn.LayerNorm(width, eps=eps) if pre_norm else nn.Identity()
            self.transformer = Transformer(
                width, depth, heads, drop_path=drop_path, activation=activation, eps=eps,
                checkpointing=checkpointing, layer_scale=layer_scale,
            )  # fmt: skip
            self.norm = nn.LayerNorm(width, eps=eps)
            init_weights(self.transformer)
            nn.init.normal_(self.cls_token, std=1e-6)
            if pos_embed == "learned" and self.pos_embed is not None:
                nn.init.normal_(self.pos_embed, std=0.02)
            if self.register_tokens is not None:
                nn.init.normal_(self.register_tokens, std=1e-6)
            if self.mask_token is not None:
                nn.init.normal_(self.mask_token, std=0.02)

    def embed(self, pictures: Tensor, keep: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Tokens (B, P + N, width) before the first block: P prefix tokens, then N patches with their positions.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            keep: (B, K) int64, which patches are there, numbered row by row from 0; the others are left out, and what
                comes back is (B, P + K, width), in the order of `keep`. MAE's encoder sees a quarter of them.
            mask: (B, N) bool; where it is True the mask token stands in the patch's place, at the patch's position
                (SimMIM, BEiT, iBOT). Masked patches may be kept.
        """
        x = self.normalize(pictures)
        rows, columns = self._grid(x)
        if keep is not None:
            if keep.dtype != torch.int64 or keep.ndim != 2 or len(keep) != len(x):
                raise ValueError(
                    f"expected the patches to keep ({len(x)}, K) as int64, got {tuple(keep.shape)} of {keep.dtype}"
                )
            if keep.device.type == "cpu" and keep.numel():  # on a GPU to look would be to wait
                low, high = keep.aminmax()
                if low < 0 or high >= rows * columns:
                    raise ValueError(f"expected to keep patches from 0 to {rows * columns - 1}, got {low} to {high}")
        # Each patch becomes a token (equation 1); of one that is left out nothing is computed
        if keep is not None and mask is None and isinstance(self.stem, nn.Conv2d):
            x = rearrange(x, "b c (h p) (w q) -> b (h w) (c p q)", p=self.patch, q=self.patch)
            x = x.gather(1, keep[:, :, None].expand(-1, -1, x.shape[2]))
            x, left = F.linear(x, self.stem.weight.flatten(1), self.stem.bias), keep
        else:
            x, left = rearrange(self.stem(x), "b d h w -> b (h w) d"), None
        # Masked ones become the mask token
        if mask is not None:
            if self.mask_token is None:
                raise ValueError("expected a ViT that has a mask token, got one without: make it with mask_token=True")
            if mask.dtype != torch.bool or mask.shape != x.shape[:2]:
                raise ValueError(
                    f"expected a mask {tuple(x.shape[:2])} of bool, True where a patch is hidden, "
                    f"got {tuple(mask.shape)} of {mask.dtype}"
                )
            x = torch.where(mask[:, :, None], self.mask_token.to(x.dtype), x)
        # Each learns where it is, so that a part of them still knows
        prefix = self.cls_token
        if self.pos_embed is not None:
            positions = resize_pos_embed(self.pos_embed, len(prefix), rows, columns)
            places = positions[len(prefix) :]
            prefix, x = prefix + positions[: len(prefix)], x + (places if left is None else places[left])
        if keep is not None and left is None:
            x = x.gather(1, keep[:, :, None].expand(-1, -1, x.shape[2]))
        # What belongs to no patch comes first
        if self.register_tokens is not None:
            prefix = torch.cat([prefix, self.register_tokens])
        if self.num_prefix_tokens:
            x = torch.cat([prefix.to(x.dtype).expand(len(x), -1, -1), x], 1)
        return self.pre_norm(x)

    def tokens(self, pictures: Tensor, keep: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Tokens (B, P + N, width) after the last block and its norm; `keep` and `mask` as in `embed`."""
        return self.norm(self.transformer(self.embed(pictures, keep, mask), bias=self._bias(pictures, keep)))

    def intermediate(
        self,
        pictures: Tensor,
        layers: Sequence[int],
        norm: bool = False,
        keep: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> list[Tensor]:
        """Tokens (B, P + N, width) after each of these blocks, counted from 0, or from the end with −1.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            layers: the blocks, in the order in which their tokens are wanted.
            norm: send each through the norm of the last block, as DINOv2 does; without, as data2vec does, they are raw.
            keep, mask: as in `embed`.

        >>> found = ViT(64, 3, 4, size=32, patch=8).intermediate(torch.rand(2, 3, 32, 32), layers=[0, -1])
        >>> [tuple(tokens.shape) for tokens in found]
        [(2, 17, 64), (2, 17, 64)]
        """
        x, bias = self.embed(pictures, keep, mask), self._bias(pictures, keep)
        return [self.norm(x) if norm else x for x in self.transformer.intermediate(x, layers, bias=bias)]

    def feature_map(self, pictures: Tensor) -> Tensor:
        """The patches' tokens where they lie in the picture, (B, width, H/patch, W/patch)."""
        patches = self.tokens(pictures)[:, self.num_prefix_tokens :]
        return rearrange(patches, "b (h w) d -> b d h w", h=self._grid(pictures)[0])

    def attention(self, pictures: Tensor) -> Tensor:
        """What every head attends to, (blocks, B, heads, P + N, P + N); each row adds up to 1."""
        return self.transformer.weights(self.embed(pictures), bias=self._bias(pictures))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.transformer(self.embed(pictures), bias=self._bias(pictures))
        if self.pool == "class":
            return self.norm(x[:, 0])
        x = x[:, self.num_prefix_tokens :]
        return self.norm(x.mean(1)) if self.fc_norm else self.norm(x).mean(1)

    def _grid(self, pictures: Tensor) -> tuple[int, int]:
        """How many rows and columns of patches pictures have."""
        rows, columns = pictures.shape[2] // self.patch, pictures.shape[3] // self.patch
        if not rows or not columns or (rows * self.patch, columns * self.patch) != tuple(pictures.shape[2:]):
            raise ValueError(
                f"expected pictures whose sides patches of {self.patch} pixels divide evenly, "
                f"got {tuple(pictures.shape)}: crop or resize them"
            )
        return rows, columns

    def _bias(self, pictures: Tensor, keep: Tensor | None = None) -> Tensor | None:
        """What relative positions add to the scores, None where there are none."""
        return None if self.rel_pos_bias is None else self.rel_pos_bias(*self._grid(pictures), keep)


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

    Raises ValueError if the patch is no power of two, or the width too small to be halved as often.

    >>> conv_stem(64, 8)(torch.rand(1, 3, 32, 32)).shape
    torch.Size([1, 64, 4, 4])
    """
    width, patch = expect_whole("a width", width), expect_whole("a patch", patch)
    halvings = patch.bit_length() - 1
    if patch < 2 or 2**halvings != patch:
        raise ValueError(f"expected a patch of 2, 4, 8, 16 … pixels for a convolutional stem, got {patch}")
    if width < patch // 2:
        raise ValueError(f"expected a width of at least {patch // 2} for patches of {patch} pixels, got {width}")
    layers: list[nn.Module] = []
    before = 3
    for left in range(halvings - 1, -1, -1):
        after = width // 2**left
        layers += [nn.Conv2d(before, after, 3, 2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        before = after
    return nn.Sequential(*layers, nn.Conv2d(width, width, 1))
