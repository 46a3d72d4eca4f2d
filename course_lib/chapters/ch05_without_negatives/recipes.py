"""What ships for chapter 05: the methods without negatives, two ViTs taught by DINO, and the table of its lab."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import product
from math import gcd
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import world
from course_lib.chapters.ch05_without_negatives.lab import SWITCHES, run_key
from course_lib.course.recipes import (
    SEED,
    Made,
    in_half,
    probe_features,
    round_weights,
    train_and_watch,
    train_on_portraits,
)
from course_lib.evaluate import mask_iou, probe_accuracy, rank_me, spectrum
from course_lib.nn import ConvNet, ViT
from course_lib.pretrain import (
    BYOL,
    DINO,
    BarlowTwins,
    Method,
    MoCo,
    MoCoV3,
    SimSiam,
    VICReg,
    feature_std,
)
from course_lib.show.charts import flatten
from course_lib.train.fit import fit
from course_lib.world.interventions import one_sky


def _train_encoder(method: Any, **how: Any) -> Made:
    """Train a method for 2,000 steps; what ships is its encoder alone."""
    metrics = train_and_watch(method, **how)
    return Made(in_half(method.encoder), metrics)


def barlow_twins() -> Made:
    """Chapter 05: Barlow Twins with its projector."""
    method = BarlowTwins(ConvNet(seed=SEED), seed=SEED)
    metrics = train_and_watch(method)
    return Made(in_half(method), metrics)


def vicreg() -> Made:
    """Chapter 05: the encoder of VICReg, its covariance term eight times as heavy as in the paper."""
    return _train_encoder(VICReg(ConvNet(seed=SEED), dim=512, hidden=512, covariance=8, seed=SEED))


def byol() -> Made:
    """Chapter 05: the encoder of BYOL, its teacher slow from the start."""
    return _train_encoder(BYOL(ConvNet(seed=SEED), momentum=0.996, seed=SEED))


def moco() -> Made:
    """Chapter 05: the encoder of MoCo v2."""
    return _train_encoder(MoCo(ConvNet(seed=SEED), temperature=0.1, seed=SEED))


def moco_v3() -> Made:
    """Chapter 05: the encoder of MoCo v3."""
    return _train_encoder(MoCoV3(ConvNet(seed=SEED), temperature=0.1, seed=SEED))


PLAIN: dict[str, Any] = {"optimizer": "sgd", "lr": 0.1, "weight_decay": 5e-4}
"""Plain descent, as in SimSiam's paper."""


def simsiam() -> Made:
    """Chapter 05: the encoder of SimSiam."""
    return _train_encoder(SimSiam(ConvNet(seed=SEED), seed=SEED), **PLAIN)


def simsiam_one_sky() -> Made:
    """Chapter 05: the encoder of SimSiam, all things before the same sky."""
    method = SimSiam(ConvNet(seed=SEED), seed=SEED)
    train_on_portraits(method, change=one_sky, **PLAIN)
    return Made(in_half(method.encoder), probe_features(method.encoder, one_sky))


LOOKED_AT = {"our pictures": None, "one sky": one_sky}
"""What the ViTs of `dino_vit` learned from."""


def _build_dino(num_local_crops: int) -> DINO:
    """DINO with the encoder of all others, its teacher slow and sharp from the start."""
    encoder = ConvNet(seed=SEED)
    return DINO(encoder, momentum=0.996, teacher_temperature=(0.04, 0.04), num_local_crops=num_local_crops, seed=SEED)


def dino() -> Made:
    """Chapter 05: the encoder of DINO, with large views alone, like all others."""
    return _train_encoder(_build_dino(num_local_crops=0))


def dino_small_views() -> Made:
    """Chapter 05: the encoder of DINO, with four small views besides."""
    return _train_encoder(_build_dino(num_local_crops=4))


def dino_vit() -> Made:
    """Chapter 05: two ViTs, DINO's teachers, 300 steps each: with our pictures, and with all things before one sky."""
    trained, metrics = nn.ModuleDict(), {}
    for name, change in LOOKED_AT.items():
        print(name)
        encoder = ViT(64, 4, 4, size=32, patch=4, stem="conv", seed=SEED)
        method = DINO(encoder, 512, norm=True, teacher_temperature=(0.04, 0.04), num_local_crops=2, seed=SEED)
        fit(method, world.Stream(64, size=32, mode="portrait", seed=122, change=change), 300, lr=1e-3)
        round_weights(method)
        trained[name] = method.teacher[0]
        metrics[f"fits the thing, {name}"] = measure_attention_fit(trained[name], change)
    return Made(in_half(trained), metrics)


@torch.no_grad()
def measure_attention_fit(vit: nn.Module, change: Callable[[world.Scene], world.Scene] | None) -> float:
    """How well the attention of the class token fits the thing, of the head of the last block that fits it best."""
    scene = world.draw(500, size=8, mode="portrait", seed=123, split="val").scene
    asked = world.draw_scene(change(scene) if change else scene, 32)
    assert isinstance(vit, ViT)
    looked = vit.attention(asked.pictures)[-1, :, :, 0, 1:].unflatten(-1, (8, 8))
    return max(mask_iou(looked[:, head], asked.masks[:, 0]) for head in range(looked.shape[1]))


COLLAPSE_STEPS = (0, 10, 25, 50, 100, 150, 200)
COLLAPSE_DIM = 128


