"""The one training loop: every method of the course is trained by `fit`.

It settles, in one place, what would otherwise be written again for each method: the device and its numbers, the
learning rate, the clipping of gradients, the progress bar, checkpoints, and several processes (with accelerate).
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from ..expect import between, whole
from ..folders import CHECKPOINTS
from ..nn.modes import eval_mode
from ..nn.pictures import expect_pictures
from ..nn.seeding import as_seed, generator
from ..pretrain.method import Loss, Method
from .checkpoint import CheckpointManager
from .history import Diverged, History
from .optim import LARGEST, MakeOptimizer, learning_rate, optimizer_for, param_groups, set_rate
from .processes import make_accelerator, share_buffers, sync_batch_norms
from .progress import Screen, screen

LOG_EVERY = 20
"""After how many steps the loop looks at its numbers: often enough to notice trouble, rarely enough not to wait."""


class Batches(Protocol):
    """What `fit` learns from: an endless stream of batches that can be moved on and moved to a device."""

    def __next__(self) -> Any: ...

    def skip(self, batches: int, /) -> Any: ...

    def to(self, device: torch.device, /) -> Any: ...


def fit(
    method: Method,
    batches: Batches,
    steps: int,
    *,
    lr: float = 2e-3,
    weight_decay: float = 0.05,
    warmup: float = 0.05,
    layer_decay: float = 1.0,
    max_grad_norm: float = 1.0,
    optimizer: str | MakeOptimizer = "adamw",
    seed: int = 0,
    eval_fn: Callable[[Any], dict[str, float]] | None = None,
    eval_every: int = 100,
    progress: bool | str = True,
    save_every: float = 20.0,
    folder: str | os.PathLike[str] = CHECKPOINTS,
) -> History:
    """Train a method on a stream of batches, for a number of steps.

    Stopped half-way, by Ctrl-C, a dead kernel or a power cut, the same call goes on from its last checkpoint, and on a
    CPU ends with exactly the weights it would have had; `checkpoint.fingerprint` says what is "the same". With several
    processes (`accelerate launch`, `torchrun`) each takes its share of every batch, and they learn as one.

    Args:
        method: what to train, in place; it is on the device afterwards.
        batches: an endless stream: `world.Stream(...)`, `Epochs(...)`.
        steps: how many batches to learn from.
        lr: the learning rate at its highest.
        weight_decay: how fast weights shrink by themselves; for matrices alone, never for biases and norms.
        warmup: the share of the steps in which the learning rate rises.
        layer_decay: how much more slowly each layer of a ViT learns than the one above it, see `optim.param_groups`.
        max_grad_norm: the greatest length that a gradient may have; `math.inf` for any.
        optimizer: "adamw", "sgd" (whose learning rates are some fifty times as high), either with options
            (`optim.adamw(betas=(0.9, 0.95))`), or a function of the parameter groups that makes an optimizer.
        seed: settles all chance inside the steps, such as augmentations.
        eval_fn: called before the first step, every `eval_every` steps and at the end, with the method ready to be
            looked at (eval mode, no gradients); returns a dictionary of named numbers.
        eval_every: steps from one call of `eval_fn` to the next.
        progress: draw a progress bar, and in a notebook a live curve; a word becomes its title.
        save_every: seconds from one checkpoint to the next.
        folder: where checkpoints are kept.

    Returns:
        What happened, step by step.

    Raises:
        ValueError: with one sentence, for anything that is not as it is said here.
        Diverged: if the loss is no longer a number; the method then has its last good weights.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> from course_lib.pretrain import Labels
    >>> len(fit(Labels(ConvNet((8, 8)), classes=50), world.Stream(8, size=16), steps=3, progress=False))
    3
    """
    _expect_parts(method, batches, eval_fn, folder)
    steps = whole(steps, "a whole number of steps, at least 1")
    eval_every = whole(eval_every, "a whole eval_every of at least 1")
    seed = as_seed(seed)
    lr = between(lr, "a learning rate lr from 0", 0, LARGEST)
    weight_decay = between(weight_decay, "a weight_decay from 0", 0, LARGEST)
    warmup = between(warmup, "warmup as a share of the steps from 0 to 1")
    layer_decay = between(layer_decay, "a layer_decay from 0 to 1")
    max_grad_norm = between(max_grad_norm, "a max_grad_norm above 0", math.ulp(0.0), math.inf)
    save_every = between(save_every, "save_every in seconds from 0", 0, math.inf)

    # The device, the optimizer, and the place where an earlier call of the very same training stopped.
    accelerator = make_accelerator()
    rank, processes, numbers = accelerator.process_index, accelerator.num_processes, accelerator.mixed_precision
    call = (
        steps,
        lr,
        weight_decay,
        warmup,
        layer_decay,
        max_grad_norm,
        optimizer,
        seed,
        eval_fn,
        eval_every,
        batches,
        processes,
    )
    checkpoints = CheckpointManager(Path(folder), method, (*call, numbers))
    method.to(accelerator.device)
    sync_batch_norms(method, processes, accelerator.device)
    optim = optimizer_for(param_groups(method, lr, weight_decay, layer_decay), optimizer)
    run = _Run(method, accelerator, optim, checkpoints, steps, progress)
    first = run.resume()
    forward, stepper = accelerator.prepare(_Step(method), optim)
    batches.to(accelerator.device)
    batches.skip(first)

    taken = first  # batches that the stream has given
    try:
        with run.running(), _interrupts_wait() as interrupted:
            if first == 0:
                run.evaluate(eval_fn, 0, _step_seed(seed, 0, rank))
            for step in range(first, steps):
                # A batch, drawn in full precision; all chance in a step follows from its own seed.
                torch.manual_seed(_step_seed(seed, step, rank))
                batch = next(batches)
                taken += 1
                if step == first:  # once: to look at values waits for the device
                    _expect_batch(batch)

                # Its loss, its gradient, and one step at the rate of this step.
                set_rate(optim, learning_rate(step, steps, warmup))
                loss: Loss = forward(batch)
                accelerator.backward(loss.total)
                norm = accelerator.clip_grad_norm_(method.parameters(), max_grad_norm)
                stepper.step()
                stepper.zero_grad()

                # What follows the weights: teachers, queues, centers.
                done = step + 1
                with torch.no_grad():
                    method.after_step(done / steps)

                # Numbers stay on the device until it is time to look. Several processes stop together: each hears of
                # the others' Ctrl-C when all of them look.
                run.log(loss, norm, len(batch.pictures) * processes)
                evaluates = done == steps or (eval_fn is not None and done % eval_every == 0)
                if done % LOG_EVERY == 0 or evaluates or (processes == 1 and interrupted()):
                    run.look(interrupted(), lr, warmup)
                    if evaluates:
                        run.evaluate(eval_fn, done, _step_seed(seed, done, rank))
                    run.save_or_stop(done, save_every)
            run.finish()
    except BaseException:
        batches.skip(-taken)  # the same stream, given to the same call, begins where it began
        raise
    finally:
        run.close()
    return run.history


class _Step(nn.Module):
    """A method's loss as a forward pass, which is what autocast and several processes hook into."""

    def __init__(self, method: Method):
        super().__init__()
        self.method = method

    def forward(self, batch: Any) -> Loss:
        loss = self.method.loss(batch)
        if not isinstance(loss, Loss):
            given, name = type(loss).__name__, type(self.method).__name__
            raise ValueError(f"expected {name}.loss to return Loss(total), with metrics if it likes, got {given}")
        return loss


