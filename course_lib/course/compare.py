"""Comparing what two functions returned, and saying in plain words how the results differ."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch

from course_lib.course.page import format_number

_SHOWN = 12  # a tensor of at most so many entries is shown in full


def snapshot(value: Any) -> Any:
    """A copy that later changes cannot reach: tensors, arrays, containers, dataclasses, a module's weights.

    >>> snapshot([1, (2, {"a": 3})])
    [1, (2, {'a': 3})]
    """
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, torch.nn.Module):
        return snapshot(dict(value.state_dict()))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: snapshot(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: snapshot(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = [snapshot(entry) for entry in value]
        return entries if isinstance(value, list) else tuple(entries)
    return value


def difference(expected: Any, got: Any, exact: bool = False) -> str | None:
    """How `got` differs from `expected`, or None where they are the same to the precision of their dtype.

    A number may come as a Python number or as a tensor or array of shape (); a list may stand for a tuple;
    a tensor must be a tensor of the same shape and dtype. Two NaNs are the same. `exact` asks for the very
    same values.

    >>> difference(torch.zeros(3), torch.zeros(2, 3))
    'the shape is (2, 3), but (3,) is needed'
    """
    if expected is None or isinstance(expected, str):
        same = type(expected) is type(got) and expected == got
        return None if same else _but(got, expected)
    if isinstance(expected, dict):
        if not isinstance(got, dict) or expected.keys() != got.keys():
            return _but(got, expected)
        return _first(((f"at {key!r}", expected[key], got[key]) for key in expected), exact)
    if isinstance(expected, torch.nn.Module):
        same = type(expected) is type(got)
        return difference(snapshot(expected), snapshot(got), exact) if same else _but(got, expected)
    if isinstance(expected, list | tuple):
        if not isinstance(got, list | tuple) or len(expected) != len(got):
            return _but(got, expected)
        return _first(((f"at position {i}", *pair) for i, pair in enumerate(zip(expected, got, strict=True))), exact)
    if _is_number(expected):
        return _number_difference(expected, got, exact)
    if isinstance(expected, torch.Tensor | np.ndarray):
        return _array_difference(expected, got, exact)
    return None if expected == got else _but(got, expected)


def tensor_difference(expected: Any, got: Any) -> str | None:
    """As `difference`, for a result that has to be a tensor even where it is a single number.

    >>> tensor_difference(torch.tensor(0.5), 0.5)
    'it is the plain number 0.5, but a tensor of shape () is needed: leave out `.item()`, `float()` or `int()`'
    """
    if isinstance(expected, torch.Tensor) and _is_number(got) and not isinstance(got, torch.Tensor):
        return (
            f"it is the plain number {describe(got)}, but a tensor of shape () is needed: "
            f"leave out `.item()`, `float()` or `int()`"
        )
    return difference(expected, got)


def as_numbers(value: Any) -> torch.Tensor | None:
    """A number, tensor or array as a float64 tensor; None for anything else.

    >>> as_numbers(2), as_numbers("two")
    (tensor(2., dtype=torch.float64), None)
    """
    if isinstance(value, bool | int | float):
        value = torch.tensor(float(value) if abs(value) < 1e300 else torch.nan)
    if not isinstance(value, torch.Tensor | np.ndarray | np.generic):
        return None
    try:
        tensor = _tensor(value)
        return None if tensor.is_complex() else tensor.double().to_dense()
    except Exception:  # of objects, of strings, without values
        return None


def describe(value: Any) -> str:
    """A value in a few words: small ones in full, large tensors by shape, dtype and range; never an error.

    >>> describe(torch.zeros(3)), describe(0.25), describe(torch.zeros(2, 8, 8))
    ('a tensor of shape (3,): [0, 0, 0]', '0.25', 'a tensor of shape (2, 8, 8), values 0 to 0')
    """
    try:
        return _describe(value)
    except Exception:  # sparse, without values, of objects, without end, too long to print
        shape = f" of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor | np.ndarray) else ""
        return f"a {type(value).__name__}{shape}"


def _describe(value: Any) -> str:
    if _is_number(value):
        plain = _plain(value)
        return format_number(plain, 4) if isinstance(plain, bool | int | float) else str(plain)[:80]
    if isinstance(value, torch.Tensor | np.ndarray):
        kind = "a tensor" if isinstance(value, torch.Tensor) else "an array"
        text = f"{kind} of shape {tuple(value.shape)}"
        tensor = _tensor(value)
        if tensor.dtype not in (torch.float32, torch.int64, torch.bool):
            text += f", {_dtype(value)}"
        if tensor.numel() <= _SHOWN:
            return f"{text}: {_nested(tensor.tolist())}"
        if tensor.is_complex():
            return text
        return f"{text}, values {format_number(tensor.min().item())} to {format_number(tensor.max().item())}"
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else value[:79] + "…")
    if isinstance(value, list | tuple):
        inner = ", ".join(describe(entry) for entry in value[:6]) + (", …" if len(value) > 6 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {describe(entry)}" for key, entry in list(value.items())[:6]) + "}"
    return "None" if value is None else f"a {type(value).__name__}"


def _but(got: Any, expected: Any) -> str:
    one, other = describe(got), describe(expected)
    if one == other and _is_number(got) and _is_number(expected):  # alike in the digits that are shown
        one, other = str(_plain(got)), str(_plain(expected))
    return f"it is {one}, but {other} is needed"


def _first(pairs: Any, exact: bool) -> str | None:
    """The first difference among (where, expected, got)."""
    for where, expected, got in pairs:
        found = difference(expected, got, exact)
        if found:
            return f"{where}, {found}"
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.ndim == 0
    return isinstance(value, bool | int | float | complex | np.generic) and not isinstance(value, str)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, torch.Tensor | np.ndarray | np.generic) else value


def _tensor(value: Any) -> torch.Tensor:
    tensor = value if isinstance(value, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(value))
    return tensor.detach().cpu()


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.")


def _tolerance(*values: Any) -> tuple[float, float]:
    """Relative and absolute: as loose as the coarsest of the values needs."""
    half = any(_dtype(value) in ("float16", "bfloat16") for value in values if hasattr(value, "dtype"))
    return (2e-2, 1e-3) if half else (1e-4, 1e-5)


def _number_difference(expected: Any, got: Any, exact: bool) -> str | None:
    if not _is_number(got):
        if isinstance(got, torch.Tensor | np.ndarray):
            return f"the shape is {tuple(got.shape)}, but a single number is needed"
        return f"it is {describe(got)}, but a number is needed"
    a, b = _plain(expected), _plain(got)
    kinds = {bool: "True or False", int: "a whole number", float: "a decimal number"}
    allowed = (int, float) if type(a) is float else (type(a),)
    if type(b) not in allowed:
        return f"it is {describe(got)}, but {kinds.get(type(a), 'another kind of number')} is needed"
    relative, absolute = (0.0, 0.0) if exact else _tolerance(expected, got)
    close = abs(a) < float("inf") and abs(a - b) <= absolute + relative * abs(a)
    same = a == b or (a != a and b != b) or close
    if isinstance(a, int):
        same = a == b
    return None if same else _but(got, expected)


def _array_difference(expected: Any, got: Any, exact: bool) -> str | None:
    kind = torch.Tensor if isinstance(expected, torch.Tensor) else np.ndarray
    if not isinstance(got, kind):
        needed = "a tensor" if kind is torch.Tensor else "an array"
        return f"it is {describe(got)}, but {needed} of shape {tuple(expected.shape)} is needed"
    if expected.shape != got.shape:
        given = f"the shape is {tuple(got.shape)}" if got.ndim else "it is a single number"
        return f"{given}, but {'' if got.ndim else 'shape '}{tuple(expected.shape)} is needed"
    if _dtype(expected) != _dtype(got):
        return f"the dtype is {_dtype(got)}, but {_dtype(expected)} is needed"
    a, b = _tensor(expected), _tensor(got)
    relative, absolute = (0.0, 0.0) if exact else _tolerance(expected, got)
    same = torch.isclose(b, a, rtol=relative, atol=absolute, equal_nan=a.is_floating_point() or a.is_complex())
    if bool(same.all()):
        return None
    index = tuple(int(i) for i in (~same).nonzero()[0])
    count = int((~same).sum())
    entries = "1 entry differs" if count == 1 else f"{count} entries differ"
    return f"{entries}: at {list(index)} {_but(b[index], a[index])}"


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_nested(entry) for entry in value) + "]"
    return format_number(value) if isinstance(value, bool | int | float) else str(value)
