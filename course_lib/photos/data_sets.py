"""Data sets that can be fetched: CIFAR-10, STL-10, Oxford-IIIT Pet."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from torchvision import datasets

from .. import folders
from .batch import PhotosMissing
from .download import download

NAMES: tuple[str, ...] = ("cifar10", "stl10", "pets")
"""The data sets that can be fetched."""


def data_set(name: str, split: str) -> tuple[list[Image.Image] | list[Path], list[int], list[str]]:
    """The pictures of a data set of torchvision, their labels, and the names of the classes."""
    root = str(folders.DOWNLOADS)
    if name == "cifar10":
        archive = (datasets.CIFAR10.url, folders.DOWNLOADS / datasets.CIFAR10.filename, datasets.CIFAR10.tgz_md5)
        found = _ready(lambda fetch: datasets.CIFAR10(root, train=split == "train", download=fetch), [archive])
        return [Image.fromarray(array) for array in found.data], list(found.targets), found.classes
    if name == "stl10":
        archive = (datasets.STL10.url, folders.DOWNLOADS / datasets.STL10.filename, datasets.STL10.tgz_md5)
        found = _ready(lambda fetch: datasets.STL10(root, split=split, download=fetch), [archive])
        return [Image.fromarray(a.transpose(1, 2, 0)) for a in found.data], found.labels.tolist(), found.classes
    folder = folders.DOWNLOADS / "oxford-iiit-pet"
    archives = [(address, folder / Path(address).name, md5) for address, md5 in datasets.OxfordIIITPet._RESOURCES]
    part = "trainval" if split == "train" else "test"
    found = _ready(lambda fetch: _pets(root, part, fetch), archives)
    return found._images, list(found._labels), found.classes


def _pets(root: str, part: str, fetch: bool) -> datasets.OxfordIIITPet:
    """The pets; torchvision takes their folders for whole, so what was unpacked in part is taken away first.

    Raises:
        RuntimeError: if they are not here, or not whole.
    """
    try:
        found = datasets.OxfordIIITPet(root, split=part, download=fetch)
        if all(path.exists() for path in found._images):
            return found
    except FileNotFoundError:  # its list of pictures
        pass
    for name in ("images", "annotations"):
        shutil.rmtree(Path(root) / "oxford-iiit-pet" / name, ignore_errors=True)
    raise RuntimeError("the pets are not whole")


def _ready(make: Callable[[bool], Any], archives: Sequence[tuple[str, Path, str]]) -> Any:
    """A data set of torchvision; what is missing is fetched by `download`, torchvision only unpacks it.

    Raises:
        PhotosMissing: if it cannot be fetched, or not be unpacked.
    """
    try:
        return make(False)
    except RuntimeError:  # not here, or not whole
        for address, path, md5 in archives:
            download(address, path, md5)
    try:
        return make(True)
    except (RuntimeError, OSError, EOFError, tarfile.TarError) as problem:
        archive = archives[0][1]
        raise PhotosMissing(f"{archive} could not be unpacked ({problem}): is there room on the disk?") from None
