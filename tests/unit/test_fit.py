"""The training loop: it learns, stops, goes on, and says what went wrong."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import LOG_EVERY, Diverged, fit, learning_rate
from course_lib.nn import ConvNet, Encoder
from course_lib.pretrain import Labels, Loss, Method
from course_lib.train.checkpoint import fingerprint
from course_lib.train.processes import sync_batch_norms


class Line(Encoder):
    """Four numbers in, four out; no batch norm, nothing but a matrix and a vector."""

    width = 4

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        nn.init.eye_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, pictures):
        return self.layer(pictures)


@dataclass
class Numbers:
    pictures: torch.Tensor  # (B, 4)


class Endless:
    """Batches of numbers; from `bad_from` on they are not numbers."""

    def __init__(self, bad_from=10**9):
        self.bad_from, self.passed = bad_from, 0

    def __next__(self):
        x = torch.randn(8, 4, generator=torch.Generator().manual_seed(self.passed))
        self.passed += 1
        return Numbers(x * float("nan") if self.passed > self.bad_from else x)

    def skip(self, batches):
        self.passed += batches
        return self

    def to(self, device):
        return self


class Doubling(Method):
    """Learns to double, with chance inside the step and a teacher that follows behind."""

    def __init__(self):
        super().__init__()
        self.encoder = Line()
        self.teacher = Line().requires_grad_(False)
        self.seen = nn.Buffer(torch.zeros(()))

    def loss(self, batch):
        noisy = batch.pictures + 0.01 * torch.randn_like(batch.pictures)
        error = (self.encoder(noisy) - 2 * batch.pictures).square().mean()
        return Loss(error, {"weight": self.encoder.layer.weight.mean()})

    def after_step(self, progress):
        self.seen += progress
        for mine, theirs in zip(self.teacher.parameters(), self.encoder.parameters(), strict=True):
            mine.lerp_(theirs, 0.1)


def weights(method):
    return torch.cat([v.flatten().double() for v in method.state_dict().values()])


def test_it_learns_and_calls_the_hook(tmp_path):
    method = Doubling()
    threads, chance = torch.get_num_threads(), torch.get_rng_state()
    history = fit(
        method, Endless(), 200, lr=0.05, eval_fn=lambda m: {"bias": m.encoder.layer.bias.mean()}, eval_every=80,
        progress=False, folder=tmp_path,
    )  # fmt: skip
    assert history.loss[-1] < 0.01 < history.loss[0] and len(history) == 200 == len(history.metrics["gradient"])
    assert [step for step, _ in history.evals["bias"]] == [0, 80, 160, 200]
    assert method.seen.item() == pytest.approx(sum((i + 1) / 200 for i in range(200)), rel=1e-5)
    assert not torch.equal(method.teacher.layer.weight, method.encoder.layer.weight) and not method.training
    assert history.pictures == 1600 and history.speed > 0
    assert torch.equal(chance, torch.get_rng_state()) and threads == torch.get_num_threads()
    assert not list(tmp_path.iterdir())  # no checkpoint outlives its training


def test_decay_is_for_matrices_alone(tmp_path):
    class Still(Method):
        def __init__(self):
            super().__init__()
            self.encoder = Line()
            nn.init.ones_(self.encoder.layer.bias)

        def loss(self, batch):
            return Loss(0.0 * self.encoder(batch.pictures).sum())

    method = Still()
    fit(method, Endless(), 20, lr=0.1, weight_decay=0.5, progress=False, folder=tmp_path)
    assert method.encoder.layer.weight.diagonal().max() < 0.9 and (method.encoder.layer.bias == 1).all()


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(step, 200, 0.1) for step in range(200)]
    assert rates[0] == 1 / 20 and max(rates) == 1 and rates.index(1) == 19
    assert rates[:20] == sorted(rates[:20]) and rates[20:] == sorted(rates[20:], reverse=True) and rates[-1] < 1e-3


PRESS = {"at": 0, "while": "", "steps": 0}  # when Ctrl-C is pressed


def press(doing):
    if PRESS["at"] == PRESS["steps"] and PRESS["while"] == doing:
        PRESS["while"] = ""
        os.kill(os.getpid(), signal.SIGINT)


class Trained(Doubling):
    """Presses Ctrl-C in the step that PRESS names."""

    def after_step(self, progress):
        super().after_step(progress)
        PRESS["steps"] += 1
        press("step")


def look(method):
    press("look")
    return {"bias": method.encoder.layer.bias.mean()}


@pytest.mark.parametrize("kind", ["step", "look"])
@pytest.mark.parametrize("same_method", [False, True], ids=["a fresh kernel", "the same method"])
@pytest.mark.parametrize("same_stream", [False, True], ids=["a fresh stream", "the same stream"])
@pytest.mark.parametrize("optimizer", ("adamw", "sgd"))
def test_after_ctrl_c_the_same_call_goes_on(kind, same_method, same_stream, optimizer, tmp_path, capsys):
    PRESS.update({"at": 36, "while": kind, "steps": 0})
    options = {
        "lr": 0.05,
        "optimizer": optimizer,
        "progress": False,
        "folder": tmp_path,
        "eval_fn": look,
        "eval_every": 12,
    }
    cut, stream = Trained(), Endless()
    with pytest.raises(KeyboardInterrupt):
        fit(cut, stream, 100, **options)
    stopped = {"step": 36, "look": 37}[kind]
    assert f"after {stopped} of 100" in capsys.readouterr().out and len(list(tmp_path.iterdir())) == 1
    assert stream.passed == 0  # the stream stands where it stood before the call
    cut, stream = cut if same_method else Trained(), stream if same_stream else Endless()
    again = fit(cut, stream, 100, **options)
    assert not list(tmp_path.iterdir()) and stream.passed == 100
    whole = Trained()
    history = fit(whole, Endless(), 100, **options)
    assert torch.equal(weights(whole), weights(cut)) and again.loss == history.loss
    assert again.metrics == history.metrics and again.evals == history.evals


def test_ctrl_c_in_the_last_step_is_not_swallowed(tmp_path):
    PRESS.update({"at": 40, "while": "step", "steps": 0})
    method = Trained()
    with pytest.raises(KeyboardInterrupt):
        fit(method, Endless(), 40, progress=False, folder=tmp_path)
    assert method.seen.item() == pytest.approx(20.5) and not list(tmp_path.iterdir())


def cut_off(folder, method=None, **options):
    """A training that left its checkpoint behind."""

    class Stop(Endless):
        def __next__(self):
            if self.passed == 45:
                raise OSError("the power went off")
            return super().__next__()

    Stop.__qualname__ = "Endless"
    with pytest.raises(OSError, match="the power went off"):
        fit(method or Doubling(), Stop(), 60, progress=False, folder=folder, save_every=0, **options)
    (left,) = folder.glob("*.safetensors")
    return left


def test_another_training_does_not_go_on_from_somebody_elses_checkpoint(tmp_path):
    class Tripling(Doubling):  # the student mended the loss
        def loss(self, batch):
            return Loss((self.encoder(batch.pictures) - 3 * batch.pictures).square().mean())

    class Other(Doubling):
        factor = 3  # a number of the class

    frozen = Doubling()
    frozen.encoder.layer.bias.requires_grad_(False)
    tries = [(Doubling(), o) for o in ({"lr": 0.04}, {"optimizer": "sgd"}, {"seed": 1}, {"weight_decay": 0.0})]
    tries += [(Doubling(), {"warmup": 0.1}), (Doubling(), {})]
    tries += [(other, {}) for other in (Tripling(), Other(), frozen)]
    names = set()
    for number, (method, options) in enumerate(tries):
        type(method).__name__ = type(method).__qualname__ = "Doubling"
        names.add(cut_off(tmp_path / str(number), method, **options).name)
    assert len(names) == len(tries)


def test_a_checkpoint_that_cannot_be_read_is_left_aside(tmp_path, capsys):
    cut_off(tmp_path).write_bytes(b"torn")
    whole, again = Doubling(), Doubling()
    fit(whole, Endless(), 60, progress=False, folder=tmp_path / "other")
    fit(again, Endless(), 60, progress=False, folder=tmp_path)
    assert torch.equal(weights(whole), weights(again)) or "begins anew" in capsys.readouterr().out


def test_a_killed_training_ends_with_the_same_weights(tmp_path):
    """kill -9 between two checkpoints; a new process makes the same call."""
    program = textwrap.dedent(
        """
        import sys, torch
        from pathlib import Path
        from course_lib import world
        from course_lib.fit import fit
        from course_lib.nn import ConvNet
        from course_lib.pretrain import Labels
        from safetensors.torch import save_file
        torch.set_num_threads(1)
        method = Labels(ConvNet((8, 16)), classes=50)
        fit(method, world.Stream(16, size=16, seed=4), 120, save_every=0, folder=Path(sys.argv[1]), progress=False)
        save_file(method.state_dict(), sys.argv[2])
        """
    )

    def start(folder, result):
        return subprocess.Popen([sys.executable, "-c", program, str(folder), str(result)])

    assert start(tmp_path / "whole", tmp_path / "whole.st").wait(300) == 0
    killed = start(tmp_path / "cut", tmp_path / "cut.st")
    until = time.monotonic() + 240
    while not list((tmp_path / "cut").glob("*.safetensors")) and time.monotonic() < until:
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert list((tmp_path / "cut").glob("*.safetensors")) and not (tmp_path / "cut.st").exists()
    assert start(tmp_path / "cut", tmp_path / "cut.st").wait(300) == 0
    assert (tmp_path / "cut.st").read_bytes() == (tmp_path / "whole.st").read_bytes()
    assert not list((tmp_path / "cut").glob("*.safetensors"))


@pytest.mark.parametrize("bad_from", [LOG_EVERY, LOG_EVERY + 7])
def test_a_loss_that_is_no_number_stops_with_a_sentence_and_good_weights(bad_from, tmp_path):
    method = Doubling()
    with pytest.raises(Diverged, match=rf"at step {bad_from + 1} of 100.*learning rate \(now 0\.05\)") as caught:
        fit(method, Endless(bad_from), 100, lr=0.05, progress=False, folder=tmp_path)
    assert weights(method).isfinite().all() and len(caught.value.history) == bad_from
    good = Doubling()  # from before the bad step, and no earlier than the look before the last
    with pytest.raises(Diverged):
        fit(good, Endless(bad_from), 100, lr=0.05, progress=False, folder=tmp_path)
    assert torch.equal(weights(good), weights(method))
    assert torch.equal(method.seen, Doubling().seen) == (bad_from == LOG_EVERY)


def test_a_step_too_wide_is_noticed_by_its_gradient(tmp_path):
    class Infinite(Doubling):
        def loss(self, batch):  # sqrt has no slope at zero: the loss is a number, its gradient is not
            return Loss((0 * self.encoder(batch.pictures)).sum().sqrt())

    with pytest.raises(Diverged, match="at step 1 of 40"):
        fit(Infinite(), Endless(), 40, progress=False, folder=tmp_path)


def test_a_full_disk_does_not_stop_a_training(tmp_path, capsys):
    (tmp_path / "file").touch()
    fit(Doubling(), Endless(), 3 * LOG_EVERY, save_every=0, progress=False, folder=tmp_path / "file")
    assert "No checkpoint could be written" in capsys.readouterr().out


def test_a_terminal_gets_a_bar(tmp_path, capsys):
    fit(Doubling(), Endless(), LOG_EVERY, folder=tmp_path)
    words = capsys.readouterr().err
    assert f"{LOG_EVERY}/{LOG_EVERY}" in words and "loss" in words and "pictures/s" in words


def test_names_to_watch_stay_the_same_and_are_their_own(tmp_path):
    class Wanders(Doubling):
        def loss(self, batch):
            loss = super().loss(batch)
            return Loss(loss.total, {} if self.seen > 0 else loss.metrics)

    class Steals(Doubling):
        def loss(self, batch):
            return Loss(super().loss(batch).total, {"loss": batch.pictures.mean()})

    with pytest.raises(ValueError, match="the same names of metrics at every step"):
        fit(Wanders(), Endless(), 40, progress=False, folder=tmp_path)
    with pytest.raises(ValueError, match="other than 'loss' and 'gradient'"):
        fit(Steals(), Endless(), 40, progress=False, folder=tmp_path)


def test_numbers_that_are_none_are_noticed_before_they_are_measured(tmp_path):
    def look(method):
        assert weights(method).isfinite().all()
        return {"bias": method.encoder.layer.bias.mean()}

    with pytest.raises(Diverged, match="at step 5 of 100"):
        fit(Doubling(), Endless(4), 100, eval_fn=look, eval_every=7, progress=False, folder=tmp_path)


def test_plain_descent_goes_down_the_gradient(tmp_path):
    options = {
        "lr": 0.1,
        "weight_decay": 0.0,
        "warmup": 0.0,
        "max_grad_norm": 1e9,
        "progress": False,
        "folder": tmp_path,
    }
    moved = {}  # how far from where the slope leads, as a share of the way
    for optimizer in ("sgd", "adamw"):
        method = Doubling()
        before, batch = method.encoder.layer.bias.detach().clone(), next(Endless())
        slope = torch.autograd.grad(method.loss(batch).total, method.encoder.layer.bias)[0]
        fit(method, Endless(), 1, optimizer=optimizer, **options)
        apart = method.encoder.layer.bias.detach().cpu() - (before - 0.1 * slope)
        moved[optimizer] = (apart.norm() / (0.1 * slope).norm()).item()
    assert moved["sgd"] < 0.1 and moved["adamw"] > 0.5  # but for the little chance inside the step


def test_nothing_to_do_or_nobody_to_do_it_is_said():
    with pytest.raises(ValueError, match="'adamw' or 'sgd', or a function of parameter groups, got 'adam'"):
        fit(Doubling(), Endless(), 1, optimizer="adam")
    with pytest.raises(ValueError, match="at least one step, got steps=0"):
        fit(Doubling(), Endless(), 0)
    with pytest.raises(NotImplementedError, match="Method has to say what its loss is"):
        Method().loss(None)


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


def test_a_fingerprint_is_the_same_in_another_process():
    program = """
from course_lib.train.checkpoint import fingerprint
from course_lib.train.processes import sync_batch_norms
from course_lib.pretrain import Labels
from course_lib.nn import ConvNet
print(fingerprint(Labels(ConvNet(), 50), lambda x: x in {"a", "b", "c"}, {"d", "e", "f"}))"""
    said = {
        subprocess.check_output([sys.executable, "-c", program], text=True, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_the_same_weights_have_the_same_fingerprint():
    assert fingerprint(Labels(ConvNet(), 50)) == fingerprint(Labels(ConvNet(), 50))


def test_on_several_gpus_batch_normssync_batch_norms():
    for processes, device, expected in ((1, "cuda", False), (2, "cpu", False), (2, "cuda", True)):
        method = Labels(ConvNet((8, 8)), 5)
        before = method.state_dict().keys()
        sync_batch_norms(method, processes, torch.device(device))
        assert any(isinstance(part, torch.nn.SyncBatchNorm) for part in method.modules()) == expected
        assert method.state_dict().keys() == before
