"""What ships for chapter 07: the ViT of chapter 06 with other teachers, and what was measured of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import weights, world
from course_lib.chapters.ch06_fill_in_what_is_missing.recipes import SIZE, measure, probe
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.evaluate import probe_accuracy, rank_me
from course_lib.nn import ConvNet, ViT
from course_lib.pretrain import (
    IBOT,
    MAE,
    Data2Vec,
    FeatureTargets,
    Labels,
    Loss,
    MaskedGlobal,
    Method,
)
from course_lib.pretrain.data2vec import data2vec_targets, target_std
from course_lib.pretrain.dino import entropy_of
from course_lib.pretrain.ibot import log_sinkhorn, marginal_entropy
from course_lib.train.fit import fit
from course_lib.train.optim import adamw
from course_lib.world.interventions import one_sky

STEPS = {
    "data2vec": 3_400,
    "iBOT": 1_550,
    "iBOT, one sky": 1_550,
    "MAE+SimCLR": 2_100,
    "features": 1_200,
}
"""How long each method is trained: the first four as long on one core as MAE and SimCLR in chapter 06, half an hour or
less; the one that predicts a teacher's features, who learns faster, a third of that."""


def build_vit(mask_token: bool = False, class_token: bool = False) -> ViT:
    """The ViT of chapter 06: 4 blocks, 96 wide, 64 patches, fixed positions, the mean over patches as feature."""
    options: dict[str, Any] = {"mask_token": mask_token, "class_token": class_token, "seed": SEED}
    return ViT(96, 4, 4, size=SIZE, patch=4, pool="mean", pos_embed="sincos", **options)


def build_encoder(name: str) -> ViT:
    """The ViT of a method of STEPS, before training."""
    return build_vit(name.startswith(("data2vec", "iBOT")), name.startswith("iBOT"))


def load_teacher() -> Labels:
    """The network of chapter 02 that names our pictures: the teacher of this chapter."""
    teacher = Labels(ConvNet(seed=SEED), len(world.THINGS), seed=SEED)
    weights.load("labels", teacher)
    return teacher


def build(name: str) -> Method:
    """A method of STEPS on this ViT, before training."""
    encoder = build_encoder(name)
    if name == "data2vec":
        return Data2Vec(encoder, seed=SEED)
    if name.startswith("iBOT"):  # DINOv2's two heads, Sinkhorn and Knopp, KoLeo; no small views, see chapter 05
        dino: dict[str, Any] = {"momentum": 0.996, "teacher_temperature": (0.04, 0.04), "num_local_crops": 0}
        asked: dict[str, Any] = {"shared_head": False, "centering": "sinkhorn", "koleo_weight": 0.1, "norm": True}
        return IBOT(encoder, 512, seed=SEED, **asked, **dino)
    if name == "MAE+SimCLR":
        return MaskedGlobal(MAE(encoder, seed=SEED), seed=SEED)
    return FeatureTargets(encoder, load_teacher().encoder, ratio=0, standardize=True, seed=SEED)


def _train(name: str) -> Made:
    """Train a method on portraits, without their labels; what ships is its encoder alone."""
    method = build(name)
    change = one_sky if name == "iBOT, one sky" else None
    stream = world.Stream(64, size=SIZE, mode="portrait", seed=126, change=change)
    lr = 1e-3 if name.startswith("iBOT") else 2e-3
    fit(method, stream, STEPS[name], lr=lr, optimizer=adamw(betas=(0.9, 0.95)))
    round_weights(method)
    if change:
        return Made(in_half(method.encoder), {"kind, one sky": probe_accuracy(method.encoder, *one_sky_pictures())})
    return Made(in_half(method.encoder), probe(method.encoder))


def one_sky_pictures(seed: int = 127) -> tuple[world.Batch, world.Batch]:
    """2,000 portraits to know and 1,000 new ones, all things before the same sky."""
    scenes = (
        world.draw(count, size=8, mode="portrait", seed=seed, split=split).scene
        for count, split in ((2000, "train"), (1000, "val"))
    )
    known, new = (world.draw_scene(one_sky(scene), SIZE) for scene in scenes)
    return known, new


def data2vec() -> Made:
    """Chapter 07: the ViT of data2vec."""
    return _train("data2vec")


def ibot() -> Made:
    """Chapter 07: the ViT of iBOT, with DINOv2's heads, centering and KoLeo."""
    return _train("iBOT")


def ibot_one_sky() -> Made:
    """Chapter 07: the ViT of iBOT, all things before the same sky."""
    return _train("iBOT, one sky")


def mae_simclr() -> Made:
    """Chapter 07: the ViT of MAE and SimCLR together."""
    return _train("MAE+SimCLR")


def vit_features() -> Made:
    """Chapter 07: a ViT that predicts a teacher's features of all patches; nothing is covered."""
    return _train("features")


FILES = {
    "data2vec": "vit-data2vec",
    "iBOT": "vit-ibot",
    "iBOT, one sky": "vit-ibot-one-sky",
    "MAE+SimCLR": "vit-mae-simclr",
    "features": "vit-features",
}
"""Where the ViT of each method of STEPS ships."""


def load_encoders() -> dict[str, ViT]:
    """The trained encoders that ship, by the name of their method."""
    encoders = {name: build_encoder(name) for name in FILES}
    for name, encoder in encoders.items():
        weights.load(FILES[name], encoder)
    return encoders


def table() -> Made:
    """Chapter 07: all measures of chapter 06's table, of these encoders, three runs."""
    rows: dict[str, list[dict[str, float]]] = {}
    for name, encoder in load_encoders().items():
        if name == "iBOT, one sky":  # knows other pictures
            continue
        print(name)
        rows[name] = [measure(encoder, seed) for seed in range(3)]
    return Made({"rows": rows}, _means(rows))


