"""A few real photographs that are always at hand: they ship in scikit-image's wheel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .reading import square

SENTENCES: dict[str, str] = {
    "cat": "The face of a tabby cat, close to the camera.",
    "coffee": "A cup of coffee stands on a red saucer, a spoon beside it, on a wooden table.",
    "astronaut": "A woman in an orange space suit smiles; a flag is behind her, a model of a space shuttle beside her.",
    "rocket": "A rocket stands on its launch pad at dusk, between tall masts and bright lamps.",
    "motorcycle": "A red motorcycle stands in a garage, in front of a bench and shelves.",
}
"""What each of the photographs shows."""
FILES = {"motorcycle": "stereo_motorcycle"}


@dataclass(frozen=True)
class Samples:
    """N photographs of one size: pictures (N, 3, H, W) in [0, 1], a name and a sentence for each."""

    pictures: Tensor
    names: tuple[str, ...]
    sentences: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def samples(size: int = 224, names: tuple[str, ...] = tuple(SENTENCES)) -> Samples:
    """Real photographs without a network: resized so that the shorter side fits, and their middle cut out.

    Args:
        size: the side in pixels.
        names: which ones, out of `SENTENCES`.

    Raises:
        ValueError: for a name that is not there, or a size that is no whole number from 1 on.

    >>> samples(32, ("coffee",)).pictures.shape
    torch.Size([1, 3, 32, 32])
    """
    unknown = [name for name in names if name not in SENTENCES]
    if unknown or not names:
        raise ValueError(f"expected names out of {', '.join(SENTENCES)}, got {unknown[0] if unknown else 'none'!r}")
    pictures = torch.stack([square(_picture(name), size) for name in names]).float() / 255
    return Samples(pictures, tuple(names), tuple(SENTENCES[name] for name in names))


def _picture(name: str) -> Image.Image:
    from skimage import data  # here: it takes a second to import, and few cells need it

    found = getattr(data, FILES.get(name, name))()
    array = np.asarray(found[0] if isinstance(found, tuple) else found)  # a stereo pair: its left picture
    return Image.fromarray(array)
