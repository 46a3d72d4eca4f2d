"""How fast a step of MAE is, beside transformers' ViTMAE and the steps of lightly's example, and what a ratio costs.

    python benchmarks/masked.py [--threads 1] [--rounds 30]

A step is a forward pass, the loss and a backward pass; each draws its own masks. All have as many blocks, heads and
learned numbers, fixed positions, and PyTorch's fused attention. Theirs get pictures whose colors are normalized
already; ours normalizes them in every step. Lightly's predicts the covered patches alone, as its example does;
transformers' and ours predict all. Then MAE's step on its own, ratio by ratio: the time, and the bytes remembered for
the gradient.

Contenders take turns of one step, each in turn the first. Each number is the median of all turns, and the ratio that of
turns beside each other, so that a busy moment spoils none; the last column has the best turn of each instead. The peers
come with `pip install -e ".[parity]"`.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from types import SimpleNamespace
from typing import Any

import torch
from lightly.models.modules import MAEDecoderTIMM, MaskedVisionTransformerTIMM
from lightly.models.utils import get_at_index, patchify, random_token_mask, repeat_token, set_at_index
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from transformers import ViTMAEConfig, ViTMAEForPreTraining

from course_lib import world
from course_lib.evaluate.cost import cost
from course_lib.nn import ViT
from course_lib.pretrain import MAE
from course_lib.train.device import device

WARM, RATIO, RATIOS = 2, 0.75, (1 / 64, 0.25, 0.5, 0.75, 0.9)
"""How many turns go by before they are timed; the share that is covered beside others, and on its own."""


@dataclass(frozen=True)
class Size:
    """How large an encoder, its decoder and its pictures are; both have blocks whose MLP is four times as wide."""

    width: int
    depth: int
    heads: int
    size: int
    patch: int
    decoder_width: int
    decoder_depth: int
    decoder_heads: int
    batch: int

    def __str__(self) -> str:
        return (
            f"{self.width} wide, {self.depth} deep, {self.size} px in patches of {self.patch}, "
            f"decoder {self.decoder_width} x {self.decoder_depth}, batches of {self.batch}"
        )


SIZES = (Size(96, 4, 4, 32, 4, 64, 1, 4, 64), Size(384, 4, 6, 224, 16, 128, 2, 4, 4))
"""What a laptop trains, and ViT-S/16 with a third of its blocks."""


def ours(size: Size, ratio: float = RATIO) -> MAE:
    """MAE, with a class token as the others have it."""
    encoder = ViT(
        size.width, size.depth, size.heads, size=size.size, patch=size.patch, pos_embed="sincos", class_token=True
    )
    return MAE(encoder, ratio, width=size.decoder_width, depth=size.decoder_depth, heads=size.decoder_heads)


def transformers_mae(size: Size) -> nn.Module:
    """ViTMAE of transformers, with PyTorch's fused attention."""
    options: dict[str, Any] = {"attn_implementation": "sdpa"}  # a config takes it, and does not list it
    config = ViTMAEConfig(
        hidden_size=size.width,
        num_hidden_layers=size.depth,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.width,
        image_size=size.size,
        patch_size=size.patch,
        decoder_hidden_size=size.decoder_width,
        decoder_num_hidden_layers=size.decoder_depth,
        decoder_num_attention_heads=size.decoder_heads,
        decoder_intermediate_size=4 * size.decoder_width,
        mask_ratio=RATIO,
        **options,
    )
    return ViTMAEForPreTraining(config)


class LightlysMAE(nn.Module):
    """Lightly's blocks, put together as in its example of MAE; pictures to a loss."""

    def __init__(self, size: Size):
        super().__init__()
        encoder = VisionTransformer(
            img_size=size.size,
            patch_size=size.patch,
            embed_dim=size.width,
            depth=size.depth,
            num_heads=size.heads,
            num_classes=0,
        )
        self.patch, self.encoder, self.criterion = size.patch, MaskedVisionTransformerTIMM(encoder), nn.MSELoss()
        self.decoder = MAEDecoderTIMM(
            num_patches=(size.size // size.patch) ** 2,
            patch_size=size.patch,
            embed_dim=size.width,
            decoder_embed_dim=size.decoder_width,
            decoder_depth=size.decoder_depth,
            decoder_num_heads=size.decoder_heads,
        )

    def forward(self, pictures: Tensor) -> Tensor:
        everywhere = (len(pictures), self.encoder.sequence_length)
        idx_keep, idx_mask = random_token_mask(everywhere, RATIO, device=pictures.device)
        tokens = self.decoder.embed(self.encoder.encode(pictures, idx_keep=idx_keep))
        tokens = set_at_index(repeat_token(self.decoder.mask_token, everywhere), idx_keep, tokens)
        prediction = self.decoder.predict(get_at_index(self.decoder.decode(tokens), idx_mask))
        return self.criterion(prediction, get_at_index(patchify(pictures, self.patch), idx_mask - 1))


class Contender:
    """A network, and how pictures become a loss that it learns from."""

    def __init__(self, network: nn.Module, loss: Callable[[], Tensor]):
        self.network, self.loss = network, loss

    def turn(self) -> float:
        """Milliseconds of a step."""
        self.network.zero_grad()
        begun = time.perf_counter()
        self.loss().backward()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - begun)

    def learned(self) -> int:
        """How many numbers the last step found a gradient for."""
        return sum(weight.numel() for weight in self.network.parameters() if weight.grad is not None)


