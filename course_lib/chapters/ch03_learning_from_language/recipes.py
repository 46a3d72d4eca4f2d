"""What ships for chapter 03: a vocabulary, two CLIPs, and the table of its curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from course_lib import weights, world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import Epochs
from course_lib.evaluate import prompt_classes, retrieval, zero_shot
from course_lib.nn import BPE, ConvNet, TextTransformer
from course_lib.pretrain import CLIP, SigLIP
from course_lib.train.fit import fit


def vocabulary() -> Made:
    """Chapter 03: the 500 merges that its CLIPs read with, learned from 4,000 captions."""
    captions = world.draw(4000, size=8, seed=40).captions
    bpe = BPE.learn(captions, merges=500)
    pieces = sum(len(bpe.encode(caption)) for caption in captions) / len(captions)
    return Made({"merges": list(bpe.rank)}, {"pieces in a caption": pieces})


def build_towers(seed: int = SEED, width: int = 96, depth: int = 2) -> tuple[ConvNet, TextTransformer, BPE]:
    """An encoder, a text encoder and the tokenizer between it and the captions: what a CLIP is made of."""
    bpe = BPE([(one, other) for one, other in weights.load_json("vocabulary")["merges"]])
    return ConvNet(seed=seed), TextTransformer(len(bpe), width, depth, 4, length=48, seed=seed), bpe


def clip() -> Made:
    """Chapter 03: CLIP on portraits of 32×32 and their captions, 3,000 steps."""
    method = CLIP(*build_towers(), scale=40, seed=SEED)
    fit(method, world.Stream(128, size=32, mode="portrait", seed=103), 3000, lr=1e-3)
    round_weights(method)
    return Made(in_half(method), measure_matches(method, world.draw(1000, size=32, mode="portrait", split="val")))


def clip_scenes() -> Made:
    """Chapter 03: the same CLIP, 2,000 steps more on scenes of 48×48, whose captions say who is left of whom."""
    method = CLIP(*build_towers(), scale=40, seed=SEED)
    weights.load("clip", method)
    fit(method, world.Stream(128, size=48, seed=104), 2000, lr=1e-3)
    round_weights(method)
    return Made(in_half(method), measure_matches(method, world.draw(1000, size=48, split="val")))


PAIRS = 51_200
"""How many pairs each training of chapter 03's curves sees, some of them more than once."""


def clip_curves() -> Made:
    """Chapter 03's curves: batch and loss, noisy captions, number of pairs, a scale that stays; three seeds each."""
    new = world.draw(1000, size=24, mode="portrait", split="val")
    runs: dict[str, list[dict[str, float]]] = {}

    def run(
        key: str, seed: int, loss: type[CLIP] = CLIP, batch: int = 128, alt: float = 0.0, pairs: int = 0, **options
    ):
        method = loss(*build_towers(seed, 64, 1), seed=seed, **options)
        method.logit_scale.requires_grad_(not key.startswith("scale"))
        examples: Any = world.Stream(batch, size=24, mode="portrait", seed=110 + seed, alt_text=alt)
        if pairs:
            examples = Epochs(world.draw(pairs, size=24, mode="portrait", seed=110 + seed), batch, seed=seed)
        print(key, seed)
        fit(method, examples, PAIRS // batch, lr=1e-3, progress=False)
        runs.setdefault(key, []).append({name: round(value, 4) for name, value in measure_matches(method, new).items()})

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
def measure_matches(method: CLIP, new: world.Batch) -> dict[str, float]:
    """How well a CLIP names the nearest thing without labels, and finds each picture's caption among all."""
    method = method.cpu().eval()
    images = torch.cat([method.encode_image(some) for some in new.pictures.split(500)])
    things = torch.tensor(world.TRAINED_THINGS)
    classes = prompt_classes(method.encode_text, [world.THINGS[i] for i in world.TRAINED_THINGS])
    right = (things[zero_shot(images, classes)] == new.labels).float().mean().item()
    return {"zero-shot": right, **retrieval(images @ method.encode_text(new.captions).T)}


RECIPES: dict[str, Callable[[], Made]] = {
    "vocabulary": vocabulary,
    "clip": clip,
    "clip-scenes": clip_scenes,
    "clip-curves": clip_curves,
}
"""What ships for this chapter, by name."""
