"""How a wrong result is related to the right one: found out by trying, and said only if it holds on every input."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from course_lib.course.compare import as_numbers
from course_lib.course.page import format_number

Pairs = Sequence[tuple[torch.Tensor, torch.Tensor]]  # needed and given, in float64, one pair an input
_PLACES = ("first", "second", "third", "fourth")


def relation(names: Sequence[str], cases: Sequence[tuple[Any, ...]], needed: list[Any], given: list[Any]) -> str | None:
    """What turns the given results into the needed ones, or on which inputs alone they are wrong; None if unknown.

    >>> relation(["a"], [(1.0,), (3.0,)], [2.0, 6.0], [4.0, 12.0])
    'Your result is always 2 times what is needed.'
    """
    several = _several(needed, given)
    if several is not None:
        right = [i for i, pairs in enumerate(several) if all(_same(a, b) for a, b in pairs)]
        swapped = list(zip(*(zip(*pairs, strict=True) for pairs in several), strict=True))
        if len(several) == 2 and all(_same(a, b) for a, b in zip(swapped[0][0], swapped[1][1], strict=True)):
            if all(_same(a, b) for a, b in zip(swapped[0][1], swapped[1][0], strict=True)):
                return "Your two results are right, in the wrong order."
        wrong = [i for i in range(len(several)) if i not in right]
        if right and len(wrong) == 1 and len(several) <= len(_PLACES):
            found = _of_numbers(names, cases, several[wrong[0]])
            good = " and the ".join(_PLACES[i] for i in right)
            if found:
                return f"The {good} result is right. The {_PLACES[wrong[0]]}: {found}"
            return f"The {good} result is right; look at the {_PLACES[wrong[0]]}."
        return None
    pairs = [(as_numbers(a), as_numbers(b)) for a, b in zip(needed, given, strict=True)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return _of_numbers(names, cases, known) if len(known) == len(pairs) else _where(names, cases, needed, given)


def _several(needed: list[Any], given: list[Any]) -> list[list[tuple[torch.Tensor, torch.Tensor]]] | None:
    """Where each result is a tuple of several, the pairs of each place; else None."""
    results = [*needed, *given]
    if not all(isinstance(result, list | tuple) for result in results) or len({len(result) for result in results}) != 1:
        return None
    places = []
    for place in range(len(results[0])):
        pairs = [(as_numbers(a[place]), as_numbers(b[place])) for a, b in zip(needed, given, strict=True)]
        if any(a is None or b is None for a, b in pairs):
            return None
        places.append(pairs)
    return places or None


def _of_numbers(names: Sequence[str], cases: Sequence[tuple[Any, ...]], pairs: Pairs) -> str | None:
    if all(_same(a, b) for a, b in pairs):
        return None  # right numbers of another kind
    return (
        _constant(pairs)
        or _factor(names, cases, pairs)
        or _function(pairs)
        or _arrangement(pairs)
        or _summary(pairs)
        or _where(names, cases, [a for a, _ in pairs], [b for _, b in pairs])
    )


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)


def _all(pairs: Pairs, change: Callable[[torch.Tensor], torch.Tensor], of_given: bool = False) -> bool:
    """Whether the change makes given results of all needed ones; or with `of_given`, needed results of given ones."""
    try:
        return all(_same(a, change(b)) if of_given else _same(change(a), b) for a, b in pairs)
    except (RuntimeError, IndexError):  # a shape that the change cannot be made to
        return False


def _shift(pairs: Pairs) -> float | None:
    """The number that all given results are larger by, if there is one."""
    gaps = torch.cat([(b - a).flatten() for a, b in pairs])
    return gaps.median().item() if torch.isfinite(gaps).all() and (gaps - gaps.median()).abs().max() < 1e-4 else None


def _factor(names: Sequence[str], cases: Sequence[tuple[Any, ...]], pairs: Pairs) -> str | None:
    """Always so many times what is needed, or so many more: a fixed number, or one that an input's size tells."""
    if any(a.shape != b.shape for a, b in pairs) or sum(a.abs().max().item() > 1e-4 for a, _ in pairs if a.numel()) < 2:
        return None
    if _all(pairs, torch.neg):
        return "Your result is minus what is needed: a sign is the other way round."
    a, b = (torch.cat([pair[i].flatten() for pair in pairs]) for i in (0, 1))
    large = a.abs() > 1e-4
    ratio = (b[large] / a[large]).median().item()
    if math.isfinite(ratio) and ratio != 0 and _all(pairs, lambda x: ratio * x):
        known = {math.log(2): "ln 2", 1 / math.log(2): "1 / ln 2", -math.log(2): "−ln 2"}
        told = next((name for value, name in known.items() if abs(ratio - value) < 1e-3), format_number(ratio))
        bits = ": is a logarithm to base 2 exchanged with the natural one?" if "ln" in told else "."
        return f"Your result is always {told} times what is needed{bits}"
    shift = _shift(pairs)
    if shift is not None and abs(shift) > 1e-4:
        return (
            f"Your result is always {format_number(abs(shift))} {'more' if shift > 0 else 'less'} than what is needed."
        )
    for told, sizes in _sizes(names, cases):
        scaled = {
            f"`{told}` times what is needed: is a sum taken where a mean belongs?": lambda n: n,
            f"what is needed divided by `{told}`: is a mean taken where a sum belongs?": lambda n: 1 / n,
            f"the root of `{told}` times what is needed.": lambda n: n**0.5,
            f"what is needed divided by the root of `{told}`.": lambda n: n**-0.5,
            f"what is needed with `{told}` where `{told} - 1` belongs, in what it is divided by.": lambda n: (
                (n - 1) / n
            ),
            f"what is needed with `{told} - 1` where `{told}` belongs, in what it is divided by.": lambda n: (
                n / (n - 1)
            ),
        }
        for sentence, factor in scaled.items():
            if min(sizes) >= (2 if "- 1`" in sentence else 1) and all(
                _same(factor(n) * x, y) for n, (x, y) in zip(sizes, pairs, strict=True)
            ):
                return f"Your result is {sentence}"
        for sign, word in ((1, "more"), (-1, "less")):
            if all(n > 0 and _same(x + sign * math.log(n), y) for n, (x, y) in zip(sizes, pairs, strict=True)):
                told = f"Your result is the logarithm of `{told}` {word} than what is needed"
                return f"{told}: are sum and mean exchanged inside a logarithm?"
    return None


