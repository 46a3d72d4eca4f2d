"""What attention looks at: how far, where in the picture, and whether it is the thing."""

from __future__ import annotations

from numbers import Real

import torch
from torch import Tensor

from ..expect import expect_whole
from .checks import numbers, power_of_two, tensor


def rollout(attention: Tensor) -> Tensor:
    """Attention through all blocks, (B, N, N), each row adding up to 1.

    In each block the heads' mean is taken, and half of every token stays where it is, since the shortcut carries it
    past the attention (Abnar and Zuidema, 2020, "Quantifying Attention Flow in Transformers", arXiv 2005.00928,
    equation 1).

    Args:
        attention: (blocks, B, heads, N, N), as `ViT.attention` gives it.

    Raises:
        ValueError: for another shape, or rows that are no shares: from 0 up, adding up to 1.

    >>> rollout(torch.full((3, 1, 2, 4, 4), 0.25)).sum(-1)
    tensor([[1., 1., 1., 1.]])
    """
    attention = _among_tokens(attention)
    low, high = attention.sum(-1).aminmax()
    if low < 0.9 or high > 1.1:
        raise ValueError(f"expected attention of which each row adds up to 1, got rows of {low:.3g} to {high:.3g}")
    itself = torch.eye(attention.shape[-1], device=attention.device, dtype=attention.dtype)
    through = itself.expand(attention.shape[1], -1, -1)
    with torch.autocast(attention.device.type, enabled=False):
        for block in attention.mean(2):
            through = (0.5 * block + 0.5 * itself) @ through
    return through


