"""The text tower: what a token knows, and what has no say."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.nn import TextTransformer


def test_text_knows_only_what_came_before_and_nothing_after_the_end():
    text = TextTransformer(20, 32, 2, 4, length=8, seed=1).eval()
    ids = torch.tensor([[18, 3, 4, 19, 0, 0]])
    assert torch.allclose(text(ids), text(ids[:, :4]), atol=1e-6)
    changed = ids.clone()
    changed[0, 2] = 7
    a, b = text.tokens(ids), text.tokens(changed)
    assert torch.allclose(a[:, :2], b[:, :2], atol=1e-6) and (a[:, 2:] - b[:, 2:]).abs().max() > 1e-3
    assert F.cosine_similarity(text(ids), text(changed)).item() < 0.9999
    with pytest.raises(ValueError, match="T at most 8, got .1, 9.*bpe.texts, length=8."):
        text(torch.zeros(1, 9, dtype=torch.long))


def test_ids_that_are_none_get_a_sentence():
    text = TextTransformer(20, 32, 1, 2, length=8)
    for ids, told in (
        (torch.tensor([[3, 20]]), "expected ids from 0 to 19, got 3 to 20"),
        (torch.tensor([[-1, 19]]), "expected ids from 0 to 19, got -1 to 19"),
        (torch.rand(1, 4), "expected ids as int64, got torch.float32"),
        (torch.zeros(1, 0, dtype=torch.long), r"at least one and T at most 8, got \(1, 0\)"),
        (torch.zeros(4, dtype=torch.long), r"expected ids \(B, T\)"),
    ):
        with pytest.raises(ValueError, match=told):
            text(ids)
    assert text(torch.zeros(0, 2, dtype=torch.long)).shape == (0, 32)
    for options in ({"vocabulary": 0}, {"length": 2.5}, {"depth": 0}, {"heads": 0}, {"width": 31}):
        with pytest.raises(ValueError, match="expected a"):
            TextTransformer(**{"vocabulary": 20, "width": 32, "depth": 1, "heads": 2, **options})
