"""Checkpoints: the same training goes on where it stopped, and nothing else does."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import LOG_EVERY, fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, Loss
from course_lib.train import checkpoint
from course_lib.train.checkpoint import fingerprint

from .doubling import Doubling, Endless, weights

POWER = {"steps": 0}  # how many steps there is power for


class Powered(Doubling):
    """Learns as long as there is power."""

    def after_step(self, progress):
        super().after_step(progress)
        POWER["steps"] -= 1
        if POWER["steps"] == 0:
            raise OSError("the power went off")


def cut_off(folder: Path, method: Doubling | None = None, **options: Any) -> Path:
    """A training that left its checkpoint behind, after 40 of 60 steps."""
    POWER["steps"] = 45
    with pytest.raises(OSError, match="the power went off"):
        fit(method or Powered(), Endless(), 60, progress=False, folder=folder, save_every=0, **options)
    (left,) = folder.glob("*.safetensors")
    return left


def steps_taken(folder: Path, method: Doubling | None = None, **options: Any) -> int:
    """How many steps the same call takes now."""
    POWER["steps"] = 0
    fit(method or Powered(), Endless(), 60, progress=False, folder=folder, **options)
    return -POWER["steps"]


@pytest.mark.slow
def test_another_training_does_not_go_on_from_somebody_elses_checkpoint(tmp_path):
    class Tripling(Powered):  # the student mended the loss
        def loss(self, batch):
            return Loss((self.encoder(batch.pictures) - 3 * batch.pictures).square().mean())

    class Other(Powered):
        factor = 3  # a number of the class

    frozen = Powered()
    frozen.encoder.layer.bias.requires_grad_(False)
    settings: list[dict[str, Any]] = [{"lr": 0.04}, {"optimizer": "sgd"}, {"seed": 1}, {"weight_decay": 0.0}]
    tries: list[tuple[Doubling, dict[str, Any]]] = [(Powered(), options) for options in settings]
    tries += [(Powered(), {"warmup": 0.1}), (Powered(), {})]
    tries += [(other, {}) for other in (Tripling(), Other(), frozen)]
    names = set()
    for number, (method, options) in enumerate(tries):
        type(method).__name__ = type(method).__qualname__ = "Powered"
        names.add(cut_off(tmp_path / str(number), method, **options).name)
    assert len(names) == len(tries)


def test_what_is_measured_on_the_way_belongs_to_the_training(tmp_path):
    def bias(method):
        return {"bias": method.encoder.layer.bias.mean()}

    def weight(method):
        return {"bias": method.encoder.layer.weight.mean()}

    names = {
        cut_off(tmp_path / "none").name,
        cut_off(tmp_path / "bias", eval_fn=bias).name,
        cut_off(tmp_path / "weight", eval_fn=weight).name,
    }
    assert len(names) == 3
    assert steps_taken(tmp_path / "bias", eval_fn=weight) == 60  # not the training that was cut off
    assert steps_taken(tmp_path / "bias", eval_fn=bias) == 20
    assert not list((tmp_path / "bias").iterdir())


def test_a_checkpoint_that_cannot_be_read_is_left_aside(tmp_path, capsys):
    cut_off(tmp_path).write_bytes(b"torn")
    POWER["steps"] = 0
    whole, again = Powered(), Powered()
    fit(whole, Endless(), 60, progress=False, folder=tmp_path / "other")
    assert "begins anew" not in capsys.readouterr().out
    assert steps_taken(tmp_path, again) == 60
    assert "begins anew" in capsys.readouterr().out
    assert torch.equal(weights(whole), weights(again))


KILLED = """
import os, sys, torch
from pathlib import Path
from course_lib import world
from course_lib.fit import fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels
from safetensors.torch import save_file

class Waits(Labels):
    def after_step(self, progress):
        if progress > 0.5 and "WAIT" in os.environ:
            print("the next checkpoint is not due yet", flush=True)
            sys.stdin.read()

