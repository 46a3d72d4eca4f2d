"""A batch of pictures with everything that is known about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from ..expect import between, whole
from . import interventions, language
from .catalogue import FIRST_PART, PARTS, PATHS, THINGS
from .render import render
from .scene import Scene, expect_scenes, rows

MAX_PARTS = max(len(parts) for parts in PARTS.values())
"""The most parts that a thing has."""


class Tokenizer(Protocol):
    """What `Batch.token_slots` asks of a tokenizer; `course_lib.nn.BPE` gives it."""

    def encode_spans(self, text: str) -> tuple[list[int], list[tuple[int, int] | None]]:
        """The ids of a text, without start and end, and the characters (start, end) of it that each stands for."""
        ...


@dataclass
class Batch:
    """B pictures and their truth; K slots for things, front to back, padded with −1.

    Captions, questions and part masks are made when they are first asked for, so that nobody waits for truth
    that is not used.
    """

    pictures: Tensor  # (B, 3, H, W) float32 in [0, 1]
    labels: Tensor  # (B,) label of the nearest thing, an index into THINGS
    paths: Tensor  # (B, levels) its path up the hierarchy: thing, family, realm
    things: Tensor  # (B, K) labels
    colors: Tensor  # (B, K) indices into COLORS
    patterns: Tensor  # (B, K) indices into PATTERNS
    depths: Tensor  # (B, K) 0 is the nearest
    boxes: Tensor  # (B, K, 4) x0, y0, x1, y1 in pixels, of what is visible, far edge exclusive
    masks: Tensor  # (B, K, H, W) bool, what is visible of each thing
    backdrops: Tensor  # (B,) indices into BACKDROPS
    scene: Scene  # where it all comes from, on the CPU
    alt_text: float = 0.0  # how noisy the captions are

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Any) -> Batch:
        """Some of the pictures with their truth.

        `index` is a slice; or whole numbers (N,), or True and False (B,), as a list, an array or a tensor.

        Raises:
            ValueError: for anything else, a single number too, and for pictures that are not there.

        >>> from course_lib import world
        >>> batch = world.draw(3, size=8)
        >>> len(batch[1:]), len(batch[[2, 0]]), len(batch[batch.labels > 99])
        (2, 2, 0)
        """
        index = rows(index, len(self))
        here = index.to(self.pictures.device, non_blocking=True) if isinstance(index, Tensor) else index
        chosen = {f.name: v[here] for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)}
        return replace(self, scene=self.scene[index], **chosen)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch with its tensors on another device."""
        tensors = {f.name: v.to(device) for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)}
        return replace(self, **tensors)

    @cached_property
    def parts(self) -> Tensor:
        """What is visible of each part of each thing, (B, K, MAX_PARTS, H, W) bool; names in `PARTS`."""
        drawn = render(self.scene, self.pictures.shape[-1], self.pictures.device, want_parts=True).parts
        assert drawn is not None
        numbers = torch.arange(MAX_PARTS, dtype=torch.uint8, device=drawn.device)
        return drawn[:, :, None] == numbers[:, None, None]

    @cached_property
    def _language(self) -> tuple[list[str], list[list[tuple[int, int] | None]]]:
        return language.alt_text(self.scene, *language.captions(self.scene), self.alt_text)

    @cached_property
    def captions(self) -> list[str]:
        """A caption for each picture."""
        return self._language[0]

    @cached_property
    def spans(self) -> list[list[tuple[int, int] | None]]:
        """`spans[b][k]`: the characters (start, end) of caption b that name thing k, or None."""
        return self._language[1]

    @cached_property
    def _dialogue(self) -> tuple[list[list[str]], list[list[str]]]:
        return language.questions(self.scene)

    @cached_property
    def questions(self) -> list[list[str]]:
        """Questions about each picture."""
        return self._dialogue[0]

    @cached_property
    def answers(self) -> list[list[str]]:
        """The answers to `questions`."""
        return self._dialogue[1]

    def negatives(self, kind: str) -> list[str | None]:
        """A false caption for each picture: the true one with one thing changed.

        Args:
            kind: one of `NEGATIVES`: "sides", left and right, or above and below, exchanged; "depth", in front and
                behind exchanged; "colors", the colors of two things exchanged; "color", "thing", "count" or "place",
                one of them replaced.

        Returns:
            B captions; None where the caption says nothing of the kind, or is spoilt as text on the web is.

        Raises:
            ValueError: for a kind that does not exist.

        >>> from course_lib import world
        >>> batch = world.compose([("cat", "red"), ("dog", "blue")], size=8, seed=4)
        >>> batch.captions[0], batch.negatives("colors")[0]
        ('A red kitty below a blue doggy.', 'A blue kitty below a red doggy.')
        """
        told = language.captions(self.scene)[0] if self.alt_text else self.captions
        false = language.negatives(self.scene, kind)
        return [f if c == t else None for f, c, t in zip(false, self.captions, told, strict=True)]

    def edited(self, seed: int = 0, kinds: Sequence[str] = interventions.EDITS) -> tuple[Batch, list[str]]:
        """The pictures after one change each, and the instructions that ask for it; see `interventions.edit`.

        >>> from course_lib import world
        >>> before = world.draw(2, size=16, seed=4)
        >>> after, instructions = before.edited(kinds=("backdrop",))
        >>> instructions, (after.backdrops != before.backdrops).tolist()
        (['use a snow backdrop', 'use a night backdrop'], [True, True])
        """
        done = interventions.edit(self.scene, seed, kinds)
        after = draw_scene(done.scene, self.pictures.shape[-1], self.pictures.device, self.alt_text)
        return after, done.instructions

    def patch_shares(self, grid: int) -> Tensor:
        """How much of each patch each thing covers, (B, K, grid, grid) between 0 and 1; what is left is backdrop.

        Args:
            grid: how many patches make a side of the picture.

        Raises:
            ValueError: if so many patches do not divide the picture.
        """
        return _pooled(self.masks, grid)

    def patch_things(self, grid: int, least: float = 0.5) -> Tensor:
        """The label of the thing that covers most of each patch, (B, grid, grid) int64; −1 for backdrop.

        Args:
            grid: how many patches make a side of the picture.
            least: the share of a patch that this thing must cover; below it the patch counts as backdrop.

        Raises:
            ValueError: if so many patches do not divide the picture, or for a share out of range.

        >>> from course_lib import world
        >>> batch = world.compose([("cat", "red")], size=64, seed=3)
        >>> batch.patch_things(4)[0]
        tensor([[-1, -1, -1, -1],
                [-1,  0,  0, -1],
                [-1,  0,  0, -1],
                [-1,  0, -1, -1]])
        """
        slot, on_thing = self._patch_slots(grid, least)
        return torch.where(on_thing, self.things.gather(1, slot.flatten(1)).view_as(slot), -1)

    def patch_parts(self, grid: int, least: float = 0.5) -> Tensor:
        """The part that covers most of each patch, an index into `PART_NAMES`, (B, grid, grid) int64; −1 for backdrop.

        A patch has a part where `patch_things` has a thing: the part of that thing of which the patch shows most.

        Args:
            grid: how many patches make a side of the picture.
            least: the share of a patch that the whole thing must cover.

        Raises:
            ValueError: if so many patches do not divide the picture, or for a share out of range.

        >>> from course_lib import world
        >>> batch = world.compose([("cat", "red")], size=64, seed=3)
        >>> world.PART_NAMES[batch.patch_parts(4)[0, 1, 1]]
        ('cat', 'head')
        """
        slot, on_thing = self._patch_slots(grid, least)
        shares = _pooled(self.parts.flatten(1, 2), grid).unflatten(1, self.parts.shape[1:3])
        of_slot = shares.gather(1, slot[:, None, None].expand(-1, 1, MAX_PARTS, -1, -1))[:, 0]
        thing = self.things.gather(1, slot.flatten(1)).view_as(slot).clamp(min=0)
        first = FIRST_PART.to(slot.device, non_blocking=True)[thing]
        return torch.where(on_thing, first + of_slot.argmax(1), -1)

    def _patch_slots(self, grid: int, least: float) -> tuple[Tensor, Tensor]:
        """The slot that covers most of each patch (B, grid, grid), and whether it covers enough of it."""
        least = between(least, "the least share of a patch above 0 and at most 1", math.ulp(0.0))
        share, slot = self.patch_shares(grid).max(1)
        return slot, share >= least

    def token_slots(self, tokenizer: Tokenizer, length: int) -> Tensor:
        """For each token of each caption the slot of the thing whose phrase it belongs to, (B, length) int64.

        The tokens are those of `tokenizer(batch.captions, length)`: start, the caption, end, padding. −1 stands for all
        that names no thing.

        Args:
            tokenizer: such as `course_lib.nn.BPE`.
            length: of every row, at least 2; a longer caption loses its last words.

        Raises:
            ValueError: for a length below 2.
        """
        length = whole(length, "a length of at least 2, for start and end", 2)
        slots = torch.full((len(self), length), -1, device="cpu")
        for row, caption, phrases in zip(slots, self.captions, self.spans, strict=True):
            _, spans = tokenizer.encode_spans(caption)
            found = [_slot_at(span, phrases) for span in spans[: length - 2]]
            row[1 : 1 + len(found)] = torch.tensor(found, dtype=torch.int64, device="cpu")
        return slots.to(self.pictures.device)

    def names(self, index: int) -> list[str]:
        """The names of the things in one picture, front to back.

        Raises:
            ValueError: for a picture that is not there.
        """
        index = whole(index, f"a picture from 0 to {len(self) - 1}", -len(self), len(self) - 1)
        return [THINGS[thing] for thing in self.things[index].tolist() if thing >= 0]


