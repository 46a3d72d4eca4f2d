"""Recipes: each gives back what ships under its name, and the command line runs, checks and explains them."""

import json
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from course_lib import weights, world
from course_lib.__main__ import main
from course_lib.course import recipes
from course_lib.course.recipes import MARKS, Made, in_half, round_weights
from course_lib.weights.shipped import read_tensors

WITH_WEIGHTS = [name for name, entry in weights.manifest().items() if not entry["file"].endswith(".json")]
TAKE_SECONDS = {"simclr-views", "simclr-temperatures"}
EACH = [pytest.param(name, marks=[pytest.mark.slow] if name in TAKE_SECONDS else []) for name in WITH_WEIGHTS]


@pytest.mark.parametrize("name", EACH)
def test_a_recipe_gives_back_what_ships(name, monkeypatch):
    """The same tensors and figures, after a training of no steps and with few pictures to measure on."""
    draw, make = world.draw, recipes.recipes()[name]
    monkeypatch.setattr(world, "draw", lambda n, **options: draw(min(n, 16), **options))
    for module in {recipes.__name__, make.__module__}:
        monkeypatch.setattr(sys.modules[module], "fit", train_nothing, raising=False)
    made, path = make(), weights.verified_path(name)
    assert isinstance(made.artifact, nn.Module)
    shipped = {key: (tensor.shape, tensor.dtype) for key, tensor in read_tensors(path).items()}
    assert {key: (tensor.shape, tensor.dtype) for key, tensor in made.artifact.state_dict().items()} == shipped
    assert made.metrics.keys() == weights.manifest()[name]["metrics"].keys()


def train_nothing(method, batches, steps, eval_fn=None, **how):
    """In place of `fit`: looks at a method when `fit` would, and leaves it as it was."""
    method.eval()
    return SimpleNamespace(evals={"kind": [(mark, 0.5) for mark in MARKS]} if eval_fn else {})


def test_what_is_measured_is_what_ships():
    layer = nn.Linear(3, 2)
    round_weights(layer)
    part = in_half(layer)
    assert isinstance(part, nn.Linear)
    assert part.weight.dtype == torch.float16 and layer.weight.dtype == torch.float32
    assert torch.equal(part.weight.float(), layer.weight)


@pytest.mark.full
def test_what_ships_can_be_made_again():
    """About half an hour on two cores."""
    assert main(["pretrain", "--check"]) == 0


def test_pretrain_makes_checks_and_explains(tmp_path, monkeypatch, capsys):
    measured = {"right": 0.5}
    for function in (weights.save, weights.manifest):  # the folder they were given when they were defined
        monkeypatch.setattr(function, "__defaults__", (*(function.__defaults__ or ())[:-1], tmp_path))

    def small() -> Made:
        """A small thing."""
        return Made(nn.Linear(2, 2), dict(measured))

    monkeypatch.setattr(recipes, "recipes", lambda: {"small": small})
    assert main(["pretrain"]) == 0 and "small                A small thing." in capsys.readouterr().out
    assert main(["pretrain", "large"]) == 1 and "expected names out of small, got 'large'" in capsys.readouterr().err
    assert main(["pretrain", "small"]) == 0 and "right 0.500" in capsys.readouterr().out
    before = json.dumps(weights.manifest())
    measured["right"] = 0.51
    assert main(["pretrain", "--check"]) == 0 and "small: as shipped" in capsys.readouterr().err
    measured["right"] = 0.6
    assert main(["pretrain", "small", "--check"]) == 1
    assert "differs from what ships, right 0.600" in capsys.readouterr().err
    assert json.dumps(weights.manifest()) == before
