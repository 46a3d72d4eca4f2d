"""How fast a step of learning from pictures alone is, beside the same step built from lightly's blocks.

    python benchmarks/pictures_alone.py [--batch 128] [--size 32]

Both sides share the encoder, the widths and layers of the heads, the optimizer, and how often which pictures pass
through which network. The heads, losses, moving averages, queue and center are ours on one side and lightly's on the
other. In the upper rows views are made beforehand, and only the step is timed. In the lower ones it begins with raw
pictures: lightly's transforms change them one by one in a data loader, ours the whole batch on the device, with the
same settings.

Contenders take turns. Each number is the median of all turns, and the ratio that of turns beside each other, so that a
busy moment spoils none. The peers come with `pip install -e ".[parity]"`.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from types import SimpleNamespace
from typing import Any

import torch
from lightly.loss import BarlowTwinsLoss, DINOLoss, NegativeCosineSimilarity, NTXentLoss, VICRegLoss
from lightly.models.modules.heads import (
    BarlowTwinsProjectionHead,
    BYOLPredictionHead,
    BYOLProjectionHead,
    DINOProjectionHead,
    VICRegProjectionHead,
)
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.transforms.simclr_transform import SimCLRTransform
from PIL.Image import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_pil_image

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.nn import ConvNet
from course_lib.pretrain import BYOL, DINO, BarlowTwins, Loss, Method, MoCo, SimCLR, VICReg
from course_lib.train.device import device
from course_lib.views import DEFAULT_VIEWS, Views

ROUNDS, WARM, STEPS = 7, 2, 4
"""How many turns each takes, how many steps of a turn go by first, and how many are timed."""
DIM, WIDE, HIDDEN, QUEUE, PROTOTYPES, BOTTLENECK, SMALLS = 128, 256, 256, 2048, 1024, 64, 4


class Twins(Method):
    """Lightly's SimCLR, Barlow Twins and VICReg: two views, one network, a loss between them."""

    def __init__(self, criterion: nn.Module, head: type[nn.Module], dim: int, together: bool = False):
        super().__init__()
        self.encoder, self.criterion, self.together = ConvNet(), criterion, together
        self.student = nn.Sequential(self.encoder, head(self.encoder.width, HIDDEN, dim))

    def loss(self, batch: Sequence[Tensor]) -> Loss:
        one, two = (view.to(device()) for view in batch)
        if self.together:  # both views in one pass, as our SimCLR has it
            return Loss(self.criterion(*self.student(torch.cat([one, two])).chunk(2)))
        return Loss(self.criterion(self.student(one), self.student(two)))


def their_simclr() -> Twins:
    """SimCLR of lightly's; its own head ends in one more batch norm, BYOL's has the layers of ours."""
    return Twins(NTXentLoss(0.2), BYOLProjectionHead, DIM, together=True)


class Taught(Method):
    """Lightly's MoCo and BYOL: what a slow copy makes of each view is to be found in the other."""

    def __init__(self, criterion: nn.Module, predictor: nn.Module | None = None):
        super().__init__()
        self.encoder, self.criterion, self.predictor = ConvNet(), criterion, predictor or nn.Identity()
        self.student = nn.Sequential(self.encoder, BYOLProjectionHead(self.encoder.width, HIDDEN, DIM))
        self.teacher = copy.deepcopy(self.student)
        deactivate_requires_grad(self.teacher)

    def loss(self, batch: Sequence[Tensor]) -> Loss:
        one, two = (self.predictor(self.student(view)) for view in batch)
        with torch.no_grad():
            told_one, told_two = (self.teacher(view) for view in batch)
        return Loss((self.criterion(one, told_two) + self.criterion(two, told_one)) / 2)

    def after_step(self, progress: float) -> None:
        update_momentum(self.student, self.teacher, 0.99)


class Pieces(Method):
    """Lightly's DINO: a batch is a list of large views and a list of small ones."""

    def __init__(self):
        super().__init__()
        self.encoder, self.criterion = ConvNet(), DINOLoss(PROTOTYPES)
        width = self.encoder.width
        self.head, head = (DINOProjectionHead(width, HIDDEN, BOTTLENECK, PROTOTYPES) for _ in range(2))
        self.teacher = nn.Sequential(copy.deepcopy(self.encoder), head)
        head.load_state_dict(self.head.state_dict())
        deactivate_requires_grad(self.teacher)

    def loss(self, batch: Sequence[Sequence[Tensor]]) -> Loss:
        large, small = (torch.cat(list(views)) for views in batch)
        student = self.head(torch.cat([self.encoder(large), self.encoder(small)]))
        with torch.no_grad():
            teacher = self.teacher(large)
        return Loss(self.criterion(teacher.chunk(2), student.chunk(2 + SMALLS)))

    def after_step(self, progress: float) -> None:
        update_momentum(self.encoder, self.teacher[0], 0.99)
        update_momentum(self.head, self.teacher[1], 0.99)


class Pictures(Dataset):
    """Pillow's pictures, each turned into two views on its own when it is asked for."""

    def __init__(self, pictures: list[Image], transform: SimCLRTransform):
        self.pictures, self.transform = pictures, transform

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Any:
        return self.transform(self.pictures[index])


