"""A folder of your own that holds one folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torchvision.datasets.folder import IMG_EXTENSIONS, make_dataset

from .batch import PhotosMissing
from .data_sets import NAMES


def class_folders(folder: Path, split: str, seed: int) -> tuple[Sequence, list[int], Sequence[str]]:
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
    labels_of = {name: label for label, name in enumerate(classes)}
    found = make_dataset(str(root), labels_of, IMG_EXTENSIONS, allow_empty=True) if classes else []
    if not found:
        raise PhotosMissing(f"{root} holds no pictures: put one folder for each class there, with pictures in it.")
    items, labels = [path for path, _ in found], [label for _, label in found]
    if halves:
        return items, labels, classes
    order = torch.randperm(len(items), generator=torch.Generator().manual_seed(seed)).tolist()
    cut = len(items) // 5
    chosen = order[cut:] if split == "train" else order[:cut]
    return [items[i] for i in chosen], [labels[i] for i in chosen], classes
