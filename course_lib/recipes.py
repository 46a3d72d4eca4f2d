"""How everything in data/weights is made: one function for each name, run by `python -m course_lib pretrain NAME`.

A recipe trains, and returns what ships together with what was measured. `--check` makes it again and compares the
measurements with those in the manifest: a CPU of another kind rounds otherwise, so weights may differ where
measurements must not.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import gcd
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import weights, world
from .epochs import Epochs, balanced
from .evaluate import (
    calibration,
    confusion,
    features,
    knn,
    linear_probe,
    mask_iou,
    prompt_classes,
    rank_me,
    retrieval,
    spectrum,
    zero_shot,
)
from .fit import fit
from .nn import BPE, ConvNet, Encoder, TextTransformer, ViT
from .nn import vit as vit_of
from .pretrain import (
    BYOL,
    CLIP,
    DINO,
    BarlowTwins,
    Labels,
    Loss,
    Method,
    MoCo,
    MoCoV3,
    SigLIP,
    SimCLR,
    SimSiam,
    VICReg,
    feature_std,
    nt_xent,
    wrong_labels,
)
from .show.charts import flatten
from .show.collapse_lab import SWITCHES, run_key
from .views import USUAL

SEED = 0
CLOSE = 0.03
"""How far a measurement may lie from the manifest when a recipe is run again."""


@dataclass
class Made:
    """What a recipe gives back: what ships, and what was measured."""

    ships: nn.Module | dict[str, Any]
    metrics: dict[str, float]


def labels() -> Made:
    """Chapter 02: names for busy portraits of 32×32, 1,500 steps."""
    method = Labels(ConvNet(seed=SEED), len(world.THINGS), seed=SEED)
    fit(method, world.Stream(128, size=32, mode="portrait", seed=100, busy=1.0), 1500)
    calm, busy = (world.draw(2000, size=32, mode="portrait", split="val", busy=b) for b in (0.0, 1.0))
    return Made(method, {"accuracy": _accuracy(method, calm), "accuracy on busy backdrops": _accuracy(method, busy)})


NOISE = (0.0, 0.2, 0.4, 0.6)
EACH = (4, 16, 64, 128)
SMOOTHING = (0.0, 0.2, 0.5)
LAB_STEPS, LAB_EVERY = 600, 50


def labels_lab() -> Made:
    """Chapter 02's lab: 48 trainings with more or fewer labels, wrong labels, and smoothing."""
    pool = world.draw(7000, size=24, mode="portrait", seed=101)
    val = world.draw(2000, size=24, mode="portrait", seed=101, split="val")
    things = torch.tensor(world.TRAINED_THINGS)
    runs: dict[str, Any] = {}
    for each in EACH:
        chosen = pool[balanced(pool.labels, each, SEED)]
        for noise in NOISE:
            examples = replace(chosen, labels=wrong_labels(chosen.labels, noise, things, SEED))
            for smoothing in SMOOTHING:
                print(f"{each} labels of each thing, {noise:.0%} of them wrong, smoothing {smoothing}")
                runs[f"{each}/{noise}/{smoothing}"] = _watched(Labels, examples, val, smoothing)
    metrics = {key: run["accuracy"][-1] for key, run in runs.items() if key.endswith("/0.0")}
    return Made({"steps": list(range(0, LAB_STEPS + 1, LAB_EVERY)), "runs": runs}, metrics)


