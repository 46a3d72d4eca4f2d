"""Real pictures behind the same batches: a few that are always at hand, data sets, and any folder of class folders.

`load` fetches what is missing, goes on with a download that was cut off, and checks it. `find` does the same, but
where there is no network it says so in one sentence and returns None. `samples` needs no network at all.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torchvision import datasets

from .. import folders
from .batch import Photos, PhotosMissing, square
from .class_folders import class_folders
from .data_sets import NAMES, data_set
from .download import download
from .samples import Samples, samples

__all__ = ["NAMES", "Photos", "PhotosMissing", "Samples", "download", "find", "load", "samples"]


def load(name: str | Path, size: int = 32, split: str = "train", limit: int | None = None, seed: int = 0) -> Photos:
    """Photographs of a data set, or of a folder that holds one folder for each class.

    Args:
        name: "cifar10" (32×32, 170 MB to fetch), "stl10" (96×96, 2.6 GB), "pets" (37 breeds, 800 MB), or a folder;
            if it holds folders `train` and `test`, these are the splits, else the seed keeps a fifth for testing.
        size: the side in pixels; pictures are resized and their middle is cut out.
        split: "train" or "test".
        limit: the most photographs to take, chosen by the seed.
        seed: settles what is chosen.

    Raises:
        ValueError: for a split that does not exist.
        PhotosMissing: if there are no such photographs and they cannot be fetched.
    """
    if split not in ("train", "test"):
        raise ValueError(f"expected split 'train' or 'test', got {split!r}")
    if str(name) in NAMES:
        items, labels, classes = data_set(str(name), split)
    else:
        items, labels, classes = class_folders(Path(name), split, seed)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))[:limit]
    if not len(order):
        raise PhotosMissing(f"{name} has too few pictures: of {len(labels)}, none is left for this split and limit.")
    stored = torch.stack([square(items[int(i)], size) for i in order])
    return Photos(stored, torch.tensor(labels)[order], tuple(classes))


def find(size: int = 32, split: str = "train", limit: int | None = None, fetch: bool = False) -> Photos | None:
    """Photographs if there are any: your own, else CIFAR-10; otherwise one sentence on how to get some, and None.

    Your own are those in the folder that the environment variable COURSE_PHOTOS names, or in data/photos.

    Args:
        size, split, limit: see `load`.
        fetch: fetch CIFAR-10 (170 MB) if it is not here yet.
    """
    own = Path(os.environ.get("COURSE_PHOTOS") or folders.DATA / "photos")
    try:
        if own.is_dir() and any(own.iterdir()) or os.environ.get("COURSE_PHOTOS"):
            return load(own, size, split, limit)
        if fetch or (folders.DOWNLOADS / datasets.CIFAR10.base_folder).is_dir():
            return load("cifar10", size, split, limit)
    except PhotosMissing as problem:
        print(problem)
        return None
    print(
        "No photographs here, so this part is left out. To have them, run `python -m course_lib photos cifar10` "
        "(170 MB), or put a folder for each class of your own into data/photos."
    )
    return None
