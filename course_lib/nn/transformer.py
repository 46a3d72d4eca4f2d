"""What a transformer is made of (Vaswani and others, 2017, "Attention Is All You Need", arXiv 1706.03762).

The block is the one of Vision Transformers and of CLIP: normalize first, then attend or think, then add.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from torchvision.ops import StochasticDepth

from ..expect import expect_number, expect_whole


class Attention(nn.Module):
    """Attention with several heads, (B, N, D) to (B, N, D): equation 1 and section 3.2.2 of the paper.

    A token that may attend to nothing gathers zeros, of which `out` makes its bias; its weights are all 0.

    Args:
        width: D.
        heads: how many; each is D / heads wide.
        context_width: E, for cross-attention: queries of the tokens, keys and values of a context (B, M, E). Left out,
            keys and values are of the tokens too: self-attention, M = N.

    Raises:
        ValueError: if the heads cannot share the width evenly, or, from `forward` and `weights`, if the tokens, the
            context, the mask or the bias are not as they should be, or for a causal look at a context that is longer or
            shorter.

    >>> Attention(64, heads=4)(torch.rand(2, 9, 64)).shape
    torch.Size([2, 9, 64])
    >>> Attention(64, heads=4, context_width=32)(torch.rand(2, 9, 64), torch.rand(2, 5, 32)).shape
    torch.Size([2, 9, 64])
    """

    def __init__(self, width: int, heads: int, context_width: int | None = None):
        super().__init__()
        width, heads = expect_whole("a width", width), expect_whole("a number of heads", heads)
        if width % heads:
            raise ValueError(f"expected a width that {heads} heads can share evenly, got {width}")
        self.width, self.heads, self.context_width = width, heads, context_width
        if context_width is None:
            self.qkv = nn.Linear(width, 3 * width)
        else:
            context_width = expect_whole("a context's width", context_width)
            self.q, self.kv = nn.Linear(width, width), nn.Linear(context_width, 2 * width)
        self.out = nn.Linear(width, width)

    def split(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Each head's queries (B, heads, N, D / heads), and its keys and values, both (B, heads, M, D / heads)."""
        if x.ndim != 3 or x.shape[2] != self.width:
            raise ValueError(f"expected tokens (B, N, {self.width}), got {tuple(x.shape)}")
        if self.context_width is None:
            if context is not None:
                raise ValueError(
                    f"expected no context in self-attention, got {tuple(context.shape)}: "
                    f"make it with Attention(…, context_width={context.shape[-1]})"
                )
            q, k, v = (rearrange(part, "b n (h d) -> b h n d", h=self.heads) for part in self.qkv(x).chunk(3, -1))
            return q, k, v
        if context is None or context.ndim != 3 or context.shape[::2] != (len(x), self.context_width):
            got = "none" if context is None else tuple(context.shape)
            raise ValueError(f"expected a context ({len(x)}, M, {self.context_width}), got {got}")
        k, v = rearrange(self.kv(context), "b m (two h d) -> two b h m d", two=2, h=self.heads).unbind(0)
        return rearrange(self.q(x), "b n (h d) -> b h n d", h=self.heads), k, v

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
        bias: Tensor | None = None,
    ) -> Tensor:
        """What each token gathers, (B, N, D).

        Args:
            x: tokens (B, N, D).
            context: (B, M, E), for cross-attention.
            mask: bool (B|1, heads|1, N|1, M), True where a token (row) may attend to another (column).
            causal: each token attends only to itself and those before it.
            bias: (B|1, heads|1, N, M), added to the scores.
        """
        q, k, v = self.split(x, context)
        _check(q, k, mask, causal, bias)
        if mask is None and (bias is None or not causal):  # what PyTorch does in one go
            y = F.scaled_dot_product_attention(
                q, k, v, attn_mask=None if bias is None else bias.to(q.dtype), is_causal=causal
            )
        else:
            bias, nowhere = _limited(q, k, mask, causal, bias)
            y = F.scaled_dot_product_attention(q, k, v, bias).masked_fill(nowhere, 0)
        return self.out(rearrange(y, "b h n d -> b n (h d)"))

    def weights(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
        bias: Tensor | None = None,
    ) -> Tensor:
        """Which token (row) attends to which (column), (B, heads, N, M), of what `forward` takes.

        Each row adds up to 1, or to 0 where a token may attend to nothing.
        """
        q, k, _ = self.split(x, context)
        _check(q, k, mask, causal, bias)
        bias, nowhere = _limited(q, k, mask, causal, bias)
        return (q @ k.mT / q.shape[-1] ** 0.5 + bias).softmax(-1).masked_fill(nowhere, 0)