def _watched(method: type[Labels], examples: world.Batch, val: world.Batch, smoothing: float) -> dict[str, Any]:
    """One run of the lab: accuracy on the way, and at the end confidence and confusions of families."""
    learner = method(ConvNet(seed=SEED), len(world.THINGS), smoothing=smoothing, seed=SEED)
    found: list[Tensor] = []

    def look(learner: Labels) -> dict[str, float]:
        found.append(torch.cat([learner.logits(some) for some in val.pictures.split(500)]))
        return {"accuracy": (found[-1].argmax(1) == val.labels).float().mean().item()}

    history = fit(learner, Epochs(examples, 64, seed=SEED), LAB_STEPS, measure=look, every=LAB_EVERY, progress=False)
    family = world.PATHS[:, 1]
    sure, right, share, error = calibration(found[-1].softmax(1), val.labels)
    table = confusion(family[found[-1].argmax(1)], family[val.labels], len(world.FAMILIES))
    return {
        "accuracy": [round(value, 3) for _, value in history.measured["accuracy"]],
        "loss": [round(sum(history.loss[i : i + LAB_EVERY]) / LAB_EVERY, 3) for i in range(0, LAB_STEPS, LAB_EVERY)],
        "sure": [None if v != v else round(v, 3) for v in sure.tolist()],
        "right": [None if v != v else round(v, 3) for v in right.tolist()],
        "share": [round(v, 4) for v in share.tolist()],
        "error": round(error, 3),
        "families": table.tolist(),
    }


SIZES = (500, 2000, 8000, 50_000)


def _backbone(make: Callable[[], Encoder]) -> Made:
    """The same network from more and more pictures, the same number of steps each time; half-precision to be small."""
    pool = world.draw(max(SIZES), size=32, mode="portrait", seed=30)
    new = world.draw(2000, size=32, mode="portrait", seed=30, split="val")
    trained, metrics = nn.ModuleDict(), {}
    for size in SIZES:
        method = Labels(make(), len(world.THINGS), seed=SEED)
        print(f"{size} pictures")
        fit(method, Epochs(pool[:size], 128, seed=SEED), 1000)
        trained[str(size)] = method.cpu()
        metrics[f"accuracy from {size}"] = _accuracy(method, new)
    return Made(trained.half(), metrics)


def backbone_cnn() -> Made:
    """Chapter 01: the small CNN from 500 to 50,000 pictures."""
    return _backbone(lambda: ConvNet(seed=SEED))


