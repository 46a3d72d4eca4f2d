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
import zlib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor, nn

from ..folders import WEIGHTS


class WeightsMissing(OSError):
    """What should ship with the course is not there or not whole; the message says how to get it."""


def manifest(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """What ships: for each name its file, what that holds, sha256, seed, command, metrics; "converted" if it was.

    Raises:
        WeightsMissing: if the list is damaged, or of another version of the course.

    >>> manifest()["byol"]["holds"]
    'ConvNet, float16'
    """
    path = folder / "manifest.json"
    if not path.exists():
        return {}
    found: Any = None
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        pass
    whole = isinstance(found, dict) and all(
        isinstance(entry, dict) and isinstance(entry.get("file"), str) and isinstance(entry.get("sha256"), str)
        for entry in found.values()
    )
    if not whole:
        raise WeightsMissing(f"{path} is not a list of weights that this course can read: fetch the course again.")
    return found


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
    path = verified_path(name, folder)
    if path.suffix == ".json":
        raise WeightsMissing(f"{name!r} is a table of numbers and no weights: open it with load_json({name!r}).")
    module.load_state_dict(read_tensors(path))
    return module.eval()


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The weights in a file that `save` wrote, by name, in the precision in which they were written.

    Raises:
        WeightsMissing: if the file is damaged, or another.

    >>> read_tensors(verified_path("byol"))["stem.0.weight"].dtype
    torch.float16
    """
    try:
        return safetensors.torch.load(gzip.decompress(path.read_bytes()))
    except (EOFError, OSError, zlib.error, safetensors.SafetensorError):
        raise WeightsMissing(f"{path} cannot be read as weights: fetch the course again.") from None


def load_json(name: str, folder: Path = WEIGHTS) -> Any:
    """The numbers that ship under this name, as they were given to `save`.

    Raises:
        WeightsMissing: if there are none or the file is not what was shipped.
    """
    path = verified_path(name, folder)
    if path.suffix != ".json":
        raise WeightsMissing(f"{name!r} is weights and no table of numbers: open it with load({name!r}, module).")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        raise WeightsMissing(f"{path} cannot be read as a table of numbers: fetch the course again.") from None


def verified_path(name: str, folder: Path = WEIGHTS) -> Path:
    """The file that ships under this name, after a look at its sum.

    Raises:
        WeightsMissing: if it is not there or not whole.
    """
    listed = manifest(folder)
    entry = listed.get(name)
    again = f"make it with `python -m course_lib pretrain {name}`"
    if entry is None or not (folder / entry["file"]).is_file():
        near = [] if entry else get_close_matches(str(name), listed, n=3)
        meant = f"did you mean {' or '.join(map(repr, near))}? Else " if near else ""
        raise WeightsMissing(f"{name!r} is not in {folder}: {meant}{again}, or fetch the course again.")
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
