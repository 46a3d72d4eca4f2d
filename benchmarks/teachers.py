"""How fast a step of iBOT and of data2vec is, beside the same step of lightly's blocks or as one would write it.

    python benchmarks/teachers.py [--batch 64] [--size 32]

Both sides share the encoder, the widths and layers of the heads, the optimizer, the share that is covered, and which
pictures pass through which network, together or apart. For iBOT, with heads of their own for the patches, a mean taken
off, and features kept apart as in DINOv2, the heads, losses, centers and moving averages are ours on one side and
lightly's on the other. For data2vec, which lightly does not have, the other side is what one would write: a boolean
index takes the covered tokens out, and only they are predicted; ours predicts all, and leaves out what was not covered.
Ours also measures what a training would show: how sure the teacher is, and how far its targets differ.

Views are made beforehand. Masks are drawn in every step: ours for the whole batch on the device, lightly's picture by
picture on the CPU, in rectangles that may stop short of the share. So that the rest can be told from this, their side
runs once with lightly's masks and once with ours.

Contenders take turns. Each number is the median of all turns, and the ratio that of turns beside each other, so that a
busy moment spoils none. The peers come with `pip install -e ".[parity]"`.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from lightly.loss import DINOLoss, IBOTPatchLoss, KoLeoLoss
from lightly.models.modules.heads import DINOProjectionHead
from lightly.models.utils import deactivate_requires_grad, random_block_mask, update_momentum
from pictures_alone import BOTTLENECK, HIDDEN, PROTOTYPES, Contender, handed_out, race
from torch import Tensor, nn

from course_lib import world
from course_lib.nn import ViT, vit
from course_lib.nn.masking import block_masking
from course_lib.pretrain import IBOT, Data2Vec, Loss, Method
from course_lib.train.device import device
from course_lib.views import DEFAULT_VIEWS

PATCH, MOMENTUM, KOLEO = 4, 0.99, 0.1
RATIO, MASKED_SHARE = 0.3125, 0.5
"""iBOT: the share of a view's patches that is covered (20 of 64), and of the views in which some are."""
RATIO_ALONE, BETA = 0.625, 2.0
"""data2vec: the share that is covered in every picture (40 of 64), and where the square of the loss ends."""

Masks = Callable[[int, int], Tensor]
"""How many pictures, and how many patches on a side, to masks (B, side, side), True where covered."""


def encoder_of(size: int) -> ViT:
    """128 wide, four blocks of four heads, with a class token and a mask token."""
    return vit("mini", size=size, patch=PATCH, mask_token=True)


def lightlys_masks(share: float, ratio: float) -> Masks:
    """Rectangles in a share of the pictures; drawn on the CPU, since each has to ask what is covered already."""
    return lambda batch, side: random_block_mask((batch, side, side), share, ratio, ratio).to(device())


class LightlysIBOT(Method):
    """Lightly's blocks, put together as in its example of DINOv2; a batch is two large views."""

    encoder: ViT

    def __init__(self, encoder: ViT, masks: Masks):
        super().__init__()
        self.encoder, self.masks, self.side = encoder, masks, encoder.size // encoder.patch
        self.of_classes, self.of_patches, self.apart = DINOLoss(PROTOTYPES), IBOTPatchLoss(PROTOTYPES), KoLeoLoss()
        self.heads, teacher_heads = (
            nn.ModuleList(DINOProjectionHead(encoder.width, HIDDEN, BOTTLENECK, PROTOTYPES) for _ in range(2))
            for _ in range(2)
        )
        teacher_heads.load_state_dict(self.heads.state_dict())
        self.teacher, self.teacher_heads = copy.deepcopy(encoder), teacher_heads
        deactivate_requires_grad(self.teacher)
        deactivate_requires_grad(self.teacher_heads)

    def loss(self, batch: Sequence[Tensor]) -> Loss:
        large = torch.cat(list(batch))
        mask = self.masks(len(large), self.side)
        covered = mask.flatten(1)
        tokens = self.encoder.tokens(large, mask=covered)
        classes, patches = self.heads[0](tokens[:, 0]), self.heads[1](tokens[:, 1:][covered])
        with torch.no_grad():
            seen = self.teacher.tokens(large)
            told_classes = self.teacher_heads[0](seen[:, 0])
            told_patches = self.teacher_heads[1](seen[:, 1:][covered])
        total = self.of_classes(told_classes.chunk(2), classes.chunk(2))
        total = total + self.of_patches(told_patches, patches, mask)
        return Loss(total + KOLEO * sum(self.apart(view) for view in tokens[:, 0].chunk(2)))

    def after_step(self, progress: float) -> None:
        update_momentum(self.encoder, self.teacher, MOMENTUM)
        update_momentum(self.heads, self.teacher_heads, MOMENTUM)


