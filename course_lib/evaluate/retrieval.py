"""Matching pictures and texts: zero-shot classification and search both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..expect import expect_whole
from .checks import directions, dtype_of, features_of, tensor


def prompt_classes(
    text: Callable[[Sequence[str]], Tensor], names: Sequence[str], prompts: Sequence[str] = ("a picture of a {}.",)
) -> Tensor:
    """A direction for each class, (C, D): the mean over its prompts (CLIP, arXiv 2103.00020, section 3.1.4).

    Args:
        text: texts to directions (B, D) of length 1, such as `CLIP.encode_text`.
        names: what the classes are called.
        prompts: sentences with {} for the name.

    Raises:
        ValueError: without names, for a prompt without {}, or if the texts' directions are not (C, D) of length 1.

    >>> prompt_classes(lambda texts: torch.eye(4)[: len(texts)], ["cat", "dog"]).shape
    torch.Size([2, 4])
    """
    if isinstance(names, str) or isinstance(prompts, str):
        raise ValueError("expected lists of names and of prompts, got a text: put it in brackets, as in ['cat']")
    if not len(names) or not len(prompts) or any("{}" not in prompt for prompt in prompts):
        raise ValueError(f"expected names, and prompts with {{}} for the name, got {list(prompts)}")
    with torch.no_grad():
        each = [features_of(text([prompt.replace("{}", f"{name}") for name in names])) for prompt in prompts]
    for found in each:
        if len(found) != len(names) or found.shape != each[0].shape:
            raise ValueError(f"expected a direction for each of {len(names)} texts, got {tuple(found.shape)}")
        lengths = found.norm(dim=1)
        if (lengths - 1).abs().max() > 0.05:
            raise ValueError(
                f"expected directions of length 1 for the texts, got {lengths.min():.3g} to {lengths.max():.3g}: "
                f"divide them by their length, as F.normalize does"
            )
    return F.normalize(torch.stack(each).mean(0), dim=-1)


def zero_shot(images: Tensor, classes: Tensor) -> Tensor:
    """For each image (N, D) the class (C, D) that points the most like it, (N,) int64.

    Raises:
        ValueError: for another shape, no classes, or numbers that are not finite.

    >>> zero_shot(torch.tensor([[0.0, 2.0]]), torch.eye(2))
    tensor([1])
    """
    images, classes = features_of(images, "images"), features_of(classes, "classes", least=1)
    if images.shape[1] != classes.shape[1]:
        raise ValueError(
            f"expected images (N, D) and classes (C, D), got {tuple(images.shape)} and {tuple(classes.shape)}"
        )
    dtype = torch.promote_types(images.dtype, classes.dtype)
    with torch.autocast(images.device.type, enabled=False):
        return (directions(images.to(dtype)) @ directions(classes.to(dtype)).T).argmax(1)


def ranks(similarity: Tensor) -> Tensor:
    """The place of the right answer for each question, (N,), 1 for the best; question i's right answer is i.

    Args:
        similarity: (N, N), a row for each question. Equal scores count against the right answer.

    Raises:
        ValueError: if it is not square, or holds something that is not a number.

    >>> ranks(torch.tensor([[0.9, 0.1], [0.7, 0.3]]))
    tensor([1, 2])
    """
    similarity = tensor(similarity, "similarities")
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]:
        raise ValueError(f"expected similarities (N, N), got {tuple(similarity.shape)}")
    if similarity.isnan().any():
        raise ValueError(
            f"expected similarities that are numbers, got some that are not, in {dtype_of(similarity)}: look whether "
            f"the training diverged"
        )
    return (similarity >= similarity.diagonal()[:, None]).sum(1)


def retrieval(similarity: Tensor, at: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """Recall among the first few, and the median rank, of similarities (N, N): question i's right answer is i.

    Raises:
        ValueError: as `ranks`, for no questions at all, or if the first few are not whole numbers from 1 up.

    >>> retrieval(torch.eye(4), at=(1,))
    {'recall@1': 1.0, 'median rank': 1.0}
    """
    found = ranks(similarity).float()
    if not len(found):
        raise ValueError("expected similarities (N, N) of at least one question, got none")
    recall = {f"recall@{k}": (found <= expect_whole("first few", k)).float().mean().item() for k in at}
    return {**recall, "median rank": found.quantile(0.5).item()}
