"""The training loop: it learns, stops, goes on, and says what went wrong."""

import math
import os
import signal
from typing import Any

import numpy as np
import pytest
import torch

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import LOG_EVERY, Diverged, fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, Loss, Method
from course_lib.train.fit import _step_seed
from course_lib.train.processes import sync_batch_norms

from .doubling import Doubling, Endless, weights


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


PRESS: dict[str, Any] = {"at": 0, "while": "", "steps": 0}  # when Ctrl-C is pressed


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
    options: dict[str, Any] = {"lr": 0.05, "optimizer": optimizer, "eval_fn": look, "eval_every": 12}
    options |= {"progress": False, "folder": tmp_path}
    cut, stream = Trained(), Endless()
    with pytest.raises(KeyboardInterrupt):
        fit(cut, stream, 60, **options)
    stopped = {"step": 36, "look": 37}[kind]
    assert f"after {stopped} of 60" in capsys.readouterr().out and len(list(tmp_path.iterdir())) == 1
    assert stream.passed == 0  # the stream stands where it stood before the call
    cut, stream = cut if same_method else Trained(), stream if same_stream else Endless()
    again = fit(cut, stream, 60, **options)
    assert not list(tmp_path.iterdir()) and stream.passed == 60
    whole = Trained()
    history = fit(whole, Endless(), 60, **options)
    assert torch.equal(weights(whole), weights(cut)) and again.loss == history.loss
    assert again.metrics == history.metrics and again.evals == history.evals


def test_ctrl_c_in_the_last_step_is_not_swallowed(tmp_path):
    PRESS.update({"at": 40, "while": "step", "steps": 0})
    method = Trained()
    with pytest.raises(KeyboardInterrupt):
        fit(method, Endless(), 40, progress=False, folder=tmp_path)
    assert method.seen.item() == pytest.approx(20.5) and not list(tmp_path.iterdir())


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


def test_nothing_to_do_or_nobody_to_do_it_is_said():
    with pytest.raises(ValueError, match="'adamw' or 'sgd', or a function of parameter groups, got 'adam'"):
        fit(Doubling(), Endless(), 1, optimizer="adam")
    with pytest.raises(NotImplementedError, match="Method has to say what its loss is"):
        Method().loss(None)


def test_on_several_gpus_batch_norms_look_at_the_whole_batch():
    for processes, device, expected in ((1, "cuda", False), (2, "cpu", False), (2, "cuda", True)):
        method = Labels(ConvNet((8, 8)), 5)
        before = method.state_dict().keys()
        sync_batch_norms(method, processes, torch.device(device))
        assert any(isinstance(part, torch.nn.SyncBatchNorm) for part in method.modules()) == expected
        assert method.state_dict().keys() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"steps": 0}, "a whole number of steps, at least 1, got 0"),
        ({"steps": 20 / 8}, "a whole number of steps, at least 1, got 2.5"),
        ({"steps": True}, "a whole number of steps, at least 1, got True"),
        ({"eval_every": 2.5}, "a whole eval_every of at least 1, got 2.5"),
        ({"seed": 1.5}, "a seed"),
        ({"lr": -0.1}, "a learning rate lr from 0, got -0.1"),
        ({"lr": math.nan}, "a learning rate lr from 0, got nan"),
        ({"lr": math.inf}, "a learning rate lr from 0, got inf"),
        ({"weight_decay": -1}, "a weight_decay from 0, got -1"),
        ({"warmup": 1.5}, "warmup as a share of the steps from 0 to 1, got 1.5"),
        ({"max_grad_norm": 0}, "a max_grad_norm above 0, got 0"),
        ({"max_grad_norm": None}, "a max_grad_norm above 0, got None"),
        ({"save_every": math.nan}, "save_every in seconds from 0, got nan"),
        ({"eval_fn": {"a": 1.0}}, "eval_fn to be a function of the method, got dict"),
        ({"folder": None}, "a path as the folder, got None"),
        ({"method": torch.nn.Linear(3, 3)}, "a method, such as .*got Linear"),
        ({"optimizer": None}, "'adamw' or 'sgd', or a function of parameter groups, got None"),
        ({"optimizer": lambda groups: None}, "a function that returns an optimizer, got NoneType"),
    ],
)
def test_what_no_training_can_be_made_of_is_said(options, told, tmp_path):
    given: dict[str, Any] = {"method": Doubling(), "batches": Endless(), "steps": 2, "folder": tmp_path}
    before = weights(Doubling())
    with pytest.raises(ValueError, match=told) as error:
        fit(**given | {"progress": False} | options)
    assert "\n" not in str(error.value) and torch.equal(weights(given["method"]), before)


