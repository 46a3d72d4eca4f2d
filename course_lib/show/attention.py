"""What attention looks at: a map for each head of each block."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Rectangle

from .figure import FONT, PALETTE, QUIET, WIDTH, Figure, Sheet, style
from .images import GAP, one_image
from .numbers import numbers

LEFT = 3.9
"""The side of the picture on the left, in inches."""
HEAD = 0.32


@style()
def attention_maps(
    picture: Any, attention: Any, patch: tuple[int, int] | None = None, caption: str = "", alt: str = ""
) -> Figure:
    """A picture with one patch marked, and beside it where each head of each block looks from there.

    Each map is as bright as the square root of its attention, its own highest value brightest.

    Args:
        picture: (3, H, H) in [0, 1], as many patches high as wide.
        attention: (blocks, heads, P + N, P + N), as `ViT.attention` gives for one picture; P prefix tokens.
        patch: row and column of the patch that looks; None for the class token, the first.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the place if not given.

    Raises:
        ValueError: if the attention has another shape, is no number or below 0, or the patch is not in the picture.

    >>> import torch
    >>> attention_maps(torch.rand(3, 32, 32), torch.rand(2, 3, 17, 17), (0, 1)).alt
    'Where 3 heads in each of 2 blocks look from the patch in row 1, column 2.'
    """
    found, image = numbers(attention, "attention").astype(np.float32), one_image(picture)
    if found.ndim != 4 or found.shape[-1] != found.shape[-2] or not found.size:
        raise ValueError(f"expected attention (blocks, heads, N, N) of one picture, got {found.shape}")
    if not (np.isfinite(found).all() and (found >= 0).all()):
        raise ValueError("expected attention as shares, 0 or more, got nan, infinity or a number below 0")
    blocks, heads, tokens, _ = found.shape
    side = int(tokens**0.5)
    num_prefix_tokens = tokens - side**2
    if image.shape[0] != image.shape[1] or image.shape[0] % side:
        raise ValueError(f"expected a picture of {side} × {side} patches, got one of {image.shape[:2]} pixels")
    if patch is not None and not (len(patch) == 2 and all(p in range(side) for p in patch)):
        raise ValueError(f"expected a row and a column from 0 to {side - 1}, got {patch}")
    row = 0 if patch is None else num_prefix_tokens + patch[0] * side + patch[1]
    maps = found[:, :, row, num_prefix_tokens:].reshape(blocks, heads, side, side)
    gray = (image @ np.array([0.3, 0.59, 0.11], np.float32))[..., None]
    space = WIDTH - LEFT - 0.9
    small = min((LEFT - (blocks - 1) * GAP) / blocks, (space - (heads - 1) * GAP) / heads)
    page = Sheet(WIDTH, HEAD + max(LEFT, blocks * (small + GAP) - GAP))
    page.picture(image, 0, HEAD, LEFT)
    if patch is None:
        page.write(0, HEAD - 0.1, "looking: the class token", weight="bold")
    else:
        page.write(0, HEAD - 0.1, "looking: the patch in the frame", weight="bold")
        for color, thick in (("white", 5), (PALETTE[1], 2.6)):
            corner, wide = (patch[1] * LEFT / side, HEAD + patch[0] * LEFT / side), LEFT / side
            page.axes.add_patch(Rectangle(corner, wide, wide, fill=False, edgecolor=color, linewidth=thick))
    start = LEFT + 0.9
    for block in range(blocks):
        y = HEAD + block * (small + GAP)
        page.write(start - 0.1, y + small / 2, f"block {block + 1}", color=QUIET, ha="right", va="center")
        for head in range(heads):
            x = start + head * (small + GAP)
            heat = (maps[block, head] / max(maps[block, head].max(), 1e-12)) ** 0.5  # so that faint attention is seen
            heat = np.kron(heat, np.ones((image.shape[0] // side, image.shape[1] // side)))
            page.picture(0.35 * gray + 0.65 * colormaps["inferno"](heat)[..., :3], x, y, small)
            if not block:
                page.write(x, HEAD - 0.1, f"head {head + 1}", FONT, QUIET)
    place = "the class token" if patch is None else f"the patch in row {patch[0] + 1}, column {patch[1] + 1}"
    page.figure.caption = caption
    page.figure.alt = alt or f"Where {heads} heads in each of {blocks} blocks look from {place}."
    return page.figure
