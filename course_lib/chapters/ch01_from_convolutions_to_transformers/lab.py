"""The lab of chapter 01: click a patch, and see what attention looks at from there."""

from __future__ import annotations

import ipywidgets as widgets
from torch import Tensor

from course_lib.show.attention import HEAD, LEFT, attention_maps
from course_lib.show.figure import WIDTH, Figure
from course_lib.show.labs import Lab, lab


def attention_lab(pictures: Tensor, attention: Tensor, caption: str = "") -> Lab:
    """A lab: click a patch of the picture on the left, and see where each head of each block looks from there.

    Args:
        pictures: (B, 3, H, W) in [0, 1].
        attention: (blocks, B, heads, num_prefix_tokens + N, num_prefix_tokens + N), as `ViT.attention` gives it.
        caption: Markdown shown below the figure.

    >>> import torch
    >>> sorted(attention_lab(torch.rand(2, 3, 16, 16), torch.rand(1, 2, 1, 5, 5)).controls)
    ['at', 'looking', 'picture']
    """
    side = int(attention.shape[-1] ** 0.5)
    tall = attention_maps(pictures[0], attention[:, 0]).get_figheight()

    def draw(picture: int, looking: str, at: tuple[float, float]) -> Figure:
        column, row = at[0] * WIDTH / LEFT * side, (at[1] * tall - HEAD) / LEFT * side
        patch = (min(max(int(row), 0), side - 1), min(max(int(column), 0), side - 1))
        place = patch if looking == "patch" else None
        return attention_maps(pictures[picture - 1], attention[:, picture - 1], place, caption)

    middle = (side // 2 + 0.5) / side * LEFT
    return lab(
        draw,
        {
            "picture": widgets.IntSlider(1, 1, len(pictures), description="picture"),
            "looking": widgets.ToggleButtons(options=[("the patch I click", "patch"), ("the class token", "class")]),
        },
        click=(middle / WIDTH, (HEAD + middle) / tall),
        step=(LEFT / side / WIDTH, LEFT / side / tall),
    )