def contender_of(method: MAE, pictures: Tensor) -> Contender:
    batch = SimpleNamespace(pictures=pictures)
    return Contender(method, lambda: method.loss(batch).total)


def turns_of(contenders: dict[Any, Contender], rounds: int) -> dict[Any, list[float]]:
    """Milliseconds of each turn; all take one, then all take the next, and another is the first."""
    names, turns = list(contenders), {name: [] for name in contenders}
    for number in range(WARM + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            turns[name].append(contenders[name].turn())
    return {name: taken[WARM:] for name, taken in turns.items()}


def race(size: Size, pictures: Tensor, rounds: int) -> None:
    """Print how long a step of each takes, and how many times as long as ours."""
    mine = ours(size).to(device()).train()
    seen = mine.encoder.normalize(pictures)
    hugging_faces: Any = transformers_mae(size).to(device()).train()
    lightlys = LightlysMAE(size).to(device()).train()
    contenders = {
        "ours": contender_of(mine, pictures),
        "transformers": Contender(hugging_faces, lambda: hugging_faces(pixel_values=seen).loss),
        "lightly": Contender(lightlys, lambda: lightlys(seen)),
    }
    turns = turns_of(contenders, rounds)
    counts = {name: contender.learned() for name, contender in contenders.items()}
    if len(set(counts.values())) > 1:
        raise AssertionError(f"expected as many learned numbers in each, got {counts}")
    own = turns.pop("ours")
    for name, theirs in turns.items():
        ratio = median(a / b for a, b in zip(theirs, own, strict=True))
        best = min(theirs) / min(own)
        print(f"  {name:26} {median(theirs):>9.1f} {median(own):>9.1f} {ratio:>7.2f}x {best:>7.2f}x", flush=True)


def by_ratio(size: Size, pictures: Tensor, rounds: int) -> None:
    """Print MAE's own time and memory, ratio by ratio, and what share of the first they are."""
    methods = {ratio: ours(size, ratio).to(device()).train() for ratio in RATIOS}
    turns = turns_of({ratio: contender_of(method, pictures) for ratio, method in methods.items()}, rounds)
    remembered = {ratio: cost(method, pictures).remembered for ratio, method in methods.items()}
    first = RATIOS[0]
    for ratio in RATIOS:
        share = median(a / b for a, b in zip(turns[ratio], turns[first], strict=True))
        print(
            f"  {f'{ratio:.3g} covered':26} {median(turns[ratio]):>9.1f} {share:>8.2f}x "
            f"{remembered[ratio] / 2**20:>8.1f} {remembered[ratio] / remembered[first]:>8.2f}x",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--threads", type=int, default=1, help="of the CPU")
    options.add_argument("--rounds", type=int, default=30, help="how many turns each takes")
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    warnings.filterwarnings("ignore", message=".*MAEDecoderTIMM.*", category=FutureWarning)  # its heir has other names
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, on {device()}, {RATIO:.0%} covered")
    pictures = {size: world.draw(size.batch, size=size.size, mode="portrait").pictures.to(device()) for size in SIZES}
    print(f"\n{'ms a step':28} {'theirs':>9} {'ours':>9} {'ratio':>8} {'of best':>8}")
    for size in SIZES:
        print(size, flush=True)
        race(size, pictures[size], chosen.rounds)
    print(f"\n{'MAE alone':28} {'ms a step':>9} {'':>9} {'MiB kept':>8}")
    for size in SIZES:
        print(size, flush=True)
        by_ratio(size, pictures[size], chosen.rounds)


if __name__ == "__main__":
    main()