class _Run:
    """What one call of `fit` keeps an eye on: the history, good weights, checkpoints, the screen."""

    def __init__(
        self,
        method: Method,
        accelerator: Accelerator,
        optimizer: torch.optim.Optimizer,
        checkpoints: CheckpointManager,
        steps: int,
        progress: bool | str,
    ):
        self.method, self.accelerator, self.optimizer, self.checkpoints = method, accelerator, optimizer, checkpoints
        self.steps, self.progress = steps, progress if accelerator.is_main_process else False
        self.history, self.screen = History(), Screen()
        self.waiting: list[dict[str, Tensor]] = []  # the numbers of the steps since the last look
        self.good = [_copy(method), _copy(method)]  # weights at the last two looks
        self.stopping = False

    def resume(self) -> int:
        """Go on from the checkpoint, if there is one; return how many steps are done."""
        kept = self.checkpoints.restore(self.optimizer, self.steps)
        if kept:
            self.history, scaler = kept
            if scaler and self.accelerator.scaler is not None:
                self.accelerator.scaler.load_state_dict(scaler)
            self.good = [_copy(self.method), _copy(self.method)]
        self.screen = screen(self.steps, self.history, self.progress)
        self.begun = self.saved = time.perf_counter()
        self.before = self.history.seconds
        return len(self.history)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The method in training, and torch's own chance as it was afterwards."""
        device = self.accelerator.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            self.method.train()
            yield

    def log(self, loss: Loss, norm: Tensor | float | None, pictures: int) -> None:
        """Note the numbers of one step, still on the device."""
        if {"loss", "gradient"} & loss.metrics.keys():
            raise ValueError("expected names of metrics other than 'loss' and 'gradient', which are there already")
        told = {"loss": loss.total, "gradient": norm} | loss.metrics
        numbers = {name: torch.as_tensor(value).detach().to(loss.total.device) for name, value in told.items()}
        for name, value in numbers.items():
            if value.ndim:
                raise ValueError(f"expected one number for the metric {name!r}, got a tensor of {tuple(value.shape)}")
        if self.waiting and numbers.keys() != self.waiting[-1].keys():
            raise ValueError(
                f"expected the same names of metrics at every step, got {[*self.waiting[-1]]} and then {[*numbers]}"
            )
        self.waiting.append(numbers)
        self.history.pictures += pictures

    def look(self, interrupted: bool, lr: float, warmup: float) -> None:
        """Fetch the numbers of the last steps, and make sure that they are numbers."""
        rows, self.stopping = _fetch(self.waiting, self.accelerator, interrupted)
        self.waiting.clear()
        # A scaler tries scales that are too large on purpose, and skips the step when a gradient overflows.
        telling = ["loss"] if self.accelerator.scaler is not None else ["loss", "gradient"]
        bad = next((i for i, row in enumerate(rows) if not all(math.isfinite(row[name]) for name in telling)), None)
        for row in rows[:bad]:
            self.history.loss.append(row.pop("loss"))
            for name, value in row.items():
                self.history.metrics.setdefault(name, []).append(value)
        self._clock()
        if bad is not None:
            self.method.load_state_dict(self.good[0 if bad == 0 else 1])
            self.checkpoints.forget()
            raise Diverged(
                f"The loss stopped being a number at step {len(self.history) + 1} of {self.steps}; the method has its "
                f"weights from before. Try a lower learning rate (now {lr:g}) or a longer warm-up (now {warmup:g}), "
                f"or look for the logarithm of zero or a division by zero in the loss.",
                self.history,
            )
        self.good = [self.good[1], _copy(self.method)]
        self.screen.update(self.history)

    def evaluate(self, eval_fn: Callable[[Any], dict[str, float]] | None, done: int, seed: int) -> None:
        """Ask `eval_fn` about the method as it is now."""
        if eval_fn is None:
            return
        share_buffers(self.method, self.accelerator.num_processes)
        torch.manual_seed(seed)
        with eval_mode(self.method), torch.no_grad(), self.accelerator.autocast():
            found = _numbers(eval_fn(self.method))
        for name, value in found.items():
            self.history.evals.setdefault(name, []).append((done, value))

    def save_or_stop(self, done: int, save_every: float) -> None:
        """Write a checkpoint when it is time to; after Ctrl-C also stop, if steps are left."""
        if done == self.steps:
            return
        if self.stopping or time.perf_counter() - self.saved > save_every:
            scaler = self.accelerator.scaler.state_dict() if self.accelerator.scaler is not None else {}
            if self.accelerator.is_main_process and not self.checkpoints.save(self.optimizer, self.history, scaler):
                self.screen.say(f"No checkpoint could be written to {self.checkpoints.path.parent}: is the disk full?")
            self.saved = time.perf_counter()
        if self.stopping:
            self.screen.say(f"Stopped after {done} of {self.steps} steps. The same call goes on from there.")
            raise KeyboardInterrupt

    def finish(self) -> None:
        """All steps are done: one set of buffers for all processes, and no checkpoint any more."""
        share_buffers(self.method, self.accelerator.num_processes)
        self._clock()
        self.screen.finish(self.history)
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            self.checkpoints.forget()
        if self.stopping:  # the last step was done before the word came
            raise KeyboardInterrupt

    def close(self) -> None:
        """Whatever happened: nothing more is shown, and the method is ready for use."""
        self.screen.close()
        self.method.eval()

    def _clock(self) -> None:
        self.history.seconds = self.before + time.perf_counter() - self.begun


