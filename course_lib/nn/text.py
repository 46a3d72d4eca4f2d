"""The text tower of CLIP: a causal transformer that speaks at the end of the text (Radford and others, 2021, section
2.4, arXiv 2103.00020).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..expect import expect_whole
from .seeding import seeded
from .transformer import Transformer, init_weights


class TextTransformer(nn.Module):
    """Ids (B, T) of texts to features (B, width), read off at the end token.

    What stands after the end token has no say, so a batch may be cut to its longest text.

    Args:
        vocabulary: how many ids there are; the highest is the end token.
        width, depth, heads: as in a ViT.
        length: the longest text, in ids.
        seed: settles the random weights it starts from.
        activation, eps: see `Block`.

    Raises:
        ValueError: if a number of parts is not whole; from `forward`, for ids of another shape, longer than it can
            read, or, where to look costs no wait, of another vocabulary.

    >>> TextTransformer(vocabulary=10, width=64, depth=2, heads=4, length=8)(torch.tensor([[8, 1, 9, 0]])).shape
    torch.Size([1, 64])
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        depth: int,
        heads: int,
        *,
        length: int = 77,
        seed: int = 0,
        activation: Callable[[], nn.Module] = nn.GELU,
        eps: float = 1e-5,
    ):
        super().__init__()
        vocabulary = expect_whole("a vocabulary", vocabulary)
        self.width, self.length = width, expect_whole("a length", length)
        with seeded(seed):
            self.token_embedding = nn.Embedding(vocabulary, width)
            self.pos_embed = nn.Parameter(torch.empty(length, width))
            self.transformer = Transformer(width, depth, heads, causal=True, activation=activation, eps=eps)
            self.norm = nn.LayerNorm(width, eps=eps)
            init_weights(self.transformer)
            nn.init.normal_(self.token_embedding.weight, std=0.02)
            nn.init.normal_(self.pos_embed, std=0.01)

    def tokens(self, ids: Tensor) -> Tensor:
        """Features of every token, (B, T, width); each knows only what stands before it."""
        if ids.ndim != 2 or not 1 <= ids.shape[1] <= self.length:
            raise ValueError(
                f"expected ids (B, T), at least one and T at most {self.length}, got {tuple(ids.shape)}: "
                f"make them with the tokenizer, bpe(texts, length={self.length})"
            )
        if ids.dtype not in (torch.int64, torch.int32):
            raise ValueError(f"expected ids as int64, got {ids.dtype}: make them with the tokenizer, bpe(texts)")
        if ids.device.type == "cpu" and len(ids):  # on a GPU to look would be to wait
            low, high = ids.aminmax()
            if low < 0 or high >= self.token_embedding.num_embeddings:
                raise ValueError(
                    f"expected ids from 0 to {self.token_embedding.num_embeddings - 1}, got {low} to {high}: "
                    f"make them with the tokenizer that this network was made for"
                )
        return self.norm(self.transformer(self.token_embedding(ids) + self.pos_embed[: ids.shape[1]]))

    def forward(self, ids: Tensor) -> Tensor:
        tokens = self.tokens(ids)
        at_end = ids.argmax(1)  # the end token has the highest id
        return tokens[torch.arange(len(ids), device=ids.device), at_end]
