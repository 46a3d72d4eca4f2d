"""Real pictures behind the same batches: CIFAR-10, STL-10, Oxford-IIIT Pet, and any folder of class folders.

`load` fetches what is missing, goes on with a download that was cut off, and checks it. `find` does the same, but
where there is no network it says so in one sentence and returns None, so that a chapter goes on without photographs.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision import datasets
from torchvision.transforms.v2 import functional as transforms
from tqdm.auto import tqdm

from ..folders import DATA, DOWNLOADS

NAMES: tuple[str, ...] = ("cifar10", "stl10", "pets")
"""The data sets that can be fetched."""
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
CHUNK = 1 << 20


class PhotosMissing(OSError):
    """The photographs are not here and could not be fetched; the message says what to do."""


@dataclass
class Photos:
    """N photographs of one size with their labels; made of bytes, so that many fit into memory.

    >>> some = Photos(torch.zeros(3, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 1]), ("cat", "dog"))
    >>> some[torch.tensor([2])].pictures.shape
    torch.Size([1, 3, 8, 8])
    """

    stored: Tensor  # (N, 3, H, W) uint8
    labels: Tensor  # (N,) indices into classes
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.stored)

    @cached_property
    def pictures(self) -> Tensor:
        """(N, 3, H, W) float32 in [0, 1], like those of the picture world."""
        return self.stored.float() / 255

    def __getitem__(self, index: Tensor | slice) -> Photos:
        """Some of the photographs; `index` is a slice or whole numbers (M,) on the CPU."""
        here = index.to(self.stored.device, non_blocking=True) if isinstance(index, Tensor) else index
        return Photos(self.stored[here], self.labels[here], self.classes)

    def to(self, device: torch.device | str) -> Photos:
        """The same photographs on another device."""
        return Photos(self.stored.to(device), self.labels.to(device), self.classes)

    def names(self, index: int) -> list[str]:
        """The name of what one photograph shows."""
        return [self.classes[int(self.labels[index])]]


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
        items, labels, classes = _data_set(str(name), split)
    else:
        items, labels, classes = _folder(Path(name), split, seed)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))[:limit]
    if not len(order):
        raise PhotosMissing(f"{name} has too few pictures: of {len(labels)}, none is left for this split and limit.")
    stored = torch.stack([_square(items[int(i)], size) for i in order])
    return Photos(stored, torch.tensor(labels)[order], tuple(classes))


def find(size: int = 32, split: str = "train", limit: int | None = None, fetch: bool = False) -> Photos | None:
    """Photographs if there are any: your own, else CIFAR-10; otherwise one sentence on how to get some, and None.

    Your own are those in the folder that the environment variable COURSE_PHOTOS names, or in data/photos.

    Args:
        size, split, limit: see `load`.
        fetch: fetch CIFAR-10 (170 MB) if it is not here yet.
    """
    own = Path(os.environ.get("COURSE_PHOTOS") or DATA / "photos")
    try:
        if own.is_dir() and any(own.iterdir()) or os.environ.get("COURSE_PHOTOS"):
            return load(own, size, split, limit)
        if fetch or (DOWNLOADS / datasets.CIFAR10.base_folder).is_dir():
            return load("cifar10", size, split, limit)
    except PhotosMissing as problem:
        print(problem)
        return None
    print(
        "No photographs here, so this part is left out. To have them, run `python -m course_lib photos cifar10` "
        "(170 MB), or put a folder for each class of your own into data/photos."
    )
    return None


def download(address: str, path: Path, md5: str) -> None:
    """Fetch a file, going on where an earlier attempt was cut off, and keep it only if its sum is right.

    Args:
        address: where it is.
        path: where it goes; until it is whole it is called `path.part`.
        md5: the sum that its publisher names.

    Raises:
        PhotosMissing: if it cannot be fetched or is not what its publisher made.
    """
    if path.exists() and _md5(path) == md5:
        return
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            goes_on = have > 0 and answer.status == 206
            length = int(answer.headers.get("Content-Length") or 0)
            first = have if goes_on else 0
            with (
                open(part, "ab" if goes_on else "wb") as file,
                tqdm(total=first + length, initial=first, unit="B", unit_scale=True, desc=path.name) as bar,
            ):
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
            if length and part.stat().st_size < first + length:
                raise ConnectionError("the connection was cut off")
    except urllib.error.HTTPError as problem:
        if problem.code != 416:  # nothing is left to fetch: all of it is here already
            raise PhotosMissing(f"{path.name} could not be fetched: {address} answers {problem.code}.") from None
    except (OSError, http.client.HTTPException) as problem:
        raise PhotosMissing(
            f"{path.name} could not be fetched ({problem}). Is there a network, and room on the disk? Try "
            f"again later: what was fetched so far is kept."
        ) from None
    if _md5(part) != md5:
        part.unlink()
        raise PhotosMissing(f"{path.name} arrived damaged and was thrown away: try again.")
    os.replace(part, path)


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _data_set(name: str, split: str) -> tuple[Sequence, list[int], Sequence[str]]:
    """The pictures of a data set of torchvision, their labels, and the names of the classes."""
    root = str(DOWNLOADS)
    if name == "cifar10":
        archive = (datasets.CIFAR10.url, DOWNLOADS / datasets.CIFAR10.filename, datasets.CIFAR10.tgz_md5)
        found = _ready(lambda fetch: datasets.CIFAR10(root, train=split == "train", download=fetch), [archive])
        return [Image.fromarray(array) for array in found.data], list(found.targets), found.classes
    if name == "stl10":
        archive = (datasets.STL10.url, DOWNLOADS / datasets.STL10.filename, datasets.STL10.tgz_md5)
        found = _ready(lambda fetch: datasets.STL10(root, split=split, download=fetch), [archive])
        return [Image.fromarray(a.transpose(1, 2, 0)) for a in found.data], found.labels.tolist(), found.classes
    folder = DOWNLOADS / "oxford-iiit-pet"
    archives = [(address, folder / Path(address).name, md5) for address, md5 in datasets.OxfordIIITPet._RESOURCES]
    part = "trainval" if split == "train" else "test"
    found = _ready(lambda fetch: datasets.OxfordIIITPet(root, split=part, download=fetch), archives)
    return found._images, list(found._labels), found.classes


def _ready(make: Callable[[bool], Any], archives: Sequence[tuple[str, Path, str]]) -> Any:
    """A data set of torchvision; what is missing is fetched by `download`, torchvision only unpacks it."""
    try:
        return make(False)
    except RuntimeError:  # not here, or not whole
        for address, path, md5 in archives:
            download(address, path, md5)
        return make(True)


def _folder(folder: Path, split: str, seed: int) -> tuple[Sequence, list[int], Sequence[str]]:
    """The picture files of a folder of class folders, their labels, and the names of the classes."""
    halves = [folder / half for half in ("train", "test") if (folder / half).is_dir()]
    root = folder / split if halves else folder
    if not root.is_dir():
        if halves:
            raise PhotosMissing(
                f"{folder} has a folder {halves[0].name}, but none called {split}: make both or neither."
            )
        raise PhotosMissing(
            f"There is no folder {folder}, and no data set of that name: expected {', '.join(NAMES)}, or a folder with "
            f"one folder for each class."
        )
    classes = sorted({f.name for half in halves or [root] for f in half.iterdir() if f.is_dir() and f.name[0] != "."})
    items, labels = [], []
    for label, name in enumerate(classes):
        files = sorted(f for f in (root / name).rglob("*") if f.suffix.lower() in ENDINGS)
        items += files
        labels += [label] * len(files)
    if not items:
        raise PhotosMissing(f"{root} holds no pictures: put one folder for each class there, with pictures in it.")
    if halves:
        return items, labels, classes
    order = torch.randperm(len(items), generator=torch.Generator().manual_seed(seed)).tolist()
    cut = len(items) // 5
    chosen = order[cut:] if split == "train" else order[:cut]
    return [items[i] for i in chosen], [labels[i] for i in chosen], classes


def _square(item: Image.Image | Path | str, size: int) -> Tensor:
    """A picture or its file as (3, size, size) uint8: resized so that the shorter side fits, and its middle cut out."""
    try:
        picture = item if isinstance(item, Image.Image) else Image.open(item)
        picture = picture.convert("RGB")
    except (UnidentifiedImageError, OSError) as problem:
        raise PhotosMissing(f"{item} cannot be read as a picture ({problem}): take it out of the folder.") from None
    if picture.size != (size, size):
        shorter = min(picture.size)
        picture = picture.resize(
            (max(size, round(picture.width * size / shorter)), max(size, round(picture.height * size / shorter))),
            Image.Resampling.BILINEAR,
        )
    return transforms.center_crop(transforms.pil_to_tensor(picture), [size, size])
