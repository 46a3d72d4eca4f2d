"""Ranks, recall and prompts, by hand."""

import pytest
import torch

from course_lib.evaluate import (
    prompt_classes,
    ranks,
    retrieval,
    zero_shot,
)


def test_ranks_and_recall():
    similarity = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.5, 0.6], [0.2, 0.3, 0.3]])
    assert ranks(similarity).tolist() == [1, 3, 2]  # equal scores count against the right answer
    found = retrieval(similarity, at=(1, 2))
    assert found == {"recall@1": pytest.approx(1 / 3), "recall@2": pytest.approx(2 / 3), "median rank": 2.0}
    with pytest.raises(ValueError, match="expected similarities .N, N., got .2, 3."):
        ranks(similarity[:2])


def test_prompts_are_averaged_as_directions():
    said = {"a cat": [1.0, 0.0], "the cat": [0.0, 1.0], "a dog": [-1.0, 0.0], "the dog": [-1.0, 0.0]}
    text = lambda texts: torch.tensor([said[text] for text in texts])  # noqa: E731
    classes = prompt_classes(text, ["cat", "dog"], ["a {}", "the {}"])
    assert torch.allclose(classes, torch.tensor([[0.5**0.5, 0.5**0.5], [-1.0, 0.0]]))
    assert zero_shot(torch.tensor([[5.0, 1.0], [-0.1, 0.0]]), classes).tolist() == [0, 1]
    with pytest.raises(ValueError, match="prompts with {} for the name"):
        prompt_classes(lambda texts: torch.eye(2), ["cat"], ["a picture"])