torch.set_num_threads(1)
method = Waits(ConvNet((8, 16)), classes=50)
fit(method, world.Stream(16, size=16, seed=4), 60, save_every=0, folder=Path(sys.argv[1]), progress=False)
save_file(method.state_dict(), sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path):
    """kill -9 between two checkpoints; a new process makes the same call."""

    def start(**more: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", KILLED, str(tmp_path / "cut"), str(tmp_path / "cut.st")]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, env=os.environ | more)

    killed = start(WAIT="1")
    assert killed.stdout is not None and "not due yet" in killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert list((tmp_path / "cut").glob("*.safetensors")) and not (tmp_path / "cut.st").exists()
    again, threads, whole = start(), torch.get_num_threads(), Labels(ConvNet((8, 16)), classes=50)
    torch.set_num_threads(1)
    fit(whole, world.Stream(16, size=16, seed=4), 60, folder=tmp_path / "whole", progress=False)
    torch.set_num_threads(threads)
    again.communicate(timeout=600)
    assert again.returncode == 0 and not list((tmp_path / "cut").glob("*.safetensors"))
    found, expected = load_file(tmp_path / "cut.st"), whole.state_dict()
    assert found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)


def test_a_full_disk_does_not_stop_a_training(tmp_path, capsys):
    (tmp_path / "file").touch()
    fit(Doubling(), Endless(), 3 * LOG_EVERY, save_every=0, progress=False, folder=tmp_path / "file")
    assert "No checkpoint could be written" in capsys.readouterr().out


def test_a_fingerprint_sees_numbers_code_and_pictures():
    few = world.draw(4, size=8, seed=1)
    streams = [world.Stream(8, size=16), world.Stream(8, size=16, seed=1), Epochs(few, 2), Epochs(few[:3], 2)]
    prints = [fingerprint(s) for s in streams] + [fingerprint(lambda x: x + 1), fingerprint(lambda x: x + 2)]
    prints += [fingerprint(Labels(ConvNet(seed=s), 50, seed=h)) for s, h in ((0, 0), (1, 0), (0, 1))]
    assert len(set(prints)) == len(prints)
    assert fingerprint(world.Stream(8, size=16).skip(3)) == prints[0]

    def one(x, *, k=1):
        return x in {"a", "b"}

    def two(x, *, k=2):
        return x in {"a", "b"}

    others = [range(3), range(4), slice(2), slice(3), np.zeros(3), np.ones(3), np.int64(3), np.int64(4), [], [1]]
    others += [partial(max, 1), partial(min, 1), partial(max, 2), one, two, {"a", "b"}, {"a", "c"}, (1, 2), (1, 3)]
    assert len({fingerprint(other) for other in others}) == len(others)


@pytest.mark.slow
def test_a_fingerprint_is_the_same_in_another_process():
    program = """
from course_lib.train.checkpoint import fingerprint
from course_lib.pretrain import Labels
from course_lib.nn import ConvNet
print(fingerprint(Labels(ConvNet(), 50), lambda x: x in {"a", "b", "c"}, {"d", "e", "f"}))"""
    words = [sys.executable, "-c", program]
    asked = [
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]
    one, other = (process.communicate(timeout=600)[0] for process in asked)
    assert one == other and len(one.strip()) == 12


def test_the_same_weights_have_the_same_fingerprint():
    assert fingerprint(Labels(ConvNet(), 50)) == fingerprint(Labels(ConvNet(), 50))


def rewrite(file: Path, about=lambda about: about, tensors=lambda tensors: tensors, sound: bool = True) -> None:
    """Write a checkpoint anew, changed, and with a checksum that fits if it is to be `sound`."""
    with safe_open(file, "pt") as opened:
        kept = opened.metadata()
        found = {key: opened.get_tensor(key).clone() for key in opened.keys()}  # noqa: SIM118 (a file is not a dict)
    told = json.dumps(about(json.loads(kept["about"])))
    found = tensors(found)
    save_file(
        found, file, {"about": told, "checksum": checkpoint._checksum(told, found) if sound else kept["checksum"]}
    )


def without(name: str, *inside: str):
    """A function that leaves out one name of a dictionary, or of one inside it."""

    def change(kept: dict) -> dict:
        place = kept
        for step in inside:
            place = place[step]
        del place[name]
        return kept

    return change