def _check(q: Tensor, k: Tensor, mask: Tensor | None, causal: bool, bias: Tensor | None) -> None:
    """Raise unless the mask is bool and fits, the bias fits, and causal queries and keys are as many."""
    if causal and q.shape[2] != k.shape[2]:
        raise ValueError(f"expected as many keys as queries for causal attention, got {k.shape[2]} and {q.shape[2]}")
    if mask is not None and mask.dtype != torch.bool:
        raise ValueError(f"expected a mask of bool, True where a token may attend, got {mask.dtype}")
    shape = (*q.shape[:3], k.shape[2])  # (B, heads, N, M)
    for name, given in (("mask", mask), ("bias", bias)):
        if given is not None and (
            given.ndim != 4 or any(have not in (1, all_) for have, all_ in zip(given.shape, shape, strict=True))
        ):
            got = tuple(given.shape)
            raise ValueError(f"expected a {name} (B, heads, N, M) = {shape}, or 1 in place of any, got {got}")


def _limited(q: Tensor, k: Tensor, mask: Tensor | None, causal: bool, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """The bias with −∞ where nobody may attend, and which tokens (…, N, 1) may attend to nothing.

    These attend everywhere for now, since a softmax over nothing is no number.
    """
    everywhere = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device)
    allowed = everywhere if mask is None else mask
    if causal:
        allowed = allowed & everywhere.tril()
    nowhere = ~allowed.any(-1, keepdim=True)
    bias = q.new_zeros(()) if bias is None else bias.to(q.dtype)
    return torch.where(allowed | nowhere, bias, float("-inf")), nowhere


class QuickGELU(nn.Module):
    """x · sigmoid(1.702 x), the cheaper GELU of OpenAI's CLIP weights (Hendrycks and Gimpel, 2016, section 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    """Attention, then an MLP, each behind a norm and beside a shortcut; (B, N, D) to (B, N, D).

    Args:
        width: D.
        heads: of the attention.
        mlp: how many times wider than D the MLP is inside.
        drop_path: while training, leave each branch out for this share of the pictures; what is kept grows, so that the
            mean stays (Huang and others, 2016, "Deep Networks with Stochastic Depth", arXiv 1603.09382).
        activation: what stands between the two matrices of the MLP.
        eps: added to the variance in the norms: 1e-6 in ViT, 1e-5 in CLIP.
        layer_scale: what D learned factors begin with, by which each branch is multiplied (Touvron and others, 2021,
            "Going deeper with Image Transformers", arXiv 2103.17239, equation 4); None for no factors.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp: float = 4.0,
        drop_path: float = 0.0,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-6,
        layer_scale: float | None = None,
    ):
        super().__init__()
        expect_number("mlp", mlp, above=True)
        expect_number("a drop_path", drop_path, high=1)
        expect_number("eps", eps)
        if layer_scale is not None:
            expect_number("a layer_scale", layer_scale, low=-inf)
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = nn.Sequential(nn.Linear(width, int(mlp * width)), activation(), nn.Linear(int(mlp * width), width))
        self.drop_path = StochasticDepth(drop_path, "row")
        self.ls1 = None if layer_scale is None else nn.Parameter(torch.full((width,), float(layer_scale)))
        self.ls2 = None if layer_scale is None else nn.Parameter(torch.full((width,), float(layer_scale)))

    def forward(
        self, x: Tensor, mask: Tensor | None = None, causal: bool = False, bias: Tensor | None = None
    ) -> Tensor:
        """Tokens (B, N, D); mask, causal and bias as in `Attention.forward`."""
        y = self.attention(self.norm1(x), None, mask, causal, bias)
        x = x + self.drop_path(y if self.ls1 is None else self.ls1 * y)
        y = self.mlp(self.norm2(x))
        return x + self.drop_path(y if self.ls2 is None else self.ls2 * y)


