"""From other people's names of tensors to ours: every tensor is taken, or left out by name, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from torch import Tensor, nn

State = Mapping[str, Tensor]
M = TypeVar("M", bound=nn.Module)


class NotPublished(ValueError):
    """These are not the weights that this function reads; the message says what is missing or unknown."""


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
        NotPublished: for tensors that are missing, left over, or of another shape, by name.
    """
    wanted = model.state_dict()
    missing, odd = wanted.keys() - state.keys(), state.keys() - wanted.keys()
    odd |= {key for key in wanted.keys() & state.keys() if wanted[key].shape != state[key].shape}
    if missing or odd:
        raise NotPublished(
            f"expected the weights of {kind}: "
            f"missing {sorted(missing)[:3] or 'nothing'}, odd {sorted(odd)[:3] or 'none'}"
        )
    model.load_state_dict(state)
    return model.eval()