def backbone_vit() -> Made:
    """Chapter 01: a ViT from 500 to 50,000 pictures."""
    return _backbone(lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", seed=SEED))


def backbone_conv_stem() -> Made:
    """Chapter 01: a ViT with a convolutional stem from 500 to 50,000 pictures."""
    return _backbone(lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", stem="conv", seed=SEED))


def vit() -> Made:
    """Chapter 01: a ViT with a class token that names portraits of 64×64, for its attention."""
    method = Labels(vit_of("mini", size=64, patch=8, stem="conv", seed=SEED), len(world.THINGS), seed=SEED)
    fit(method, world.Stream(64, size=64, mode="portrait", seed=102), 2400, lr=1e-3)
    return Made(method, {"accuracy": _accuracy(method, world.draw(1000, size=64, mode="portrait", split="val"))})


def vocabulary() -> Made:
    """Chapter 03: the 500 merges that its CLIPs read with, learned from 4,000 captions."""
    captions = world.draw(4000, size=8, seed=40).captions
    bpe = BPE.learn(captions, merges=500)
    pieces = sum(len(bpe.encode(caption)) for caption in captions) / len(captions)
    return Made({"merges": list(bpe.rank)}, {"pieces in a caption": pieces})


def _towers(seed: int = SEED, width: int = 96, depth: int = 2) -> tuple[ConvNet, TextTransformer, BPE]:
    bpe = BPE([(one, other) for one, other in weights.table("vocabulary")["merges"]])
    return ConvNet(seed=seed), TextTransformer(len(bpe), width, depth, 4, length=48, seed=seed), bpe


def clip() -> Made:
    """Chapter 03: CLIP on portraits of 32×32 and their captions, 3,000 steps."""
    method = CLIP(*_towers(), scale=40, seed=SEED)
    fit(method, world.Stream(128, size=32, mode="portrait", seed=103), 3000, lr=1e-3)
    return Made(method, _matched(method, world.draw(1000, size=32, mode="portrait", split="val")))


def clip_scenes() -> Made:
    """Chapter 03: the same CLIP, 2,000 steps more on scenes of 48×48, whose captions say who is left of whom."""
    method = CLIP(*_towers(), scale=40, seed=SEED)
    weights.load("clip", method)
    fit(method, world.Stream(128, size=48, seed=104), 2000, lr=1e-3)
    return Made(method, _matched(method, world.draw(1000, size=48, split="val")))


PAIRS = 51_200
"""How many pairs each training of chapter 03's curves sees, some of them more than once."""


def clip_curves() -> Made:
    """Chapter 03's curves: batch and loss, noisy captions, number of pairs, a scale that stays; three seeds each."""
    new = world.draw(1000, size=24, mode="portrait", split="val")
    runs: dict[str, list[dict[str, float]]] = {}

    def run(
        key: str, seed: int, loss: type[CLIP] = CLIP, batch: int = 128, alt: float = 0.0, pairs: int = 0, **options
    ):
        method = loss(*_towers(seed, 64, 1), seed=seed, **options)
        method.log_scale.requires_grad_(not key.startswith("scale"))
        examples: Any = world.Stream(batch, size=24, mode="portrait", seed=110 + seed, alt_text=alt)
        if pairs:
            examples = Epochs(world.draw(pairs, size=24, mode="portrait", seed=110 + seed), batch, seed=seed)
        print(key, seed)
        fit(method, examples, PAIRS // batch, lr=1e-3, progress=False)
        runs.setdefault(key, []).append({name: round(value, 4) for name, value in _matched(method, new).items()})

    for seed in range(3):
        for batch in (32, 64, 128, 256):
            run(f"CLIP/{batch}", seed, batch=batch, scale=40)
            run(f"SigLIP/{batch}", seed, SigLIP, batch, scale=80, bias=-20.0)
        for alt in (0.25, 0.5, 0.75, 1.0):
            run(f"noise/{alt}", seed, alt=alt, scale=40)
        for pairs in (1600, 6400, 25_600):
            run(f"pairs/{pairs}", seed, pairs=pairs, scale=40)
        for scale in (1, 10):
            run(f"scale/{scale}", seed, scale=scale)
    mean = {key: sum(r["zero-shot"] for r in each) / len(each) for key, each in runs.items()}
    return Made({"pairs": PAIRS, "runs": runs}, mean)


@torch.no_grad()
def _matched(method: CLIP, new: world.Batch) -> dict[str, float]:
    """How well a CLIP names the nearest thing without labels, and finds each picture's caption among all."""
    method = method.cpu().eval()
    images = torch.cat([method.image(some) for some in new.pictures.split(500)])
    things = torch.tensor(world.TRAINED_THINGS)
    classes = prompt_classes(method.text, [world.THINGS[i] for i in world.TRAINED_THINGS])
    right = (things[zero_shot(images, classes)] == new.labels).float().mean().item()
    return {"zero-shot": right, **retrieval(images @ method.text(new.captions).T)}


MARKS = (0, 250, 500, 1000, 2000)


def _alone(
    method: Any, steps: int = 2000, batch: int = 128, every: int = 0, change: Any = None, **how: Any
) -> dict[str, float]:
    """Train a method on portraits of 24×24, without their labels; with `every`, how well it tells kinds at MARKS."""
    stream = world.Stream(batch, size=24, mode="portrait", seed=120, change=change)
    look = (lambda method: {"kind": _known(method.encoder)["kind"]}) if every else None
    history = fit(method, stream, steps, measure=look, every=every or steps, **how)
    method.cpu().eval()
    return {f"kind after {step}": kind for step, kind in history.measured.get("kind", ()) if step in MARKS}


def _patient(method: Any, **how: Any) -> Made:
    """A method trained for 2,000 steps, and how it went."""
    on_the_way = _alone(method, every=250, **how)
    return Made(method, _known(method.encoder) | on_the_way)


def _known(encoder: Encoder, change: Callable[[world.Scene], world.Scene] = lambda scene: scene) -> dict[str, float]:
    """What can be read from an encoder's features of new portraits of 24×24."""
    known, new = (
        world.draw_scene(change(world.draw(2000, size=8, mode="portrait", seed=121, split=split).scene), 24)
        for split in ("train", "val")
    )
    device = next(encoder.parameters()).device
    told, asked = features(encoder, known.pictures.to(device)).cpu(), features(encoder, new.pictures.to(device)).cpu()
    found = {
        "kind": (linear_probe(told, known.labels, 0.1)(asked), new.labels),
        "kind by neighbors": (knn(told, known.labels, asked), new.labels),
        "color": (linear_probe(told, known.colors[:, 0], 0.1)(asked), new.colors[:, 0]),
    }
    return {name: (said == true).float().mean().item() for name, (said, true) in found.items()}


def _several(methods: dict[str, Any], ships: Callable[[Any], nn.Module], **how: Any) -> Made:
    """Several trainings in one file, in half precision to be small."""
    trained, metrics = nn.ModuleDict(), {}
    for name, method in methods.items():
        print(name)
        _alone(method, **how)
        metrics |= {f"{fact}, {name}": value for fact, value in _known(method.encoder).items()}
        trained[name] = ships(method)
    return Made(trained.half(), metrics)


def simclr() -> Made:
    """Chapter 04: SimCLR, 2,000 steps."""
    method = SimCLR(ConvNet(seed=SEED), temperature=0.1, seed=SEED)
    _alone(method)
    return Made(method, _known(method.encoder))


TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0)


def barlow_twins() -> Made:
    """Chapter 05: Barlow Twins."""
    return _patient(BarlowTwins(ConvNet(seed=SEED), seed=SEED))


def vicreg() -> Made:
    """Chapter 05: VICReg, its covariance term eight times as heavy as in the paper."""
    return _patient(VICReg(ConvNet(seed=SEED), dim=512, hidden=512, covariance=8, seed=SEED))


def byol() -> Made:
    """Chapter 05: BYOL, its teacher slow from the start."""
    return _patient(BYOL(ConvNet(seed=SEED), momentum=0.996, seed=SEED))


def moco() -> Made:
    """Chapter 05: MoCo v2; in half precision, for its queue is large."""
    method = MoCo(ConvNet(seed=SEED), temperature=0.1, seed=SEED)
    return replace(_patient(method), ships=method.half())


def moco_v3() -> Made:
    """Chapter 05: MoCo v3."""
    return _patient(MoCoV3(ConvNet(seed=SEED), temperature=0.1, seed=SEED))


PLAIN: dict[str, Any] = {"optimizer": "sgd", "lr": 0.1, "weight_decay": 5e-4}
"""Plain descent, as in SimSiam's paper."""


def simsiam() -> Made:
    """Chapter 05: SimSiam."""
    return _patient(SimSiam(ConvNet(seed=SEED), seed=SEED), **PLAIN)


def _before_one_sky(scene: world.Scene) -> world.Scene:
    """The same things, all before the same sky."""
    scene = scene.copy()
    scene.backdrops[:] = world.BACKDROPS.index("sky")
    scene.mood[:] = 0
    scene.numbers[:] = 0
    return scene


def simsiam_one_sky() -> Made:
    """Chapter 05: SimSiam, all things before the same sky."""
    method = SimSiam(ConvNet(seed=SEED), seed=SEED)
    _alone(method, change=_before_one_sky, **PLAIN)
    return Made(method, _known(method.encoder, _before_one_sky))


LOOKED_AT = {"our pictures": None, "one sky": _before_one_sky}
"""What the ViTs of `dino_vit` learned from."""


def _dino(smalls: int) -> DINO:
    """DINO with the encoder of all others, its teacher slow and sharp from the start."""
    encoder = ConvNet(seed=SEED)
    return DINO(encoder, momentum=0.996, teacher_temperature=(0.04, 0.04), smalls=smalls, seed=SEED)


def dino() -> Made:
    """Chapter 05: DINO, with large views alone, like all others."""
    return _patient(_dino(smalls=0))


def dino_small_views() -> Made:
    """Chapter 05: DINO, with four small views besides; in half precision to be small."""
    method = _dino(smalls=4)
    return replace(_patient(method), ships=method.encoder.half())


def dino_vit() -> Made:
    """Chapter 05: two ViTs taught by DINO, 300 steps each: with our pictures, and with all things before one sky."""
    trained, metrics = nn.ModuleDict(), {}
    for name, change in LOOKED_AT.items():
        print(name)
        encoder = ViT(64, 4, 4, size=32, patch=4, stem="conv", seed=SEED)
        method = DINO(encoder, 512, norm=True, teacher_temperature=(0.04, 0.04), smalls=2, seed=SEED)
        fit(method, world.Stream(64, size=32, mode="portrait", seed=122, change=change), 300, lr=1e-3)
        trained[name] = method.cpu().eval().teacher[0]
        metrics[f"fits the thing, {name}"] = _fits(trained[name], change)
    return Made(trained, metrics)


@torch.no_grad()
def _fits(vit: nn.Module, change: Callable[[world.Scene], world.Scene] | None) -> float:
    """How well the attention of the class token fits the thing, of the head of the last block that fits it best."""
    scene = world.draw(500, size=8, mode="portrait", seed=123, split="val").scene
    asked = world.draw_scene(change(scene) if change else scene, 32)
    assert isinstance(vit, ViT)
    looked = vit.attention(asked.pictures)[-1, :, :, 0, 1:].unflatten(-1, (8, 8))
    return max(mask_iou(looked[:, head], asked.masks[:, 0]) for head in range(looked.shape[1]))


def simclr_temperatures() -> Made:
    """Chapter 04: SimCLR at five temperatures, 500 steps each."""
    methods = {
        f"at {t:g}".replace(".", "_"): SimCLR(ConvNet(seed=SEED), temperature=t, seed=SEED) for t in TEMPERATURES
    }
    return _several(methods, lambda method: method, steps=500)


SHOWN = {
    "all changes": USUAL,
    "no color": replace(USUAL, jitter=0.0, gray=0.0),
    "no crop": replace(USUAL, scale=(1.0, 1.0), ratio=(1.0, 1.0)),
    "crop alone": replace(USUAL, flip=0.0, jitter=0.0, gray=0.0, blur=0.0),
    "color alone": replace(USUAL, scale=(1.0, 1.0), ratio=(1.0, 1.0), flip=0.0, blur=0.0),
}
"""Five ways to make views."""


def simclr_views() -> Made:
    """Chapter 04: the encoders of SimCLR with five ways to make views, 500 steps each."""
    methods = {
        name: SimCLR(ConvNet(seed=SEED), temperature=0.1, views=views, seed=SEED) for name, views in SHOWN.items()
    }
    return _several(methods, lambda method: method.encoder, steps=500)


def small_batches() -> Made:
    """Chapter 04: the encoders of SimCLR and of MoCo with two queues, batches of 16, 3,000 steps each."""
    methods = {
        "SimCLR": SimCLR(ConvNet(seed=SEED), temperature=0.1, seed=SEED),
        "MoCo 256": MoCo(ConvNet(seed=SEED), temperature=0.1, queue=256, seed=SEED),
        "MoCo 2048": MoCo(ConvNet(seed=SEED), temperature=0.1, queue=2048, seed=SEED),
    }
    return _several(methods, lambda method: method.encoder, steps=3000, batch=16, lr=1e-3)


class _Elsewhere(SimCLR):
    """SimCLR whose second views are of the same things on other backdrops: the second half of a batch."""

    def loss(self, batch: world.Batch) -> Loss:
        here, elsewhere = batch.pictures.chunk(2)
        z1, z2 = self.project(torch.cat([self.views(here), self.views(elsewhere)])).chunk(2)
        return Loss(nt_xent(z1, z2, self.temperature), {"spread": feature_std(z1)})


def _small(scene: world.Scene, busy: float = 0.0) -> world.Scene:
    """The scenes with things of three fifths of their size, on calm or loud backdrops."""
    scene = scene.copy()
    scene.sizes *= 0.6
    scene.busy[:] = busy
    return scene


def _twice(scene: world.Scene) -> world.Scene:
    """Small things on loud backdrops, and the same things once more on the backdrops of their neighbors."""
    n = len(scene.things)
    both = _small(scene, busy=1.0)[torch.arange(n).repeat(2)]
    for part in (both.backdrops, both.mood, both.numbers):
        part[n:] = part[n:].roll(1, 0)
    return both


def simclr_backdrops() -> Made:
    """Chapter 04: SimCLR on small things: calm backdrops, loud ones, and loud ones swapped; 500 steps each."""
    trained, metrics = nn.ModuleDict(), {}
    for name, kind, change in (
        ("calm", SimCLR, _small),
        ("loud", SimCLR, partial(_small, busy=1.0)),
        ("swapped", _Elsewhere, _twice),
    ):
        print(name)
        method = kind(ConvNet(seed=SEED), temperature=0.1, seed=SEED)
        _alone(method, steps=500, change=change)
        found = _known(method.encoder, partial(_small, busy=float(name != "calm")))
        metrics |= {f"{fact}, {name}": value for fact, value in found.items()}
        trained[name] = method.encoder
    return Made(trained.half(), metrics)


COLLAPSE_STEPS = (0, 10, 25, 50, 100, 150, 200)
COLLAPSE_DIM = 128


class _Instant(BYOL):
    """BYOL whose teacher is its student, one step later: `momentum=0` alone would rise to 1 on the way."""

    def after_step(self, progress: float) -> None:
        super().after_step(0.0)


def _switched(method: str, on: set[str]) -> Method:
    """A method with some of its parts; all embeddings have as many numbers."""
    encoder = ConvNet(seed=SEED)
    options: dict[str, Any] = {"seed": SEED}
    if method == "SimSiam":
        # Without the batch norm at its end, so that all embeddings can become one.
        stop, predict = "stop-gradient" in on, "predictor" in on
        return SimSiam(encoder, COLLAPSE_DIM, stop_gradient=stop, predict=predict, norm=False, **options)
    if method == "BYOL":
        kind, momentum = (BYOL, 0.99) if "slow teacher" in on else (_Instant, 0.0)
        return kind(encoder, COLLAPSE_DIM, momentum=momentum, predict="predictor" in on, **options)
    if method == "VICReg":
        weights = {"variance": 25.0 * ("variance" in on), "covariance": 1.0 * ("covariance" in on)}
        return VICReg(encoder, COLLAPSE_DIM, **weights, **options)
    if method == "Barlow Twins":
        return BarlowTwins(encoder, COLLAPSE_DIM, lambd=5e-3 * ("decorrelation" in on), **options)
    # Flatter than the student's 0.1 by far: at 0.1 itself 200 steps are too few to see where this leads.
    temperatures = (0.04, 0.07) if "sharpening" in on else (1.0, 1.0)
    keep = 0.9 if "centering" in on else 1.0
    return DINO(encoder, COLLAPSE_DIM, teacher_temperature=temperatures, center_momentum=keep, **options)


def _compared(method: Method, pictures: Tensor) -> Tensor:
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
            runs[key] = _seen(_switched(method, set(on)), shown, known, new)
    metrics = {key: run["spread"][-1] for key, run in runs.items()}
    table = {"steps": list(COLLAPSE_STEPS), "dim": COLLAPSE_DIM, "families": shown.paths[:, 1].tolist(), "runs": runs}
    return Made(table, metrics)


def _seen(
    method: Method, shown: world.Batch, known: world.Batch, new: world.Batch, steps: tuple[int, ...] = COLLAPSE_STEPS
) -> dict[str, Any]:
    """One run of the lab: at some steps the spread, the rank, the spectrum and a map of embeddings, and a probe."""
    run: dict[str, list[Any]] = {name: [] for name in ("spread", "rank", "probe", "spectrum", "map")}
    every, calls = gcd(*steps), iter(range(10**9))

    def look(method: Method) -> dict[str, float]:
        if every * next(calls) not in steps:
            return {}
        device = next(method.parameters()).device
        with torch.autocast(device.type, enabled=False):
            z = _compared(method, shown.pictures.to(device))
            probe = linear_probe(features(method.encoder, known.pictures), known.labels, strength=0.1)
            found = probe(features(method.encoder, new.pictures)).cpu()
        # How far the embeddings are spread along each direction; 1 everywhere if evenly along all of them.
        values = (spectrum(z)[:32] * z.shape[1] ** 0.5).tolist()
        run["spread"].append(round(feature_std(z).item(), 4))
        run["rank"].append(round(rank_me(z), 2))
        run["probe"].append(round((found == new.labels.cpu()).float().mean().item(), 3))
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
        history = fit(method, stream, steps[-1], measure=look, every=every, progress=False, folder=Path(folder))
    blocks = [history.loss[a:b] for a, b in zip((0, *steps), (1, *steps[1:]), strict=False)]
    return {**run, "loss": [round(sum(block) / len(block), 4) for block in blocks]}


def _accuracy(method: Labels, batch: world.Batch) -> float:
    with torch.no_grad():
        found = torch.cat([method.logits(some.to(method.head.weight.device)) for some in batch.pictures.split(500)])
    return (found.argmax(1).cpu() == batch.labels).float().mean().item()


RECIPES: dict[str, Callable[[], Made]] = {
    "labels": labels,
    "labels-lab": labels_lab,
    "backbone-cnn": backbone_cnn,
    "backbone-vit": backbone_vit,
    "backbone-conv-stem": backbone_conv_stem,
    "vit": vit,
    "vocabulary": vocabulary,
    "clip": clip,
    "clip-scenes": clip_scenes,
    "clip-curves": clip_curves,
    "simclr": simclr,
    "simclr-temperatures": simclr_temperatures,
    "simclr-views": simclr_views,
    "simclr-backdrops": simclr_backdrops,
    "small-batches": small_batches,
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
"""What ships, by name."""


def main(names: list[str], check: bool = False) -> int:
    """Make what ships again, or with `check` compare only; without names, say what there is.

    Raises:
        ValueError: for a name that is no recipe.
    """
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise ValueError(f"expected names out of {', '.join(RECIPES)}, got {unknown[0]!r}")
    if not names and not check:
        for name, recipe in RECIPES.items():
            print(f"{name:12} {(recipe.__doc__ or '').splitlines()[0]}")
        return 0
    wrong = 0
    for name in names or RECIPES:
        made = RECIPES[name]()
        if not check:
            path = weights.keep(name, made.ships, made.metrics, SEED)
            print(f"{name}: {path.name}, {path.stat().st_size / 1e6:.2f} MB, {_said(made.metrics)}")
            continue
        shipped = weights.manifest()[name]["metrics"]
        far = {key: value for key, value in made.metrics.items() if abs(value - shipped[key]) > CLOSE}
        wrong += bool(far)
        print(f"{name}: {'differs from what ships, ' + _said(far) if far else 'as shipped'}", file=sys.stderr)
    return 1 if wrong else 0


def _said(metrics: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.3f}" for key, value in list(metrics.items())[:6])
