"""Two processes with half a batch each learn as one process with the whole, also where a loss looks at all of it."""

import os
import socket
import subprocess
import sys
import textwrap

import pytest
from safetensors.torch import load_file

PROGRAM = textwrap.dedent(
    """
    import json, sys
    from pathlib import Path
    import torch
    from safetensors.torch import save_file
    from course_lib import world
    from course_lib.epochs import Epochs
    from course_lib.fit import fit
    from course_lib.nn import Encoder, seeded
    from course_lib.pretrain import Labels

    class Patches(Encoder):  # no batch norm: its statistics would be those of half a batch
        width = 16
        def __init__(self):
            super().__init__()
            with seeded(0):
                self.layers = torch.nn.Sequential(
                    torch.nn.Conv2d(3, 16, 4, 4), torch.nn.GroupNorm(4, 16), torch.nn.GELU(), torch.nn.Conv2d(16, 16, 2)
                )
        def forward(self, pictures):
            return self.layers(pictures).mean((2, 3))

    torch.set_num_threads(1)
    folder, kind, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    batches = world.Stream(size, size=16, seed=3) if kind == "stream" else Epochs(world.draw(70, size=16), size, seed=2)
    method = Labels(Patches(), 50)
    history = fit(method, batches, 45, lr=1e-3, progress=False, folder=folder, save_every=0)
    if not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0:
        save_file(method.state_dict(), folder / f"{kind}-{size}.safetensors")
        (folder / f"{kind}-{size}.json").write_text(json.dumps([history.loss, history.pictures]))
    """
)


LOSSES = textwrap.dedent(
    """
    import sys
    from types import SimpleNamespace
    import torch
    import torch.distributed as dist
    from safetensors.torch import save_file
    from course_lib import world
    from course_lib.nn import BPE, ConvNet, TextTransformer
    from course_lib.pretrain import (
        CLIP, DINO, BarlowTwins, MoCo, MoCoV3, SigLIP, SimCLR, SupCon, UniCL, VICReg
    )

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)  # so that what is left of a difference is not rounding
    together = "RANK" in __import__("os").environ
    if together:
        dist.init_process_group("gloo")
    rank, processes = (dist.get_rank(), dist.get_world_size()) if together else (0, 1)
    batch = world.draw(12, size=16, mode="portrait")
    mine = SimpleNamespace(
        pictures=batch.pictures[rank::processes].double(),
        captions=batch.captions[rank::processes],
        labels=(torch.arange(12) % 4)[rank::processes],
    )

    class Shift:  # views without chance: each call moves the pictures one pixel further
        calls = 0
        def __call__(self, pictures):
            Shift.calls += 1
            return pictures.roll(Shift.calls % 7, 3)

    def towers():
        bpe = BPE.learn(batch.captions, merges=50)
        return ConvNet((8, 16)), TextTransformer(len(bpe), 16, 1, 2, length=32), bpe

    few = {"views": Shift(), "dim": 8, "hidden": 16}
    methods = {
        "SimCLR": lambda: SimCLR(ConvNet((8, 16)), **few),
        "SupCon": lambda: SupCon(ConvNet((8, 16)), **few),
        "MoCo": lambda: MoCo(ConvNet((8, 16)), queue=24, **few),
        "MoCoV3": lambda: MoCoV3(ConvNet((8, 16)), **few),
        "BarlowTwins": lambda: BarlowTwins(ConvNet((8, 16)), **few),
        "VICReg": lambda: VICReg(ConvNet((8, 16)), **few),
        "DINO": lambda: DINO(ConvNet((8, 16)), 16, 16, 8, large=Shift(), small=Shift()),
        "CLIP": lambda: CLIP(*towers(), dim=8),
        "SigLIP": lambda: SigLIP(*towers(), dim=8),
        "UniCL": lambda: UniCL(*towers(), dim=8, names=["cat", "dog", "car", "sun"], share=1.0),
    }
    found = {}
    for name, make in methods.items():
        Shift.calls = 0
        method = make().double().eval()  # batch norms use what they remember, which is the same everywhere
        for step in range(2):  # twice, so that queues and centers are used
            loss = method.loss(mine).total
            slopes = torch.autograd.grad(loss, [p for p in method.parameters() if p.requires_grad])
            for slope in slopes:
                if together:
                    dist.all_reduce(slope)  # what several processes do before each step
                    slope /= processes
            loss = loss.detach()
            if together:
                dist.all_reduce(loss)
            found[f"{name} loss {step}"] = loss / processes
            found[f"{name} gradient {step}"] = torch.cat([slope.flatten() for slope in slopes])
            method.after_step(0.5)
        for memory in ("queue", "center"):
            if hasattr(method, memory):
                found[f"{name} {memory}"] = getattr(method, memory).sort(0).values
    if rank == 0:
        save_file({key: value.contiguous() for key, value in found.items()}, sys.argv[1])
    """
)


def start(arguments, rank=None, processes=2, port=0, program=PROGRAM):
    together = {}
    if rank is not None:
        together = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
        together |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    environment = os.environ | {name: str(value) for name, value in together.items()} | {"COURSE_DEVICE": "cpu"}
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], env=environment)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize("kind", ["stream", "epochs"])
def test_two_processes_learn_as_one(kind, tmp_path):
    import json

    assert start((tmp_path, kind, 16)).wait(300) == 0
    port = free_port()
    both = [start((tmp_path, kind, 8), rank, 2, port) for rank in (0, 1)]
    assert [process.wait(300) for process in both] == [0, 0]
    one, two = (load_file(tmp_path / f"{kind}-{size}.safetensors") for size in (16, 8))
    assert max((one[name] - two[name]).abs().max().item() for name in one) < 1e-5
    (loss, pictures), (loss_of_both, pictures_of_both) = (
        json.loads((tmp_path / f"{kind}-{size}.json").read_text()) for size in (16, 8)
    )
    assert pictures == pictures_of_both == 45 * 16
    assert max(abs(a - b) for a, b in zip(loss, loss_of_both, strict=True)) < 1e-5 and loss[-1] < loss[0]
    assert not list(tmp_path.glob("labels-*"))  # the checkpoint is gone when the training is done


def test_losses_of_the_whole_batch_are_the_same_in_two_processes(tmp_path):
    """Loss, gradients and memory of every method that compares the pictures of a batch, to 1e-6."""
    port = free_port()
    assert start([tmp_path / "one"], program=LOSSES).wait(300) == 0
    both = [start([tmp_path / "two"], rank, 2, port, LOSSES) for rank in (0, 1)]
    assert [process.wait(300) for process in both] == [0, 0]
    one, two = load_file(tmp_path / "one"), load_file(tmp_path / "two")
    assert one.keys() == two.keys() and len(one) == 10 * 4 + 2
    for name in one:
        assert one[name].abs().max() > 0, name
        assert (one[name] - two[name]).abs().max() <= 1e-6 * max(1.0, one[name].abs().max().item()), name
