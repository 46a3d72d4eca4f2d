"""What ships for chapter 04: SimCLR, at several temperatures, with several views, on several backdrops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import nn

from course_lib import world
from course_lib.course.recipes import SEED, Made, in_half, probe_features, train_each, train_on_portraits
from course_lib.nn import ConvNet
from course_lib.pretrain import Loss, MoCo, SimCLR, feature_std, nt_xent
from course_lib.views import DEFAULT_VIEWS
from course_lib.world.interventions import small_things, twice_with_swapped_backdrops


def simclr() -> Made:
    """Chapter 04: SimCLR with its projector, 2,000 steps."""
    method = SimCLR(ConvNet(seed=SEED), temperature=0.1, seed=SEED)
    train_on_portraits(method)
    return Made(in_half(method), probe_features(method.encoder))


TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0)


def simclr_temperatures() -> Made:
    """Chapter 04: SimCLR with its projector at five temperatures, 500 steps each."""
    methods = {
        f"at {t:g}".replace(".", "_"): SimCLR(ConvNet(seed=SEED), temperature=t, seed=SEED) for t in TEMPERATURES
    }
    return train_each(methods, lambda method: method, steps=500)


SHOWN = {
    "all changes": DEFAULT_VIEWS,
    "no color": replace(DEFAULT_VIEWS, jitter=0.0, gray=0.0),
    "no crop": replace(DEFAULT_VIEWS, scale=(1.0, 1.0), ratio=(1.0, 1.0)),
    "crop alone": replace(DEFAULT_VIEWS, flip=0.0, jitter=0.0, gray=0.0, blur=0.0),
    "color alone": replace(DEFAULT_VIEWS, scale=(1.0, 1.0), ratio=(1.0, 1.0), flip=0.0, blur=0.0),
}
"""Five ways to make views."""


def simclr_views() -> Made:
    """Chapter 04: the encoders of SimCLR with five ways to make views, 500 steps each."""
    methods = {
        name: SimCLR(ConvNet(seed=SEED), temperature=0.1, views=views, seed=SEED) for name, views in SHOWN.items()
    }
    return train_each(methods, lambda method: method.encoder, steps=500)


def small_batches() -> Made:
    """Chapter 04: the encoders of SimCLR and of MoCo with two queues, batches of 16, 3,000 steps each."""
    methods = {
        "SimCLR": SimCLR(ConvNet(seed=SEED), temperature=0.1, seed=SEED),
        "MoCo 256": MoCo(ConvNet(seed=SEED), temperature=0.1, queue=256, seed=SEED),
        "MoCo 2048": MoCo(ConvNet(seed=SEED), temperature=0.1, queue=2048, seed=SEED),
    }
    return train_each(methods, lambda method: method.encoder, steps=3000, batch=16, lr=1e-3)


class _Elsewhere(SimCLR):
    """SimCLR whose second views are of the same things on other backdrops: the second half of a batch."""

    def loss(self, batch: world.Batch) -> Loss:
        here, elsewhere = batch.pictures.chunk(2)
        z1, z2 = self.project(torch.cat([self.views(here), self.views(elsewhere)])).chunk(2)
        return Loss(nt_xent(z1, z2, self.temperature), {"feature_std": feature_std(z1)})


def simclr_backdrops() -> Made:
    """Chapter 04: the encoders of SimCLR on small things: calm backdrops, loud ones, swapped ones; 500 steps each."""
    trained, metrics = nn.ModuleDict(), {}
    for name, kind, change in (
        ("calm", SimCLR, small_things),
        ("loud", SimCLR, partial(small_things, busy=1.0)),
        ("swapped", _Elsewhere, twice_with_swapped_backdrops),
    ):
        print(name)
        method = kind(ConvNet(seed=SEED), temperature=0.1, seed=SEED)
        train_on_portraits(method, steps=500, change=change)
        found = probe_features(method.encoder, partial(small_things, busy=float(name != "calm")))
        metrics |= {f"{fact}, {name}": value for fact, value in found.items()}
        trained[name] = method.encoder
    return Made(in_half(trained), metrics)


RECIPES: dict[str, Callable[[], Made]] = {
    "simclr": simclr,
    "simclr-temperatures": simclr_temperatures,
    "simclr-views": simclr_views,
    "simclr-backdrops": simclr_backdrops,
    "small-batches": small_batches,
}
"""What ships for this chapter, by name."""
