"""Checkpoints: a training that was cut off goes on where it stopped, and only the very same training does."""

from __future__ import annotations

import hashlib
import json
import os
import weakref
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

_interrupted: weakref.WeakKeyDictionary[nn.Module, tuple[str, Path]] = weakref.WeakKeyDictionary()


class Keeper:
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
        if path is None or started != self.call or not path.exists():  # a method that was never cut off
            name = f"{type(method).__name__.lower()}-{fingerprint((method, call))}.safetensors"
            path = folder / name
        self.path = path

    def save(self, optimizer: torch.optim.Optimizer, about: dict[str, Any]) -> bool:
        """Write everything to disk, whole or not at all; False where the disk cannot take it."""
        tensors = {f"method.{name}": value for name, value in self.method.state_dict().items()}
        for number, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            own = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
            save_file(own, draft, {"about": json.dumps(about)})
            os.replace(draft, self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return False
        _interrupted[self.method] = (self.call, self.path)
        return True

    def load(self, optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
        """Put method and optimizer back to where the checkpoint was made; None where there is no checkpoint."""
        if not self.path.exists():
            return None
        method: dict[str, Tensor] = {}
        states: dict[int, dict[str, Tensor]] = {}
        with safe_open(self.path, "pt") as file:
            about = json.loads((file.metadata() or {})["about"])
            for key in file.keys():  # noqa: SIM118 (a file is not a dict)
                kind, _, name = key.partition(".")
                if kind == "method":
                    method[name] = file.get_tensor(key)
                else:
                    number, _, name = name.partition(".")
                    states.setdefault(int(number), {})[name] = file.get_tensor(key)
        self.method.load_state_dict(method)
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
        return about

    def forget(self) -> None:
        """The training is done, or is not worth going on with."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        _interrupted.pop(self.method, None)


def fingerprint(*things: Any) -> str:
    """Twelve letters that change when anything in `things` does: numbers, tensors, code of functions and modules.

    >>> fingerprint(1, "a") == fingerprint(1, "a"), fingerprint(torch.zeros(2)) == fingerprint(torch.zeros(3))
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=6)
    seen: dict[int, Any] = {}  # by id; held here, so that no id is given away again

    def put(*words: Any) -> None:
        digest.update(repr(words).encode())

    def code(c: CodeType) -> None:
        put(c.co_code, c.co_names)
        for constant in c.co_consts:
            code(constant) if isinstance(constant, CodeType) else put(constant)

    def add(thing: Any) -> None:
        if thing is None or isinstance(thing, bool | int | float | str | bytes | complex | Path):
            put(thing)
        elif isinstance(thing, torch.device | torch.dtype):
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
        elif isinstance(thing, list | tuple | set | frozenset):
            for item in thing:
                add(item)
        elif isinstance(thing, dict):
            for key, value in thing.items():
                put(key)
                add(value)
        elif isinstance(thing, MethodType):
            add(thing.__func__)
        elif isinstance(thing, FunctionType):
            code(thing.__code__)
            add(thing.__defaults__)
            add([cell.cell_contents for cell in thing.__closure__ or ()])
        elif is_dataclass(thing) and not isinstance(thing, type):
            for part in fields(thing):
                add(getattr(thing, part.name))
        elif isinstance(thing, nn.Module):
            for kind in type(thing).__mro__:
                if not kind.__module__.startswith("torch."):
                    add({name: value for name, value in vars(kind).items() if isinstance(value, FunctionType)})
            put(repr(thing))
            add(dict(thing.state_dict()))
            add({name: value for name, value in vars(thing).items() if not name.startswith("_")})
            for child in thing.children():
                add(child)
        elif hasattr(thing, "__dict__"):
            add({name: value for name, value in vars(thing).items() if name not in ("passed", "device")})
        else:
            put(str(type(thing)))

    for thing in things:
        add(thing)
    return digest.hexdigest()
