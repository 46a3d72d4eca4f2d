"""Answers to exercises, registered by id: what `@right` and `@wrong` put down."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and what is wrong with it in a few plain words."""

    function: Callable[..., Any]
    fault: str


RIGHT: dict[str, list[Callable[..., Any]]] = defaultdict(list)
WRONG: dict[str, list[Wrong]] = defaultdict(list)


def right(id: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a right answer to an exercise."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        RIGHT[id].append(function)
        return function

    return register


def wrong(id: str, fault: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a wrong answer to an exercise, with its fault."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        WRONG[id].append(Wrong(function, fault))
        return function

    return register
