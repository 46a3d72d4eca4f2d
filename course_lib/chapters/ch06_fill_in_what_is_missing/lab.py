"""Masked pictures: diagrams of what MAE and a tokenizer do, and the two labs of chapter 06."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import ipywidgets as widgets
import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import Tensor

from course_lib.evaluate import masked_psnr, paint_mean
from course_lib.nn.masking import block_masking, grid_masking, random_mask
from course_lib.nn.patches import patchify
from course_lib.pretrain import MAE, Method, Tokenizer
from course_lib.pretrain.simmim import cover
from course_lib.show.figure import FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet, pale, style
from course_lib.show.images import GAP, as_images, one_image
from course_lib.show.labs import Lab, lab
from course_lib.show.measures import measures

GRAY = 0.82
"""How bright a covered patch is shown."""
HEAD = 0.36
"""Where pictures begin below their words, in inches."""
PANEL = 2.06
"""The side of a picture in the labs, in inches."""
BETWEEN = (WIDTH - 4 * PANEL) / 3
"""What lies between two of them."""


def covered(pictures: Tensor, mask: Tensor, patch: int) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1] with the patches gray that a mask (B, N) covers.

    >>> covered(torch.zeros(1, 3, 4, 4), torch.tensor([[True, False, False, False]]), 2)[0, 0, 0]
    tensor([0.8200, 0.8200, 0.0000, 0.0000])
    """
    return cover(pictures, mask, patch, GRAY)


def copy_words(captions: Sequence[str], ratio: float, generator: torch.Generator) -> tuple[int, int]:
    """How many covered words are a copy of the nearest visible word of their caption, and how many are covered.

    Each word is covered with this probability; a caption whose words are all covered does not count. Of two words that
    are as near, the first is copied.

    >>> copy_words(["so so so so so so"] * 20, 0.5, torch.Generator().manual_seed(0))
    (55, 55)
    >>> copy_words(["a red cat"] * 20, 0.5, torch.Generator().manual_seed(0))[0]
    0
    """
    hits = tries = 0
    for caption in captions:
        words = caption.split()
        hidden = (torch.rand(len(words), generator=generator) < ratio).tolist()
        seen = [i for i, gone in enumerate(hidden) if not gone]
        for i in range(len(words)) if seen else []:
            nearest = min(seen, key=lambda j: abs(i - j))
            hits, tries = hits + (hidden[i] and words[nearest] == words[i]), tries + hidden[i]
    return hits, tries


