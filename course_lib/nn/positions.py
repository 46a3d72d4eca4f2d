"""Where a patch is, said in three ways: learned for each place, fixed waves, or a bias for each way between two places.

>>> sincos_pos_embed(64, rows=4, columns=4).shape
torch.Size([16, 64])
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..expect import expect_whole


def resize_pos_embed(pos_embed: Tensor, num_prefix_tokens: int, rows: int, columns: int) -> Tensor:
    """Position embeddings (P + rows · columns, D) for another grid: those of a square, resized like a picture.

    Raises:
        ValueError: if what is there is no square, or no grid is wanted.

    >>> resize_pos_embed(torch.rand(1 + 16, 8), 1, 6, 4).shape
    torch.Size([25, 8])
    """
    side = round(max(0, len(pos_embed) - num_prefix_tokens) ** 0.5)
    if pos_embed.ndim != 2 or not side or side**2 + num_prefix_tokens != len(pos_embed):
        raise ValueError(
            f"expected {num_prefix_tokens} prefix tokens and then a square of positions, (P + n · n, D), "
            f"got {tuple(pos_embed.shape)}"
        )
    _expect_grid(rows, columns)
    if (rows, columns) == (side, side):
        return pos_embed
    grid = _resized(pos_embed[num_prefix_tokens:], side, rows, columns, antialias=True)
    return torch.cat([pos_embed[:num_prefix_tokens], grid])


def _expect_grid(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1:
        raise ValueError(f"expected a grid of at least one row and one column, got {rows} and {columns}")


def _resized(grid: Tensor, side: int, rows: int, columns: int, antialias: bool) -> Tensor:
    """A square (side · side, D), resized like a picture to (rows · columns, D)."""
    picture = rearrange(grid, "(h w) d -> 1 d h w", h=side).float()
    picture = F.interpolate(picture, (rows, columns), mode="bicubic", antialias=antialias, align_corners=False)
    return rearrange(picture, "1 d h w -> (h w) d").to(grid.dtype)


def sincos_pos_embed(width: int, rows: int, columns: int) -> Tensor:
    """Fixed position embeddings (rows · columns, width): waves of many lengths along the columns, then along the rows.

    Vaswani and others, 2017, arXiv 1706.03762, section 3.5, in two dimensions as MAE has them (He and others, 2021,
    "Masked Autoencoders Are Scalable Vision Learners", arXiv 2111.06377, appendix A.1).

    Raises:
        ValueError: for a width that a sine and a cosine for each of two directions cannot share evenly, or no grid.

    >>> sincos_pos_embed(4, rows=1, columns=2)  # sine and cosine of the column, sine and cosine of the row
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0000, 1.0000]])
    """
    width, rows, columns = (expect_whole("a width, rows and columns", number) for number in (width, rows, columns))
    if width % 4:
        raise ValueError(f"expected a width that 4 divides evenly for sine-cosine positions, got {width}")
    waves = 10000.0 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))  # radians a patch, falling
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    parts = []
    for place in (column, row):
        angle = place.flatten()[:, None] * waves  # (rows · columns, width / 4)
        parts += [angle.sin(), angle.cos()]
    return torch.cat(parts, 1).float()


class RelativePositionBias(nn.Module):
    """A learned number for each head and each way from one patch to another, which is added to attention's scores.

    As in BEiT (Bao and others, 2021, "BEiT: BERT Pre-Training of Image Transformers", arXiv 2106.08254, section 2.4 and
    its code): (2·side − 1)² ways between patches and, where there are prefix tokens, three more numbers: from a prefix
    token to a patch, from a patch to a prefix token, and among prefix tokens.

    Args:
        heads: of each attention.
        side: patches along one side of the square that it learns; on another grid the table is resized like a picture.
        num_prefix_tokens: tokens in front that are no patch.
        blocks: how many tables there are: one that all blocks share, or one for each block.

    >>> RelativePositionBias(heads=2, side=4, num_prefix_tokens=1)(rows=4, columns=3).shape
    torch.Size([1, 1, 2, 13, 13])
    """

    def __init__(self, heads: int, side: int, num_prefix_tokens: int = 0, blocks: int = 1):
        super().__init__()
        heads, side = expect_whole("a number of heads", heads), expect_whole("a side", side)
        num_prefix_tokens = expect_whole("a number of prefix tokens", num_prefix_tokens, least=0)
        blocks = expect_whole("a number of blocks", blocks)
        self.side, self.num_prefix_tokens = side, num_prefix_tokens
        ways = (2 * side - 1) ** 2 + (3 if num_prefix_tokens else 0)
        self.table = nn.Parameter(torch.zeros(blocks, ways, heads))

    def forward(self, rows: int, columns: int, keep: Tensor | None = None) -> Tensor:
        """What is added to the scores, (blocks, B|1, heads, P + N, P + N); row: who attends, column: to whom.

        Args:
            rows, columns: of the grid of patches; N = rows · columns.
            keep: (B, K) int64, the patches that are there, see `ViT.embed`; K then stands in N's place.
        """
        _expect_grid(rows, columns)
        table = self.table
        if (rows, columns) != (self.side, self.side):
            before, ways = 2 * self.side - 1, (2 * self.side - 1) ** 2
            resized = [_resized(one[:ways], before, 2 * rows - 1, 2 * columns - 1, antialias=False) for one in table]
            table = torch.cat([torch.stack(resized), table[:, ways:]], 1)
        prefix = self.num_prefix_tokens
        which = _ways(rows, columns, prefix, table.device)[None]  # (1, P + N, P + N)
        if keep is not None:
            # Of the whole square, the rows and the columns of the tokens that are there
            front = torch.arange(prefix, device=keep.device).expand(len(keep), -1)
            there = torch.cat([front, keep + prefix], 1)  # (B, P + K)
            which = which[0, there[:, :, None], there[:, None, :]]
        return rearrange(table[:, which], "blocks b n m heads -> blocks b heads n m").contiguous()


def _ways(rows: int, columns: int, num_prefix_tokens: int, device: torch.device) -> Tensor:
    """Which line of the table is for whom (row) attending to whom (column), (P + N, P + N) int64."""
    place = torch.arange(rows * columns, device=device)
    row, column = place // columns, place % columns
    down = row[:, None] - row + rows - 1  # 0 to 2·rows − 2
    right = column[:, None] - column + columns - 1
    last = (2 * rows - 1) * (2 * columns - 1) - 1  # the last way between patches
    which = F.pad(down * (2 * columns - 1) + right, (num_prefix_tokens, 0, num_prefix_tokens, 0))
    which[:num_prefix_tokens] = last + 1
    which[:, :num_prefix_tokens] = last + 2
    which[:num_prefix_tokens, :num_prefix_tokens] = last + 3
    return which
