"""Checkpoints: a training that was cut off goes on where it stopped, and only the very same training does."""

from __future__ import annotations

import hashlib
import json
import os
import weakref
import zlib
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .history import History

_interrupted: weakref.WeakKeyDictionary[nn.Module, tuple[str, Path]] = weakref.WeakKeyDictionary()


class CheckpointManager:
    """Keeps one training's checkpoint: one safetensors file, whole or not at all, forgotten when it is done.

    Args:
        folder: where the file goes.
        method: what is trained, as it is before the training: its code and its weights are part of the name.
        call: all else that decides how the training runs.
    """

    def __init__(self, folder: Path, method: nn.Module, call: Any):
        self.method = method
        self.call = fingerprint(call)
        started, path = _interrupted.get(method, ("", None))
        if path is None or started != self.call or not os.path.exists(path):  # a method that was never cut off
            name = f"{type(method).__name__.lower()}-{fingerprint((method, call))}.safetensors"
            path = folder / name
        self.path = path

    def save(self, optimizer: torch.optim.Optimizer, history: History, scaler: dict[str, Any]) -> bool:
        """Write everything to disk, whole or not at all; False where the disk cannot take it."""
        state = {f"method.{name}": value for name, value in self.method.state_dict().items()}
        for number, kept in optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{number}.{name}": value for name, value in kept.items()}
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            tensors = {k: v.detach().cpu().contiguous().clone() for k, v in state.items() if isinstance(v, Tensor)}
            numbers = {key: value for key, value in state.items() if not isinstance(value, Tensor)}
            about = json.dumps({"history": asdict(history), "scaler": scaler, "numbers": numbers})
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_file(tensors, draft, {"about": about, "checksum": _checksum(about, tensors)})
            with open(draft, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(draft, self.path)
        except (OSError, SafetensorError, TypeError):  # the last for an optimizer that keeps what JSON cannot
            return False
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        _interrupted[self.method] = (self.call, self.path)
        return True

    def restore(self, optimizer: torch.optim.Optimizer, steps: int) -> tuple[History, dict[str, Any]] | None:
        """Put method and optimizer back to where the checkpoint was made; None where none can be read.

        Returns:
            What happened until then, fewer than `steps`, and the state of the scaler.
        """
        if not os.path.exists(self.path):
            return None
        method: dict[str, Tensor] = {}
        states: dict[int, dict[str, Any]] = {}
        try:
            about, tensors = _read(self.path)
            history, scaler = History.from_dict(about["history"]), dict(about["scaler"])
            for key, value in (tensors | about["numbers"]).items():
                kind, _, name = key.partition(".")
                if kind == "method":
                    method[name] = value
                else:
                    number, _, name = name.partition(".")
                    states.setdefault(int(number), {})[name] = value
            if _shapes(method) != _shapes(self.method.state_dict()) or not 0 < len(history) < steps:
                raise ValueError("the checkpoint of another training")
        except (OSError, SafetensorError, KeyError, ValueError, TypeError):
            print(f"The checkpoint {self.path.name} cannot be read: this training begins anew.")
            return None  # the next checkpoint takes its place
        self.method.load_state_dict(method)
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
        return history, scaler

    def forget(self) -> None:
        """The training is done, or is not worth going on with."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        _interrupted.pop(self.method, None)


def _read(path: Path) -> tuple[Any, dict[str, Tensor]]:
    """What a checkpoint says of itself, and its tensors, with memory of their own: the file is closed afterwards."""
    with safe_open(path, "pt") as file:
        kept = file.metadata() or {}
        tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118 (a file is not a dict)
    if kept["checksum"] != _checksum(kept["about"], tensors):
        raise ValueError("a checkpoint that is damaged")
    return json.loads(kept["about"]), tensors


def _checksum(about: str, tensors: dict[str, Tensor]) -> str:
    """A number that is another one when anything in a checkpoint is."""
    found = zlib.crc32(about.encode())
    for name in sorted(tensors):
        found = zlib.crc32(f"{name} {tuple(tensors[name].shape)}".encode(), found)
        found = zlib.crc32(tensors[name].flatten().view(torch.uint8).numpy().data, found)
    return str(found)


def _shapes(state: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in state.items() if isinstance(value, Tensor)}


def fingerprint(*things: Any) -> str:
    """Twelve letters that change when anything in `things` does.

    It looks into numbers, tensors, containers, modules (code, weights, what is trained), and the code of functions,
    with those that they call from this course or from the notebook. Where a stream stands, and on which device
    something lies, make no difference. (joblib.hash knows a function by its name alone: a loss that was mended would
    go on from the checkpoint of the one that was wrong.)

    >>> fingerprint(1, "a") == fingerprint(1, "a"), fingerprint(torch.zeros(2)) == fingerprint(torch.zeros(3))
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=6)
    seen: dict[int, Any] = {}  # by id; held here, so that no id is given away again

    def put(*words: Any) -> None:
        digest.update(repr(words).encode())

    def code(c: CodeType, names: dict[str, Any]) -> None:
        put(c.co_code, c.co_names)
        for constant in c.co_consts:
            if isinstance(constant, CodeType):
                code(constant, names)
            else:
                put(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)
        for name in c.co_names:  # functions that it calls by their names
            called = names.get(name)
            if isinstance(called, FunctionType) and called.__module__.partition(".")[0] in ("course_lib", "__main__"):
                add(called)

    def add(thing: Any) -> None:
        if thing is None or isinstance(thing, bool | int | float | str | bytes | complex | Path | range | slice):
            put(type(thing).__name__, thing)
        elif isinstance(thing, torch.device | torch.dtype | np.generic):
            put(str(thing))
        elif id(thing) in seen:
            put("again")
        else:
            seen[id(thing)] = thing
            put(type(thing).__qualname__)
            inside(thing)

    def inside(thing: Any) -> None:
        if isinstance(thing, Tensor):
            put(tuple(thing.shape), str(thing.dtype))
            digest.update(thing.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        elif isinstance(thing, np.ndarray):
            put(thing.shape, str(thing.dtype), thing.tobytes())
        elif isinstance(thing, set | frozenset):
            put(sorted(map(repr, thing)))
        elif isinstance(thing, list | tuple):
            put(len(thing))
            for item in thing:
                add(item)
        elif isinstance(thing, dict):
            for key, value in thing.items():
                put(key)
                add(value)
        elif isinstance(thing, MethodType | staticmethod | classmethod):
            add(thing.__func__)
        elif isinstance(thing, property):
            add((thing.fget, thing.fset))
        elif isinstance(thing, partial):
            add((thing.func, thing.args, thing.keywords))
        elif isinstance(thing, FunctionType):
            add((thing.__defaults__, thing.__kwdefaults__))
            for cell in thing.__closure__ or ():
                with suppress(ValueError):  # a cell that is not filled yet
                    add(cell.cell_contents)
            code(thing.__code__, thing.__globals__)
        elif is_dataclass(thing) and not isinstance(thing, type):
            for part in fields(thing):
                add(getattr(thing, part.name))
        elif isinstance(thing, nn.Module):
            written(type(thing))
            put(repr(thing), [(name, p.requires_grad) for name, p in thing.named_parameters(recurse=False)])
            add(dict(thing.state_dict()))
            add({name: value for name, value in vars(thing).items() if not name.startswith("_")})
            for child in thing.children():
                add(child)
        elif isinstance(thing, type) or not hasattr(thing, "__dict__"):
            put(str(thing) if isinstance(thing, type) or callable(thing) else str(type(thing)))
        else:
            written(type(thing))
            add({name: value for name, value in vars(thing).items() if name not in ("passed", "device")})

    def written(kind: type) -> None:
        """The code of a class and of those that it grew from, as far as they are not torch's or Python's own."""
        for base in kind.__mro__:
            if base.__module__.partition(".")[0] not in ("torch", "builtins", "typing", "collections", "abc"):
                add({name: value for name, value in vars(base).items() if name[:2] != "__" and name[:5] != "_abc_"})
                for name in ("__init__", "__next__", "__call__"):
                    add(vars(base).get(name))

    for thing in things:
        add(thing)
    return digest.hexdigest()
