"""What ships for chapter 06: a tokenizer, MAE, the ViTs of four other methods, and what was measured of them."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from course_lib import weights, world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import balanced
from course_lib.evaluate import (
    Pixels,
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
from course_lib.pretrain import MAE, BEiT, MaskFeat, Method, SimCLR, SimMIM, Tokenizer
from course_lib.train.fit import fit
from course_lib.train.optim import adamw

SIZE, PATCH, BATCH = 32, 4, 64
STEPS = {"MAE": 10_000, "SimMIM": 5_200, "MaskFeat": 5_800, "BEiT": 4_400, "SimCLR": 2_300}
"""How long each method is trained: all as long on one core, some half an hour."""
FEW = 16
"""Labels of each kind that fine-tuning may use."""
RATIOS = {0.15: 4_700, 0.5: 7_000, 0.9: 13_000}
"""How many steps MAE is trained with other shares of its patches covered: as long as STEPS says of MAE."""


def build_vit(mask_token: bool = False, seed: int = SEED) -> ViT:
    """The one ViT of the chapter: 4 blocks, 96 wide, 64 patches, fixed positions, the mean over patches as feature."""
    return ViT(96, 4, 4, size=SIZE, patch=PATCH, pool="mean", pos_embed="sincos", mask_token=mask_token, seed=seed)


def build(name: str, seed: int = SEED) -> Method:
    """A method of STEPS on this ViT, before training."""
    encoder = build_vit(name in ("SimMIM", "MaskFeat", "BEiT"), seed)
    if name == "BEiT":
        tokenizer = Tokenizer()
        weights.load("tokenizer", tokenizer)
        return BEiT(encoder, tokenizer, seed=seed)
    kinds: dict[str, Callable[..., Method]] = {"MAE": MAE, "SimMIM": SimMIM, "MaskFeat": MaskFeat, "SimCLR": SimCLR}
    return kinds[name](encoder, seed=seed)


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


def ratios() -> Made:
    """Chapter 06: the same measures of MAE with other shares of its patches covered, and of the one that ships."""
    encoders = {0.75: load_encoders()["MAE"]}
    for ratio, steps in RATIOS.items():
        method = MAE(build_vit(), ratio, seed=SEED)
        train(method, steps)
        encoders[ratio] = method.encoder
    rows = {f"{100 * ratio:.0f} %": [measure(encoders[ratio], seed) for seed in range(3)] for ratio in sorted(encoders)}
    return Made({"rows": rows}, _means(rows))


def _train_encoder(name: str) -> Made:
    """Train a method as long as MAE; what ships is its encoder alone."""
    method = build(name)
    train(method, STEPS[name])
    return Made(in_half(method.encoder), probe(method.encoder))


def simmim() -> Made:
    """Chapter 06: the ViT of SimMIM."""
    return _train_encoder("SimMIM")


def maskfeat() -> Made:
    """Chapter 06: the ViT of MaskFeat."""
    return _train_encoder("MaskFeat")


def beit() -> Made:
    """Chapter 06: the ViT of BEiT, taught by the tokenizer that ships."""
    return _train_encoder("BEiT")


def simclr() -> Made:
    """Chapter 06: the same ViT, trained by SimCLR."""
    return _train_encoder("SimCLR")


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
    encoders = {"MAE": masked.encoder}
    for name in ("SimMIM", "MaskFeat", "BEiT", "SimCLR"):
        encoders[name] = build_vit(mask_token=name != "SimCLR")
        weights.load(f"vit-{name.lower()}", encoders[name])
    return encoders


def table() -> Made:
    """Chapter 06: its table: probes, neighbors, patches, few labels, of all methods and random features, three runs."""
    rows: dict[str, list[dict[str, float]]] = {
        "pixels": [measure(WholePixels(PATCH), seed, layer_decay=None) for seed in range(3)],
        "random": [measure(build_vit(seed=seed), seed, layer_decay=1.0) for seed in range(3)],
    }
    for name, encoder in load_encoders().items():
        print(name)
        rows[name] = [measure(encoder, seed) for seed in range(3)]
    return Made({"rows": rows}, _means(rows))


def _means(rows: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    return {f"{fact}, {name}": sum(row[fact] for row in runs) / 3 for name, runs in rows.items() for fact in runs[0]}


def _pictures(seed: int) -> tuple[world.Batch, world.Batch]:
    """2,000 pictures to know and 1,000 new ones, others for each seed."""
    known = world.draw(2000, size=SIZE, mode="portrait", seed=130 + 3 * seed, split="train")
    return known, world.draw(1000, size=SIZE, mode="portrait", seed=132 + 3 * seed, split="val")


class WholePixels(Pixels):
    """A floor: as features of a picture all its pixels, of a patch its own."""

    def forward(self, pictures: Tensor) -> Tensor:
        return pictures.flatten(1)


def measure(encoder: Encoder, seed: int, layer_decay: float | None = 0.65) -> dict[str, float]:
    """All that the chapter's table says of one encoder; other pictures and other choices of labels for each seed.

    Without a decay, as where nothing can be trained, it is not fine-tuned.
    """
    known, new = _pictures(seed)
    pool = world.draw(6000, size=SIZE, mode="portrait", seed=131 + 3 * seed, split="train")
    told, asked = features(encoder, known.pictures), features(encoder, new.pictures)
    chosen = pool[balanced(pool.labels, FEW, seed)]
    kinds = len(world.THINGS)
    found = {
        "probe": probe_accuracy(encoder, known, new),
        "neighbors": (knn(told, known.labels, asked) == new.labels).float().mean().item(),
        "few labels, probe": few_shot(
            features(encoder, chosen.pictures), chosen.labels, asked, new.labels, FEW, [seed], C=0.1
        ).item(),
    }
    if layer_decay:
        found["few labels, fine-tuned"] = finetune_accuracy(
            encoder, chosen, new, 250, kinds, lr=2e-3, layer_decay=layer_decay, batch_size=32, seed=seed
        )
    return found | {
        "kind of a patch": patch_probe(encoder, known[:500], new[:500], seed=seed),
        "part of a patch": patch_probe(encoder, known[:500], new[:500], of=patch_part, seed=seed),
        "IoU": segmentation_probe(encoder, known[:500], new[:500], seed=seed),
    }


RECIPES: dict[str, Callable[[], Made]] = {
    "tokenizer": tokenizer,
    "mae": mae,
    "vit-simmim": simmim,
    "vit-maskfeat": maskfeat,
    "vit-beit": beit,
    "vit-simclr": simclr,
    "masked-table": table,
    "mask-ratios": ratios,
}
"""What ships for this chapter, by name."""
