"""The one training loop: every method of the course is trained by `fit`.

It settles, in one place, what would otherwise be written again for each method: the device and its numbers, the
learning rate, the clipping of gradients, the progress bar, checkpoints, and several processes (with accelerate).
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Protocol

import torch
import torch.distributed
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn
from tqdm import tqdm

from .checkpoint import Keeper
from .device import device as chosen_device
from .device import precision
from .folders import CHECKPOINTS
from .pretrain.method import Loss, Method

LOOK = 20
"""After how many steps the loop looks at its numbers: often enough to notice trouble, rarely enough not to wait."""


class Batches(Protocol):
    """What `fit` learns from: an endless stream of batches that can be moved on and moved to a device."""

    def __next__(self) -> Any: ...

    def skip(self, batches: int, /) -> Any: ...

    def to(self, device: torch.device, /) -> Any: ...


@dataclass
class History:
    """What happened in a training: one number for each step, and the measurements in between.

    `show.history(history)` draws it.
    """

    loss: list[float] = field(default_factory=list)
    watched: dict[str, list[float]] = field(default_factory=dict)  # for each name one number a step
    measured: dict[str, list[tuple[int, float]]] = field(default_factory=dict)  # for each name (steps done, number)
    pictures: int = 0
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.loss)

    @classmethod
    def again(cls, kept: dict[str, Any]) -> History:
        """The history that `dataclasses.asdict` and JSON made these numbers of."""
        measured = {name: [(int(step), value) for step, value in pairs] for name, pairs in kept["measured"].items()}
        return cls(kept["loss"], kept["watched"], measured, kept["pictures"], kept["seconds"])

    @property
    def speed(self) -> float:
        """Pictures per second, drawing, learning and measuring together."""
        return self.pictures / max(self.seconds, 1e-9)


class Diverged(RuntimeError):
    """The loss is no longer a number: the message says at which step and what to try; `history` is what came before."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history


def learning_rate(step: int, steps: int, warmup: float = 0.05) -> float:
    """The share of the full learning rate at a step: up in a straight line, then down along half a cosine.

    Loshchilov and Hutter, 2016, "SGDR", arXiv 1608.03983, equation 5, after the warm-up of Goyal and others, 2017,
    "Accurate, Large Minibatch SGD", arXiv 1706.02677, section 2.2.

    >>> [round(learning_rate(step, 100, 0.1), 2) for step in (0, 9, 10, 55, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.0]
    """
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 + 0.5 * math.cos(math.pi * (step - rising) / max(1, steps - rising))