def _pooled(masks: Tensor, grid: int) -> Tensor:
    """The share of each patch that masks (B, C, H, W) cover, (B, C, grid, grid)."""
    side = masks.shape[-1]
    needed = f"a grid that divides the {side} pixels of a side"
    if side % (grid := whole(grid, needed)):
        raise ValueError(f"expected {needed}, got {grid}")
    patches = masks.unflatten(-1, (grid, -1)).unflatten(-3, (grid, -1))
    return patches.sum((-3, -1), dtype=torch.float32) / (side // grid) ** 2


def _slot_at(span: tuple[int, int] | None, phrases: list[tuple[int, int] | None]) -> int:
    """The slot whose phrase holds a token's characters, −1 if none does."""
    if span is None:
        return -1
    held = (slot for slot, phrase in enumerate(phrases) if phrase and phrase[0] < span[1] and span[0] < phrase[1])
    return next(held, -1)


def draw_scene(scene: Scene, size: int = 64, device: torch.device | str = "cpu", alt_text: float = 0.0) -> Batch:
    """Draw scenes that exist already, perhaps changed by hand: `batch.scene` is a plain dataclass of tensors.

    Args:
        scene: B scenes, on the CPU.
        size: the side of the pictures in pixels, at least 8.
        device: where to draw.
        alt_text: the share of captions that are as noisy as text on the web, from 0 to 1.

    Raises:
        ValueError: for a size or an alt_text out of range, and for scenes that hold what does not exist.

    >>> from course_lib import world
    >>> scene = world.draw(1, mode="portrait").scene
    >>> scene.colors[:] = 4
    >>> draw_scene(scene, size=32).colors.tolist()
    [[4]]
    """
    alt_text = between(alt_text, "alt_text between 0 (clean) and 1 (as noisy as the web)")
    expect_scenes(scene)
    scene = scene.copy()  # what is done to the given scenes later does not reach this batch
    drawn = render(scene, size, device)
    depths = torch.arange(scene.things.shape[1], device="cpu").expand_as(scene.things)
    depths = depths.masked_fill(scene.things < 0, -1)
    labels = scene.things[:, 0]
    truth = (labels, PATHS[labels], scene.things, scene.colors, scene.patterns, depths, scene.backdrops)
    labels, paths, things, colors, patterns, depths, backdrops = (t.to(device, non_blocking=True) for t in truth)
    return Batch(
        drawn.pictures, labels, paths, things, colors, patterns, depths, drawn.boxes, drawn.masks, backdrops,
        scene, alt_text,
    )  # fmt: skip