@style()
def mae_diagram(picture: Tensor, painted: Tensor, mask: Tensor, patch: int, caption: str = "") -> Figure:
    """What MAE does, from left to right: patches, the visible ones, encoder, mask tokens, decoder, pixels.

    Args:
        picture, painted: (3, H, W) in [0, 1].
        mask: (N,) bool, True where a patch is covered.
        patch: the side of a patch in pixels.
        caption: Markdown shown below the figure.

    >>> picture = torch.rand(3, 16, 16)
    >>> mae_diagram(picture, picture, torch.arange(16) > 3, 4).alt[:24]
    'MAE from left to right: '
    """
    page = Sheet(WIDTH, 2.5)
    n, side = len(mask), round(len(mask) ** 0.5)
    tiles = as_images(patchify(picture[None].cpu(), patch)[0].unflatten(1, (patch, patch, 3)).permute(0, 3, 1, 2))
    size, top = 1.36, 0.5
    middle = top + size / 2
    cell = size / side
    # The picture in patches, the covered ones gray
    _grid(page, one_image(covered(picture[None].cpu(), mask[None].cpu(), patch)[0]), 0.05, top, size, side)
    # The visible patches, one beside the other
    seen = [i for i in range(n) if not mask[i]]
    columns = max(1, round(len(seen) ** 0.5 / 1.4))
    wide, x = columns * (cell + 0.03), 1.85
    for k, i in enumerate(seen):
        row, column = divmod(k, columns)
        y = middle - (-(-len(seen) // columns)) * (cell + 0.03) / 2 + row * (cell + 0.03)
        page.picture(tiles[i], x + column * (cell + 0.03), y, cell)
    _arrow(page, 1.46, x - 0.06, middle)
    # Encoder, tokens with the gaps filled, decoder
    x += wide
    _arrow(page, x + 0.02, x + 0.28, middle)
    _box(page, x + 0.32, middle, 0.95, 1.36, "encoder", PALETTE[0])
    x += 1.27
    _arrow(page, x + 0.04, x + 0.3, middle)
    x += 0.34
    for i in range(n):
        row, column = divmod(i, side)
        color = "#D9D9DE" if mask[i] else PALETTE[0]
        spot = Rectangle((x + column * cell, top + row * cell), cell * 0.86, cell * 0.86, facecolor=color)
        page.axes.add_patch(spot)
    page.write(x + size / 2, top + size + 0.24, "a mask token in each gap", FONT - 1, QUIET, ha="center")
    x += size
    _arrow(page, x + 0.04, x + 0.3, middle)
    _box(page, x + 0.34, middle, 0.74, 0.8, "decoder", PALETTE[1])
    x += 1.08
    _arrow(page, x + 0.04, x + 0.3, middle)
    _grid(page, one_image(painted), x + 0.34, top, size, side)
    page.write(0.05, 0.26, f"{n} patches", FONT, QUIET)
    page.write(1.85, 0.26, f"{len(seen)} visible: the encoder sees these alone", FONT, QUIET)
    page.write(x + 0.34, 0.26, "pixels for all", FONT, QUIET)
    page.write(x + 0.34, top + size + 0.24, "loss: covered ones", FONT - 1, QUIET)
    page.cut(top + size + 0.4)
    page.figure.caption = caption
    page.figure.alt = (
        f"MAE from left to right: a picture of {n} patches with {n - len(seen)} of them gray; the {len(seen)} visible "
        "ones; the encoder; a grid of tokens with mask tokens in the gaps; the smaller decoder; the painted picture."
    )
    return page.figure


@style()
def tokens_diagram(picture: Tensor, codes: Tensor, decoded: Tensor, caption: str = "") -> Figure:
    """What a tokenizer does: a picture, a grid of whole numbers, the picture painted from them.

    Args:
        picture, decoded: (3, H, W) in [0, 1].
        codes: (h, w) int64.
        caption: Markdown shown below the figure.

    >>> picture = torch.rand(3, 16, 16)
    >>> tokens_diagram(picture, torch.arange(16).view(4, 4), picture).alt[:33]
    'A picture of 16 by 16 pixels; its'
    """
    size, top = 2.1, 0.4
    page = Sheet(WIDTH, top + size + 0.08)
    middle = top + size / 2
    page.picture(one_image(picture), 0.05, top, size)
    page.write(0.05, 0.26, "the picture", FONT, QUIET)
    _arrow(page, 2.2, 2.42, middle)
    _box(page, 2.46, middle, 0.72, 0.8, "encoder", PALETTE[0])
    _arrow(page, 3.22, 3.44, middle)
    rows, columns = codes.shape
    page.write(3.5, 0.26, f"{rows * columns} visual tokens", FONT, QUIET)
    for i in range(rows):
        for j in range(columns):
            x, y = 3.5 + j * size / columns, top + i * size / rows
            shape = Rectangle((x, y), size / columns, size / rows, facecolor=pale(PALETTE[0]), edgecolor="white")
            page.axes.add_patch(shape)
            at = {"ha": "center", "va": "center"}
            page.write(x + size / columns / 2, y + size / rows / 2, str(int(codes[i, j])), 6.5, INK, **at)
    _arrow(page, 5.6, 5.76, middle)
    _box(page, 5.78, middle, 0.72, 0.8, "decoder", PALETTE[1])
    _arrow(page, 6.52, 6.68, middle)
    page.picture(one_image(decoded), WIDTH - size - 0.02, top, size)
    page.write(WIDTH - size - 0.02, 0.26, "painted from the tokens", FONT, QUIET)
    page.figure.caption = caption
    page.figure.alt = (
        f"A picture of {picture.shape[1]} by {picture.shape[2]} pixels; its {rows} by {columns} tokens, each a whole "
        "number; and the picture painted from them, a little blurred."
    )
    return page.figure


def _grid(page: Sheet, image: Any, x: float, y: float, size: float, side: int) -> None:
    """A picture with thin lines between its patches."""
    page.picture(image, x, y, size)
    for k in range(1, side):
        at = k * size / side
        page.axes.plot([x + at] * 2, [y, y + size], color="white", lw=0.6, alpha=0.7)
        page.axes.plot([x, x + size], [y + at] * 2, color="white", lw=0.6, alpha=0.7)


def _arrow(page: Sheet, x: float, to: float, y: float) -> None:
    page.axes.annotate("", (to, y), (x, y), arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 1.2})


def _box(page: Sheet, x: float, middle: float, width: float, height: float, words: str, color: str) -> None:
    shape = FancyBboxPatch(
        (x, middle - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.08", facecolor=pale(color),
        edgecolor=color, lw=1.4,
    )  # fmt: skip
    page.axes.add_patch(shape)
    page.write(x + width / 2, middle, words, FONT, INK, ha="center", va="center")


@torch.no_grad()
def what_matters(mae: MAE, picture: Tensor, mask: Tensor) -> Tensor:
    """How much the painted patches change, on average, when one visible patch more is covered, (N,); 0 where covered.

    Args:
        mae: the model, ready for use.
        picture: (3, H, W) in [0, 1].
        mask: (N,) bool, True where a patch is covered; at least two are visible.

    Returns:
        The mean absolute change of the covered patches' colors, from 0 to 1.

    >>> from course_lib.nn import ViT
    >>> mae = MAE(ViT(16, 1, 2, size=16, patch=4, pool="mean"))
    >>> what_matters(mae, torch.rand(3, 16, 16), torch.arange(16) > 3).shape
    torch.Size([16])
    """
    seen = (~mask).nonzero().flatten()
    without = mask.repeat(len(seen), 1)
    without[torch.arange(len(seen)), seen] = True
    before = patchify(mae.reconstruct(picture[None], mask[None], paste=False), mae.encoder.patch)
    after = patchify(mae.reconstruct(picture.expand(len(seen), -1, -1, -1), without, paste=False), mae.encoder.patch)
    changed = (after - before).abs().mean(-1)[:, mask].mean(1)  # one number for each visible patch
    return torch.zeros(len(mask), device=changed.device).scatter(0, seen, changed)


@style()
def painted_by_mask(mae: MAE, picture: Tensor, mask: Tensor, caption: str = "") -> Figure:
    """A covered picture, what the model paints, the truth, and how much each visible patch matters for the painting.

    Args:
        mae: the model, ready for use.
        picture: (3, H, W) in [0, 1].
        mask: (N,) bool, True where a patch is covered.
        caption: Markdown shown below the figure.

    >>> from course_lib.nn import ViT
    >>> mae = MAE(ViT(16, 1, 2, size=16, patch=4, pool="mean"))
    >>> painted_by_mask(mae, torch.rand(3, 16, 16), torch.arange(16) > 3).alt[:27]
    'A picture with 12 of 16 pat'
    """
    patch, side = mae.encoder.patch, picture.shape[1] // mae.encoder.patch
    one, hidden = picture[None], mask[None]
    count, total = int(mask.sum()), len(mask)
    painted = mae.reconstruct(one, hidden) if count else one
    page = Sheet(WIDTH, HEAD + PANEL + 0.04)
    images = [covered(one, hidden, patch)[0], painted[0], picture]
    words = ["click to cover or uncover", "what the model paints", "the truth", "which patch matters"]
    for k, image in enumerate(images):
        page.picture(one_image(image), k * (PANEL + BETWEEN), HEAD, PANEL)
    for k, said in enumerate(words):
        page.write(k * (PANEL + BETWEEN), 0.24, said, FONT, INK if k in (0, 3) else QUIET)
    said = f"A picture with {count} of {total} patches covered."
    if count:
        ours = masked_psnr(painted, one, hidden, patch)
        floor = masked_psnr(paint_mean(one, hidden, patch), one, hidden, patch)
        paper = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5}
        words_below = f"{ours:.1f} dB (mean color: {floor:.1f})"
        page.write(PANEL + BETWEEN + 0.06, HEAD + PANEL - 0.09, words_below, FONT - 1, INK, bbox=paper)
        said += f" The model paints them with {ours:.1f} dB; the mean color of the visible ones has {floor:.1f} dB."
    left = 3 * (PANEL + BETWEEN)
    if count and total - count > 1:
        matters = what_matters(mae, picture, mask).view(side, side).cpu()
        share = (matters / matters.max().clamp(min=1e-9)).numpy()
        heat = np.ones((side, side, 3)) - share[:, :, None] * (1 - np.array([0.85, 0.37, 0.0]))
        heat[mask.view(side, side).cpu().numpy()] = GRAY
        page.picture(heat, left, HEAD, PANEL)
        place = divmod(int(matters.argmax()), side)
        said += f" The visible patch that matters most is in row {place[0] + 1}, column {place[1] + 1}."
    page.axes.add_patch(Rectangle((left, HEAD), PANEL, PANEL, fill=False, edgecolor="#C9C9CF", lw=0.8))
    page.figure.caption, page.figure.alt = caption, said
    return page.figure


Start = Literal["random", "blocks", "grid", "nothing"]
STARTS: tuple[tuple[str, Start], ...] = (
    ("three quarters at random", "random"), ("in blocks", "blocks"), ("on a grid", "grid"), ("nothing", "nothing"),
)  # fmt: skip


def start_mask(start: Start, side: int, seed: int = 0) -> Tensor:
    """The mask (N,) with which a lab begins: three quarters covered in one way or another, or nothing.

    >>> start_mask("grid", 4).sum().item(), start_mask("nothing", 4).sum().item()
    (12, 0)
    """
    if start == "nothing":
        return torch.zeros(side**2, dtype=torch.bool)
    draw = {"random": random_mask, "blocks": block_masking, "grid": grid_masking}[start]
    return draw(1, side, side, 0.75, generator=torch.Generator().manual_seed(seed))[0]


def mask_lab(mae: MAE, pictures: Tensor, caption: str = "") -> Lab:
    """A lab: cover and uncover patches with clicks, and see at once what the model paints there.

    Args:
        mae: the model, ready for use.
        pictures: (B, 3, H, W) in [0, 1].
        caption: Markdown shown below the figure.

    >>> from course_lib.nn import ViT
    >>> mae = MAE(ViT(16, 1, 2, size=16, patch=4, pool="mean"))
    >>> sorted(mask_lab(mae, torch.rand(2, 3, 16, 16)).controls)
    ['at', 'picture', 'start']
    """
    side = pictures.shape[2] // mae.encoder.patch
    tall = HEAD + PANEL + 0.04
    first = (PANEL / side / 2 / WIDTH, (HEAD + PANEL / side / 2) / tall)
    drawn: dict[str, Any] = {"at": first, "for": None, "mask": None}

    def draw(picture: int, start: Start, at: tuple[float, float]) -> Figure:
        if drawn["for"] != (picture, start):  # another picture or another beginning: a new mask
            drawn.update({"for": (picture, start), "mask": start_mask(start, side, seed=picture)})
        if tuple(at) != drawn["at"]:  # a click: what is covered is uncovered, and the other way round
            drawn["at"] = tuple(at)
            column, row = int(at[0] * WIDTH / PANEL * side), int((at[1] * tall - HEAD) / PANEL * side)
            if 0 <= row < side and 0 <= column < side:
                mask = drawn["mask"].clone()
                mask[row * side + column] ^= True
                if not mask.all():  # the model must see something
                    drawn["mask"] = mask
        return painted_by_mask(mae, pictures[picture - 1], drawn["mask"].to(pictures.device), caption)

    return lab(
        draw,
        {
            "picture": widgets.IntSlider(1, 1, len(pictures), description="picture"),
            "start": widgets.ToggleButtons(options=STARTS, description="covered"),
        },
        click=first,
        step=(PANEL / side / WIDTH, PANEL / side / tall),
    )


@style()
def with_one_code(
    tokenizer: Tokenizer, picture: Tensor, place: tuple[int, int], code: int, caption: str = ""
) -> Figure:
    """A picture, what its tokens decode to, the same with one code swapped, and where that changed something.

    Args:
        tokenizer: ready for use.
        picture: (3, H, W) in [0, 1].
        place: the row and the column of the token.
        code: what is put there.
        caption: Markdown shown below the figure.

    >>> with_one_code(Tokenizer(codes=16), torch.rand(3, 16, 16), (1, 2), 7).alt[:29]
    'The token in row 2, column 3,'
    """
    before = tokenizer.encode(picture[None])
    after = before.clone()
    after[0, place[0], place[1]] = code
    one, other = tokenizer.decode(before)[0], tokenizer.decode(after)[0]
    change = (other - one).abs().mean(0).cpu()  # (H, W)
    share = (change / change.max().clamp(min=0.02)).numpy()
    heat = np.ones((*share.shape, 3)) - share[:, :, None] * (1 - np.array([0.85, 0.37, 0.0]))
    page = Sheet(WIDTH, HEAD + PANEL + 0.04)
    was, patch = int(before[0, place[0], place[1]]), tokenizer.patch
    words = [
        "the picture: click a patch",
        "painted from its tokens",
        f"code {was} swapped for {code}",
        "what has changed",
    ]
    for k, image in enumerate((one_image(picture), one_image(one), one_image(other), heat)):
        page.picture(image, k * (PANEL + BETWEEN), HEAD, PANEL)
        page.write(k * (PANEL + BETWEEN), 0.24, words[k], FONT, INK if k in (0, 2) else QUIET)
        x, y = (
            k * (PANEL + BETWEEN) + place[1] * patch * PANEL / share.shape[1],
            place[0] * patch * PANEL / share.shape[0],
        )
        size = (patch * PANEL / share.shape[1], patch * PANEL / share.shape[0])
        page.axes.add_patch(Rectangle((x, HEAD + y), *size, fill=False, edgecolor=PALETTE[1], lw=1.6))
    page.axes.add_patch(Rectangle((3 * (PANEL + BETWEEN), HEAD), PANEL, PANEL, fill=False, edgecolor="#C9C9CF", lw=0.8))
    inside = change[place[0] * patch : (place[0] + 1) * patch, place[1] * patch : (place[1] + 1) * patch].sum()
    told = f"{100 * inside / change.sum().clamp(min=1e-9):.0f} % of the change lies in its own patch"
    page.figure.caption = caption
    page.figure.alt = (
        f"The token in row {place[0] + 1}, column {place[1] + 1}, code {was}, is swapped for code {code}: {told}."
    )
    return page.figure


def code_lab(tokenizer: Tokenizer, pictures: Tensor, caption: str = "") -> Lab:
    """A lab: click a patch, choose another code for it, and see the picture that is painted then.

    Args:
        tokenizer: ready for use.
        pictures: (B, 3, H, W) in [0, 1].
        caption: Markdown shown below the figure.

    >>> sorted(code_lab(Tokenizer(codes=16), torch.rand(2, 3, 16, 16)).controls)
    ['at', 'code', 'picture']
    """
    side = pictures.shape[2] // tokenizer.patch
    tall = HEAD + PANEL + 0.04

    def draw(picture: int, code: int, at: tuple[float, float]) -> Figure:
        column, row = at[0] * WIDTH / PANEL * side, (at[1] * tall - HEAD) / PANEL * side
        place = (min(max(int(row), 0), side - 1), min(max(int(column), 0), side - 1))
        return with_one_code(tokenizer, pictures[picture - 1], place, code, caption)

    middle = (side // 2 + 0.5) / side * PANEL
    return lab(
        draw,
        {
            "picture": widgets.IntSlider(1, 1, len(pictures), description="picture"),
            "code": widgets.IntSlider(0, 0, tokenizer.codes - 1, description="code"),
        },
        click=(middle / WIDTH, (HEAD + middle) / tall),
        step=(PANEL / side / WIDTH, PANEL / side / tall),
    )


def wall(tokenizer: Tokenizer, order: Sequence[int] | None = None) -> Tensor:
    """Each code as a tile, (K, 3, patch, patch): the middle of a picture that has this code everywhere.

    >>> wall(Tokenizer(codes=16)).shape
    torch.Size([16, 3, 4, 4])
    """
    codes = torch.arange(tokenizer.codes) if order is None else torch.tensor(list(order))
    device = next(tokenizer.parameters()).device
    painted = tokenizer.decode(codes.to(device)[:, None, None].expand(-1, 5, 5))
    at = 2 * tokenizer.patch
    return painted[:, :, at : at + tokenizer.patch, at : at + tokenizer.patch]


def whiten(told: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
    """Features turned and stretched so that those of `told` (N, D) vary equally in all directions.

    Directions that hardly vary are not stretched to more than a thousand times; `asked` (M, D) follows along.

    >>> features = torch.randn(500, 3) * torch.tensor([1.0, 10.0, 0.1])
    >>> told, asked = whiten(features, features[:2])
    >>> torch.allclose(told.T @ told / 500, torch.eye(3), atol=1e-3), torch.allclose(asked, told[:2], atol=1e-4)
    (True, True)
    """
    mean = told.mean(0)
    _, sizes, directions = torch.linalg.svd(told - mean, full_matrices=False)
    stretch = len(told) ** 0.5 / sizes.clamp(min=1e-3 * sizes[0])
    return (told - mean) @ directions.T * stretch, (asked - mean) @ directions.T * stretch


def time_step(method: Method, batch: Any) -> float:
    """How long one loss and its gradient take, in seconds.

    >>> from types import SimpleNamespace
    >>> from course_lib.nn import ViT
    >>> mae = MAE(ViT(16, 1, 2, size=16, patch=4, pool="mean"))
    >>> time_step(mae, SimpleNamespace(pictures=torch.rand(2, 3, 16, 16))) > 0
    True
    """
    wait = torch.cuda.synchronize if batch.pictures.is_cuda else lambda: None
    wait()
    begun = time.perf_counter()
    method.loss(batch).total.backward()
    wait()
    return time.perf_counter() - begun


@style()
def hog_pictures(pictures: Tensor, histograms: Tensor, caption: str = "") -> Figure:
    """Pictures, and below each its histograms of oriented gradients: in each cell a stroke along each edge's direction.

    Args:
        pictures: (B, 3, H, W) in [0, 1], at most eight.
        histograms: (B, 3 · bins, h, w), as `hog` gives them; the strokes are means over the three colors.
        caption: Markdown shown below the figure.

    >>> from course_lib.pretrain import hog
    >>> hog_pictures(torch.rand(2, 3, 16, 16), hog(torch.rand(2, 3, 16, 16), 4)).alt
    '2 pictures, and below each the directions of its edges, cell by cell.'
    """
    images, count = as_images(pictures), len(pictures)
    wide = min((WIDTH - GAP * (count - 1)) / count, 2.0)
    strong = histograms.unflatten(1, (3, -1)).mean(1).cpu().numpy()  # (B, bins, h, w)
    bins, rows, columns = strong.shape[1:]
    page = Sheet(count * wide + GAP * (count - 1), 2 * wide + GAP)
    for i in range(count):
        x0, y0 = i * (wide + GAP), wide + GAP
        page.picture(images[i], x0, 0, wide)
        page.axes.add_patch(Rectangle((x0, y0), wide, wide, facecolor="#F4F4F6", edgecolor="none"))
        strokes, widths = [], []
        for k in range(bins):
            angle = np.pi * (k + 0.5) / bins + np.pi / 2  # an edge runs across its gradient
            step = 0.46 * wide / columns * np.array([np.cos(angle), np.sin(angle)])
            for r in range(rows):
                for c in range(columns):
                    if strong[i, k, r, c] > 0.15:
                        middle = np.array([x0 + (c + 0.5) * wide / columns, y0 + (r + 0.5) * wide / rows])
                        strokes.append([middle - step, middle + step])
                        widths.append(2.2 * strong[i, k, r, c])
        page.axes.add_collection(LineCollection(strokes, linewidths=widths, colors=INK, capstyle="round"))
    page.figure.caption = caption
    page.figure.alt = f"{count} pictures, and below each the directions of its edges, cell by cell."
    return page.figure


def table_figure(rows: Mapping[str, Sequence[Mapping[str, float]]], caption: str = "") -> Figure:
    """All encoders and all measures of this chapter, see `show.measures`.

    >>> table_figure({"random": [{"probe": 0.1}], "MAE": [{"probe": 0.4}]}).alt
    'probe: random 10, MAE 40.'
    """
    return measures(rows, {"SimCLR": PALETTE[1]}, caption)