def attention_distance(attention: Tensor, columns: int, num_prefix_tokens: int = 0) -> Tensor:
    """How far each head looks on average, in patches, (blocks, heads) (figure 7 of the ViT paper, arXiv 2010.11929).

    Args:
        attention: (blocks, B, heads, num_prefix_tokens + N, num_prefix_tokens + N).
        columns: patches in a row of the picture.
        num_prefix_tokens: tokens in front that are no patch.

    Raises:
        ValueError: for another shape, rows that do not come out even, or numbers below 0 or not finite.

    >>> attention_distance(torch.eye(4).expand(1, 1, 1, 4, 4), columns=2)
    tensor([[0.]])
    """
    attention, columns = _among_tokens(attention), expect_whole("columns", columns)
    first = expect_whole("prefix tokens", num_prefix_tokens, 0)
    among = attention[..., first:, first:]
    if not among.numel() or among.shape[-1] % columns:
        raise ValueError(
            f"expected patches in whole rows of {columns}, got {among.shape[-1]} besides {first} tokens that are none"
        )
    among = among / among.sum(-1, keepdim=True).clamp(min=torch.finfo(among.dtype).tiny)
    places = torch.arange(among.shape[-1], device=among.device)
    where = torch.stack([places // columns, places % columns], 1).to(among.dtype)  # (N, 2)
    return (among * torch.cdist(where, where)).sum(-1).mean((1, 3))


def attention_on(attention: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the attention falls on the masks, and how much of the picture they are, each (..., B).

    Args:
        attention: (..., B, h, w), what each patch gets, 0 or more; it need not add up to 1.
        masks: (B, H, W) bool, H and W multiples of h and w.

    Raises:
        ValueError: if the masks do not divide into patches or are not bool, or a picture gets no attention at all.

    >>> on, area = attention_on(torch.tensor([[[3.0, 1.0]]]), torch.tensor([[[True, True, False, False]]]))
    >>> on.item(), area.item()
    (0.75, 0.5)
    """
    attention = numbers(attention, "attention")
    masks = _masks(masks).to(attention.device)
    if attention.ndim < 3 or not attention.numel() or attention.shape[-3:-2] != masks.shape[:1]:
        raise ValueError(
            f"expected attention (…, B, h, w) and masks (B, H, W) of as many pictures, at least one, "
            f"got {tuple(attention.shape)} and {tuple(masks.shape)}"
        )
    h, w = attention.shape[-2:]
    if masks.ndim != 3 or not masks.numel() or masks.shape[1] % h or masks.shape[2] % w:
        raise ValueError(f"expected masks (B, H, W) that divide into {h} by {w} patches, got {tuple(masks.shape)}")
    if attention.min() < 0 or not attention.sum((-2, -1)).all():
        raise ValueError("expected attention from 0 up, and some of it on every picture, got none or less on some")
    share = torch.nn.functional.adaptive_avg_pool2d(masks[:, None].float(), (h, w))[:, 0]  # (B, h, w)
    on = (attention * share).sum((-2, -1)) / attention.sum((-2, -1))
    return on, share.mean((-2, -1)).expand_as(on)


def pointing(maps: Tensor, masks: Tensor) -> float:
    """The share of pictures whose strongest place lies on the mask, 0 to 1: the pointing game.

    Zhang and others, 2016, "Top-down Neural Attention by Excitation Backprop", arXiv 1608.00507; here without the
    paper's tolerance of 15 pixels. A cell of the map lies where its center is when the map is enlarged to the mask's
    size. If several cells are equally strong, the share of them on the mask counts, so that a map that is the same
    everywhere scores as chance does. An empty mask cannot be hit.

    Args:
        maps: (N, h, w), how strong each cell is.
        masks: (N, H, W) bool, as large as the maps or larger.

    Raises:
        ValueError: if the shapes do not fit, the masks are not bool, or a map holds something that is no number.

    >>> pointing(torch.tensor([[[0.1, 0.9]]]), torch.tensor([[[False, False, True, True]]]))
    1.0
    """
    maps, masks = _fitting(maps, masks)
    (h, w), (height, width) = maps.shape[1:], masks.shape[1:]
    row = (2 * torch.arange(h, device=maps.device) + 1) * height // (2 * h)
    column = (2 * torch.arange(w, device=maps.device) + 1) * width // (2 * w)
    on = masks[:, row[:, None], column]  # (N, h, w)
    strongest = maps == maps.amax((1, 2), keepdim=True)
    return ((strongest & on).sum((1, 2)).float() / strongest.sum((1, 2))).mean().item()


def mask_iou(maps: Tensor, masks: Tensor, mass: float = 0.6) -> float:
    """How well the strongest places of a map cover the mask, 0 to 1: their intersection over their union, on average.

    The strongest places are the fewest cells that hold the share `mass` of the map's total; they are then enlarged to
    the mask's size by nearest neighbor (Caron and others, 2021, "Emerging Properties in Self-Supervised Vision
    Transformers", arXiv 2104.14294, section 4.2.2). Of equally strong cells the upper one, then the left one, is taken
    first. A map of zeros marks nothing.

    Args:
        maps: (N, h, w), how strong each cell is, 0 or more; they need not add up to 1.
        masks: (N, H, W) bool, as large as the maps or larger.
        mass: above 0, at most 1.

    Raises:
        ValueError: if the shapes do not fit, the masks are not bool, a map holds something below 0 or no number, or
            the share is not above 0 and at most 1.

    >>> mask_iou(torch.tensor([[[0.2, 0.8]]]), torch.tensor([[[False, False, True, True]]]))
    1.0
    """
    if not isinstance(mass, Real) or not 0 < mass <= 1:
        raise ValueError(f"expected a mass above 0 and at most 1, got {mass}")
    maps, masks = _fitting(maps, masks)
    if maps.min() < 0:
        raise ValueError(f"expected maps of values from 0 up, got some as low as {maps.min().item():.3g}")
    (h, w), (height, width) = maps.shape[1:], masks.shape[1:]
    maps = maps / power_of_two(maps, (1, 2))
    strength, order = maps.flatten(1).sort(stable=True, dim=1, descending=True)
    stronger = strength.cumsum(1) - strength  # what the cells before it hold
    enough = mass * strength.sum(1, keepdim=True)
    taken = (stronger < enough - 1e-6 * enough) & (strength > 0)
    marked = torch.zeros_like(taken).scatter(1, order, taken).view(-1, h, w)
    row = torch.arange(height, device=maps.device) * h // height
    column = torch.arange(width, device=maps.device) * w // width
    marked = marked[:, row[:, None], column]  # (N, H, W)
    both, either = (marked & masks).sum((1, 2)), (marked | masks).sum((1, 2))
    return (both.float() / either.clamp(min=1)).mean().item()


def _fitting(maps: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Maps as floating numbers, and masks on the same device, after a look at their shapes and values."""
    masks = _masks(masks)
    fit = tensor(maps, "maps").ndim == masks.ndim == 3 and len(maps) == len(masks) > 0
    if not fit or maps.shape[1] > masks.shape[1] or maps.shape[2] > masks.shape[2] or not maps[0].numel():
        raise ValueError(
            "expected maps (N, h, w) and masks (N, H, W) of as many pictures, at least one, the masks as large or "
            f"larger, got {tuple(maps.shape)} and {tuple(masks.shape)}"
        )
    maps = numbers(maps, "maps")
    return maps, masks.to(maps.device)


def _masks(masks: Tensor) -> Tensor:
    if tensor(masks, "masks").dtype != torch.bool:
        raise ValueError(f"expected masks of bool, True on the thing, got {masks.dtype}: use masks > 0")
    return masks


def _among_tokens(attention: Tensor) -> Tensor:
    """Attention between tokens as floating numbers, after a look at its shape and values."""
    if tensor(attention, "attention").ndim != 5 or attention.shape[-1] != attention.shape[-2] or not attention.numel():
        raise ValueError(f"expected attention (blocks, B, heads, N, N), got {tuple(attention.shape)}")
    attention = numbers(attention, "attention")
    if attention.min() < 0:
        raise ValueError(f"expected attention from 0 up, got some as low as {attention.min().item():.3g}")
    return attention