def _expect_parts(method: Any, batches: Any, eval_fn: Any, folder: Any) -> None:
    """Raise ValueError, in one sentence, for what can take no part in a training."""
    if not isinstance(method, Method):
        raise ValueError(f"expected a method, such as `Labels(encoder, classes)`, got {type(method).__name__}")
    asked = ("__next__", "skip", "to")
    if isinstance(batches, type) or not all(callable(getattr(batches, name, None)) for name in asked):
        given = f"the class {batches.__name__}" if isinstance(batches, type) else type(batches).__name__
        raise ValueError(
            f"expected an endless stream of batches, got {given}: draw one with `world.Stream(128)`, or make one of "
            f"examples with `Epochs(examples, 128)`"
        )
    if eval_fn is not None and not callable(eval_fn):
        raise ValueError(f"expected eval_fn to be a function of the method, got {type(eval_fn).__name__}")
    if not isinstance(folder, str | os.PathLike):
        raise ValueError(f"expected a path as the folder, got {folder!r}")


def _expect_batch(batch: Any) -> None:
    """Raise ValueError, in one sentence, unless this is a batch of pictures in [0, 1]."""
    if not isinstance(getattr(batch, "pictures", None), Tensor):
        raise ValueError(f"expected batches with `pictures` (B, 3, H, W) in [0, 1], got {type(batch).__name__}")
    expect_pictures(batch.pictures, look=True)


