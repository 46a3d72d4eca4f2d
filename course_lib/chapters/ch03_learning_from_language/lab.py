"""The lab of chapter 03: type a sentence and see what it finds; click a picture and see sentences ranked."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Protocol

import ipywidgets as widgets
import torch
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.photos import PhotosMissing
from course_lib.photos.reading import NoPicture, square
from course_lib.show.figure import FAINT, FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet, deep
from course_lib.show.images import GAP, as_images, wrap
from course_lib.show.labs import Lab, lab


class TwoTowers(Protocol):
    """Pictures and texts to directions of length 1 in one space, as `CLIP` has them."""

    def encode_image(self, pictures: Tensor, /) -> Tensor: ...

    def encode_text(self, texts: Sequence[str], /) -> Tensor: ...


def _line(words: str, width: float, size: float = FONT) -> str:
    """As much of the words as fits into one line, with dots where something is left out."""
    first, *rest = wrap(words, width - 0.2, size)
    return first + (" …" if rest else "")


FOUND = 8
"""How many pictures the lab finds."""
SMALL = (WIDTH - (FOUND - 1) * GAP) / FOUND
TOP, BELOW = 0.42, 0.62
"""Inches above the row of pictures, and between it and what stands below."""
TALL = TOP + SMALL + BELOW + 2.3


def matched(
    model: TwoTowers,
    pictures: Tensor,
    directions: Tensor,
    sentence: str,
    sentences: Sequence[str],
    chosen: int = 0,
    own: Tensor | None = None,
    caption: str = "",
) -> Figure:
    """What a sentence finds among pictures; and below, how well some sentences fit one of those pictures.

    Args:
        model: two towers.
        pictures: (N, 3, H, W) in [0, 1], where to search.
        directions: (N, D), what the model makes of them.
        sentence: what to search for.
        sentences: what to rank.
        chosen: which of the pictures in the row they are ranked for.
        own: a picture (3, H, W) that is put first in the row, found or not.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: without a sentence to search for, or without any to rank, or with fewer than eight pictures.
    """
    if len(pictures) < FOUND:
        raise ValueError(f"expected at least {FOUND} pictures to search in, got {len(pictures)}")
    sentences = [some.strip() for some in sentences if some.strip()][:8]
    if not sentence.strip() or not sentences:
        raise ValueError("expected a sentence to search for, and at least one to rank: type some words")
    with torch.no_grad():
        wanted, offered = model.encode_text([sentence])[0], model.encode_text(sentences)
        order = (directions @ wanted).topk(FOUND - (own is not None)).indices
        row, known = pictures[order].cpu(), directions[order]
        if own is not None:
            row = torch.cat([own[None].cpu(), row])
            known = torch.cat([model.encode_image(own[None].to(directions.device)), known])
        fits, cosines = (known @ wanted).tolist(), (known[chosen] @ offered.T).cpu()
    images = as_images(row)
    page = Sheet(WIDTH, TALL)
    page.write(0, 0.2, f"“{_line(sentence, WIDTH - 1.5)}” finds", weight="bold", parse_math=False)
    for i, image in enumerate(images):
        x = i * (SMALL + GAP)
        page.picture(image, x, TOP, SMALL)
        said = "yours, " if own is not None and i == 0 else ""
        page.write(x, TOP + SMALL + 0.2, f"{said}{fits[i]:.2f}", FONT - 1, QUIET)
    x = chosen * (SMALL + GAP)
    page.axes.add_patch(Rectangle((x, TOP), SMALL, SMALL, fill=False, edgecolor=PALETTE[1], linewidth=3))
    below = TOP + SMALL + BELOW
    page.write(0, below - 0.12, "which sentence fits the picture in the frame?", weight="bold")
    page.picture(images[chosen], 0, below, 2.2)
    left, right = 6.2, WIDTH - 0.5
    step = min(0.34, 2.2 / len(sentences))
    ranked = cosines.argsort(descending=True).tolist()
    for place, which in enumerate(ranked):
        y, value = below + (place + 0.5) * step, cosines[which].item()
        words, weight = _line(sentences[which], left - 3.0, FONT - 1), "normal" if place else "bold"
        page.write(left - 0.15, y, words, FONT - 1, ha="right", va="center", weight=weight, parse_math=False)
        wide = max(value, 0) * (right - left)
        page.axes.add_patch(Rectangle((left, y - 0.3 * step), right - left, 0.6 * step, facecolor=FAINT))
        color = PALETTE[0] if not place else PALETTE[5]
        page.axes.add_patch(Rectangle((left, y - 0.3 * step), wide, 0.6 * step, facecolor=color))
        page.write(right + 0.08, y, f"{value:.2f}", FONT - 1, deep(PALETTE[0]) if not place else INK, va="center")
    page.figure.caption = caption
    page.figure.alt = (
        f"The sentence “{sentence}” finds {FOUND} pictures, the first with cosine {fits[0]:.2f}. The picture in place "
        f"{chosen + 1} is best described by “{sentences[ranked[0]]}”."
    )
    return page.figure


def search_lab(
    model: TwoTowers,
    pictures: Tensor,
    sentence: str = "a red car",
    sentences: Sequence[str] = ("a cat", "a car", "a tree"),
    caption: str = "",
) -> Lab:
    """A lab: type a sentence and see what it finds; click a picture, or bring your own, and see sentences ranked.

    Args:
        model: two towers, such as a `CLIP`, on the CPU or wherever the pictures are.
        pictures: (N, 3, S, S) in [0, 1], at least eight, where to search.
        sentence: what is searched for at first.
        sentences: what is ranked at first.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: with fewer than eight pictures.

    >>> from course_lib.nn import BPE, ConvNet, TextTransformer
    >>> from course_lib.pretrain import CLIP
    >>> bpe = BPE.learn(["a red car"], merges=9)
    >>> clip = CLIP(ConvNet(), TextTransformer(len(bpe), 64, 1, 2, length=24), bpe).eval()
    >>> sorted(search_lab(clip, torch.rand(8, 3, 16, 16)).controls)
    ['at', 'own', 'sentence', 'sentences']
    """
    with torch.no_grad():
        directions = torch.cat([model.encode_image(some) for some in pictures.split(250)])

    def draw(sentence: str, sentences: str, own: Any, at: tuple[float, float]) -> Figure:
        place = int(at[0] * WIDTH / (SMALL + GAP))
        mine = uploaded(own, pictures.shape[-1])
        return matched(
            model, pictures, directions, sentence, sentences.splitlines(), min(max(place, 0), FOUND - 1), mine, caption
        )

    return lab(
        draw,
        {
            "sentence": widgets.Text(sentence, description="search"),
            "sentences": widgets.Textarea("\n".join(sentences), description="rank", rows=6),
            "own": widgets.FileUpload(accept="image/*", multiple=False, description="a picture of your own"),
        },
        click=(SMALL / 2 / WIDTH, (TOP + SMALL / 2) / TALL),
        step=((SMALL + GAP) / WIDTH, 0.1),
    )


def uploaded(value: Any, size: int) -> Tensor | None:
    """The picture (3, size, size) in a FileUpload's value, its middle cut out; None where there is none.

    Raises:
        ValueError: if the file is no picture, or one too large to be read, or the size no whole number from 1 on.

    >>> uploaded((), 32) is None
    True
    """
    if not value:
        return None
    file = next(iter(value.values())) if isinstance(value, dict) else value[0]  # ipywidgets 7, and since 8
    name = str(next(iter(value)) if isinstance(value, dict) else file.get("name", "this file"))
    try:
        return square(io.BytesIO(bytes(file["content"])), size, name).float() / 255
    except NoPicture:
        raise ValueError(f"expected a picture, such as a PNG or JPEG file; {name} is none that can be read") from None
    except PhotosMissing as problem:
        raise ValueError(str(problem)) from None
