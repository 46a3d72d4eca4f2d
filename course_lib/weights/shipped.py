"""Weights and histories that ship with the course: where they are, what made them, and that they are whole.

Everything in data/weights is made by `python -m course_lib pretrain NAME` (see `course.recipes`), and listed in
data/weights/manifest.json with what it holds, its sum, its seed, its command, and what was measured with it.

A file of weights holds what the chapters open and nothing else: mostly an encoder alone, without its teacher, its queue
and its head. Its numbers are in half precision, and the file is compressed; both make it small. `load` puts the numbers
into a module of float32 as they are. Where an entry has the word "converted", the file was not written by a training
of its own: an older file was cut, rounded or renamed as the word says, and then measured anew.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor, nn

from ..folders import WEIGHTS


class WeightsMissing(OSError):
    """What should ship with the course is not there or not whole; the message says how to get it."""


def manifest(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """What ships: for each name its file, what that holds, sha256, seed, command, metrics; "converted" if it was.

    >>> manifest()["byol"]["holds"]
    'ConvNet, float16'
    """
    path = folder / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def load(name: str, module: nn.Module, folder: Path = WEIGHTS) -> nn.Module:
    """Put the weights that ship under this name into a module of the same build, and return it in eval mode.

    The module keeps its own precision.

    Raises:
        WeightsMissing: if there are no such weights or the file is not what was shipped.
        RuntimeError: if the module is built otherwise, with torch's list of what does not fit.

    >>> from course_lib.nn import ConvNet
    >>> load("byol", ConvNet()).training
    False
    """
    module.load_state_dict(read_tensors(verified_path(name, folder)))
    return module.eval()


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The weights in a file that `save` wrote, by name, in the precision in which they were written.

    >>> read_tensors(verified_path("byol"))["stem.0.weight"].dtype
    torch.float16
    """
    return safetensors.torch.load(gzip.decompress(path.read_bytes()))


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
        made: a module, whose weights are kept in the precision they have, or numbers for a JSON file.
        metrics: what was measured with them.
        seed: the seed they were made with.
        folder: where they go.
    """
    listed, metrics = manifest(folder), {key: round(float(value), 4) for key, value in metrics.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{'safetensors.gz' if isinstance(made, nn.Module) else 'json'}"
    _replace(path, _as_bytes(made))
    listed[name] = {
        "file": path.name,
        "holds": _describe(made),
        "sha256": _sum(path),
        "seed": seed,
        "command": f"python -m course_lib pretrain {name}",
        "metrics": metrics,
    }
    _replace(folder / "manifest.json", (json.dumps(dict(sorted(listed.items())), indent=2) + "\n").encode())
    return path


def _as_bytes(made: nn.Module | dict[str, Any]) -> bytes:
    """What goes into the file: the same for the same weights or numbers, on every system."""
    if not isinstance(made, nn.Module):
        return (json.dumps(made, separators=(",", ":")) + "\n").encode()
    state = {key: value.detach().cpu().contiguous().clone() for key, value in sorted(made.state_dict().items())}
    return gzip.compress(safetensors.torch.save(state), mtime=0)


def _describe(made: nn.Module | dict[str, Any]) -> str:
    """What a file holds, in words: what modules of which precision, or a table."""
    if not isinstance(made, nn.Module):
        return "a table"
    kinds = [type(part).__name__ for part in made.values()] if isinstance(made, nn.ModuleDict) else []
    name = f"{len(kinds)} {kinds[0]}" if kinds else type(made).__name__
    dtypes = {
        str(value.dtype).removeprefix("torch.") for value in made.state_dict().values() if value.is_floating_point()
    }
    return ", ".join([name, *sorted(dtypes)])


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one go: whoever reads it meanwhile sees the old one or the new one."""
    draft = path.with_suffix(".tmp")
    draft.write_bytes(content)
    draft.chmod(0o644)
    os.replace(draft, path)


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