def _sizes(names: Sequence[str], cases: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[int]]]:
    """Each size that the inputs have, as code, with its value on each input; those that never vary are left out."""
    for place, name in enumerate(names):
        values = [case[place] for case in cases]
        found: dict[str, list[int]] = {}
        if all(isinstance(value, torch.Tensor) and value.ndim == values[0].ndim for value in values):
            for d in range(values[0].ndim):
                found[f"{name}.shape[{d}]" if d else f"len({name})"] = [value.shape[d] for value in values]
            found[f"{name}.numel()"] = [value.numel() for value in values]
        elif all(isinstance(value, list | tuple | dict) for value in values):
            found[f"len({name})"] = [len(value) for value in values]
        elif all(type(value) in (int, float) for value in values):
            found[name] = values
        yield from ((told, sizes) for told, sizes in found.items() if len(set(sizes)) > 1)


def _function(pairs: Pairs) -> str | None:
    """A well-known function of what is needed, entry by entry."""
    if any(a.shape != b.shape for a, b in pairs):
        return None
    changes: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "the square of what is needed": torch.square,
        "the root of what is needed": torch.sqrt,
        "e to the power of what is needed": torch.exp,
        "2 to the power of what is needed": torch.exp2,
        "the logarithm of what is needed": torch.log,
        "the logarithm to base 2 of what is needed": torch.log2,
        "1 minus what is needed": lambda x: 1 - x,
        "1 divided by what is needed": torch.reciprocal,
        "minus the logarithm of what is needed": lambda x: -x.log(),
        "what is needed without its sign": torch.abs,
        "what is needed with everything below 0 cut off": torch.relu,
        "what is needed, rounded down": torch.floor,
        "what is needed, rounded up": torch.ceil,
        "what is needed, rounded": torch.round,
    }
    return next((f"Your result is {name}." for name, change in changes.items() if _all(pairs, change)), None)


def _summary(pairs: Pairs) -> str | None:
    """One step is missing at the end: a mean, a sum, the largest, the place of the largest."""
    dims = {a.ndim for a, _ in pairs} | {b.ndim for _, b in pairs}
    if len({b.ndim - a.ndim for a, b in pairs}) != 1 or max(dims) > 4:
        return None
    steps: dict[str, Callable[..., torch.Tensor]] = {
        "mean": torch.mean,
        "sum": torch.sum,
        "largest entry": torch.amax,
        "smallest entry": torch.amin,
        "place of the largest entry, `argmax`,": torch.argmax,
        "place of the smallest entry, `argmin`,": torch.argmin,
    }
    missing = {b.ndim - a.ndim for a, b in pairs}.pop()
    for name, step in steps.items():
        if missing > 0 and all(a.ndim == 0 for a, _ in pairs) and _all(pairs, lambda b, s=step: s(b).double(), True):
            return f"The {name} of your result is what is needed."
        for d in range(max(dims) if missing == 1 else 0):
            if _all(pairs, lambda b, s=step, d=d: s(b, d).double(), True):
                return f"The {name} of your result over axis {d} is what is needed."
    return None