class Transformer(nn.Module):
    """Blocks one after the other, (B, N, D) to (B, N, D).

    Args:
        width: D.
        depth: how many blocks.
        heads: of each attention.
        causal: each token sees only itself and those before it.
        drop_path: of the last block; in a straight line from 0 in the first.
        checkpointing: forget what is inside the blocks and compute it again for the gradient: less memory, more time
            (Chen and others, 2016, "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174).
        mlp, activation, eps, layer_scale: see `Block`.

    Its methods take a mask, bool (B|1, heads|1, N|1, N), True where a token may attend, and a bias that is added to the
    scores, (depth|1, B|1, heads|1, N, N): one for each block, or one for all.

    Raises:
        ValueError: without a block, or for a bias that is neither one for each block nor one for all.

    >>> Transformer(64, depth=2, heads=4)(torch.rand(2, 9, 64)).shape
    torch.Size([2, 9, 64])
    """

    def __init__(
        self,
        width: int,
        depth: int,
        heads: int,
        *,
        causal: bool = False,
        mlp: float = 4.0,
        drop_path: float = 0.0,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-6,
        checkpointing: bool = False,
        layer_scale: float | None = None,
    ):
        super().__init__()
        depth = expect_whole("a depth", depth)
        expect_number("a drop_path", drop_path, high=1)
        self.causal, self.checkpointing = causal, checkpointing
        shares = [drop_path * i / max(1, depth - 1) for i in range(depth)]
        self.blocks = nn.Sequential(
            *[Block(width, heads, mlp, share, activation, eps, layer_scale) for share in shares]
        )

    def forward(self, x: Tensor, mask: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        """Tokens (B, N, D) after the last block."""
        for i, block in enumerate(self.blocks):
            x = self._through(block, x, mask, self._of_block(bias, i))
        return x

    def intermediate(
        self, x: Tensor, layers: Sequence[int], mask: Tensor | None = None, bias: Tensor | None = None
    ) -> list[Tensor]:
        """Tokens (B, N, D) after each of these blocks, counted from 0, or from the end with −1; in the order asked for.

        Blocks behind the last of them are left out.

        Raises:
            ValueError: for a block that there is not.
        """
        depth = len(self.blocks)
        there = range(-depth, depth)
        if not isinstance(layers, Sequence) or not layers or not all(layer in there for layer in layers):
            raise ValueError(f"expected layers from {-depth} to {depth - 1}, at least one, got {layers}")
        wanted = [int(layer) % depth for layer in layers]
        found: dict[int, Tensor] = {}
        for i, block in enumerate(self.blocks[: max(wanted) + 1]):
            x = self._through(block, x, mask, self._of_block(bias, i))
            if i in wanted:
                found[i] = x
        return [found[layer] for layer in wanted]

    def weights(self, x: Tensor, mask: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        """What every head of every block attends to, (blocks, B, heads, N, N)."""
        found = []
        for i, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            own = self._of_block(bias, i)
            found.append(block.attention.weights(block.norm1(x), mask=mask, causal=self.causal, bias=own))
            x = block(x, mask, self.causal, own)
        return torch.stack(found)

    def _through(self, block: nn.Module, x: Tensor, mask: Tensor | None, bias: Tensor | None) -> Tensor:
        """Tokens (B, N, D) after a block, of those before it."""
        if self.checkpointing and self.training and torch.is_grad_enabled():
            return checkpoint(block, x, mask, self.causal, bias, use_reentrant=False)
        return block(x, mask, self.causal, bias)

    def _of_block(self, bias: Tensor | None, i: int) -> Tensor | None:
        """The bias of one block, of as many as there are blocks or of one for all."""
        if bias is None:
            return None
        if len(bias) not in (1, len(self.blocks)):
            raise ValueError(f"expected a bias for each of {len(self.blocks)} blocks, or one for all, got {len(bias)}")
        return bias[i if len(bias) > 1 else 0]


def init_weights(module: nn.Module) -> None:
    """Random weights as ViT begins with: matrices from a normal of standard deviation 0.02, biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