class Contender:
    """A method with what it learns from."""

    def __init__(self, method: Method, batches: Iterable[Any]):
        self.method, self.batches = method.to(device()).train(), batches
        self.optimizer = torch.optim.AdamW(method.parameters(), lr=2e-3, fused=device().type in ("cpu", "cuda"))

    def steps(self, batches: Iterable[Any]) -> float:
        """Seconds that one step for each of these batches takes, altogether."""
        begun = time.perf_counter()
        for batch in batches:
            loss = self.method.loss(batch)
            self.optimizer.zero_grad()
            loss.total.backward()
            self.optimizer.step()
            self.method.after_step(0.5)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return time.perf_counter() - begun

    def turn(self) -> float:
        """Seconds of a step."""
        batches = iter(self.batches)
        self.steps(itertools.islice(batches, WARM))
        return self.steps(itertools.islice(batches, STEPS)) / STEPS


def race(contenders: dict[str, Contender]) -> None:
    """Print how long a step of each takes, and how many times as long as ours."""
    turns = [{name: contender.turn() for name, contender in contenders.items()} for _ in range(ROUNDS)]
    ours = 1000 * median(turn["ours"] for turn in turns)
    for name in contenders:
        if name != "ours":
            theirs = 1000 * median(turn[name] for turn in turns)
            ratio = median(turn[name] / turn["ours"] for turn in turns)
            print(f"{name:42} {theirs:>9.1f} {ours:>9.1f} {ratio:>7.2f}x", flush=True)


def handed_out(views: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
    """Views that are made already, one after the other."""
    turns = itertools.cycle(views)
    return lambda _: next(turns)


def steps_alone(pictures: Tensor) -> None:
    large = [DEFAULT_VIEWS(pictures) for _ in range(2)]
    small = [Views(size=pictures.shape[2] // 2, scale=(0.1, 0.4))(pictures) for _ in range(SMALLS)]
    large_views, small_views = handed_out(large), handed_out(small)
    dino = DINO(
        ConvNet(),
        PROTOTYPES,
        HIDDEN,
        BOTTLENECK,
        global_crops=large_views,
        local_crops=small_views,
        num_local_crops=SMALLS,
    )
    byol = Taught(NegativeCosineSimilarity(), BYOLPredictionHead(DIM, HIDDEN, DIM))
    pairs: dict[str, tuple[Method, Method]] = {
        "SimCLR": (their_simclr(), SimCLR(ConvNet(), DIM, HIDDEN, views=large_views)),
        "MoCo": (Taught(NTXentLoss(0.2, (QUEUE, DIM))), MoCo(ConvNet(), DIM, HIDDEN, QUEUE, views=large_views)),
        "BYOL": (byol, BYOL(ConvNet(), DIM, HIDDEN, views=large_views)),
        "Barlow Twins": (
            Twins(BarlowTwinsLoss(), BarlowTwinsProjectionHead, WIDE),
            BarlowTwins(ConvNet(), WIDE, HIDDEN, views=large_views),
        ),
        "VICReg": (Twins(VICRegLoss(), VICRegProjectionHead, WIDE), VICReg(ConvNet(), WIDE, HIDDEN, views=large_views)),
        "DINO": (Pieces(), dino),
    }
    for name, (theirs, ours) in pairs.items():
        seen = (large, small) if name == "DINO" else large
        batch = SimpleNamespace(pictures=pictures)
        race({name: Contender(theirs, itertools.repeat(seen)), "ours": Contender(ours, itertools.repeat(batch))})


def from_pictures(batch: int, size: int) -> None:
    examples = world.draw((WARM + STEPS + 8) * batch, size=size, mode="portrait")
    transform = SimCLRTransform(
        input_size=size,
        min_scale=DEFAULT_VIEWS.scale[0],
        cj_bright=DEFAULT_VIEWS.brightness,
        cj_contrast=DEFAULT_VIEWS.contrast,
        cj_sat=DEFAULT_VIEWS.saturation,
        cj_hue=DEFAULT_VIEWS.hue,
        sigmas=(DEFAULT_VIEWS.sigma[0] * size / 224, DEFAULT_VIEWS.sigma[1] * size / 224),
        normalize=None,  # the encoder does that
    )
    pictures = Pictures([to_pil_image(picture) for picture in examples.pictures], transform)
    contenders = {
        f"SimCLR from raw pictures, {workers} workers": Contender(
            their_simclr(), DataLoader(pictures, batch, shuffle=True, num_workers=workers, drop_last=True)
        )
        for workers in (0, 2)
    }
    race(contenders | {"ours": Contender(SimCLR(ConvNet(), DIM, HIDDEN), Epochs(examples, batch).to(device()))})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--batch", type=int, default=128, help="pictures in a batch")
    options.add_argument("--size", type=int, default=32, help="their side in pixels")
    chosen = options.parse_args()
    warnings.filterwarnings("ignore", message=".*weight_norm.*", category=FutureWarning)  # lightly's DINO head
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, batches of {chosen.batch}, {chosen.size} px")
    print(f"{'ms a step, on ' + str(device()):42} {'lightly':>9} {'ours':>9} {'ratio':>8}")
    steps_alone(world.draw(chosen.batch, size=chosen.size, mode="portrait").pictures.to(device()))
    from_pictures(chosen.batch, chosen.size)


if __name__ == "__main__":
    main()