def nudged(tensors: dict) -> dict:
    tensors["method.encoder.layer.bias"] += 0.25
    return tensors


DAMAGES = {
    "no seconds": lambda file: rewrite(file, without("seconds", "history")),
    "no history": lambda file: rewrite(file, without("history")),
    "no scaler": lambda file: rewrite(file, without("scaler")),
    "a list": lambda file: rewrite(file, lambda about: [1]),
    "losses of words": lambda file: rewrite(
        file, lambda about: about | {"history": about["history"] | {"loss": "abc"}}
    ),
    "too long": lambda file: rewrite(
        file, lambda about: about | {"history": {**about["history"], "metrics": {}, "loss": [1.0] * 60}}
    ),
    "no weight": lambda file: rewrite(file, tensors=without("method.encoder.layer.weight")),
    "another shape": lambda file: rewrite(file, tensors=lambda t: t | {"method.seen": torch.zeros(2)}),
    "another value": lambda file: rewrite(file, tensors=nudged, sound=False),
    "no state": lambda file: rewrite(file, tensors=without("optimizer.0.exp_avg"), sound=False),
    "an earlier version": lambda file: save_file(load_file(file), file, {"about": "{}"}),
    "no metadata": lambda file: save_file(load_file(file), file),
    "a mark at the start": lambda file: file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes()),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-40]),
    "empty": lambda file: file.write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_checkpoint_that_is_not_whole_is_noticed_and_costs_nothing_else(damage, tmp_path, capsys):
    DAMAGES[damage](cut_off(tmp_path))
    method, whole = Powered(), Powered()
    assert steps_taken(tmp_path, method) == 60  # all of them, and without an error
    assert "cannot be read: this training begins anew" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    fit(whole, Endless(), 60, progress=False, folder=tmp_path)
    assert torch.equal(weights(method), weights(whole))


def test_a_checkpoint_out_of_reach_is_not_thrown_away(tmp_path, monkeypatch, capsys):
    left = cut_off(tmp_path)

    def closed(*args: Any) -> None:
        raise PermissionError("not now")

    POWER["steps"] = 3
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "safe_open", closed)
        with pytest.raises(OSError, match="the power went off"):
            fit(Powered(), Endless(), 60, progress=False, folder=tmp_path)
    assert left.exists() and "begins anew" in capsys.readouterr().out
    assert steps_taken(tmp_path) == 20


def test_a_training_that_goes_on_has_closed_its_checkpoint(tmp_path):
    mapped = []

    class Looks(Powered):
        def after_step(self, progress):
            super().after_step(progress)
            mapped.append(str(tmp_path) in Path("/proc/self/maps").read_text())

    if not Path("/proc/self/maps").exists():
        pytest.skip("only Linux says which files are mapped")
    cut_off(tmp_path, Looks())
    mapped.clear()
    assert steps_taken(tmp_path, Looks()) == 20
    assert len(mapped) == 20 and not any(mapped)


class Counting(torch.optim.SGD):
    """Descent that counts in plain numbers, and steps less wide the further it counts."""

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                count = self.state[p]["count"] = self.state[p].get("count", 0) + 1
                p.data -= 0.01 / count * p.grad


def test_what_an_optimizer_counts_in_plain_numbers_is_kept(tmp_path):
    cut_off(tmp_path, optimizer=Counting)
    again, whole = Powered(), Powered()
    assert steps_taken(tmp_path, again, optimizer=Counting) == 20
    fit(whole, Endless(), 60, optimizer=Counting, progress=False, folder=tmp_path)
    assert torch.equal(weights(whole), weights(again))


def test_what_is_half_written_does_not_stay(tmp_path, monkeypatch):
    left = cut_off(tmp_path)
    before = left.read_bytes()

    def pressed(tensors: Any, file: Path, metadata: Any) -> None:
        file.write_bytes(b"half")
        raise KeyboardInterrupt  # the second one, which does not wait

    monkeypatch.setattr(checkpoint, "save_file", pressed)
    with pytest.raises(KeyboardInterrupt):
        fit(Powered(), Endless(), 80, progress=False, folder=str(tmp_path), save_every=0)  # pyright: ignore
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]