def _means(rows: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    return {f"{fact}, {name}": sum(row[fact] for row in runs) / 3 for name, runs in rows.items() for fact in runs[0]}


TEMPERATURE = 0.04
"""At which the answers of iBOT's teacher are measured."""


def build_small(class_token: bool = False, seed: int = SEED) -> ViT:
    """The ViT that the chapter trains live: 3 blocks, 64 wide, 16 patches."""
    options: dict[str, Any] = {"mask_token": True, "class_token": class_token, "seed": seed}
    return ViT(64, 3, 4, size=SIZE, patch=8, pool="mean", pos_embed="sincos", **options)


class NoStopGradient(Data2Vec):
    """data2vec without a teacher: the targets are the student's own of the whole picture, and learn as well."""

    def loss(self, batch: Any) -> Loss:
        prediction, mask = self(batch.pictures)
        layers = self.encoder.intermediate(batch.pictures, range(-self.top, 0), norm=False)
        targets = torch.stack([F.layer_norm(layer, layer.shape[-1:]) for layer in layers]).mean(0)
        error = F.smooth_l1_loss(prediction, targets, reduction="none", beta=self.beta).mean(-1)
        return Loss((error * mask).sum() / mask.sum())


def cover_nothing(pictures: int, rows: int, columns: int, ratio: float, **how: Any) -> Tensor:
    """A mask (pictures, rows · columns) that covers nothing, whatever the ratio."""
    return torch.zeros(pictures, rows * columns, dtype=torch.bool, device=how.get("device"))


ABLATIONS: dict[str, dict[str, dict[str, Any]]] = {
    "data2vec": {
        "untrained": {},
        "all parts": {},
        "no stop-gradient": {},
        "no slow copy": {"momentum": 0.0, "schedule": "constant"},
        "a teacher that never learns": {"momentum": 1.0, "schedule": "constant"},
        "nothing covered": {"masking": cover_nothing, "everywhere": True},
    },
    "iBOT": {
        "untrained": {},
        "all parts": {},
        "no centering": {"center_momentum": 1.0},
        "no sharpening": {"teacher_temperature": (1.0, 1.0)},
        "Sinkhorn for centering": {"centering": "sinkhorn"},
    },
}
"""What is taken away of two methods, one part at a time, and the options that do it."""


def build_ablated(method: str, part: str, seed: int) -> Method:
    """A method of ABLATIONS with one part taken away, on the small ViT."""
    options = ABLATIONS[method][part]
    if method == "data2vec":
        kind = NoStopGradient if part == "no stop-gradient" else Data2Vec
        return kind(build_small(seed=seed), seed=seed, **options)
    dino: dict[str, Any] = {"teacher_temperature": (TEMPERATURE,) * 2, "num_local_crops": 0, **options}
    return IBOT(build_small(class_token=True, seed=seed), 256, seed=seed, **dino)


def ablations() -> Made:
    """Chapter 07: data2vec and iBOT with one part taken away, 200 steps each, three seeds."""
    tables: dict[str, dict[str, list[dict[str, float]]]] = {}
    metrics: dict[str, float] = {}
    for method, parts in ABLATIONS.items():
        tables[method] = {part: [_ablate(method, part, seed) for seed in range(3)] for part in parts}
        metrics |= {f"{method}: {what}": value for what, value in _means(tables[method]).items()}
    return Made(tables, metrics)


@torch.no_grad()
def look(method: Method, new: world.Batch) -> dict[str, float]:
    """The instruments, each from 0 to 1: how targets differ from picture to picture at one place, the effective rank of
    the features beside their width, and of iBOT's teacher how unsure each answer is, and how evenly all are used; both
    at TEMPERATURE, whatever it was trained with."""
    encoder, pictures = method.encoder, new.pictures
    assert isinstance(encoder, ViT)
    found = {"rank": rank_me(encoder(pictures)) / encoder.width}
    if isinstance(method, IBOT):
        teacher = cast(ViT, method.teacher[0])
        scores = method.teacher[-1](teacher.tokens(pictures)[:, teacher.num_prefix_tokens :])
        if method.centering == "sinkhorn":
            scores = TEMPERATURE * log_sinkhorn(scores.flatten(0, 1), TEMPERATURE)
        answers = scores, method.patch_center, TEMPERATURE
        return {
            "entropy": entropy_of(*answers).item(),
            "marginal entropy": marginal_entropy(*answers).item(),
            **found,
        }
    layers = encoder.intermediate(pictures, range(-2, 0), norm=False)
    return {"target std": target_std(data2vec_targets(layers, 2)).item(), **found}


def _ablate(method: str, part: str, seed: int) -> dict[str, float]:
    """One training of ABLATIONS, and what the instruments and a probe say then."""
    print(method, part, seed)
    made = build_ablated(method, part, seed)
    if part != "untrained":
        stream = world.Stream(64, size=SIZE, mode="portrait", seed=140 + seed)
        fit(made, stream, 200, lr=2e-3 if method == "data2vec" else 1e-3, optimizer=adamw(betas=(0.9, 0.95)), seed=seed)
    made.cpu().eval()
    known = world.draw(2000, size=SIZE, mode="portrait", seed=141, split="train")
    new = world.draw(1000, size=SIZE, mode="portrait", seed=141, split="val")
    return look(made, new) | {"probe": probe_accuracy(made.encoder, known, new)}


RECIPES: dict[str, Callable[[], Made]] = {
    "vit-data2vec": data2vec,
    "vit-ibot": ibot,
    "vit-ibot-one-sky": ibot_one_sky,
    "vit-mae-simclr": mae_simclr,
    "vit-features": vit_features,
    "teachers-table": table,
    "self-ablations": ablations,
}
"""What ships for this chapter, by name."""