def fit(
    method: Method,
    batches: Batches,
    steps: int,
    *,
    lr: float = 2e-3,
    weight_decay: float = 0.05,
    warmup: float = 0.05,
    clip: float = 1.0,
    optimizer: Literal["adamw", "sgd"] = "adamw",
    seed: int = 0,
    measure: Callable[[Any], dict[str, float]] | None = None,
    every: int = 100,
    progress: bool | str = True,
    save_every: float = 20.0,
    folder: Path = CHECKPOINTS,
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
        clip: the greatest length that a gradient may have.
        optimizer: "adamw" (Loshchilov and Hutter, 2017, arXiv 1711.05101), or "sgd", plain descent with momentum 0.9,
            whose learning rates are some fifty times as high.
        seed: settles all chance inside the steps, such as augmentations.
        measure: called before the first step, every `every` steps and at the end, with the method ready to be
            looked at (eval mode, no gradients); returns named numbers.
        every: steps from one measurement to the next.
        progress: draw a progress bar, and in a notebook a live curve; a word becomes its title.
        save_every: seconds from one checkpoint to the next.
        folder: where checkpoints are kept.

    Returns:
        What happened, step by step.

    Raises:
        ValueError: if there are no steps to take, or for an optimizer of another name.
        Diverged: if the loss is no longer a number; the method then has its last good weights.

    >>> from course_lib import world
    >>> from course_lib.nn import ConvNet
    >>> from course_lib.pretrain import Labels
    >>> len(fit(Labels(ConvNet((8, 8)), classes=50), world.Stream(8, size=16), steps=3, progress=False))
    3
    """
    if steps < 1 or every < 1:
        raise ValueError(f"expected at least one step, got steps={steps} and every={every}")
    if optimizer not in ("adamw", "sgd"):
        raise ValueError(f"expected the optimizer to be 'adamw' or 'sgd', got {optimizer!r}")
    accelerator = _accelerator()
    device, rank, processes = accelerator.device, accelerator.process_index, accelerator.num_processes
    precision = accelerator.mixed_precision
    call = (steps, lr, weight_decay, warmup, clip, optimizer, seed, every, batches, processes, precision)
    keeper = Keeper(folder, method, call)
    scaler = accelerator.scaler
    method.to(device)
    _see_the_whole_batch(method, processes, device)
    descent = _optimizer(optimizer, _groups(method, weight_decay), lr, fused=device.type in ("cpu", "cuda"))
    about = keeper.load(descent)
    history = History.again(about["history"]) if about else History()
    first = len(history)
    if about and about["scaler"] and scaler is not None:
        scaler.load_state_dict(about["scaler"])
    batches.to(device)
    batches.skip(first)
    step_of, stepper = accelerator.prepare(_Step(method), descent)
    screen = _screen(steps, history, progress if accelerator.is_main_process else False)
    good = [_copy(method), _copy(method)]  # weights at the last two looks
    waiting: list[dict[str, Tensor]] = []
    begun, saved, before = time.perf_counter(), time.perf_counter(), history.seconds
    done = taken = first  # steps done, batches passed
    stop = False

    def save() -> None:
        state = {"history": asdict(history), "scaler": scaler.state_dict() if scaler is not None else {}}
        if accelerator.is_main_process and not keeper.save(descent, state):
            screen.say(f"No checkpoint could be written to {keeper.path.parent}: is the disk full?")

    def look() -> None:
        """Fetch the numbers of the last steps, and make sure that they are numbers."""
        nonlocal stop
        rows, stop = _fetch(waiting, accelerator, interrupted())
        waiting.clear()
        # A scaler tries scales that are too large on purpose, and skips the step when a gradient overflows.
        telling = ["loss"] if scaler is not None else ["loss", "gradient"]
        bad = next((i for i, row in enumerate(rows) if not all(math.isfinite(row[name]) for name in telling)), None)
        for row in rows[:bad]:
            history.loss.append(row.pop("loss"))
            for name, value in row.items():
                history.watched.setdefault(name, []).append(value)
        history.seconds = before + time.perf_counter() - begun
        if bad is not None:
            method.load_state_dict(good[0 if bad == 0 else 1])
            keeper.forget()
            raise Diverged(
                f"The loss stopped being a number at step {len(history) + 1} of {steps}; the method has its weights "
                f"from before. Try a lower learning rate (now {lr:g}) or a longer warm-up (now {warmup:g}), or look "
                f"for the logarithm of zero or a division by zero in the loss.",
                history,
            )
        good.append(_copy(method))
        del good[0]
        screen.update(history)

    def look_inside() -> None:
        if measure is None:
            return
        _share_buffers(method, accelerator)
        method.eval()
        torch.manual_seed(_mixed(seed, done, rank))
        with torch.no_grad(), accelerator.autocast():
            for name, value in measure(method).items():
                history.measured.setdefault(name, []).append((done, float(value)))
        method.train()

    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), _interrupts_wait() as interrupted:
            method.train()
            if done == 0:
                look_inside()
            while done < steps:
                torch.manual_seed(_mixed(seed, done, rank))
                batch = next(batches)  # drawn outside autocast, in full precision
                taken += 1
                for group in descent.param_groups:
                    group["lr"] = lr * learning_rate(done, steps, warmup)
                loss: Loss = step_of(batch)
                accelerator.backward(loss.total)
                length = accelerator.clip_grad_norm_(method.parameters(), clip)
                stepper.step()
                stepper.zero_grad()
                done += 1
                with torch.no_grad():
                    method.after_step(done / steps)
                waiting.append(_numbers(loss, length, waiting))
                history.pictures += len(batch.pictures) * processes
                to_measure = done == steps or (measure is not None and done % every == 0)
                # Several processes stop together: each hears of the others' Ctrl-C when all of them look.
                if done % LOOK == 0 or to_measure or (processes == 1 and interrupted()):
                    look()
                    if to_measure:
                        look_inside()
                    if done < steps and (stop or time.perf_counter() - saved > save_every):
                        save()
                        saved = time.perf_counter()
                    if stop and done < steps:
                        screen.say(f"Stopped after {done} of {steps} steps. The same call goes on from there.")
                        raise KeyboardInterrupt
            _share_buffers(method, accelerator)
        history.seconds = before + time.perf_counter() - begun
        screen.finish(history)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            keeper.forget()
        if stop:  # the last step was done before the word came
            raise KeyboardInterrupt
    except BaseException:
        batches.skip(-taken)  # the same stream, given to the same call, begins where it began
        raise
    finally:
        screen.close()
        method.eval()
    return history


class _Step(nn.Module):
    """A method's loss as a forward pass, which is what autocast and several processes hook into."""

    def __init__(self, method: Method):
        super().__init__()
        self.method = method

    def forward(self, batch: Any) -> Loss:
        return self.method.loss(batch)


def _accelerator() -> Accelerator:
    device = chosen_device()
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        AcceleratorState._reset_state(reset_partial_state=True)  # COURSE_DEVICE may have changed since the last call
    kinds = {torch.float32: "no", torch.float16: "fp16", torch.bfloat16: "bf16"}
    return Accelerator(mixed_precision=kinds[precision(device).dtype], cpu=device.type == "cpu")


def _see_the_whole_batch(method: Method, processes: int, device: torch.device) -> None:
    """On several GPUs, batch norms take their statistics from all of a batch, not from the part of one process."""
    if processes > 1 and device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(method)


def _optimizer(name: str, groups: list[dict[str, Any]], lr: float, fused: bool) -> torch.optim.Optimizer:
    if name == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=0.9, fused=fused)
    return torch.optim.AdamW(groups, lr=lr, fused=fused)


