"""What single patches tell: probes on the map of features, place by place, each with its floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from ..expect import expect_whole
from ..nn import Encoder
from ..nn.modes import eval_mode
from ..nn.patches import patchify
from ..nn.pictures import expect_pictures
from ..nn.seeding import generator
from .checks import numbers, tensor
from .features import like_weights
from .probe import linear_probe

PatchFact = Callable[[Any, int], Tensor]
"""What to read of each patch: a batch and the grid's side to labels (N, grid, grid) int64, −1 to leave a patch out."""


def patch_kind(batch: Any, grid: int) -> Tensor:
    """The kind of the thing that covers most of each patch, (N, grid, grid); −1 for backdrop."""
    return batch.patch_things(grid)


def patch_part(batch: Any, grid: int) -> Tensor:
    """The part of a thing that covers most of each patch, (N, grid, grid); −1 for backdrop."""
    return batch.patch_parts(grid)


class Pixels(Encoder):
    """The floor of every probe on patches: an encoder whose features are a patch's own pixels, and that learns nothing.

    >>> Pixels(4).feature_map(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 48, 8, 8])
    """

    def __init__(self, patch: int):
        super().__init__()
        self.patch = expect_whole("a patch", patch)
        self.width = 3 * self.patch**2

    def feature_map(self, pictures: Tensor) -> Tensor:
        expect_pictures(pictures)
        return rearrange(patchify(pictures, self.patch), "b (h w) d -> b d h w", h=pictures.shape[2] // self.patch)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.feature_map(pictures).mean((2, 3))


class Blind(Pixels):
    """The floor below: it sees only zeros, so that a probe can but say what is most frequent, such as backdrop.

    >>> Blind(4).feature_map(torch.rand(2, 3, 32, 32)).any().item()
    False
    """

    def feature_map(self, pictures: Tensor) -> Tensor:
        return torch.zeros_like(super().feature_map(pictures))


@torch.no_grad()
def feature_maps(encoder: Encoder, pictures: Tensor, batch_size: int = 250) -> Tensor:
    """The features of pictures (N, 3, H, W) place by place, (N, width, h, w), in eval mode and without gradients.

    Raises:
        ValueError: for what is no picture, or if the map is not (N, width, h, w) of finite numbers.

    >>> feature_maps(Pixels(8), torch.rand(5, 3, 32, 32)).shape
    torch.Size([5, 192, 4, 4])
    """
    expect_pictures(tensor(pictures, "pictures"), look=True)
    if not len(pictures):
        raise ValueError("expected at least one picture, got none")
    with eval_mode(encoder):
        parts = pictures.split(expect_whole("a batch size", batch_size))
        found = [encoder.feature_map(like_weights(some, encoder)) for some in parts]
    maps, name = torch.cat(found), type(encoder).__name__
    if maps.ndim != 4 or len(maps) != len(pictures):
        raise ValueError(f"expected a map ({len(pictures)}, width, h, w) from {name}, got {tuple(maps.shape)}")
    return numbers(maps, f"a map from {name}").float()


def patch_probe(
    encoder: Encoder, known: Any, new: Any, of: PatchFact = patch_kind, C: float = 0.1, most: int = 5000, seed: int = 0
) -> float:
    """The share of patches of new pictures of which a linear probe reads a fact rightly, from that one patch's feature.

    Patches where the fact is −1, such as backdrop, are left out. Its floors: the same with an untrained encoder, with
    `Pixels`, and with `Blind`, which is the share of what was most frequent.

    Args:
        encoder: taken as it is, in eval mode; asked for its `feature_map`.
        known: the batch whose patches the probe is fitted to.
        new: the batch whose patches it is asked about.
        of: which fact, `patch_kind` or `patch_part`.
        C: see `linear_probe`.
        most: the most patches of either batch; if there are more, that many are drawn.
        seed: settles which.

    Raises:
        ValueError: as `feature_maps` and `linear_probe`, or if no patch is left.

    >>> from course_lib import world
    >>> 0 <= patch_probe(Pixels(4), *[world.draw(20, size=16)] * 2) <= 1
    True
    """
    told, fact = _patches(encoder, known, of, most, seed)
    asked, true = _patches(encoder, new, of, most, seed)
    said = linear_probe(told, fact, C, steps=50)(asked)
    return (said == true).float().mean().item()


def segmentation_probe(
    encoder: Encoder,
    known: Any,
    new: Any,
    C: float = 1.0,
    most: int = 20_000,
    seed: int = 0,
    mean: bool = False,
) -> float:
    """The IoU of things, patch by patch, where a linear probe says for each patch whether it is thing.

    A patch is thing where things cover at least half of it, and else backdrop. IoU is intersection over union: of the
    patches that are thing or are said to be thing, the share that is both, over the patches of all new pictures
    together. Its floors: the same with an untrained encoder, with `Pixels`, and with `Blind`, which says backdrop
    of everything where most patches are backdrop, and so has an IoU of 0.

    Args:
        encoder, known, new, C, most, seed: as in `patch_probe`.
        mean: return the mIoU in its place, the mean of this IoU and the same of backdrop.

    Raises:
        ValueError: as `patch_probe`, or if new pictures show no thing, or no backdrop.

    >>> from course_lib import world
    >>> 0 <= segmentation_probe(Pixels(4), *[world.draw(20, size=16)] * 2) <= 1
    True
    """
    told, thing = _patches(encoder, known, _is_thing, most, seed)
    asked, true = _patches(encoder, new, _is_thing, most, seed)
    if len(true.unique()) < 2:
        raise ValueError(f"expected new pictures of things and backdrop, got {('backdrop', 'things')[true[0]]} only")
    said = linear_probe(told, thing, C, steps=50)(asked)
    ious = [((said == one) & (true == one)).sum() / ((said == one) | (true == one)).sum() for one in (1, 0)]
    return (torch.stack(ious).mean() if mean else ious[0]).item()


def _is_thing(batch: Any, grid: int) -> Tensor:
    return (batch.patch_shares(grid).sum(1) >= 0.5).long()


def _patches(encoder: Encoder, batch: Any, of: PatchFact, most: int, seed: int) -> tuple[Tensor, Tensor]:
    """Features (M, width) and facts (M,) of at most so many patches of which there is something to say."""
    maps = feature_maps(encoder, batch.pictures)
    if maps.shape[2] != maps.shape[3]:
        raise ValueError(f"expected a square map of features, got {tuple(maps.shape)}: take square pictures")
    facts, wanted = tensor(of(batch, maps.shape[2]), "a fact"), (len(maps), *maps.shape[2:])
    if facts.shape != wanted:
        raise ValueError(f"expected a fact of each patch, {wanted}, got {tuple(facts.shape)}")
    facts = facts.to(maps.device).flatten()
    there = (facts >= 0).nonzero().flatten()
    if not len(there):
        raise ValueError("expected patches of which there is something to say, got none")
    if len(there) > expect_whole("most", most):
        order = torch.randperm(len(there), generator=generator(seed, "patches"))[:most]
        there = there[order.to(there.device)]
    return rearrange(maps, "n d h w -> (n h w) d")[there], facts[there]
