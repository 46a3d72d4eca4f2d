"""Drawing batches: a set number, one composed by hand, or an endless stream shared out among processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
import torch.distributed
from torch.utils.data import get_worker_info

from ..expect import whole
from .backdrops import BACKDROPS
from .batch import Batch, draw_scene
from .catalogue import COLORS, PATTERNS, THINGS
from .numbers import scene_numbers
from .render import expect_size
from .scene import MAX_THINGS, Scene, sample


def draw(
    n: int,
    size: int = 64,
    mode: str = "scene",
    seed: int = 0,
    device: torch.device | str = "cpu",
    split: str = "train",
    *,
    start: int = 0,
    busy: float = 0.0,
    clutter: float = 0.0,
    alt_text: float = 0.0,
) -> Batch:
    """Draw n pictures with all their truth.

    Args:
        n: how many, at least 1.
        size: the side of the pictures in pixels; the scenes are the same at every size.
        mode: "scene", one to four things that may overlap, or "portrait", one large thing.
        seed: which stream of scenes; the same seed gives the same scenes on every device.
        device: where to draw.
        split: "train", "val", "test", "heldout_pairs" or "heldout_things"; splits never share a scene.
        start: how many scenes of the stream to leave out first.
        busy: how loud the backdrops are, from 0 (calm) to 1.
        clutter: how much stands about behind the things, from 0 (nothing) to 1 (as in a photograph): silhouettes and
            pieces of things of other kinds, and patches of texture. None of it is in the truth.
        alt_text: the share of captions that are as noisy as text on the web, from 0 to 1.

    Raises:
        ValueError: with one sentence, for anything out of range.

    >>> batch = draw(2, size=32, seed=1)
    >>> batch.pictures.shape, batch.masks.shape
    (torch.Size([2, 3, 32, 32]), torch.Size([2, 4, 32, 32]))
    """
    n = whole(n, "a whole number of pictures to draw, at least 1")
    scene = sample(scene_numbers(start, n, seed=seed, split=split), mode, split, busy, clutter)
    return draw_scene(scene, size, device, alt_text)


def compose(
    things: Sequence[str | tuple[str, ...]],
    backdrop: str | None = None,
    size: int = 256,
    seed: int = 0,
    device: torch.device | str = "cpu",
    busy: float = 0.0,
    clutter: float = 0.0,
) -> Batch:
    """Draw one picture of things that you choose.

    Args:
        things: up to four, front to back, each a name, or a name, a color and a pattern: ("cat", "red", "striped").
            One thing makes a portrait, several make a scene. Two of a kind need different colors.
        backdrop: the name of a backdrop; left out, the seed chooses.
        size: the side of the picture in pixels.
        seed: settles all that you leave open: places, sizes, shapes, colors, patterns.
        device: where to draw.
        busy: how loud the backdrop is, from 0 (calm) to 1.
        clutter: how much stands about behind the things, from 0 (nothing) to 1.

    Raises:
        ValueError: for a name that does not exist or more than four things.

    >>> compose([("cat", "red", "striped")], "meadow", size=32).names(0)
    ['cat']
    """
    if not isinstance(things, list | tuple) or not 1 <= len(things) <= MAX_THINGS:
        given = len(things) if isinstance(things, list | tuple) else repr(things)
        raise ValueError(f"expected a list of one to {MAX_THINGS} things, got {given}")
    chosen = [(thing,) if isinstance(thing, str) else thing for thing in things]
    for thing in chosen:
        if not isinstance(thing, list | tuple) or not 1 <= len(thing) <= 3:
            raise ValueError(f"expected a name, a color and a pattern, got {thing!r}")
    for i, thing in enumerate(chosen):
        alike = [other for other in chosen if other[0] == thing[0]]
        if len({tuple(other[1:2]) or i for other in alike}) < len(alike) or (len(alike) > 1 and len(thing) < 2):
            raise ValueError(
                "expected things of different kinds, or two of a kind in different colors, to tell them apart"
            )
    mode = "portrait" if len(things) == 1 else "scene"
    scene = _scene_of(len(things), mode, seed, busy, clutter)
    for slot, thing in enumerate(chosen):
        name, *look = thing
        scene.things[0, slot] = _index("thing", name, THINGS)
        for column, kind, names, value in zip(
            (scene.colors, scene.patterns), ("color", "pattern"), (COLORS, PATTERNS), look, strict=False
        ):
            column[0, slot] = _index(kind, value, names)
    if backdrop is not None:
        scene.backdrops[0] = _index("backdrop", backdrop, tuple(BACKDROPS))
    return draw_scene(scene, size, device)


def _scene_of(count: int, mode: str, seed: int, busy: float, clutter: float) -> Scene:
    """The seed's first test scene with that many things."""
    scenes = sample(scene_numbers(0, 64, seed=seed, split="test"), mode, "test", busy, clutter)
    fitting = ((scenes.things >= 0).sum(1) == count).nonzero()[0]
    return scenes[fitting]


