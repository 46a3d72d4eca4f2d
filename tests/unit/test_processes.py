"""Two processes with half a batch each learn as one process with the whole."""

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


def start(arguments, rank=None, processes=2, port=0):
    together = {}
    if rank is not None:
        together = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
        together |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    environment = os.environ | {name: str(value) for name, value in together.items()} | {"COURSE_DEVICE": "cpu"}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, arguments)], env=environment)


@pytest.mark.parametrize("kind", ["stream", "epochs"])
def test_two_processes_learn_as_one(kind, tmp_path):
    import json

    assert start((tmp_path, kind, 16)).wait(300) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
