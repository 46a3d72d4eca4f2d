"""Weights and histories that ship with the course: where they are, what made them, and that they are whole.

Everything in data/weights is made by `python -m course_lib pretrain NAME` (see `course.recipes`), and listed in
data/weights/manifest.json with its sum, its seed, its command, and what was measured when it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from ..folders import WEIGHTS


class WeightsMissing(OSError):
    """What should ship with the course is not there or not whole; the message says how to get it."""


def manifest(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """What ships: for each name its file, sha256, seed, command and metrics.

    >>> all("sha256" in entry for entry in manifest().values())
    True
    """
    path = folder / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def load(name: str, module: nn.Module, folder: Path = WEIGHTS) -> nn.Module:
    """Put the weights that ship under this name into a module of the same build, and return it in eval mode.

    Raises:
        WeightsMissing: if there are no such weights or the file is not what was shipped.
        RuntimeError: if the module is built otherwise, with torch's list of what does not fit.
    """
    module.load_state_dict(load_file(verified_path(name, folder)))
    return module.eval()


def load_json(name: str, folder: Path = WEIGHTS) -> Any:
    """The numbers that ship under this name, as they were given to `save`.

    Raises:
        WeightsMissing: if there are none or the file is not what was shipped.
    """
    return json.loads(verified_path(name, folder).read_text(encoding="utf-8"))


def verified_path(name: str, folder: Path = WEIGHTS) -> Path:
    """The file that ships under this name, after a look at its sum.

    Raises:
        WeightsMissing: if it is not there or not whole.
    """
    entry = manifest(folder).get(name)
    again = f"make it with `python -m course_lib pretrain {name}`"
    if entry is None or not (folder / entry["file"]).exists():
        raise WeightsMissing(f"{name!r} is not in {folder}: {again}, or fetch the course again.")
    path = folder / entry["file"]
    if _sum(path) != entry["sha256"]:
        raise WeightsMissing(f"{path} is not the file that the course ships: fetch it again, or {again}.")
    return path


def save(
    name: str, made: nn.Module | dict[str, Any], metrics: dict[str, float], seed: int, folder: Path = WEIGHTS
) -> Path:
    """Write weights or numbers into the folder and list them in its manifest; return the file.

    Args:
        name: what they are called.
        made: a module, whose weights are kept, or numbers for a JSON file.
        metrics: what was measured with them.
        seed: the seed they were made with.
        folder: where they go.
    """
    listed, metrics = manifest(folder), {key: round(float(value), 4) for key, value in metrics.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{'safetensors' if isinstance(made, nn.Module) else 'json'}"
    draft = path.with_suffix(".tmp")
    if isinstance(made, nn.Module):
        save_file({key: value.detach().cpu().contiguous().clone() for key, value in made.state_dict().items()}, draft)
    else:
        draft.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    draft.chmod(0o644)
    os.replace(draft, path)
    listed[name] = {
        "file": path.name,
        "sha256": _sum(path),
        "seed": seed,
        "command": f"python -m course_lib pretrain {name}",
        "metrics": metrics,
    }
    draft = folder / "manifest.tmp"
    draft.write_text(json.dumps(dict(sorted(listed.items())), indent=2) + "\n", encoding="utf-8")
    os.replace(draft, folder / "manifest.json")
    return path


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
