"""What ships for chapter 06: a tokenizer, MAE, the same ViT trained by SimCLR, and what was measured of them."""

from __future__ import annotations

from collections.abc import Callable

from course_lib import weights, world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import balanced
from course_lib.evaluate import (
    features,
    few_shot,
    finetune_accuracy,
    knn,
    masked_psnr,
    patch_part,
    patch_probe,
    probe_accuracy,
    psnr,
    segmentation_probe,
)
from course_lib.nn import Encoder, ViT, random_mask
from course_lib.nn.quantizer import used_codes
from course_lib.nn.seeding import generator
from course_lib.pretrain import MAE, Method, SimCLR, Tokenizer
from course_lib.train.fit import fit
from course_lib.train.optim import adamw

SIZE, PATCH, BATCH = 32, 4, 64
STEPS = {"MAE": 10_000, "SimCLR": 2_300}
"""How long each method is trained: both as long on one core, half an hour."""
FEW = 16
"""Labels of each kind that fine-tuning may use."""


def build_vit(seed: int = SEED) -> ViT:
    """The one ViT of the chapter: 4 blocks, 96 wide, 64 patches, fixed positions, the mean over patches as feature."""
    return ViT(96, 4, 4, size=SIZE, patch=PATCH, pool="mean", pos_embed="sincos", seed=seed)


def build(name: str, seed: int = SEED) -> Method:
    """A method of STEPS on this ViT, before training."""
    return {"MAE": MAE, "SimCLR": SimCLR}[name](build_vit(seed), seed=seed)


def train(method: Method, steps: int) -> None:
    """Train on portraits, without their labels; round what was learned to half precision."""
    stream = world.Stream(BATCH, size=SIZE, mode="portrait", seed=126)
    fit(method, stream, steps, lr=2e-3, optimizer=adamw(betas=(0.9, 0.95)))
    round_weights(method)


def tokenizer() -> Made:
    """Chapter 06: a tokenizer of 256 codes, 2,200 steps of 32 pictures."""
    method = Tokenizer(seed=SEED)
    stream = world.Stream(32, size=SIZE, mode="portrait", seed=125)
    fit(method, stream, 2200, lr=1.5e-3, optimizer=adamw(betas=(0.9, 0.95)))
    round_weights(method)
    pictures = world.draw(1000, size=SIZE, mode="portrait", seed=127, split="val").pictures
    codes = method.encode(pictures)
    measured = {"PSNR": psnr(method.decode(codes), pictures), "codes used": used_codes(codes, 256).item()}
    return Made(in_half(method), measured)


def mae() -> Made:
    """Chapter 06: MAE with its decoder."""
    method = build("MAE")
    assert isinstance(method, MAE)
    train(method, STEPS["MAE"])
    pictures = world.draw(1000, size=SIZE, mode="portrait", seed=127, split="val").pictures
    mask = random_mask(len(pictures), 8, 8, 0.75, generator(SEED, "masks"))
    painted = method.reconstruct(pictures, mask)
    return Made(in_half(method), {"masked PSNR": masked_psnr(painted, pictures, mask, PATCH), **probe(method.encoder)})


def simclr() -> Made:
    """Chapter 06: the same ViT, trained by SimCLR, its encoder alone."""
    method = build("SimCLR")
    train(method, STEPS["SimCLR"])
    return Made(in_half(method.encoder), probe(method.encoder))


def probe(encoder: Encoder) -> dict[str, float]:
    """What a linear probe reads of the kind, from features of whole pictures."""
    known, new = (
        world.draw(n, size=SIZE, mode="portrait", seed=127, split=s) for n, s in ((2000, "train"), (1000, "val"))
    )
    return {"kind": probe_accuracy(encoder, known, new)}


def load_encoders() -> dict[str, ViT]:
    """The trained encoders that ship, by the name of their method."""
    masked = weights.load("mae", build("MAE"))
    assert isinstance(masked, MAE)
    contrastive = build_vit()
    weights.load("vit-simclr", contrastive)
    return {"MAE": masked.encoder, "SimCLR": contrastive}


def table() -> Made:
    """Chapter 06: its table: probes, neighbors, patches, few labels, of all methods and random features, three runs."""
    rows: dict[str, list[dict[str, float]]] = {
        "random": [measure(build_vit(seed=seed), seed, layer_decay=1.0) for seed in range(3)]
    }
    for name, encoder in load_encoders().items():
        print(name)
        rows[name] = [measure(encoder, seed) for seed in range(3)]
    metrics = {f"{fact}, {name}": sum(row[fact] for row in runs) / 3 for name, runs in rows.items() for fact in runs[0]}
    return Made({"rows": rows}, metrics)


def measure(encoder: Encoder, seed: int, layer_decay: float = 0.65) -> dict[str, float]:
    """All that the chapter's table says of one encoder; other pictures and other choices of labels for each seed."""
    known, pool, new = (
        world.draw(n, size=SIZE, mode="portrait", seed=130 + 3 * seed + i, split=split)
        for i, (n, split) in enumerate(((2000, "train"), (6000, "train"), (1000, "val")))
    )
    told, asked = features(encoder, known.pictures), features(encoder, new.pictures)
    chosen = pool[balanced(pool.labels, FEW, seed)]
    kinds = len(world.THINGS)
    return {
        "probe": probe_accuracy(encoder, known, new),
        "neighbors": (knn(told, known.labels, asked) == new.labels).float().mean().item(),
        "few labels, probe": few_shot(
            features(encoder, chosen.pictures), chosen.labels, asked, new.labels, FEW, [seed], C=0.1
        ).item(),
        "few labels, fine-tuned": finetune_accuracy(
            encoder, chosen, new, 250, kinds, lr=2e-3, layer_decay=layer_decay, batch_size=32, seed=seed
        ),
        "kind of a patch": patch_probe(encoder, known[:500], new[:500], seed=seed),
        "part of a patch": patch_probe(encoder, known[:500], new[:500], of=patch_part, seed=seed),
        "IoU": segmentation_probe(encoder, known[:500], new[:500], seed=seed),
    }


RECIPES: dict[str, Callable[[], Made]] = {
    "tokenizer": tokenizer,
    "mae": mae,
    "vit-simclr": simclr,
    "masked-table": table,
}
"""What ships for this chapter, by name."""