def build_switched(method: str, on: set[str]) -> Method:
    """A method with some of its parts; all embeddings have as many numbers."""
    encoder = ConvNet(seed=SEED)
    options: dict[str, Any] = {"seed": SEED}
    if method == "SimSiam":
        # Without the batch norm at its end, so that all embeddings can become one.
        stop, predict = "stop-gradient" in on, "predictor" in on
        return SimSiam(encoder, COLLAPSE_DIM, stop_gradient=stop, predict=predict, norm=False, **options)
    if method == "BYOL":
        teacher = {"momentum": 0.99} if "slow teacher" in on else {"momentum": 0.0, "schedule": "constant"}
        return BYOL(encoder, COLLAPSE_DIM, predict="predictor" in on, **teacher, **options)
    if method == "VICReg":
        weights = {"variance": 25.0 * ("variance" in on), "covariance": 1.0 * ("covariance" in on)}
        return VICReg(encoder, COLLAPSE_DIM, **weights, **options)
    if method == "Barlow Twins":
        return BarlowTwins(encoder, COLLAPSE_DIM, lambd=5e-3 * ("decorrelation" in on), **options)
    # Flatter than the student's 0.1 by far: at 0.1 itself 200 steps are too few to see where this leads.
    temperatures = (0.04, 0.07) if "sharpening" in on else (1.0, 1.0)
    keep = 0.9 if "centering" in on else 1.0
    return DINO(encoder, COLLAPSE_DIM, teacher_temperature=temperatures, center_momentum=keep, **options)


def embed_as_compared(method: Method, pictures: Tensor) -> Tensor:
    """What the loss compares, (N, COLLAPSE_DIM), at length 1: the projector's output, or what DINO's teacher answers.

    Those answers are probabilities, centered and sharpened as the loss has them. Both of DINO's collapses show in them
    as no spread: all pictures get the same flat answer, or the same sure one.
    """
    if isinstance(method, DINO):
        return F.normalize(((method.teacher(pictures) - method.center) / method.temperature).softmax(1), dim=1)
    assert isinstance(method, SimSiam | BYOL | VICReg | BarlowTwins)
    return F.normalize(method.projector(method.encoder(pictures)).float(), dim=1)


def collapse_lab() -> Made:
    """Chapter 05's lab: five methods with their parts switched on and off, 18 trainings of 200 steps."""
    shown = world.draw(160, size=24, mode="portrait", seed=105, split="val")
    known = world.draw(500, size=24, mode="portrait", seed=106)
    new = world.draw(500, size=24, mode="portrait", seed=106, split="val")
    runs: dict[str, Any] = {}
    for method, parts in SWITCHES.items():
        for chosen in product((True, False), repeat=len(parts)):
            on = [part for part, wanted in zip(parts, chosen, strict=True) if wanted]
            key = run_key(method, on)
            print(key)
            runs[key] = record_collapse_run(build_switched(method, set(on)), shown, known, new)
    metrics = {key: run["feature_std"][-1] for key, run in runs.items()}
    table = {"steps": list(COLLAPSE_STEPS), "dim": COLLAPSE_DIM, "families": shown.paths[:, 1].tolist(), "runs": runs}
    return Made(table, metrics)


def record_collapse_run(
    method: Method, shown: world.Batch, known: world.Batch, new: world.Batch, steps: tuple[int, ...] = COLLAPSE_STEPS
) -> dict[str, Any]:
    """One run of the lab: at some steps the spread, the rank, the spectrum and a map of embeddings, and a probe."""
    run: dict[str, list[Any]] = {name: [] for name in ("feature_std", "rank", "probe", "spectrum", "map")}
    every, calls = gcd(*steps), iter(range(10**9))

    def look(method: Method) -> dict[str, float]:
        if every * next(calls) not in steps:
            return {}
        device = next(method.parameters()).device
        with torch.autocast(device.type, enabled=False):
            z = embed_as_compared(method, shown.pictures.to(device))
            probed = probe_accuracy(method.encoder, known, new, C=0.1)
        # How far the embeddings are spread along each direction; 1 everywhere if evenly along all of them.
        values = (spectrum(z)[:32] * z.shape[1] ** 0.5).tolist()
        run["feature_std"].append(round(feature_std(z).item(), 4))
        run["rank"].append(round(rank_me(z), 2))
        run["probe"].append(round(probed, 3))
        run["spectrum"].append([float(f"{value:.3g}") for value in values])
        flat = torch.from_numpy(flatten(z)[0])
        if run["map"]:  # a map has no up and no left: turn it until it is as near as can be to the one before
            u, _, v = torch.linalg.svd(flat.T @ torch.tensor(run["map"][-1], dtype=flat.dtype))
            flat = flat @ u @ v
        run["map"].append([[round(value, 3) for value in point] for point in flat.tolist()])
        return {}

    # The pictures that ship are measured in one go: a training that was stopped must not go on without its beginning.
    with tempfile.TemporaryDirectory() as folder:
        stream = world.Stream(128, size=24, mode="portrait", seed=105)
        history = fit(method, stream, steps[-1], eval_fn=look, eval_every=every, progress=False, folder=Path(folder))
    blocks = [history.loss[a:b] for a, b in zip((0, *steps), (1, *steps[1:]), strict=False)]
    return {**run, "loss": [round(sum(block) / len(block), 4) for block in blocks]}


RECIPES: dict[str, Callable[[], Made]] = {
    "barlow-twins": barlow_twins,
    "vicreg": vicreg,
    "byol": byol,
    "moco": moco,
    "moco-v3": moco_v3,
    "simsiam": simsiam,
    "simsiam-one-sky": simsiam_one_sky,
    "dino": dino,
    "dino-small-views": dino_small_views,
    "dino-vit": dino_vit,
    "collapse-lab": collapse_lab,
}
"""What ships for this chapter, by name."""
