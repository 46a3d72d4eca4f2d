"""Seeds: whole numbers of any kind, none that draws what another draws, and nothing of it left outside."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.nn import BPE, ConvNet, TextTransformer, ViT, mlp, seeded
from course_lib.nn.seeding import as_seed, generator
from course_lib.pretrain import BYOL, CLIP, DINO, Labels, MoCo, SemanticSoftmax

BYTES = BPE([])
MADE = {
    "ConvNet": lambda seed: ConvNet((8, 8), seed=seed),
    "ViT": lambda seed: ViT(16, 1, 2, size=16, patch=8, seed=seed),
    "mlp": lambda seed: mlp((4, 4), seed),
    "text": lambda seed: TextTransformer(9, 16, 1, 2, length=5, seed=seed),
    "Labels": lambda seed: Labels(ConvNet((8, 8)), 5, seed=seed),
    "semantic": lambda seed: SemanticSoftmax(ConvNet((8, 8)), (5, 2), seed=seed),
    "MoCo": lambda seed: MoCo(ConvNet((8, 8)), 4, 8, queue=8, seed=seed),
    "BYOL": lambda seed: BYOL(ConvNet((8, 8)), 4, 8, seed=seed),
    "DINO": lambda seed: DINO(ConvNet((8, 8)), 8, 8, 4, seed=seed),
    "CLIP": lambda seed: CLIP(ConvNet((8, 8)), TextTransformer(len(BYTES), 8, 1, 2), BYTES, seed=seed),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_seeds_of_numpy_are_those_of_python_and_what_is_no_seed_is_told(make):
    one, same = make(1).state_dict(), make(np.int64(1)).state_dict()
    assert all(torch.equal(one[name], same[name]) for name in one)
    for seed in (-1, 1.0, True, None, "1", 2**32, 2**70):
        with pytest.raises(ValueError, match="expected a seed"):
            make(seed)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=2, unique=True))
def test_two_seeds_never_draw_the_same(seeds):
    drawn = []
    for seed in seeds:
        with seeded(seed):
            drawn.append(torch.cat([torch.rand(8), torch.rand(8, generator=generator(seed, "order"))]))
    assert not torch.equal(drawn[0][:8], drawn[1][:8]) and not torch.equal(drawn[0][8:], drawn[1][8:])


def test_a_seed_that_would_draw_what_another_draws_is_told():
    with pytest.raises(ValueError, match="below 4294967296, got 4294967299, which would draw what 3 draws"):
        as_seed(2**32 + 3)
    with pytest.raises(ValueError, match="expected a seed"):
        generator(-1, "order")


def test_chance_is_put_back_even_after_an_error():
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError), seeded(5):
        torch.rand(3)
        raise RuntimeError
    assert torch.equal(before, torch.get_rng_state())
