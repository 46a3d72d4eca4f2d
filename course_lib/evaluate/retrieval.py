"""Matching pictures and texts: zero-shot classification and search both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def prompt_classes(
    text: Callable[[Sequence[str]], Tensor], names: Sequence[str], prompts: Sequence[str] = ("a picture of a {}.",)
) -> Tensor:
    """A direction for each class, (C, D): the mean over its prompts (CLIP, arXiv 2103.00020, section 3.1.4).

    Args:
        text: texts to directions (B, D) of length 1, such as `CLIP.encode_text`.
        names: what the classes are called.
        prompts: sentences with {} for the name.

    Raises:
        ValueError: without names, or for a prompt without {}.

    >>> prompt_classes(lambda texts: torch.eye(4)[: len(texts)], ["cat", "dog"]).shape
    torch.Size([2, 4])
    """
    if not names or not prompts or any("{}" not in prompt for prompt in prompts):
        raise ValueError(f"expected names, and prompts with {{}} for the name, got {list(prompts)}")
    with torch.no_grad():
        each = [text([prompt.format(name) for name in names]) for prompt in prompts]
    return F.normalize(torch.stack(each).mean(0), dim=-1)


def zero_shot(images: Tensor, classes: Tensor) -> Tensor:
    """For each image (N, D) the class (C, D) that points the most like it, (N,).

    >>> zero_shot(torch.tensor([[0.0, 2.0]]), torch.eye(2))
    tensor([1])
    """
    return (F.normalize(images, dim=-1) @ F.normalize(classes, dim=-1).T).argmax(1)


def ranks(similarity: Tensor) -> Tensor:
    """The place of the right answer for each question, (N,), 1 for the best; question i's right answer is i.

    Args:
        similarity: (N, N), a row for each question. Equal scores count against the right answer.

    Raises:
        ValueError: if it is not square.

    >>> ranks(torch.tensor([[0.9, 0.1], [0.7, 0.3]]))
    tensor([1, 2])
    """
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]:
        raise ValueError(f"expected similarities (N, N), got {tuple(similarity.shape)}")
    return (similarity >= similarity.diagonal()[:, None]).sum(1)


def retrieval(similarity: Tensor, at: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """Recall among the first few, and the median rank, of similarities (N, N): question i's right answer is i.

    >>> retrieval(torch.eye(4), at=(1,))
    {'recall@1': 1.0, 'median rank': 1.0}
    """
    found = ranks(similarity).float()
    recall = {f"recall@{k}": (found <= k).float().mean().item() for k in at}
    return {**recall, "median rank": found.quantile(0.5).item()}
