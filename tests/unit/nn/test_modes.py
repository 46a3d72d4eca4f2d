"""Eval mode for a while: every part is switched, and every part is switched back to its own."""

import pytest
import torch
from torch import nn

from course_lib.nn.modes import eval_mode


def modes(*modules: nn.Module) -> list[bool]:
    return [part.training for module in modules for part in module.modules()]


@pytest.fixture
def half_frozen() -> nn.Module:
    return nn.Sequential(nn.Sequential(nn.BatchNorm1d(2), nn.Dropout()).eval(), nn.BatchNorm1d(2))


def test_every_part_goes_back_to_its_own_mode(half_frozen: nn.Module) -> None:
    still, lone = nn.Dropout().eval(), nn.Dropout()
    before = modes(half_frozen, still, lone)
    with eval_mode(half_frozen, still, lone):
        assert not any(modes(half_frozen, still, lone))
        half_frozen(torch.rand(3, 2))
    assert modes(half_frozen, still, lone) == before == [True, False, False, False, True, False, True]
    assert half_frozen.get_buffer("1.num_batches_tracked") == 0


def test_so_it_does_after_an_error(half_frozen: nn.Module) -> None:
    before = modes(half_frozen)
    with pytest.raises(KeyError), eval_mode(half_frozen):
        raise KeyError
    assert modes(half_frozen) == before


def test_one_in_another_and_one_given_twice(half_frozen: nn.Module) -> None:
    before = modes(half_frozen)
    with eval_mode(half_frozen, half_frozen), eval_mode(half_frozen.get_submodule("0")):
        assert not any(modes(half_frozen))
    assert modes(half_frozen) == before
    with eval_mode():
        assert modes(half_frozen) == before


def test_a_block_that_switches_modes_itself_leaves_no_trace(half_frozen: nn.Module) -> None:
    before = modes(half_frozen)
    with eval_mode(half_frozen):
        half_frozen.train()
    assert modes(half_frozen) == before
