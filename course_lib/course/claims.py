"""Claims: what a chapter says about its numbers, measured each time it runs.

`claim("…", measured, ">", other)` shows the sentence with its numbers and fails the cell where it is false,
so no sentence of the course can outlive its truth. In the `smoke` profile everything is too small to mean
anything: there the numbers are shown and nothing is claimed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from course_lib.course.page import Page, card, columns, dim, format_number, heading, prose, show, table
from course_lib.train.device import profile

Number = bool | int | float | np.generic | np.ndarray | torch.Tensor

# Each relation takes (measured, other, margin).
_RELATIONS: dict[str, Callable[[float, float, float], bool]] = {
    ">": lambda a, b, margin: a > b + margin,
    ">=": lambda a, b, margin: a >= b + margin,
    "<": lambda a, b, margin: a < b - margin,
    "<=": lambda a, b, margin: a <= b - margin,
    "==": lambda a, b, margin: a == b,
    "≈": lambda a, b, margin: abs(a - b) <= margin,
}
_SIGNS = {">=": "≥", "<=": "≤", "==": "="}


class ClaimFailed(AssertionError):
    """A claim of the course is false on this machine: its sentence, with the numbers, is the message."""


@dataclass(frozen=True)
class _Claim:
    text: str
    measured: float
    relation: str
    other: float
    margin: float
    unit: str
    counts: bool  # False in the smoke profile: shown, not claimed

    @property
    def holds(self) -> bool:
        return _RELATIONS[self.relation](self.measured, self.other, self.margin)

    @property
    def mark(self) -> str:
        return "·" if not self.counts else "✓" if self.holds else "✗"

    def numbers(self) -> tuple[str, str]:
        """Both numbers to three digits, or to as many as it takes to tell them apart."""
        close_enough = self.holds and self.relation == "≈"
        for digits in range(3, 10):
            pair = format_number(self.measured, digits), format_number(self.other, digits)
            if pair[0] != pair[1] or self.measured == self.other or close_enough:
                break
        unit = f" {self.unit}" if self.unit else ""
        return pair[0] + unit, pair[1] + unit

    def needed(self) -> str:
        """What the claim asks of the measured number: "> 0.5 (by more than 0.1)"."""
        words = {
            "≈": "within",
            ">": "by more than",
            "<": "by more than",
            ">=": "by at least",
            "<=": "by at least",
        }
        margin = f" ({words[self.relation]} {format_number(self.margin)})" if self.margin else ""
        return f"{_SIGNS.get(self.relation, self.relation)} {self.numbers()[1]}{margin}"

    def page(self) -> Page:
        kind = "plain" if not self.counts else "good" if self.holds else "wrong"
        aside = "" if self.counts else " (not claimed at this size)"
        text = f"{self.numbers()[0]} {self.needed()}{aside}"
        sentence = self.text.rstrip(".")
        return Page(
            card(
                kind,
                self.mark,
                f"{prose(sentence)}: <b>{prose(self.numbers()[0])}</b> {dim(self.needed() + aside)}",
            ),
            f"{self.mark} {sentence}: {text}",
        )


_claims: dict[str, _Claim] = {}  # this kernel's claims by their sentence: one kernel runs one chapter


def claim(text: str, measured: Number, relation: str, other: Number, margin: Number = 0.0, unit: str = "") -> None:
    """Show a sentence of the course with its numbers, keep it for `claims_table()`, and fail if it is false.

    `relation` is one of > >= < <= == ~= (or ≈). `measured` and `other` are single numbers: float, int, bool
    or a tensor of shape (). `margin` is in their unit: `>` asks for measured > other + margin, `<` for
    measured < other - margin, `~=` for a distance of at most `margin`. A NaN makes every claim false.
    Raises ClaimFailed where the claim is false, but never in the smoke profile.

    >>> claim("Two is more than one", 2, ">", 1)
    ✓ Two is more than one: 2 > 1
    """
    relation = "≈" if relation == "~=" else relation
    if relation not in list(_RELATIONS):
        raise ValueError(f"A claim compares with > >= < <= == or ~=, but {relation!r} was given.")
    margin = _single(margin, "margin")
    if not 0 <= margin < float("inf") or (margin and relation == "=="):
        raise ValueError(f"A claim's margin is 0 or more, and 0 for ==, but {margin} was given for {relation}.")
    made = _Claim(
        text,
        _single(measured, "measured"),
        relation,
        _single(other, "other"),
        margin,
        unit,
        profile() != "smoke",
    )
    _claims[text] = made
    show(made.page())
    if made.counts and not made.holds:
        raise ClaimFailed(
            f"“{text.rstrip('.')}” is not so on this machine: measured {made.numbers()[0]}, needed {made.needed()}."
        )


def claims_table() -> None:
    """Show every claim this chapter has made so far, with its numbers, in the order they were first made.

    >>> claim("Two is more than one", 2, ">", 1); claims_table()  # doctest: +ELLIPSIS
    ✓ Two is more than one: 2 > 1
    What this chapter claimed: ...
    """
    if not _claims:
        nothing = "No claim has been measured yet: run the chapter from its first cell."
        show(Page(card("plain", "·", prose(nothing)), nothing))
        return
    head = ["", "claim", "measured", "needed"]
    rows = [[made.mark, made.text.rstrip("."), made.numbers()[0], made.needed()] for made in _claims.values()]
    counted = [made for made in _claims.values() if made.counts]
    held = sum(made.holds for made in counted)
    title = f"What this chapter claimed: {held} of {len(counted)} hold"
    if not counted:
        title = f"What this chapter would claim: {len(rows)} sentences, not claimed at this size"
    show(Page(heading(title) + table(head, rows), f"{title}\n{columns([head, *rows])}"))


def _single(value: Number, name: str) -> float:
    """The plain number in `value`, an int or bool kept as one."""
    shape = tuple(getattr(value, "shape", ()))
    plain = value.item() if isinstance(value, torch.Tensor | np.ndarray | np.generic) and shape == () else value
    if not isinstance(plain, bool | int | float):
        given = f"of shape {shape}" if shape else f"a {type(value).__name__}"
        raise TypeError(
            f"A claim compares single numbers, but its {name} value is {given}: take one entry, a mean or a count."
        )
    return plain
