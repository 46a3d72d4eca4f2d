"""What attention looks at: how far, where in the picture, and whether it is the thing."""

from __future__ import annotations

import torch
from torch import Tensor


def rollout(attention: Tensor) -> Tensor:
    """Attention through all blocks, (B, N, N), each row adding up to 1.

    In each block the heads' mean is taken, and half of every token stays where it is, since the shortcut carries it
    past the attention (Abnar and Zuidema, 2020, "Quantifying Attention Flow in Transformers", arXiv 2005.00928,
    equation 1).

    Args:
        attention: (blocks, B, heads, N, N), as `ViT.attention` gives it.

    Raises:
        ValueError: for another shape.

    >>> rollout(torch.full((3, 1, 2, 4, 4), 0.25)).sum(-1)
    tensor([[1., 1., 1., 1.]])
    """
    _check(attention)
    through = torch.eye(attention.shape[-1], device=attention.device).expand(attention.shape[1], -1, -1)
    for block in attention.mean(2):
        through = (0.5 * block + 0.5 * torch.eye(block.shape[-1], device=block.device)) @ through
    return through


def attention_distance(attention: Tensor, columns: int, extra: int = 0) -> Tensor:
    """How far each head looks on average, in patches, (blocks, heads) (figure 7 of the ViT paper, arXiv 2010.11929).

    Args:
        attention: (blocks, B, heads, extra + N, extra + N).
        columns: patches in a row of the picture.
        extra: tokens in front that are no patch.

    Raises:
        ValueError: for another shape.

    >>> attention_distance(torch.eye(4).expand(1, 1, 1, 4, 4), columns=2)
    tensor([[0.]])
    """
    _check(attention)
    among = attention[..., extra:, extra:]
    among = among / among.sum(-1, keepdim=True).clamp(min=1e-12)
    places = torch.arange(among.shape[-1], device=among.device)
    where = torch.stack([places // columns, places % columns], 1).float()  # (N, 2)
    return (among * torch.cdist(where, where)).sum(-1).mean((1, 3))


def attention_on(attention: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the attention falls on the masks, and how much of the picture they are, each (..., B).

    Args:
        attention: (..., B, h, w), what each patch gets; it need not add up to 1.
        masks: (B, H, W) bool, H and W multiples of h and w.

    Raises:
        ValueError: if the masks do not divide into patches.

    >>> on, area = attention_on(torch.tensor([[[3.0, 1.0]]]), torch.tensor([[[True, True, False, False]]]))
    >>> on.item(), area.item()
    (0.75, 0.5)
    """
    h, w = attention.shape[-2:]
    if masks.ndim != 3 or masks.shape[1] % h or masks.shape[2] % w:
        raise ValueError(f"expected masks (B, H, W) that divide into {h} by {w} patches, got {tuple(masks.shape)}")
    share = torch.nn.functional.adaptive_avg_pool2d(masks[:, None].float(), (h, w))[:, 0]  # (B, h, w)
    on = (attention * share).sum((-2, -1)) / attention.sum((-2, -1))
    return on, share.mean((-2, -1)).expand_as(on)


def _check(attention: Tensor) -> None:
    if attention.ndim != 5 or attention.shape[-1] != attention.shape[-2]:
        raise ValueError(f"expected attention (blocks, B, heads, N, N), got {tuple(attention.shape)}")