def _numbers(found: Any) -> dict[str, float]:
    """What an `eval_fn` returned, as plain numbers by name."""
    if not isinstance(found, Mapping):
        raise ValueError(f'expected eval_fn to return named numbers, as in {{"accuracy": 0.5}}, got {found!r}')
    numbers: dict[str, float] = {}
    for name, value in found.items():
        value = value.item() if isinstance(value, Tensor | np.ndarray) and math.prod(value.shape) == 1 else value
        if not isinstance(name, str) or not isinstance(value, Real):
            raise ValueError(f"expected eval_fn to return one number for each name, got {value!r} for {name!r}")
        numbers[name] = float(value)
    return numbers


def _step_seed(seed: int, step: int, rank: int) -> int:
    """A seed for one step of one process."""
    if seed < 2**12:  # small enough that no two of them meet within a million steps
        return (seed * 1_000_003 + step) * 4099 + rank
    return generator(seed, f"step {step} of process {rank}").initial_seed()


def _copy(method: Method) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in method.state_dict().items()}


def _fetch(
    waiting: list[dict[str, Tensor]], accelerator: Accelerator, interrupted: bool
) -> tuple[list[dict[str, float]], bool]:
    """The numbers of some steps, averaged over all processes, and whether any of them was interrupted.

    This is the one place where the loop waits for the device.
    """
    names = list(waiting[0])
    values = torch.stack([torch.stack([step[name].float() for name in names]) for step in waiting])
    if accelerator.num_processes > 1:
        told = torch.cat([values.flatten(), values.new_tensor([float(interrupted)])])
        told = accelerator.reduce(told, "mean")
        assert isinstance(told, Tensor)
        values, interrupted = told[:-1].view_as(values), bool(told[-1] > 0)
    return [dict(zip(names, row, strict=True)) for row in values.tolist()], interrupted


@contextmanager
def _interrupts_wait() -> Iterator[Callable[[], bool]]:
    """Ctrl-C waits for the end of the step, so that a checkpoint holds whole steps; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed: list[int] = []

    def press(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    usual = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, usual)