class PlainData2Vec(Method):
    """data2vec as one would write it, with the moving average of lightly; a batch is pictures."""

    encoder: ViT

    def __init__(self, encoder: ViT, masks: Masks):
        super().__init__()
        self.encoder, self.masks, self.side = encoder, masks, encoder.size // encoder.patch
        self.head, self.teacher = nn.Linear(encoder.width, encoder.width), copy.deepcopy(encoder)
        self.top = (len(encoder.transformer.blocks) + 1) // 2
        deactivate_requires_grad(self.teacher)

    def loss(self, batch: Tensor) -> Loss:
        covered = self.masks(len(batch), self.side).flatten(1)
        prediction = self.head(self.encoder.tokens(batch, mask=covered)[:, 1:][covered])
        with torch.no_grad():
            layers = self.teacher.intermediate(batch, range(-self.top, 0))
            normalized = [F.layer_norm(tokens[:, 1:], tokens.shape[-1:]) for tokens in layers]
            targets = torch.stack(normalized).mean(0)[covered]
        return Loss(F.smooth_l1_loss(prediction, targets, beta=BETA))

    def after_step(self, progress: float) -> None:
        update_momentum(self.encoder, self.teacher, MOMENTUM)


def beside(name: str, theirs: dict[str, Method], seen: Any, ours: Method, pictures: Tensor) -> None:
    """Let them race. Raises AssertionError if they have not as many numbers to learn."""
    methods = theirs | {"ours": ours}
    counts = {key: sum(x.numel() for x in method.parameters() if x.requires_grad) for key, method in methods.items()}
    if len(set(counts.values())) > 1:
        raise AssertionError(f"expected as many learned numbers in each, got {counts}")
    contenders = {f"{name}, {masks}": Contender(method, itertools.repeat(seen)) for masks, method in theirs.items()}
    race(contenders | {"ours": Contender(ours, itertools.repeat(SimpleNamespace(pictures=pictures)))})


def ibot(pictures: Tensor) -> None:
    size = pictures.shape[2]
    large = [DEFAULT_VIEWS(pictures) for _ in range(2)]
    ours = IBOT(
        encoder_of(size),
        PROTOTYPES,
        HIDDEN,
        BOTTLENECK,
        shared_head=False,
        koleo_weight=KOLEO,
        ratio=RATIO,
        masked_share=MASKED_SHARE,
        momentum=MOMENTUM,
        global_crops=handed_out(large),
        num_local_crops=0,
    )
    drawn: dict[str, Masks] = {
        "lightly's masks": lightlys_masks(MASKED_SHARE, RATIO),
        "our masks": lambda batch, side: ours.draw(batch, side, side, device())[0].view(batch, side, side),
    }
    theirs: dict[str, Method] = {name: LightlysIBOT(encoder_of(size), masks) for name, masks in drawn.items()}
    beside("iBOT of lightly's blocks", theirs, large, ours, pictures)


def data2vec(pictures: Tensor) -> None:
    size = pictures.shape[2]
    ours = Data2Vec(encoder_of(size), RATIO_ALONE, beta=BETA, momentum=MOMENTUM)
    drawn: dict[str, Masks] = {
        "lightly's masks": lightlys_masks(1, RATIO_ALONE),
        "our masks": lambda batch, side: block_masking(batch, side, side, RATIO_ALONE, device=device()).view(
            batch, side, side
        ),
    }
    theirs: dict[str, Method] = {name: PlainData2Vec(encoder_of(size), masks) for name, masks in drawn.items()}
    beside("data2vec, plain", theirs, pictures, ours, pictures)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--batch", type=int, default=64, help="pictures in a batch")
    options.add_argument("--size", type=int, default=32, help=f"their side in pixels, a multiple of {PATCH}")
    chosen = options.parse_args()
    warnings.filterwarnings("ignore", message=".*weight_norm.*", category=FutureWarning)  # lightly's DINO head
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, batches of {chosen.batch}, {chosen.size} px")
    print(f"{'ms a step, on ' + str(device()):42} {'theirs':>9} {'ours':>9} {'ratio':>8}")
    pictures = world.draw(chosen.batch, size=chosen.size, mode="portrait").pictures.to(device())
    ibot(pictures)
    data2vec(pictures)


if __name__ == "__main__":
    main()