def test_numbers_of_numpy_and_whole_floats_are_numbers(tmp_path):
    found = []
    for steps, seed in ((6, 3), (6.0, 3), (np.int32(6), np.int64(3))):
        method = Doubling()
        rate: Any = np.float32(0.05)
        fit(method, Endless(), steps, lr=float(rate), seed=seed, progress=False, folder=tmp_path)  # pyright: ignore
        found.append(weights(method))
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


@pytest.mark.parametrize(
    "batches",
    [
        torch.utils.data.DataLoader([torch.rand(3, 8, 8)]),  # pyright: ignore[reportArgumentType]
        [torch.rand(2, 3, 8, 8)], (torch.rand(2, 3, 8, 8) for _ in range(2)), torch.rand(2, 3, 8, 8),
        world.draw(2, size=8), world.Stream, None,
    ],
    ids=["loader", "list", "generator", "tensor", "batch", "class", "nothing"],
)  # fmt: skip
def test_what_is_no_stream_is_told_how_to_make_one(batches, tmp_path):
    with pytest.raises(ValueError, match=r"an endless stream of batches, got .*world\.Stream.*Epochs"):
        fit(Doubling(), batches, 2, progress=False, folder=tmp_path)


class Of255(Endless):
    """Pictures from 0 to 255, from some batch on."""

    def __init__(self, first: int = 0, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.first, self.dtype = first, dtype

    def __next__(self):
        batch = super().__next__()
        if self.passed > self.first:
            batch.pictures = (200 + 50 * batch.pictures).to(self.dtype)
        return batch


@pytest.mark.parametrize(("dtype", "told"), [(torch.uint8, "got uint8"), (torch.float32, r"in \[0, 1\], got values")])
def test_the_first_batch_is_looked_at(dtype, told, tmp_path):
    batches = Of255(dtype=dtype)
    with pytest.raises(ValueError, match=f"{told}.*divide bytes by 255"):
        fit(Doubling(), batches, 3, progress=False, folder=tmp_path)
    assert batches.passed == 0
    with pytest.raises(ValueError, match="batches with `pictures`"):
        unseen: Any = type("Unseen", (Endless,), {"__next__": lambda self: None})()
        fit(Doubling(), unseen, 3, progress=False, folder=tmp_path)


def test_only_the_first_batch_is_looked_at(monkeypatch, tmp_path):
    looks = []
    monkeypatch.setattr("course_lib.train.fit.expect_pictures", lambda pictures, look: looks.append(look))
    fit(Doubling(), Endless(), 5, progress=False, folder=tmp_path)
    assert looks == [True]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "named numbers, as in .*got None"),
        (0.5, "named numbers, as in .*got 0.5"),
        ({"a": "much"}, "one number for each name, got 'much' for 'a'"),
        ({"a": "0.5"}, "one number for each name, got '0.5' for 'a'"),
        ({"a": torch.zeros(2)}, "one number for each name"),
        ({"a": None}, "one number for each name, got None"),
        ({1: 0.5}, "one number for each name, got 0.5 for 1"),
    ],
)
def test_what_an_eval_fn_must_return_is_said(returned, told, tmp_path):
    batches = Endless()
    with pytest.raises(ValueError, match=told):
        fit(Doubling(), batches, 4, eval_fn=lambda method: returned, progress=False, folder=tmp_path)
    assert batches.passed == 0


