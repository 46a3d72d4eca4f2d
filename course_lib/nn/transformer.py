"""What a transformer is made of (Vaswani and others, 2017, "Attention Is All You Need", arXiv 1706.03762).

The block is the one of Vision Transformers and of CLIP: normalize first, then attend or think, then add.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Attention(nn.Module):
    """Self-attention with several heads, (B, N, D) to (B, N, D): equation 1 and section 3.2.2 of the paper.

    Raises:
        ValueError: if the heads cannot share the width evenly.

    >>> Attention(64, heads=4)(torch.rand(2, 9, 64)).shape
    torch.Size([2, 9, 64])
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"expected a width that {heads} heads can share evenly, got {width}")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """Queries, keys and values of each head, (3, B, heads, N, D / heads), of tokens (B, N, D)."""
        return rearrange(self.qkv(x), "b n (three h d) -> three b h n d", three=3, h=self.heads)

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        q, k, v = self.split(x).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(rearrange(y, "b h n d -> b n (h d)"))

    def weights(self, x: Tensor, causal: bool = False) -> Tensor:
        """Which token (row) attends to which (column), (B, heads, N, N); each row adds up to 1."""
        q, k, _ = self.split(x).unbind(0)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        if causal:
            later = torch.ones_like(scores[0, 0], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        return scores.softmax(-1)


class QuickGELU(nn.Module):
    """x · sigmoid(1.702 x), the cheaper GELU of OpenAI's CLIP weights (Hendrycks and Gimpel, 2016, section 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class DropPath(nn.Module):
    """While training, leave a branch out for a share of the pictures (Huang and others, 2016, arXiv 1603.09382).

    What is kept grows by 1 / (1 − share), so that the mean stays what it was.

    >>> DropPath(0.5).eval()(torch.ones(2, 1, 1)).flatten()
    tensor([1., 1.])
    """

    def __init__(self, share: float):
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return x
        kept = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device) >= self.share
        return x * kept.to(x.dtype) / (1 - self.share)


class Block(nn.Module):
    """Attention, then a perceptron, each behind a norm and beside a shortcut; (B, N, D) to (B, N, D).

    Args:
        width: D.
        heads: of the attention.
        mlp: how many times wider than D the perceptron is inside.
        drop_path: see `DropPath`.
        activation: the bend inside the perceptron.
        eps: added to the variance in the norms: 1e-6 in ViT, 1e-5 in CLIP.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp: float = 4.0,
        drop_path: float = 0.0,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-6,
    ):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = nn.Sequential(nn.Linear(width, int(mlp * width)), activation(), nn.Linear(int(mlp * width), width))
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        x = x + self.drop_path(self.attention(self.norm1(x), causal))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class Transformer(nn.Module):
    """Blocks one after the other, (B, N, D) to (B, N, D).

    Args:
        width: D.
        depth: how many blocks.
        heads: of each attention.
        causal: each token sees only itself and those before it.
        drop_path: share left out in the last block; in a straight line from 0 in the first.
        checkpointing: forget what is inside the blocks and compute it again for the gradient: less memory, more time
            (Chen and others, 2016, "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174).
        mlp, activation, eps: see `Block`.

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
    ):
        super().__init__()
        self.causal, self.checkpointing = causal, checkpointing
        shares = [drop_path * i / max(1, depth - 1) for i in range(depth)]
        self.blocks = nn.Sequential(*[Block(width, heads, mlp, share, activation, eps) for share in shares])

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            if self.checkpointing and self.training and torch.is_grad_enabled():
                x = checkpoint(block, x, self.causal, use_reentrant=False)
            else:
                x = block(x, self.causal)
        return x

    def weights(self, x: Tensor) -> Tensor:
        """What every head of every block attends to, (blocks, B, heads, N, N)."""
        found = []
        for block in self.blocks:
            assert isinstance(block, Block)
            found.append(block.attention.weights(block.norm1(x), self.causal))
            x = block(x, self.causal)
        return torch.stack(found)


def init_weights(module: nn.Module) -> None:
    """Random weights as ViT begins with: matrices from a normal of spread 0.02, biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
