"""How weights move: the learning rate over the steps, what decays, optimizers with options, groups of their own."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import adamw, fit, learning_rate, sgd
from course_lib.nn import ConvNet, ViT
from course_lib.pretrain import Labels, Loss, SimMIM
from course_lib.train.optim import Groups, optimizer_for, param_groups, set_rate

from .doubling import Doubling, Endless, OfLine, weights


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(step, 200, 0.1) for step in range(200)]
    assert rates[0] == 1 / 20 and max(rates) == 1 and rates.index(1) == 19
    assert rates[:20] == sorted(rates[:20]) and rates[20:] == sorted(rates[20:], reverse=True) and rates[-1] < 1e-3


def test_decay_is_for_matrices_alone(tmp_path):
    class Still(OfLine):
        def __init__(self):
            super().__init__()
            nn.init.ones_(self.encoder.layer.bias)

        def loss(self, batch):
            return Loss(0.0 * self.encoder(batch.pictures).sum())

    method = Still()
    fit(method, Endless(), 20, lr=0.1, weight_decay=0.5, progress=False, folder=tmp_path)
    assert method.encoder.layer.weight.diagonal().max() < 0.9 and (method.encoder.layer.bias == 1).all()


def test_plain_descent_goes_down_the_gradient(tmp_path):
    options: dict[str, Any] = {"lr": 0.1, "weight_decay": 0.0, "warmup": 0.0, "max_grad_norm": 1e9}
    options |= {"progress": False, "folder": tmp_path}
    moved = {}  # how far from where the slope leads, as a share of the way
    for optimizer in ("sgd", "adamw"):
        method = Doubling()
        before, batch = method.encoder.layer.bias.detach().clone(), next(Endless())
        slope = torch.autograd.grad(method.loss(batch).total, method.encoder.layer.bias)[0]
        fit(method, Endless(), 1, optimizer=optimizer, **options)
        apart = method.encoder.layer.bias.detach().cpu() - (before - 0.1 * slope)
        moved[optimizer] = (apart.norm() / (0.1 * slope).norm()).item()
    assert moved["sgd"] < 0.1 and moved["adamw"] > 0.5  # but for the little chance inside the step


def test_options_reach_torchs_optimizers():
    groups = param_groups(Doubling(), 0.1, 0.05)
    adam, plain = adamw(betas=(0.9, 0.95), eps=1e-6)(groups), sgd(momentum=0.8, nesterov=True)(groups)
    assert isinstance(adam, torch.optim.AdamW) and isinstance(plain, torch.optim.SGD)
    for group, decay in zip(adam.param_groups, (0.05, 0.0), strict=True):
        assert (group["betas"], group["eps"], group["lr"]) == ((0.9, 0.95), 1e-6, 0.1)
        assert group["weight_decay"] == decay
    for group in plain.param_groups:
        assert (group["momentum"], group["nesterov"]) == (0.8, True)


def test_options_make_another_training(tmp_path):
    found = []
    for optimizer in ("adamw", adamw(), adamw(betas=(0.5, 0.6)), "sgd", sgd(), sgd(momentum=0.0)):
        method = Doubling()
        fit(method, Endless(), 10, optimizer=optimizer, progress=False, folder=tmp_path)
        found.append(weights(method))
    for i in (0, 3):  # a name is the same as its function without options
        assert torch.equal(found[i], found[i + 1]) and not torch.equal(found[i], found[i + 2])


class Watched(Doubling):
    """Notes the learning rates of each step."""

    def __init__(self):
        super().__init__()
        self.made: list[torch.optim.Optimizer] = []
        self.rates: list[list[float]] = []

    def after_step(self, progress):
        super().after_step(progress)
        self.rates.append([group["lr"] for group in self.made[0].param_groups])


def test_a_function_of_parameter_groups_makes_the_optimizer(tmp_path):
    method = Watched()

    def mine(groups: Groups) -> torch.optim.Optimizer:
        assert [group["weight_decay"] for group in groups] == [0.3, 0.0] and {group["lr"] for group in groups} == {0.2}
        method.made.append(torch.optim.RMSprop(groups))
        return method.made[0]

    fit(method, Endless(), 20, lr=0.2, weight_decay=0.3, optimizer=mine, progress=False, folder=tmp_path)
    assert len(method.made) == 1
    assert method.rates == [[pytest.approx(0.2 * learning_rate(step, 20))] * 2 for step in range(20)]


def test_groups_with_rates_of_their_own_follow_the_schedule(tmp_path):
    method = Watched()

    def layer_by_layer(groups: Groups) -> torch.optim.Optimizer:
        full = [{**group, "lr": rate} for group, rate in zip(groups, (0.1, 0.001), strict=True)]
        method.made.append(torch.optim.AdamW(full))
        return method.made[0]

    fit(method, Endless(), 30, lr=7.0, warmup=0.2, optimizer=layer_by_layer, progress=False, folder=tmp_path)
    for step, rates in enumerate(method.rates):
        share = learning_rate(step, 30, 0.2)
        assert rates == [pytest.approx(0.1 * share), pytest.approx(0.001 * share)]


def test_a_share_is_one_of_the_full_rate():
    made = optimizer_for(param_groups(Doubling(), 0.4, 0.0), "sgd")
    for share in (0.5, 0.25):  # not a share of the share before
        set_rate(made, share)
        assert [(group["lr"], group["initial_lr"]) for group in made.param_groups] == [(0.4 * share, 0.4)] * 2


def test_nothing_to_train_is_said_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="a method with something to train: no parameter of it asks") as error:
        fit(Doubling().requires_grad_(False), Endless(), 1, progress=False, folder=tmp_path)
    assert "\n" not in str(error.value)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    step=st.integers(-2, 30) | st.sampled_from([2.5, 3.0, None, "3", True]),
    steps=st.integers(-2, 30) | st.sampled_from([2.5, 20.0, None, "3", True]),
    warmup=st.floats() | st.sampled_from([0, 1, None, "much"]),
)
def test_a_share_of_the_learning_rate_or_a_sentence(step, steps, warmup):
    try:
        share = learning_rate(step, steps, warmup)
    except ValueError:
        return
    assert 0 <= share <= 1 and 0 <= step <= steps and 0 <= warmup <= 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: learning_rate(101, 100), "a step from 0 to 100, got 101"),
        (lambda: learning_rate(1, 2.5), "a whole number of steps, at least 1, got 2.5"),  # pyright: ignore
        (lambda: learning_rate(1, 2, -0.1), "warmup as a share of the steps from 0 to 1, got -0.1"),
        (lambda: param_groups(Doubling(), math.nan, 0.0), "a learning rate from 0, got nan"),
        (lambda: param_groups(Doubling(), 0.1, -1.0), "a weight decay from 0, got -1"),
        (lambda: param_groups(Doubling(), 0.1, 0.0, -0.1), "a layer_decay from 0 to 1, got -0.1"),
        (lambda: param_groups(Doubling(), 0.1, 0.0, math.nan), "a layer_decay from 0 to 1, got nan"),
        (lambda: param_groups(Doubling(), 0.1, 0.0, "a"), "a layer_decay from 0 to 1, got 'a'"),  # pyright: ignore
        (lambda: param_groups(Labels(ConvNet((8, 8)), 5), 0.1, 0.0, 0.5), "blocks of a transformer .*, got ConvNet"),
        (lambda: param_groups(nn.Linear(2, 2), 0.1, 0.0, 0.5), "blocks of a transformer .*, got Linear"),
        (lambda: adamw(betas=(0.9, 1.0)), "betas as two numbers from 0 to below 1, got 1.0"),
        (lambda: adamw(betas=0.9), "betas as two numbers from 0 to below 1, got 0.9"),  # pyright: ignore
        (lambda: adamw(eps=math.nan), "eps above 0, got nan"),
        (lambda: sgd(momentum=math.nan), "momentum from 0 to below 1, got nan"),
        (lambda: sgd(momentum=1.0), "momentum from 0 to below 1, got 1.0"),
        (lambda: sgd(momentum=0.0, nesterov=True), "momentum above 0 for Nesterov's"),
    ],
)
def test_options_out_of_range_are_said_at_once(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# --- A rate for each layer


def rates_of(method: nn.Module, groups: Groups) -> dict[str, tuple[float, float]]:
    """For each parameter that is trained its learning rate and its decay; each is in one group."""
    names = {id(p): name for name, p in method.named_parameters()}
    found = [(names[id(p)], (group["lr"], group["weight_decay"])) for group in groups for p in group["params"]]
    assert len(dict(found)) == len(found) == sum(p.requires_grad for p in method.parameters())
    return dict(found)


def of_three_blocks(**options: Any) -> Labels:
    return Labels(ViT(16, 3, 2, size=8, patch=4, **options), 5)


@pytest.mark.parametrize("method", [Doubling(), of_three_blocks(), Labels(ConvNet((8, 8)), 5)])
def test_without_a_layer_decay_there_are_two_groups(method):
    if not isinstance(method, Doubling):  # which has a frozen teacher
        [*method.parameters()][-1].requires_grad_(False)  # what is frozen is in none
    trained = [p for p in method.parameters() if p.requires_grad]
    expected = [[p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]]
    assert all(expected)
    for groups in (
        param_groups(method, 0.1, 0.05),
        param_groups(method, 0.1, 0.05, 1.0),
        param_groups(method, 0.1, 0.05, 1),
    ):
        assert [[id(p) for p in group["params"]] for group in groups] == [[id(p) for p in part] for part in expected]
        assert [(group["lr"], group["weight_decay"]) for group in groups] == [(0.1, 0.05), (0.1, 0.0)]
        assert all(group.keys() == {"params", "lr", "weight_decay"} for group in groups)


def test_the_rates_of_three_blocks_by_hand():
    method = of_three_blocks(registers=1, mask_token=True, pre_norm=True, rel_pos_bias="shared")
    groups = param_groups(method, 0.8, 0.05, layer_decay=0.5)
    found = rates_of(method, groups)
    assert len(groups) == 10  # matrices and vectors of 5 layers
    for name, (rate, decay) in found.items():
        if name.startswith(("head.", "encoder.norm.", "encoder.rel_pos_bias.")):
            expected = 0.8
        elif name.startswith("encoder.transformer.blocks."):
            expected = {"2": 0.4, "1": 0.2, "0": 0.1}[name.split(".")[3]]
        else:
            expected = 0.05
        assert rate == pytest.approx(expected), name
        assert decay == (0.05 if method.get_parameter(name).ndim > 1 else 0.0), name
    assert sorted({round(rate, 6) for rate, _ in found.values()}) == [0.05, 0.1, 0.2, 0.4, 0.8]
    first = {name for name, (rate, _) in found.items() if rate == pytest.approx(0.05)}
    parts = ("stem", "cls_token", "register_tokens", "mask_token", "pos_embed", "pre_norm")
    assert {name.split(".")[1] for name in first} == set(parts)


def test_what_comes_after_the_encoder_learns_at_the_full_rate():
    method = SimMIM(ViT(16, 2, 2, size=8, patch=4, pool="mean", mask_token=True))
    found = rates_of(method, param_groups(method, 1.0, 0.0, 0.1))
    assert found["head.weight"][0] == found["encoder.norm.weight"][0] == 1
    assert found["encoder.mask_token"][0] == pytest.approx(0.001)
    frozen = of_three_blocks()
    frozen.encoder.requires_grad_(False)
    assert {rate for rate, _ in rates_of(frozen, param_groups(frozen, 0.1, 0.0, 0.5)).values()} == {0.1}
    still = of_three_blocks()
    assert {rate for rate, _ in rates_of(still, param_groups(still, 0.1, 0.0, 0.0)).values()} == {0.1, 0.0}


def test_a_lower_layer_moves_less(tmp_path):
    method = Labels(ViT(16, 3, 2, size=8, patch=4), 50)
    before = {name: p.detach().clone() for name, p in method.named_parameters()}
    options: dict[str, Any] = {"lr": 1e-3, "weight_decay": 0.0, "warmup": 0.0, "progress": False, "folder": tmp_path}
    fit(method, Epochs(world.draw(8, size=8, mode="portrait"), 8), 1, layer_decay=0.5, **options)
    moved = {name: (p.detach().cpu() - before[name]).abs().max().item() for name, p in method.named_parameters()}
    names = ["stem.weight", *(f"transformer.blocks.{i}.mlp.0.weight" for i in range(3)), "norm.weight"]
    # the first step of AdamW is as long as its rate
    assert [moved[f"encoder.{name}"] for name in names] == pytest.approx(
        [1e-3 / 2**i for i in (4, 3, 2, 1, 0)], rel=0.02
    )
    assert moved["head.weight"] == pytest.approx(1e-3, rel=0.02)