def test_an_eval_fn_may_return_any_kind_of_number(tmp_path):
    def look(method):
        with torch.enable_grad():
            slope = method.encoder.layer.bias.sum() * 0 + 1
        return {"slope": slope, "one": np.float32(1), "array": np.ones(1), "whole": 1, "none": math.nan, "yes": True}

    evals = fit(Doubling(), Endless(), 3, eval_fn=look, progress=False, folder=tmp_path).evals
    assert all(evals[name] == [(0, 1.0), (3, 1.0)] for name in ("slope", "one", "array", "whole", "yes"))
    assert [math.isnan(value) for _, value in evals["none"]] == [True, True]


def test_looking_leaves_every_part_in_its_own_mode(tmp_path):
    class Frozen(Doubling):
        def loss(self, batch):
            self.teacher.eval()  # once and for all, as a student does who freezes a part
            seen.append((self.training, self.encoder.training, self.teacher.training))
            self.loss = super().loss
            return super().loss(batch)

        def after_step(self, progress):
            super().after_step(progress)
            seen.append((self.training, self.encoder.training, self.teacher.training))

    def look(method):
        assert not any(part.training for part in method.modules())
        return {"a": 1.0}

    seen: list[tuple[bool, ...]] = []
    fit(Frozen(), Endless(), 4, eval_fn=look, eval_every=1, progress=False, folder=tmp_path)
    assert set(seen) == {(True, True, False)}


def test_a_loss_that_is_none_is_said_and_metrics_may_be_plain_numbers(tmp_path):
    class Bare(Doubling):
        def loss(self, batch):
            return super().loss(batch).total

    class Plain(Doubling):
        def loss(self, batch):
            return Loss(super().loss(batch).total, {"plain": 0.5})  # pyright: ignore[reportArgumentType]

    class Many(Doubling):
        def loss(self, batch):
            return Loss(super().loss(batch).total, {"many": batch.pictures.flatten()})

    with pytest.raises(ValueError, match=r"Bare.loss to return Loss\(total\).*got Tensor"):
        fit(Bare(), Endless(), 3, progress=False, folder=tmp_path)
    assert fit(Plain(), Endless(), 3, progress=False, folder=tmp_path).metrics["plain"] == [0.5] * 3
    with pytest.raises(ValueError, match=r"one number for the metric 'many', got a tensor of \(24,\)"):
        fit(Many(), Endless(), 3, progress=False, folder=tmp_path)


def test_no_two_seeds_draw_the_same_steps():
    seeds = [0, 1, 4295, 2**12, 2**20, 2**31, 2**32 - 1]
    firsts = {tuple(_step_seed(seed, step, 0) % 2**32 for step in range(3)) for seed in seeds}
    assert len(firsts) == len(seeds)
    assert all(0 <= _step_seed(seed, 10**6, 7) < 2**63 for seed in seeds)
    assert _step_seed(7, 5, 3) == (7 * 1_000_003 + 5) * 4099 + 3


def test_a_large_seed_trains_too(tmp_path):
    assert len(fit(Doubling(), Endless(), 2, seed=2**32 - 1, progress=False, folder=tmp_path)) == 2


def test_torchs_default_type_does_not_reach_a_training(tmp_path):
    found = []
    for dtype in (torch.float32, torch.float64):
        method = Labels(ConvNet((8, 8)), 50)
        torch.set_default_dtype(dtype)
        try:
            batches = Epochs(world.draw(9, size=8), 4)
            found.append(fit(method, batches, 3, progress=False, folder=tmp_path, eval_fn=lambda m: {"a": 1.0}).loss)
        finally:
            torch.set_default_dtype(torch.float32)
    assert found[0] == found[1]
