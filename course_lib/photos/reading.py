"""The one place that turns a picture, whatever it was kept in, into a square of bytes.

Whatever PIL reads is read: turned upright, laid on white where one can see through it, the first of its pictures if it
moves, gray of any depth from black to white.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image
from torch import Tensor
from torchvision.transforms import functional as transforms

from ..expect import whole
from .batch import PhotosMissing

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by the orientation that its camera wrote down."""
WHITES = {"I": (255, 65535), "F": (1, 255, 65535)}
"""What white may be in gray of 32 bits, which does not say it: the first that no pixel is beyond."""
THIN = 16
"""From how many times as long as wide on, the ends of a picture are cut off before it is resized."""


class NoPicture(PhotosMissing):
    """No picture can be read from a file; the message names it."""


def square(item: Image.Image | Path | str | BinaryIO, size: int, name: str = "") -> Tensor:
    """A picture or its file as (3, size, size) uint8: resized so that the shorter side fits, and its middle cut out.

    Args:
        item: a picture of PIL, or a file that holds one: its path, or the open file.
        size: the side in pixels.
        name: what the file is called, where its path does not say it.

    Raises:
        ValueError: if the size is no whole number of pixels, or less than one.
        NoPicture: if no picture can be read from the file.
        PhotosMissing: if the picture is too large to be read.

    >>> square(Image.new("RGB", (60, 20)), 16).shape
    torch.Size([3, 16, 16])
    """
    size = whole(size, "the side of a picture in pixels, a whole number from 1 on")
    picture = _read(item, name or str(item))
    wide, tall = picture.size
    if (wide, tall) != (size, size):
        x, y = max(0, (wide - THIN * tall) // 2), max(0, (tall - THIN * wide) // 2)
        if x or y:
            picture = picture.crop((x, y, wide - x, tall - y))
        shorter = min(picture.size)
        picture = picture.resize(
            (max(size, round(picture.width * size / shorter)), max(size, round(picture.height * size / shorter))),
            Image.Resampling.BILINEAR,
        )
    return transforms.center_crop(transforms.pil_to_tensor(picture), [size, size])


def _read(item: Image.Image | Path | str | BinaryIO, name: str) -> Image.Image:
    """A picture in red, green and blue, upright."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that are odd, but can be read
            if isinstance(item, Image.Image):
                return _upright(item)
            with Image.open(item) as opened:
                return _upright(opened)
    except (Image.DecompressionBombError, MemoryError):
        raise PhotosMissing(f"{name} has too many pixels to be read: make it smaller, or take it away.") from None
    except Exception as problem:  # what a damaged file ends in depends on where its decoder stumbles
        why = str(problem) or type(problem).__name__
        raise NoPicture(f"{name} cannot be read as a picture ({why}): take it out of the folder.") from None


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()  # before the orientation is asked for: some decoders turn the picture themselves
    turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    if not picture.width * picture.height:
        raise ValueError("it has no pixels")
    picture = _in_color(picture)
    return picture if turn is None else picture.transpose(turn)


def _in_color(picture: Image.Image) -> Image.Image:
    """In red, green and blue, on white."""
    if picture.mode[0] in "IF":
        return _from_deep_gray(picture).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    above = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")


def _from_deep_gray(picture: Image.Image) -> Image.Image:
    """Gray of more than 8 bits in 8; what is below 0 somewhere goes from its darkest to its brightest."""
    light = np.asarray(picture).astype(np.float64)
    known = light[np.isfinite(light)]
    low, high = known.min(initial=0), known.max(initial=0)
    whites = WHITES.get(picture.mode, (65535,)) if low == 0 else ()
    white = next((white for white in whites if high <= white), high)
    gray = (np.nan_to_num((light - low) / (white - low)).clip(0, 1) * 255).round().astype(np.uint8)
    gray[light == picture.info.get("transparency")] = 255  # the one shade of gray that one can see through
    return Image.fromarray(gray)
