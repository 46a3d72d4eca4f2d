"""A folder of your own that holds one folder for each class."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image

from .batch import PhotosMissing
from .data_sets import NAMES

SYSTEMS = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini")
"""Files and folders that a system puts beside those of people; so are all whose names begin with a dot."""


def class_folders(folder: Path, split: str, seed: int) -> tuple[list[str], list[int], list[str]]:
    """The picture files of a folder of class folders, their labels, and the names of the classes.

    Files that are copies of each other are all in the same split.

    Raises:
        PhotosMissing: if there is no such folder, or one of its class folders holds no pictures.
    """
    halves = [folder / half for half in ("train", "test") if (folder / half).is_dir()]
    if not any(_folders(half) for half in halves):
        halves = []  # a class may be called "train"
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
    classes = sorted({name for half in halves or [root] for name in _folders(half)})
    endings = {ending for ending, kind in Image.registered_extensions().items() if kind in (*Image.OPEN, "MPO")}
    items, labels, others, empty = list[str](), list[int](), list[str](), list[str]()
    for label, name in enumerate(classes):
        found = _files(root / name) if (root / name).is_dir() else []
        pictures = [path for path in found if Path(path).suffix.lower() in endings]
        items += pictures
        labels += [label] * len(pictures)
        others += sorted({*found} - {*pictures})
        if not pictures and (root / name).is_dir():
            empty.append(name)
    such = f" There are other files, such as {others[0]}: save pictures as JPEG or PNG." if others else ""
    if not items:
        raise PhotosMissing(f"{root} holds no pictures: put a folder for each class there, with pictures in it.{such}")
    if empty:
        raise PhotosMissing(f"{root / empty[0]} holds no pictures: put some there, or take the folder away.{such}")
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        print(f"Left out, as their endings are not those of pictures that PIL reads: {others[0]}{more}.")
    if halves:
        return items, labels, classes
    order = torch.randperm(len(items), generator=torch.Generator().manual_seed(seed)).tolist()
    firsts, kept = _firsts(items), set(order[: len(items) // 5])
    chosen = [i for i in order if (firsts[i] in kept) == (split == "test")]
    return [items[i] for i in chosen], [labels[i] for i in chosen], classes


def shown(name: str) -> bool:
    """Whether a file or folder is one that people see, and mean."""
    return name[0] != "." and name not in SYSTEMS


def _folders(folder: Path) -> list[str]:
    real = Path(os.path.realpath(folder))
    back = {str(real), *map(str, real.parents)}
    return [f.name for f in folder.iterdir() if f.is_dir() and shown(f.name) and os.path.realpath(f) not in back]


def _files(folder: Path) -> list[str]:
    """The files of a folder and of those inside it, in order; no folder is looked into twice, wherever links lead."""
    real = Path(os.path.realpath(folder))
    found, known = [], {str(real), *map(str, real.parents)}
    for place, inside, names in os.walk(folder, followlinks=True):
        found += [(place, name) for name in names if shown(name) and os.path.isfile(os.path.join(place, name))]
        within, inside[:] = sorted(filter(shown, inside)), []
        for name in within:
            target = os.path.realpath(os.path.join(place, name))
            if target not in known:
                known.add(target)
                inside.append(name)
    return [os.path.join(place, name) for place, name in sorted(found)]


def _firsts(paths: Sequence[str]) -> list[int]:
    """For each file the position of the first one with the same content: its own, unless it is a copy."""
    sizes = [os.path.getsize(path) for path in paths]
    alike = Counter(sizes)
    first: dict[tuple[int, str], int] = {}
    return [
        first.setdefault((size, _sum(path)), i) if alike[size] > 1 else i
        for i, (path, size) in enumerate(zip(paths, sizes, strict=True))
    ]


def _sum(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # one that cannot be read is a copy of none
        return path
