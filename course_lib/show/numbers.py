"""Numbers to draw, whatever they come in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

LARGEST = 1e100
"""The largest size of a number that can be drawn; beyond it matplotlib's own arithmetic overflows."""


def numbers(values: Any, what: str = "values") -> NDArray[np.float64]:
    """Numbers of any kind, on any device and nested as they may be, as float64; None is nan.

    Raises:
        ValueError: if these are no real numbers, lists in a list differ in length, or a number is beyond `LARGEST`.

    >>> numbers([1, None, True])
    array([ 1., nan,  1.])
    """
    try:
        found = np.asarray(unpacked(values))
        if found.dtype.kind not in "biufO":
            raise TypeError
        found = found.astype(np.float64)
    except (TypeError, ValueError, RuntimeError):
        got = " ".join(f"{values!r:.70}".split())
        raise ValueError(f"expected {what} as numbers, rows of one length, got {got}") from None
    size = np.abs(found[np.isfinite(found)]).max(initial=0.0)
    if size > LARGEST:
        raise ValueError(f"expected {what} of at most {LARGEST:g} in size, got {size:.3g}: divide them first")
    return found


def unpacked(values: Any) -> Any:
    """Without tensors, whose devices and types numpy does not know."""
    if isinstance(values, Tensor):
        if values.is_complex():
            raise TypeError
        return values.detach().cpu().double().numpy()
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan)
    return [unpacked(value) for value in values] if isinstance(values, (list, tuple)) else values
