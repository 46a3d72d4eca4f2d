"""From other people's names of tensors to ours: every tensor is taken, or left out by name, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]
M = TypeVar("M", bound=nn.Module)


class NotPublished(ValueError):
    """These are not the weights that this function reads; the message says what is missing or unknown."""


HEADS = {1152: 16, 1280: 16, 1408: 16, 1664: 16}
"""How many heads the published towers for pictures have whose heads are not 64 wide, by their width."""


def count_heads(width: int, heads: Mapping[int, int] | None = None) -> int:
    """How many heads a transformer of this width has: as many as are 64 wide, but for those that `heads` names.

    Raises:
        NotPublished: if heads of 64 do not fill the width.

    >>> count_heads(768), count_heads(1280, HEADS)
    (12, 16)
    """
    if width % 64 and width not in (heads or {}):
        raise NotPublished(f"expected heads that are 64 wide, got a width of {width}: say how many there are")
    return (heads or {}).get(width, width // 64)


def expect_tensors(state: object, kind: str) -> None:
    """Raise NotPublished unless this is a state dict: names, and a tensor of numbers for each.

    >>> expect_tensors({"state_dict": {}}, "a net")
    Traceback (most recent call last):
    course_lib.weights.published.convert.NotPublished: expected the weights of a net, name by name, got a dict as
    'state_dict': if the weights are in there, give state['state_dict']
    """
    if isinstance(state, nn.Module):
        raise NotPublished(f"expected the state dict of {kind}, got a {type(state).__name__}: give model.state_dict()")
    if not isinstance(state, Mapping):
        raise NotPublished(f"expected the state dict of {kind}, a dict of tensors, got a {type(state).__name__}")
    for key, value in state.items():
        if not isinstance(key, str):
            raise NotPublished(f"expected the weights of {kind}, name by name, got {key!r} as a name")
        if not isinstance(value, Tensor):
            inside = f": if the weights are in there, give state[{key!r}]" if isinstance(value, Mapping) else ""
            raise NotPublished(
                f"expected the weights of {kind}, name by name, got a {type(value).__name__} as {key!r}{inside}"
            )
        if value.is_meta or value.is_complex() or value.is_quantized or value.layout != torch.strided:
            raise NotPublished(f"expected the weights of {kind} as plain numbers, got others as {key!r}")
    if state and all(key.startswith("module.") for key in state):
        raise NotPublished(
            f"expected the weights of {kind}, and all names begin with 'module.': "
            "give {key.removeprefix('module.'): value for key, value in state.items()}"
        )


def expect_axes(state: State, axes: Mapping[str, int], kind: str) -> None:
    """Raise NotPublished unless each of these tensors is there and has so many axes."""
    for key, count in axes.items():
        if key not in state:
            raise NotPublished(f"expected the weights of {kind}: missing {key!r}")
        if state[key].ndim != count:
            raise NotPublished(f"expected {count} axes in {key!r} of {kind}, got {tuple(state[key].shape)}")


def renamed(state: State, names: Mapping[str, str], kind: str, ignore: Sequence[str] = ()) -> dict[str, Tensor]:
    """All tensors under their new names, as float32.

    Args:
        state: other people's names and tensors.
        names: for each pattern that a name begins with, what stands in its place; the first that fits counts.
        kind: what the weights should be, for the message.
        ignore: patterns that names begin with which our model has no use for, such as a classifier's last layer; they
            go before `names`.

    Raises:
        NotPublished: for a tensor that is in neither list, or that another has taken the place of, by name: what is not
            understood is not dropped.

    >>> import torch
    >>> list(renamed({"conv.weight": torch.ones(1), "fc.weight": torch.ones(1)}, {"conv": "stem"}, "a net", ["fc"]))
    ['stem.weight']
    """
    expect_tensors(state, kind)
    found: dict[str, Tensor] = {}
    unknown = []
    for key, value in state.items():
        if any(re.match(pattern, key) for pattern in ignore):
            continue
        new = next((re.sub("^" + old, name, key) for old, name in names.items() if re.match(old, key)), None)
        if new is None or new in found:
            unknown.append(key)
        else:
            found[new] = value.float() if value.is_floating_point() else value
    if unknown:
        listed = ", ".join(sorted(unknown)[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        raise NotPublished(f"expected the weights of {kind}, and found tensors that it does not have: {listed}")
    return found


def filled(model: M, state: State, kind: str) -> M:
    """The model with these weights, in eval mode.

    Raises:
        NotPublished: for tensors that are missing, left over, of another shape, or whole numbers where fractions
            belong, by name.
    """
    wanted = model.state_dict()
    missing, odd = wanted.keys() - state.keys(), state.keys() - wanted.keys()
    both = [(key, wanted[key], state[key]) for key in wanted.keys() & state.keys()]
    odd |= {key for key, ours, theirs in both if ours.shape != theirs.shape}
    odd |= {key for key, ours, theirs in both if ours.is_floating_point() != theirs.is_floating_point()}
    if missing or odd:
        raise NotPublished(
            f"expected the weights of {kind}: "
            f"missing {sorted(missing)[:3] or 'nothing'}, odd {sorted(odd)[:3] or 'none'}"
        )
    model.load_state_dict(state)
    return model.eval()
