"""Numbers that a caller hands over: what is expected of them is asked in one place, and said in one sentence."""

from __future__ import annotations

from math import inf
from numbers import Real
from operator import index
from typing import Any

import numpy as np
from torch import Tensor


def within(value: Any, low: float, high: float = inf) -> bool:
    """Whether a value is a finite number from low to high; the value of a tensor of shape () is not looked at.

    >>> within(0.5, 0, 1), within(float("nan"), 0, 1), within("a half", 0, 1)
    (True, False, False)
    """
    if isinstance(value, Tensor):  # perhaps learned; to look at it would wait for the device
        return value.ndim == 0
    return isinstance(value, Real) and low <= float(value) <= high and abs(float(value)) < inf


def expect_number(what: str, value: Any, low: float = 0, high: float = inf, above: bool = False) -> None:
    """Raise ValueError, in one sentence, unless a value is a finite number from low, or `above` it, to high.

    >>> expect_number("a temperature", 0.0, above=True)
    Traceback (most recent call last):
    ValueError: expected a temperature above 0, got 0.0
    """
    if not within(value, low, high) or (above and not isinstance(value, Tensor) and value == low):
        to = f" to {high:g}" if high < inf else ""
        raise ValueError(f"expected {what} {'above' if above else 'from'} {low:g}{to}, got {value}")


def expect_whole(what: str, value: Any, least: int = 1) -> int:
    """A whole number as an int; raises ValueError, in one sentence, if it is none or below the least.

    >>> expect_whole("a number of blocks", 1.5)
    Traceback (most recent call last):
    ValueError: expected a number of blocks, whole and from 1, got 1.5
    """
    return whole(value, f"{what}, whole and from {least}", least, floats=False)


def whole(value: Any, needed: str, least: float = 1, most: float = inf, floats: bool = True) -> int:
    """A number without a fraction as an int, however it is written: 20, NumPy's 20, and with `floats` also 20.0.

    Raises:
        ValueError: for anything else, True and False too, and for numbers below `least` or above `most`.

    >>> whole(20.0, "a whole number of steps"), whole(np.int64(3), "a whole number of steps")
    (20, 3)
    >>> whole(2.5, "a whole number of steps")
    Traceback (most recent call last):
    ValueError: expected a whole number of steps, got 2.5
    """
    try:
        fraction_free = floats and isinstance(value, float | np.floating) and value.is_integer()
        number = int(value) if fraction_free else index(value)  # pyright: ignore[reportArgumentType]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not least <= number <= most:
        raise ValueError(f"expected {needed}, got {value!r}")
    return number


def between(value: Any, needed: str, least: float = 0, most: float = 1) -> float:
    """A number in a range as a float.

    Raises:
        ValueError: for anything else.

    >>> between(1, "a share from 0 to 1")
    1.0
    """
    if not isinstance(value, Real) or not least <= float(value) <= most:
        raise ValueError(f"expected {needed}, got {value!r}")
    return float(value)
