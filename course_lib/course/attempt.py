"""Calling somebody's function on some inputs: in a known state, in silence, for a limited time, catching everything."""

import contextlib
import copy
import ctypes
import dis
import io
import random
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch._tensor_str as tensor_str

from course_lib.course.compare import difference, snapshot

PATIENCE = 20.0
"""For how many seconds an answer may compute on all its inputs together."""


class TimeIsUp(BaseException):
    """A function has computed for longer than it may; no `except Exception` catches it."""


@dataclass(frozen=True)
class Outcome:
    """What one call did: the value it returned or the error it raised, and how it changed its inputs.

    >>> Outcome(3).value
    3
    """

    value: Any = None
    error: BaseException | None = None
    changed: tuple[str, str] | None = None  # which input it has changed, and what to do instead


def attempt(function: Callable[..., Any], names: Sequence[str], inputs: tuple[Any, ...], seed: int) -> Outcome:
    """Call a function on its own copy of the inputs, which are called `names`; nothing but TimeIsUp is raised.

    >>> attempt(lambda a: a + 1, ["a"], (1,), seed=0).value
    2
    """
    with known_state(seed):
        inputs = copy.deepcopy(inputs)
        before, asked = snapshot(inputs), _asked(inputs)
        try:
            value = snapshot(function(*inputs))
            return Outcome(value, changed=_changed(names, inputs, before, asked))
        except (KeyboardInterrupt, TimeIsUp):  # the student's own wish to stop, or ours
            raise
        except BaseException as error:  # a SystemExit of theirs must not end the notebook
            return Outcome(error=error)


def gradients(
    function: Callable[..., Any], names: Sequence[str], wanted: Sequence[str], inputs: tuple[Any, ...], seed: int
) -> Outcome:
    """The gradient of a function's results, added up, in its `wanted` inputs: None for one that it does not reach.

    Of a result that is no single number the entries count differently, from once to twice.

    >>> gradients(lambda a: 3 * a, ["a"], ["a"], (torch.zeros(2),), seed=0).value
    (tensor([3., 6.]),)
    """
    with known_state(seed):
        inputs = copy.deepcopy(inputs)
        try:
            leaves = [inputs[names.index(name)].requires_grad_() for name in wanted]
            results = function(*inputs)
            results = results if isinstance(results, list | tuple) else [results]
            # Several results count differently, so that two that are exchanged differ.
            total = sum((i + 1) * _weighted(part) for i, part in enumerate(results) if isinstance(part, torch.Tensor))
            if not isinstance(total, torch.Tensor) or not total.requires_grad:
                return Outcome((None,) * len(leaves))
            return Outcome(torch.autograd.grad(total, leaves, allow_unused=True))
        except (KeyboardInterrupt, TimeIsUp):
            raise
        except BaseException as error:
            return Outcome(error=error)


def _weighted(result: torch.Tensor) -> torch.Tensor:
    """A result's entries, added up with weights from 1 to 2, so that none can stand for another."""
    return (result * torch.linspace(1, 2, result.numel()).view(result.shape)).sum()


