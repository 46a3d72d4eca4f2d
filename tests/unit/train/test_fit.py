"""The training loop: it learns, stops, goes on, and says what went wrong."""

import os
import signal
from typing import Any

import pytest
import torch

from course_lib.fit import LOG_EVERY, Diverged, fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, Loss, Method
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
    with pytest.raises(ValueError, match="at least one step, got steps=0"):
        fit(Doubling(), Endless(), 0)
    with pytest.raises(NotImplementedError, match="Method has to say what its loss is"):
        Method().loss(None)


def test_on_several_gpus_batch_norms_look_at_the_whole_batch():
    for processes, device, expected in ((1, "cuda", False), (2, "cpu", False), (2, "cuda", True)):
        method = Labels(ConvNet((8, 8)), 5)
        before = method.state_dict().keys()
        sync_batch_norms(method, processes, torch.device(device))
        assert any(isinstance(part, torch.nn.SyncBatchNorm) for part in method.modules()) == expected
        assert method.state_dict().keys() == before