def _arrangement(pairs: Pairs) -> str | None:
    """The right numbers in another order."""
    if not all(a.numel() == b.numel() for a, b in pairs) or len({b.ndim for _, b in pairs}) != 1:
        return None
    ndim = pairs[0][1].ndim
    if all(_same(a.flatten(), b.flatten()) for a, b in pairs):
        return "Your numbers are right, and in the right order. Only their shape is not."
    for order in itertools.permutations(range(ndim)) if ndim <= 4 else ():
        if order != tuple(range(ndim)) and _all(pairs, lambda b, order=order: b.permute(order), True):
            return (
                f"Your numbers are right, and the axes exchanged: `.permute{order}` of your result is what is needed."
            )
    for d in range(ndim):
        if _all(pairs, lambda b, d=d: b.flip(d), True):
            return f"Your numbers are right, in the opposite order along axis {d}."
    if all(_same(a.flatten().sort().values, b.flatten().sort().values) for a, b in pairs):
        if all(a.shape == b.shape for a, b in pairs) and sum(a.numel() > 3 for a, _ in pairs) > 1:
            return "Your result has the right numbers, at wrong places."
    return None


def _constant(pairs: Pairs) -> str | None:
    """The same whatever the input."""
    first = pairs[0][1]
    if len(pairs) > 2 and all(b.shape == first.shape and torch.equal(b, first) for _, b in pairs):
        return "Your result is the same for every input: what it is given makes no difference."
    if all(not b.any() for _, b in pairs) and any(a.any() for a, _ in pairs):
        return "Your result is 0 for every input."
    return None


def _where(
    names: Sequence[str], cases: Sequence[tuple[Any, ...]], needed: Sequence[Any], given: Sequence[Any]
) -> str | None:
    """On which inputs alone the results are wrong, where one plain property of the inputs tells."""
    numbers = [(as_numbers(a), as_numbers(b)) for a, b in zip(needed, given, strict=True)]
    wrong = [a is None or b is None or not _same(a, b) for a, b in numbers]
    if not any(wrong) or all(wrong):
        return None
    strange = [
        a is not None and b is not None and bool(a.isfinite().all()) and not bool(b.isfinite().all())
        for a, b in numbers
    ]
    if strange == wrong:
        return (
            "Your result is right as long as it is a number, but on the input below nan or infinity comes out: look "
            "for a division by 0, the logarithm of 0, or `exp` of a large number."
        )
    for told, holds in _properties(names, cases):
        if min(sum(holds), len(holds) - sum(holds)) < 2:
            continue  # one input alone may have a property by chance
        if holds == wrong:
            return f"Your result is wrong just where {told}, and right on all other inputs that were tried."
        if [not one for one in holds] == wrong:
            return f"Your result is right just where {told}, and wrong on all other inputs that were tried."
    return None


def _properties(names: Sequence[str], cases: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[bool]]]:
    """Plain properties that an input has or has not, each with its truth on every input."""
    for place, name in enumerate(names):
        values = [case[place] for case in cases]
        if all(isinstance(value, torch.Tensor) for value in values):
            if all(value.ndim > 1 for value in values):
                yield f"`{name}` is square", [value.shape[-1] == value.shape[-2] for value in values]
            if all(value.ndim > 0 for value in values):
                yield f"`{name}` has one row", [len(value) == 1 for value in values]
                yield f"`{name}` has an even number of rows", [len(value) % 2 == 0 for value in values]
            yield f"`{name}` contains a 0", [bool((value == 0).any()) for value in values]
            yield f"`{name}` contains numbers below 0", [bool((value < 0).any()) for value in values]
            yield f"`{name}` contains a number twice", [value.unique().numel() < value.numel() for value in values]
        elif all(type(value) in (int, float) for value in values):
            numbers = sorted(set(values))[:12]
            for number in numbers:
                yield f"`{name}` is {format_number(number)}", [value == number for value in values]
            for number in numbers:
                yield f"`{name}` is above {format_number(number)}", [value > number for value in values]
        elif all(isinstance(value, list | tuple | dict) for value in values):
            yield f"`{name}` has one entry", [len(value) == 1 for value in values]
    tensors = [i for i in range(len(names)) if all(isinstance(c[i], torch.Tensor) and c[i].ndim for c in cases)]
    for i, j in itertools.combinations(tensors, 2):
        told = f"`{names[i]}` and `{names[j]}` have the same number of rows"
        yield told, [len(case[i]) == len(case[j]) for case in cases]