def _groups(method: Method, weight_decay: float) -> list[dict[str, Any]]:
    """What is trained, in two groups: matrices, which decay, and vectors, which do not."""
    trained = [p for p in method.parameters() if p.requires_grad]
    matrices, vectors = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def _mixed(seed: int, step: int, rank: int) -> int:
    """A seed for one step of one process."""
    return (seed * 1_000_003 + step) * 4099 + rank


def _copy(method: Method) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in method.state_dict().items()}


def _numbers(loss: Loss, length: Tensor | float | None, earlier: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The numbers of one step, still on the device."""
    numbers = {"loss": loss.total.detach(), "gradient": torch.as_tensor(length).detach().to(loss.total.device)}
    if numbers.keys() & loss.watch.keys():
        raise ValueError("expected names to watch other than 'loss' and 'gradient', which are watched already")
    numbers |= {name: value.detach() for name, value in loss.watch.items()}
    if earlier and numbers.keys() != earlier[-1].keys():
        raise ValueError(f"expected the same names to watch at every step, got {[*earlier[-1]]} and then {[*numbers]}")
    return numbers


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


def _share_buffers(method: Method, accelerator: Accelerator) -> None:
    """Every process takes over the buffers of the first: batch norm has seen other pictures in each of them."""
    if accelerator.num_processes > 1:
        for buffer in method.buffers():
            torch.distributed.broadcast(buffer, 0)


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


class _Screen:
    """Shows nothing."""

    def update(self, history: History) -> None: ...

    def finish(self, history: History) -> None: ...

    def say(self, words: str) -> None:
        print(words)

    def close(self) -> None: ...


class _Bar(_Screen):
    """A progress bar in a terminal."""

    def __init__(self, steps: int, history: History, title: str):
        self.bar = tqdm(total=steps, initial=len(history), unit="step", dynamic_ncols=True, desc=title or None)

    def update(self, history: History) -> None:
        self.bar.set_postfix_str(_words(history), refresh=False)
        self.bar.update(len(history) - self.bar.n)

    def say(self, words: str) -> None:
        self.bar.write(words)

    def close(self) -> None:
        self.bar.close()


class _Curve(_Screen):
    """A progress bar above a live curve in a notebook, both in one place; the finished curve stays."""

    def __init__(self, steps: int, history: History, title: str):
        from IPython.display import display

        self.title = title
        self.steps, self.first, self.begun, self.drawn = steps, len(history), time.perf_counter(), 0.0
        data, metadata = self.figure(history)
        place = display(data, metadata=metadata, raw=True, display_id=True)
        assert place is not None
        self.place = place

    def figure(self, history: History) -> tuple[dict[str, Any], dict[str, Any]]:
        from .show.training import live

        elapsed = time.perf_counter() - self.begun
        bar = tqdm.format_meter(
            len(history), self.steps, elapsed, ncols=100, unit="step", initial=self.first, postfix=_words(history)
        )
        return live(history, self.steps, bar, self.title).bundle()

    def update(self, history: History) -> None:
        if time.perf_counter() - self.drawn > 2:
            data, metadata = self.figure(history)
            self.place.update(data, metadata=metadata, raw=True)
            self.drawn = time.perf_counter()

    def finish(self, history: History) -> None:
        from IPython.display import Markdown, display

        from .show.training import history as finished

        figure = finished(history, self.title)
        data, metadata = figure.bundle()
        self.place.update(data, metadata=metadata, raw=True)
        display(Markdown(f"*{figure.caption}*"))


def _words(history: History) -> str:
    if not history.loss:
        return ""
    latest = history.loss[-LOOK:]
    return f"loss {sum(latest) / len(latest):.3g}, {history.speed:,.0f} pictures/s"


def _screen(steps: int, history: History, wanted: bool | str) -> _Screen:
    """The best place there is to show progress: a notebook, a terminal, or none."""
    if not wanted:
        return _Screen()
    title = wanted if isinstance(wanted, str) else ""
    try:
        from IPython.core.getipython import get_ipython

        if hasattr(get_ipython(), "kernel"):
            return _Curve(steps, history, title)
    except ImportError:
        pass
    return _Bar(steps, history, title)