def _index(kind: str, name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise ValueError(f"expected a {kind} out of {', '.join(names)}; got {name!r}")
    return names.index(name)


class Stream(Iterator[Batch]):
    """Endless batches, no scene twice; several processes share one stream without overlap, and so do the workers of a
    torch DataLoader.

    Args:
        batch_size: pictures in each batch of this process.
        rank: which of the processes this is; left out, torch.distributed says.
        processes: how many processes share the stream; left out, torch.distributed says.
        change: what is done to the scenes of each batch before they are drawn; it gives the scenes back.

    The other arguments are those of `draw`.

    Raises:
        ValueError: with one sentence, for anything out of range.

    >>> next(Stream(4, size=16, mode="portrait", change=lambda scene: scene[:2])).labels.shape
    torch.Size([2])
    """

    def __init__(
        self,
        batch_size: int = 256,
        size: int = 64,
        mode: str = "scene",
        seed: int = 0,
        device: torch.device | str = "cpu",
        split: str = "train",
        *,
        rank: int | None = None,
        processes: int | None = None,
        busy: float = 0.0,
        clutter: float = 0.0,
        alt_text: float = 0.0,
        change: Callable[[Scene], Scene] | None = None,
    ):
        self.batch_size = whole(batch_size, "a whole batch_size of at least 1")
        self.size, self.mode, self.seed, self.split = expect_size(size), mode, seed, split
        self.rank, self.processes, self.busy, self.clutter, self.alt_text = rank, processes, busy, clutter, alt_text
        self.device, self.change = torch.device(device), change
        self.passed = 0
        # Complain now, not at the first batch.
        if rank is not None and processes is not None:
            share(rank, processes)
        if change is not None and not callable(change):
            raise ValueError(f"expected change to be a function of scenes, got {change!r}")
        draw(1, 8, mode, seed, split=split, busy=busy, clutter=clutter, alt_text=alt_text)

    def __next__(self) -> Batch:
        rank, processes = share(self.rank, self.processes)
        first = self.passed * self.batch_size * processes + rank
        numbers = scene_numbers(first, self.batch_size, processes, seed=self.seed, split=self.split)
        scene = sample(numbers, self.mode, self.split, self.busy, self.clutter)
        scene = self.change(scene) if self.change else scene
        if not isinstance(scene, Scene):
            raise ValueError(f"expected change to return the scenes, got {type(scene).__name__}: end it with `return`")
        batch = draw_scene(scene, self.size, self.device, self.alt_text)
        self.passed += 1  # not before: a batch that could not be drawn is not passed
        return batch

    def skip(self, batches: int) -> Stream:
        """Leave out some batches, to go on where an earlier stream stopped; costs nothing.

        Raises:
            ValueError: for a number that is not whole, or leads back to before the first batch.
        """
        self.passed += whole(batches, "a whole number of batches", -self.passed)
        return self

    def to(self, device: torch.device | str) -> Stream:
        """Draw on this device from now on."""
        self.device = torch.device(device)
        return self


def share(rank: int | None = None, processes: int | None = None) -> tuple[int, int]:
    """Which of how many processes this is: what is given, else what torch.distributed says, else the only one.

    Each worker of a DataLoader counts as a process: the workers share what would be their process's.

    Raises ValueError if there is no process of that rank.

    >>> share()
    (0, 1)
    """
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    rank = rank if rank is not None else torch.distributed.get_rank() if together else 0
    processes = processes if processes is not None else torch.distributed.get_world_size() if together else 1
    processes = whole(processes, "a whole number of processes, at least 1")
    rank = whole(rank, f"a rank from 0 to {processes - 1}", 0, processes - 1)
    worker = get_worker_info()
    return (
        (rank, processes) if worker is None else (rank * worker.num_workers + worker.id, processes * worker.num_workers)
    )
