"""Two processes with half a batch each learn as one process with the whole, also where a loss looks at all of it."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import BPE, ConvNet, Encoder, TextTransformer, seeded
from course_lib.pretrain import CLIP, DINO, BarlowTwins, Labels, MoCo, MoCoV3, SigLIP, SimCLR, SupCon, UniCL, VICReg

pytestmark = pytest.mark.slow

STEPS, BATCH = 45, 16
Numbers = dict[str, torch.Tensor]


class Patches(Encoder):
    """An encoder without batch norm: its statistics would be those of half a batch."""

    width = 16

    def __init__(self):
        super().__init__()
        with seeded(0):
            first, second = torch.nn.Conv2d(3, 16, 4, 4), torch.nn.Conv2d(16, 16, 2)
            self.layers = torch.nn.Sequential(first, torch.nn.GroupNorm(4, 16), torch.nn.GELU(), second)

    def forward(self, pictures):
        return self.layers(pictures).mean((2, 3))


def learned(folder: Path, processes: int) -> Numbers:
    """Weights, losses and the count of pictures of two trainings, by name: on a stream, and on a few pictures."""
    found: Numbers = {}
    share = BATCH // processes
    for kind, batches in (
        ("stream", world.Stream(share, size=16, seed=3)),
        ("epochs", Epochs(world.draw(70, size=16), share, seed=2)),
    ):
        method = Labels(Patches(), 50)
        history = fit(method, batches, STEPS, lr=1e-3, progress=False, folder=folder, save_every=0)
        found |= {f"{kind} {name}": value for name, value in method.state_dict().items()}
        found |= {f"{kind} loss": torch.tensor(history.loss), f"{kind} pictures": torch.tensor(history.pictures)}
    return found


class Shift:
    """Views without chance: each call moves the pictures one pixel further."""

    def __init__(self):
        self.calls = 0

    def __call__(self, pictures):
        self.calls += 1
        return pictures.roll(self.calls % 7, 3)


def losses(folder: Path, processes: int) -> Numbers:
    """Loss, gradients and memory, over two steps, of every method that compares the pictures of a batch."""
    rank = dist.get_rank() if processes > 1 else 0
    batch = world.draw(12, size=16, mode="portrait")
    mine = SimpleNamespace(
        pictures=batch.pictures[rank::processes].double(),
        captions=batch.captions[rank::processes],
        labels=(torch.arange(12) % 4)[rank::processes],
    )

    torch.set_default_dtype(torch.float64)  # so that what is left of a difference is not rounding

    def towers():
        bpe = BPE.learn(batch.captions, merges=50)
        return ConvNet((8, 16)), TextTransformer(len(bpe), 16, 1, 2, length=32), bpe

    def few():
        return {"views": Shift(), "dim": 8, "hidden": 16}

    shift = Shift()
    methods = {
        "SimCLR": lambda: SimCLR(ConvNet((8, 16)), **few()),
        "SupCon": lambda: SupCon(ConvNet((8, 16)), **few()),
        "MoCo": lambda: MoCo(ConvNet((8, 16)), queue=24, **few()),
        "MoCoV3": lambda: MoCoV3(ConvNet((8, 16)), **few()),
        "BarlowTwins": lambda: BarlowTwins(ConvNet((8, 16)), **few()),
        "VICReg": lambda: VICReg(ConvNet((8, 16)), **few()),
        "DINO": lambda: DINO(ConvNet((8, 16)), 16, 16, 8, global_crops=shift, local_crops=shift),
        "CLIP": lambda: CLIP(*towers(), dim=8),
        "SigLIP": lambda: SigLIP(*towers(), dim=8),
        "UniCL": lambda: UniCL(*towers(), dim=8, names=["cat", "dog", "car", "sun"], share=1.0),
    }
    found: Numbers = {}
    for name, make in methods.items():
        method = make().double().eval()  # batch norms use what they remember, which is the same everywhere
        for step in range(2):  # twice, so that queues and centers are used
            loss = method.loss(mine).total
            slopes = torch.autograd.grad(loss, [p for p in method.parameters() if p.requires_grad])
            loss = loss.detach()
            for value in (loss, *slopes) if processes > 1 else ():
                dist.all_reduce(value)  # what several processes do before each step
                value /= processes
            found[f"{name} loss {step}"] = loss
            found[f"{name} gradient {step}"] = torch.cat([slope.flatten() for slope in slopes])
            method.after_step(0.5)
        for memory in ("queue", "center"):
            if hasattr(method, memory):
                found[f"{name} {memory}"] = getattr(method, memory).sort(0).values
    return found


Work = Callable[[Path, int], Numbers]


def do_alone(work: Work, folder: Path) -> Numbers:
    """What the work finds in this process."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    try:
        torch.set_num_threads(1)
        return work(folder, 1)
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)


def take_part(work: Work, folder: Path, rank: int) -> None:
    """Be one of two processes: they meet in a file, so that no port is needed, and end their group together."""
    os.environ.update(COURSE_DEVICE="cpu", RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", LOCAL_WORLD_SIZE="2")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=(folder / "meeting").as_uri(), rank=rank, world_size=2)
    try:
        found = work(folder, 2)
        if rank == 0:
            save_file({name: value.contiguous() for name, value in found.items()}, folder / "found")
        dist.barrier()
    finally:
        dist.destroy_process_group()


def do_together(work: Work, folder: Path) -> Numbers:
    """What the work finds when two processes share it; where one fails, the other is not waited for."""
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=take_part, args=(work, folder, rank)) for rank in (0, 1)]
    deadline = time.monotonic() + 900
    try:
        for process in both:
            process.start()
        while any(process.is_alive() for process in both):
            assert not any(process.exitcode for process in both), "one of the two processes failed"
            assert time.monotonic() < deadline, "two processes took more than 15 minutes"
            wait([process.sentinel for process in both if process.is_alive()], timeout=5)
        assert [process.exitcode for process in both] == [0, 0]
    finally:
        for process in both:
            if process.is_alive():
                process.kill()
            process.join()
    return load_file(folder / "found")


def test_two_processes_learn_as_one(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    one = do_alone(learned, tmp_path)
    two = do_together(learned, tmp_path)
    assert one.keys() == two.keys()
    for name in one:
        assert (one[name] - two[name]).abs().max() < 1e-5, name
    for kind in ("stream", "epochs"):
        assert two[f"{kind} pictures"] == STEPS * BATCH and two[f"{kind} loss"][-1] < two[f"{kind} loss"][0]
    assert not list(tmp_path.glob("labels-*"))  # the checkpoint is gone when the training is done


def test_losses_of_the_whole_batch_are_the_same_in_two_processes(tmp_path):
    """Loss, gradients and memory of every method that compares the pictures of a batch, to 1e-6."""
    one, two = do_alone(losses, tmp_path), do_together(losses, tmp_path)
    assert one.keys() == two.keys() and len(one) == 10 * 4 + 2
    for name in one:
        assert one[name].abs().max() > 0, name
        assert (one[name] - two[name]).abs().max() <= 1e-6 * max(1.0, one[name].abs().max().item()), name
