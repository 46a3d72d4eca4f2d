"""Real pictures behind the same batches: a few that are always at hand, data sets, and any folder of class folders.

`load` fetches what is missing, goes on with a download that was cut off, and checks it. `find` does the same, but
where there is no network it says so in one sentence and returns None. `samples` needs no network at all.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

from .. import folders
from ..expect import whole
from .batch import Photos, PhotosMissing
from .class_folders import class_folders, shown
from .data_sets import NAMES, data_set
from .download import download
from .reading import NoPicture, square
from .samples import Samples, samples

__all__ = ["NAMES", "Photos", "PhotosMissing", "Samples", "download", "find", "load", "samples"]


def load(name: str | Path, size: int = 32, split: str = "train", limit: int | None = None, seed: int = 0) -> Photos:
    """Photographs of a data set, or of a folder that holds one folder for each class.

    Files that no picture can be read from are left out, and one sentence names them.

    Args:
        name: "cifar10" (32×32, 170 MB to fetch), "stl10" (96×96, 2.6 GB), "pets" (37 breeds, 800 MB), or a folder;
            if it holds folders `train` and `test`, these are the splits, else the seed keeps a fifth for testing.
        size: the side in pixels; pictures are resized and their middle is cut out.
        split: "train" or "test".
        limit: the most photographs to take, chosen by the seed.
        seed: settles what is chosen.

    Raises:
        ValueError: for a split that does not exist, and for numbers that are not whole or too small.
        PhotosMissing: if there are no such photographs and they cannot be fetched, if a class has none that can be
            read, or if one is too large to be read.
    """
    if split not in ("train", "test"):
        raise ValueError(f"expected split 'train' or 'test', got {split!r}")
    if not isinstance(name, str | Path):
        raise ValueError(f"expected the name of a data set, or a folder, got {name!r}")
    size = whole(size, "the side of the pictures in pixels, a whole number from 1 on")
    limit = None if limit is None else whole(limit, "a limit of one or more photographs, or None")
    seed = whole(seed, "a whole number as seed", -(2**63), 2**64 - 1)
    if str(name) in NAMES:
        items, labels, classes = data_set(str(name), split)
    else:
        try:
            items, labels, classes = class_folders(Path(name), split, seed)
        except PermissionError as problem:
            raise PhotosMissing(f"{name} cannot be looked into: {problem}.") from None
    stored, kept, problems = list[Tensor](), list[int](), dict[int, str]()
    for i in torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed)).tolist():
        if len(kept) == limit:
            break
        try:
            stored.append(square(items[i], size))
            kept.append(i)
        except NoPicture as problem:
            problems[i] = str(problem)
    there = Counter(labels)
    for label, unread in Counter(labels[i] for i in problems).items():
        if unread == there[label]:
            problem = next(problem for i, problem in problems.items() if labels[i] == label)
            raise PhotosMissing(f"No picture of the class {classes[label]} can be read, for one: {problem}")
    if not kept:
        raise PhotosMissing(f"{name} has too few pictures: of {len(labels)}, none is left for this split and limit.")
    if problems:
        print(f"Left out of {name}: {len(problems)} of {len(labels)}. {next(iter(problems.values()))}")
    return Photos(torch.stack(stored), torch.tensor([labels[i] for i in kept]), tuple(classes))


def find(size: int = 32, split: str = "train", limit: int | None = None, fetch: bool = False) -> Photos | None:
    """Photographs if there are any: your own, else CIFAR-10; otherwise one sentence on how to get some, and None.

    Your own are those in the folder that the environment variable COURSE_PHOTOS names, or in data/photos.

    Args:
        size, split, limit: see `load`.
        fetch: fetch CIFAR-10 (170 MB) if it is not here yet.
    """
    own = Path(os.environ.get("COURSE_PHOTOS") or folders.DATA / "photos")
    try:
        if own.is_dir() and any(shown(f.name) for f in own.iterdir()) or os.environ.get("COURSE_PHOTOS"):
            return load(own, size, split, limit)
        if fetch or (folders.DOWNLOADS / datasets.CIFAR10.base_folder).is_dir():
            return load("cifar10", size, split, limit)
    except (PhotosMissing, PermissionError) as problem:
        print(problem)
        return None
    print(
        "No photographs here, so this part is left out. To have them, run `python -m course_lib photos cifar10` "
        "(170 MB), or put a folder for each class of your own into data/photos."
    )
    return None