@contextlib.contextmanager
def known_state(seed: int) -> Iterator[None]:
    """Whatever was switched in the notebook: gradients on, float32 on the CPU, the same luck, nothing printed.

    Everything is put back afterwards, also what happens to be switched inside.

    >>> with known_state(0): one = torch.rand(1)
    >>> with known_state(0): other = torch.rand(1)
    >>> torch.equal(one, other)
    True
    """
    with contextlib.ExitStack() as stack:
        for switch in (
            _dtype(),
            _device(),
            _luck(seed),
            _threads(),
            _printing(),
            warnings.catch_warnings(),
            np.errstate(all="warn"),
        ):
            stack.enter_context(switch)
        warnings.simplefilter("ignore")
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast("cpu", enabled=False))
        stack.enter_context(contextlib.redirect_stdout(_Nowhere()))
        stack.enter_context(contextlib.redirect_stderr(_Nowhere()))
        yield


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in this thread if what happens inside takes longer, and again every few moments until it ends.

    >>> with within(5.0): pass
    """
    watch = _Watch(threading.get_ident(), seconds)
    watch.start()
    try:
        try:
            yield
        finally:
            watch.end()
    finally:
        watch.end()  # once more: the error may have arrived in the line above


class _Watch(threading.Thread):
    """Raises TimeIsUp in another thread after some seconds, and then every few moments until it is ended."""

    def __init__(self, watched: int, seconds: float):
        super().__init__(daemon=True)
        self.watched, self.seconds = watched, seconds
        self.ended, self.lock, self.raised = threading.Event(), threading.Lock(), False

    def run(self) -> None:
        wait = self.seconds
        while not self.ended.wait(wait):
            with self.lock:
                if not self.ended.is_set():
                    self.raised = True
                    error = ctypes.py_object(TimeIsUp)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.watched), error)
            wait = 0.1

    def end(self) -> None:
        with self.lock:
            self.ended.set()
        if self.raised:  # an error that is still on its way arrives here
            try:
                for _ in range(100):
                    pass
            except TimeIsUp:
                pass


class _Nowhere(io.TextIOBase):
    """A file that forgets what is written to it."""

    def write(self, text: str, /) -> int:
        return len(text)


@contextlib.contextmanager
def _dtype() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def _device() -> Iterator[None]:
    before = torch.get_default_device()
    if before.type != "cpu":  # a device that was never set makes tensors sooner than one that was
        torch.set_default_device("cpu")
    try:
        yield
    finally:
        if torch.get_default_device() != before:
            torch.set_default_device(before)


@contextlib.contextmanager
def _luck(seed: int) -> Iterator[None]:
    """The same random numbers for everybody who is called; the notebook's own stay as they were."""
    before = torch.default_generator.get_state(), np.random.get_state(), random.getstate()
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])


@contextlib.contextmanager
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # for small inputs the fastest, and the same sums everywhere
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _printing() -> Iterator[None]:
    before = copy.copy(tensor_str.PRINT_OPTS)
    with np.printoptions():
        try:
            yield
        finally:
            tensor_str.PRINT_OPTS = before


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _tensors(entry)


def _asked(inputs: tuple[Any, ...]) -> list[list[bool]]:
    """For each tensor in each input, whether it asks for a gradient."""
    return [[tensor.requires_grad for tensor in _tensors(value)] for value in inputs]


def _changed(
    names: Sequence[str], inputs: tuple[Any, ...], before: tuple[Any, ...], asked: list[list[bool]]
) -> tuple[str, str] | None:
    """The first input that is no longer what it was, and what to do instead."""
    now = _asked(inputs)
    for i, (name, value) in enumerate(zip(names, inputs, strict=False)):
        if difference(before[i], snapshot(value), exact=True):
            return name, _instead(name, value)
        if asked[i] != now[i]:
            return name, f"It asks for a gradient now. Ask for one on a copy: `{name}.clone().requires_grad_()`."
    return None


def _instead(name: str, value: Any) -> str:
    """What to do in place of writing into an input."""
    if isinstance(value, torch.Tensor):
        return (
            "Make a new value instead of writing into the old one (`a = a - b`, not `a -= b`), or write into a copy "
            f"(`{name} = {name}.clone()`)."
        )
    if isinstance(value, list) and any(True for _ in _tensors(value)):
        return f"Make a new list of new tensors, or work on a copy: `[t.clone() for t in {name}]`."
    kind = {list: f"list({name})", dict: f"dict({name})"}.get(type(value), f"copy.deepcopy({name})")
    return f"Work on a copy of it: `{name} = {kind}`."


def failing_line(function: Any, error: BaseException) -> str:
    """The student's own line that failed, where its source is known.

    >>> failing_line(len, ValueError())
    ''
    """
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (own[-1] or "").replace("`", "'") if own else ""


def raised_by(function: Any, error: BaseException) -> bool:
    """Whether the student's own code says `raise`, and not something that it calls.

    >>> raised_by(len, ValueError())
    False
    """
    step = error.__traceback__
    if step is None:
        return False
    while step.tb_next is not None:
        step = step.tb_next
    code = step.tb_frame.f_code
    own = code.co_filename == getattr(getattr(function, "__code__", None), "co_filename", None)
    return own and code.co_code[step.tb_lasti] == dis.opmap["RAISE_VARARGS"]
