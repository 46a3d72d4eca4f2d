"""From a scene to pixels, masks and boxes: the same picture on any device and, but for its detail, at any size.

All things of a batch are drawn together. Every shape of every thing is one row of one big table of distances,
filled form by form (`sdf`); rows are then painted coat by coat, front to back, each coat taking what light the
coats before it have let through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..expect import whole
from .backdrops import BACKDROPS
from .clutter import SCRAPS, clutter_of
from .palette import COLORS, INK, PAINTS, PATTERNS
from .scene import Scene
from .sdf import FORMS, Form, Frame, Pixels
from .shapes import DIALS, MAX_NUMBERS, ROLES
from .things import CATALOGUE

CHUNK = {"cpu": 256 * 32 * 32, "other": 2048 * 64 * 64}
"""How many pixels of things are painted in one go; on a CPU about what its cache holds."""
WINDOWS = (0.5, 1.0)
"""How large, as a share of the picture, the windows are in which scraps of clutter are drawn."""
PIECE = 256 * 32 * 32
"""How many distances a CPU works out in one go, so that they stay in its cache."""
SHARE = 64 * 32 * 32
"""How many pixels of pictures make it worth while to ask another core of a CPU for help."""
LINE = 0.048
"""The width of an ink line around a thing of size 1, in picture units."""
NOTHING = 255
"""In a map of parts: no part here."""


@dataclass
class Drawing:
    """The catalogue, and after it the scraps, as arrays: one row a shape (S), coats counted from the front."""

    first_shape: np.ndarray  # (things,) where a thing's shapes begin
    shapes: np.ndarray  # (things,) how many it has
    form: np.ndarray  # (S,) index into FORMS
    coat: np.ndarray  # (S,) which coat, 0 is the front
    rank: np.ndarray  # (S,) which shape of its coat
    cut: np.ndarray  # (S,) cut out rather than added
    base: Tensor  # (S, MAX_NUMBERS)
    slopes: Tensor  # (S, MAX_NUMBERS, DIALS)
    coats: np.ndarray  # (things,) how many coats
    role: Tensor  # (things, most coats) index into ROLES
    ink: Tensor  # (things, most coats) line width as a share of LINE
    part: Tensor  # (things, most coats) index into the thing's parts


@cache
def _drawing() -> Drawing:
    forms, catalogue = list(FORMS), (*CATALOGUE, *SCRAPS)
    things, most = len(catalogue), max(len(thing.coats) for thing in catalogue)
    rows: list[tuple[int, int, int, bool]] = []
    base, slopes, first, count = [], [], [], []
    role, part = np.zeros((things, most), np.int64), np.zeros((things, most), np.uint8)
    ink = np.zeros((things, most), np.float32)
    for i, thing in enumerate(catalogue):
        first.append(len(rows))
        for coat_number, coat in enumerate(reversed(thing.coats)):
            role[i, coat_number] = ROLES.index(coat.role)
            part[i, coat_number] = thing.parts.index(coat.name)
            ink[i, coat_number] = coat.ink
            for rank, shape in enumerate(coat.shapes):
                rows.append((forms.index(shape.form), coat_number, rank, shape.cut))
                padding = MAX_NUMBERS - len(shape.numbers)
                base.append([v.base for v in shape.numbers] + [0.0] * padding)
                slopes.append([v.slopes for v in shape.numbers] + [(0.0,) * DIALS] * padding)
        count.append(len(rows) - first[-1])
    form, coat, rank, cut = (np.array(column) for column in zip(*rows, strict=True))
    return Drawing(
        np.array(first), np.array(count), form, coat, rank, cut.astype(bool),
        _constant(base), _constant(slopes),
        np.array([len(thing.coats) for thing in catalogue]),
        torch.from_numpy(role), torch.from_numpy(ink), torch.from_numpy(part),
    )  # fmt: skip


def _constant(values: object, device: torch.device | str = "cpu") -> Tensor:
    """Fixed numbers of a drawing: float32 and on this device, whatever torch's defaults are."""
    return torch.tensor(values, dtype=torch.float32, device=device)


@dataclass
class Items:
    """N things to paint, those with most coats first: what they are (on the CPU), where, in what colors."""

    things: np.ndarray  # (N,) labels
    dials: Tensor  # (N, DIALS)
    frame: Frame
    color: Tensor  # (N, 3)
    pattern: Tensor  # (N, 5) coefficients of the pattern's field
    weave: Tensor  # (N, 3)

    def __getitem__(self, index: slice) -> Items:
        parts = (
            self.dials[index],
            self.frame[index],
            self.color[index],
            self.pattern[index],
            self.weave[index],
        )
        return Items(self.things[index], *parts)


def _items(scene: Scene, chosen: np.ndarray, slot: int, device: torch.device) -> Items:
    """The things in one slot of the chosen scenes."""
    rows = torch.from_numpy(chosen)
    angle, size = scene.angles[rows, slot], scene.sizes[rows, slot]
    flip = 1 - 2 * scene.mirrored[rows, slot].float()
    c, s = angle.cos(), angle.sin()
    turn = torch.stack([c * flip, -s, -s * flip, -c], 1)
    color = _constant(list(COLORS.values()))[scene.colors[rows, slot]] + scene.tints[rows, slot]
    pattern = _constant(list(PATTERNS.values()))[scene.patterns[rows, slot]]
    columns = [scene.dials[rows, slot], turn, size[:, None], scene.centers[rows, slot]]
    columns += [color.clamp(0, 1), pattern, scene.weave[rows, slot]]
    packed = torch.cat(columns, 1).to(device, non_blocking=True)
    dials, turn, size, center, color, pattern, weave = packed.split([DIALS, 4, 1, 2, 3, 5, 3], 1)
    frame = Frame(turn.unflatten(1, (2, 2)), size[:, 0], center)
    return Items(scene.things.numpy()[chosen, slot], dials, frame, color, pattern, weave)


@dataclass
class Plan:
    """How one chunk of things is painted: its shapes by form, and which row of distances each of them fills."""

    coats: list[int]  # how many of the things have a coat at each level, the front one first
    rows: int  # rows of distances in all
    forms: list[tuple[Form, Tensor, Tensor]]  # the form, where its shapes stand, the rows they fill
    joins: list[tuple[bool, Tensor, slice]]  # cut or add, the coats' rows, the rows of the further shapes


def _plan(items: Items, chunk: int) -> list[Plan]:
    """Plans for the things, `chunk` at a time; all shapes of a form are placed in one go."""
    drawing, device = _drawing(), items.color.device
    things = items.things
    count = drawing.shapes[things]
    item = np.repeat(np.arange(len(things)), count)
    shape = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count) + drawing.first_shape[things][item]
    form, part_of = drawing.form[shape], item // chunk
    order = np.lexsort((form, part_of))
    item, shape, form, part_of = item[order], shape[order], form[order], part_of[order]

    def send(array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device, non_blocking=True)

    owner, which = send(item), send(shape)
    numbers = (drawing.slopes.to(device)[which] @ items.dials[owner][:, :, None])[:, :, 0]
    numbers += drawing.base.to(device)[which]
    placed: list[Tensor] = []
    for index, kind in enumerate(FORMS.values()):
        rows = send(np.flatnonzero(form == index))
        placed.append(kind.place(numbers[rows, : kind.numbers], items.frame[owner[rows]]))
    used = [0] * len(placed)

    plans = []
    for first in range(0, len(things), chunk):
        begin, end = np.searchsorted(part_of, [first // chunk, first // chunk + 1])
        here, where = shape[begin:end], item[begin:end] - first
        # The first shapes of all front coats take the first rows, then those of all second coats, and so on;
        # further shapes of a coat come after, by rank.
        coats = drawing.coats[things[first : first + chunk]]
        having = (coats[:, None] > np.arange(coats[0])).sum(0)
        start = np.concatenate([[0], having.cumsum()])
        coat_row, rank, cut = start[drawing.coat[here]] + where, drawing.rank[here], drawing.cut[here]
        row = np.empty(len(here), np.int64)
        later = np.lexsort((coat_row, cut, rank))
        row[later] = np.arange(len(here))
        row[rank == 0] = coat_row[rank == 0]
        joins = []
        for r in range(1, rank.max() + 1):
            for cutting in (False, True):
                some = later[(rank[later] == r) & (cut[later] == cutting)]
                if len(some):
                    joins.append((cutting, send(coat_row[some]), slice(int(row[some[0]]), int(row[some[-1]]) + 1)))
        forms = []
        for index, kind in enumerate(FORMS.values()):
            of_form = row[form[begin:end] == index]
            if len(of_form):
                forms.append((kind, placed[index][used[index] : used[index] + len(of_form)], send(of_form)))
                used[index] += len(of_form)
        plans.append(Plan(having.tolist(), len(here), forms, joins))
    return plans


def _distances(plan: Plan, pixels: Pixels) -> Tensor:
    """The distances of all pixels from every coat of a chunk, front coats first, (rows, P); later rows are scratch."""
    distance = torch.empty(plan.rows, pixels.side**2, dtype=torch.float32, device=pixels.axis.device)
    few = max(1, PIECE // distance.shape[1]) if distance.device.type == "cpu" else plan.rows
    for form, placed, rows in plan.forms:
        for some, where in zip(placed.split(few), rows.split(few), strict=True):
            distance.index_copy_(0, where, form.distance(some, pixels))
    for cutting, rows, others in plan.joins:
        more = distance[others]
        joined = torch.maximum(distance[rows], more.neg_()) if cutting else torch.minimum(distance[rows], more)
        distance.index_copy_(0, rows, joined)
    return distance


def _paint(items: Items, plan: Plan, pixels: Pixels, want_parts: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """Paint N things: colors (N, 3, P) already weighted by the cover (N, P), and the map of parts (N, P) uint8."""
    drawing, device = _drawing(), pixels.axis.device
    n, p, per_unit = len(items.things), pixels.side**2, pixels.side / 2
    distance = _distances(plan, pixels)
    role, part = drawing.role[items.things].to(device), drawing.part[items.things].to(device)
    ink = _constant(INK, device)
    paint = _palette(items.color)[torch.arange(n, device=device)[:, None], role] - ink  # (N, coats, 3)
    main = (role <= 2).float()
    line = drawing.ink[items.things].to(device) * (LINE * per_unit) * items.frame.size[:, None] + 0.5
    shade = 1 / (items.frame.size * per_unit)[:, None]

    # Front to back: each coat covers a share of what the coats before it left open.
    left = torch.ones(n, p, dtype=torch.float32, device=device)
    color = torch.zeros(n, 3, p, dtype=torch.float32, device=device)
    woven = torch.zeros(n, p, dtype=torch.float32, device=device)
    parts = torch.full((n, p), NOTHING, dtype=torch.uint8, device=device) if want_parts else None
    first = 0
    for level, m in enumerate(plan.coats):
        d = distance[first : first + m].mul_(-per_unit)  # in pixels, positive inside
        first += m
        outer = (d + line[:m, level, None]).clamp_(0, 1)
        fill = (d + 0.5).clamp_(0, 1).mul_(left[:m])
        fill.mul_(d.mul_(shade[:m]).clamp_(0, 0.16).add_(0.84))  # a little darker near the edge
        color[:m].addcmul_(fill[:, None], paint[:m, level, :, None])
        woven[:m].addcmul_(fill, main[:m, level, None])
        left[:m].addcmul_(outer, left[:m], value=-1)
        if parts is not None:  # a pixel belongs to the coat that takes its cover over one half
            fresh = (1 - left[:m] > 0.5) & (parts[:m] == NOTHING)
            parts[:m] = torch.where(fresh, part[:m, level, None], parts[:m])
    cover = left.neg_().add_(1)
    color.addcmul_(cover[:, None], ink[:, None])

    field, light = _weave(items, pixels)
    contrast = _contrast(items.color) - items.color
    color.addcmul_(woven.mul_(field)[:, None], contrast[:, :, None])
    return color.mul_(light[:, None]), cover, parts


def _palette(color: Tensor) -> Tensor:
    """What each role looks like on things of these colors (N, 3): (N, roles, 3)."""
    fixed = _constant([PAINTS[role] for role in ROLES[3:]], color.device)
    own = torch.stack([color, 0.45 * color + 0.55, 0.72 * color], 1)
    return torch.cat([own, fixed.expand(len(color), -1, -1)], 1)


def _contrast(color: Tensor) -> Tensor:
    """The color of the pattern on things of these colors (N, 3): darker on light things, lighter on dark ones."""
    bright = (color @ _constant([0.3, 0.59, 0.11], color.device))[:, None]
    return torch.where(bright > 0.62, 0.74 * color, 0.45 * color + 0.55)


def _weave(items: Items, pixels: Pixels) -> tuple[Tensor, Tensor]:
    """Where the pattern shows (N, P), and the light that falls from the upper left (N, P)."""
    frequency, phase, angle = items.weave.unbind(1)
    c, s = angle.cos(), angle.sin()
    scale = (frequency / items.frame.size)[:, None]

    def wave(direction: Tensor) -> Tensor:
        offset = phase[:, None] - (direction * items.frame.center).sum(1, keepdim=True) * scale
        row = torch.cat([direction * scale, offset], 1)
        t = pixels.along(row)
        return t.sub_(t.floor()).mul_(2).sub_(1).abs_()

    first, second = wave(items.frame.direction(c, s)), wave(items.frame.direction(-s, c))
    a, b, e, f, g = items.pattern[:, :, None].unbind(1)
    field = (a + b * first).addcmul_(e, second).addcmul_(first * second, f)
    field.addcmul_(first.mul_(first).addcmul_(second, second), g)
    sharp = (pixels.side * items.frame.size / frequency / 4)[:, None]
    field.mul_(sharp).add_(0.5).clamp_(0, 1)
    x, y = (items.frame.center / items.frame.size[:, None]).unbind(1)
    slope = 0.07 / items.frame.size
    light = pixels.along(torch.stack([-slope, -slope, 1 + 0.07 * (x + y)], 1))
    return field, light.clamp_(0.85, 1.08)


def _backdrop(scene: Scene, pixels: Pixels) -> Tensor:
    """The backdrops of B scenes, (B, 3, P)."""
    device = pixels.axis.device
    table = _backdrop_table()[scene.backdrops]
    mood = scene.mood
    # A busy backdrop takes a color cast, a bigger swing of its textures, and stands where it likes.
    cast = 1 + (0.06 + 0.24 * scene.busy)[:, None] * mood[:, :3]
    colors = table[:, :18].unflatten(1, (6, 3)) * cast[:, None]
    horizon = table[:, 18:19] - 0.1 * mood[:, 3:4]
    hills = table[:, 19:21]
    waves = table[:, 21:35].unflatten(1, (2, 7))  # strength, along x y, across x y, bend, over
    strength = waves[..., 0] * (1 + 0.8 * scene.busy[:, None])
    spin = mood[:, 4]
    packed = torch.cat([colors.flatten(1), horizon, hills, strength, waves[..., 1:].flatten(1), spin[:, None]], 1)
    packed = packed.to(device, non_blocking=True)
    colors, horizon, hills, strength, waves, spin = packed.split([18, 1, 2, 2, 12, 1], 1)
    colors, waves = colors.unflatten(1, (6, 3)), waves.unflatten(1, (2, 6))
    side, axis = pixels.side, pixels.axis

    line = horizon + hills[:, :1] * torch.sin(torch.pi * (hills[:, 1:] * axis + spin))  # (B, W)
    below = axis[:, None] - line[:, None]  # (B, H, W)
    ground = (below * (side / 2) + 0.5).clamp_(0, 1)
    low = (below / (1 - line)[:, None]).clamp_(0, 1)
    high = ((axis + 1)[:, None] / (line + 1)[:, None]).clamp_(0, 1)
    # Each pixel shows one texture, the upper or the lower one, so one pair of cosines is enough.
    is_low = below > 0
    along_x, along_y, across_x, across_y, bend, over = waves.unbind(2)  # (B, 2) each
    turn = spin.expand(-1, 2)
    still = (across_x == 0) & (across_y == 0)
    shift = turn.masked_fill(still, 0) * 1.3
    upper, lower = (
        (
            pixels.along(torch.stack([along_x[:, i], along_y[:, i], turn[:, i]], 1) * torch.pi).view_as(ground),
            pixels.along(torch.stack([across_x[:, i], across_y[:, i], shift[:, i]], 1) * torch.pi).view_as(ground),
        )
        for i in (0, 1)
    )
    wavy = torch.sin(torch.pi * (1.7 * along_x[:, :, None] * axis + 2.3 * turn[:, :, None])).mul_(bend[:, :, None])
    along = torch.where(is_low, lower[0].add_(wavy[:, 1, None]), upper[0].add_(wavy[:, 0, None])).cos_()
    across = torch.where(is_low, lower[1], upper[1]).cos_()
    tone = along.mul_(across).mul_(6)
    tone.sub_(torch.where(is_low, 6 * over[:, 1, None, None], 6 * over[:, 0, None, None])).clamp_(0, 1)
    second = tone * ground
    first = tone.sub_(second).mul_(strength[:, 0, None, None])
    second.mul_(strength[:, 1, None, None])
    sky, earth = (1 - ground).sub_(first), ground.sub_(second)
    high, low = high.mul_(sky), low.mul_(earth)
    weights = torch.stack([sky.sub_(high), high, earth.sub_(low), low, first, second], 1)
    return colors.transpose(1, 2) @ weights.flatten(2)


@cache
def _backdrop_table() -> Tensor:
    rows = []
    for b in BACKDROPS.values():
        row = [*b.top, *b.above, *b.below, *b.foot, *b.upper.color, *b.lower.color, -b.horizon, *b.hills]
        for t in (b.upper, b.lower):
            row += [t.strength, *t.along, *t.across, t.bend, t.over]
        rows.append(row)
    return _constant(rows)


@dataclass
class Rendered:
    """Pictures (B, 3, H, W) in [0, 1], visible masks (B, K, H, W) bool, boxes (B, K, 4), parts (B, K, H, W) uint8."""

    pictures: Tensor
    masks: Tensor
    boxes: Tensor
    parts: Tensor | None


def expect_size(size: Any) -> int:
    """The side of pictures in pixels; ValueError, in one sentence, for a side too small to show anything."""
    return whole(size, "pictures of at least 8 pixels a side, a whole number", 8)


def render(scene: Scene, size: int, device: torch.device | str = "cpu", want_parts: bool = False) -> Rendered:
    """Draw scenes.

    Args:
        scene: B scenes with K slots.
        size: the side of the pictures in pixels, at least 8.
        device: where to draw.
        want_parts: also say which part of its thing each pixel shows.

    Raises:
        ValueError: if the size is too small to show anything.
    """
    size, device = expect_size(size), torch.device(device)
    pixels = Pixels.of(size, device)
    b, k = scene.things.shape
    pictures = torch.empty(b, 3, size**2, dtype=torch.float32, device=device)
    masks = torch.zeros(b, k, size**2, dtype=torch.bool, device=device)
    parts = torch.full((b, k, size**2), NOTHING, dtype=torch.uint8, device=device) if want_parts else None

    def draw(some: slice) -> None:
        _draw(scene[some], pixels, pictures[some], masks[some], None if parts is None else parts[some])

    if device.type == "cpu":
        _on_all_cores(draw, b, size)
    else:
        draw(slice(0, b))
    masks = masks.view(b, k, size, size)
    if parts is not None:
        parts = parts.view(b, k, size, size).masked_fill_(~masks, NOTHING)
    return Rendered(pictures.view(b, 3, size, size).clamp_(0, 1), masks, tight_boxes(masks), parts)


def _on_all_cores(draw: Callable[[slice], None], scenes: int, size: int) -> None:
    """Draw a share of the scenes on each core, every core on its own.

    Torch would rather share out each small step, and wait for the slowest core after each of them; on a machine with
    anything else to do that costs many times the work itself.
    """
    cores = torch.get_num_threads()
    shares = max(1, min(cores, scenes * size**2 // SHARE))
    cuts = [scenes * i // shares for i in range(shares + 1)]
    _drawing()  # made once, before the cores ask for them
    _backdrop_table()
    torch.set_num_threads(1)
    try:
        if shares == 1:
            draw(slice(0, scenes))
        else:
            with ThreadPoolExecutor(shares) as pool:
                list(pool.map(draw, [slice(*cut) for cut in pairwise(cuts)]))
    finally:
        torch.set_num_threads(cores)


def _chunk(pixels: Pixels) -> int:
    """How many things are painted in one go."""
    return max(1, CHUNK["cpu" if pixels.axis.device.type == "cpu" else "other"] // pixels.side**2)


def _draw(scene: Scene, pixels: Pixels, pictures: Tensor, masks: Tensor, parts: Tensor | None) -> None:
    """Draw scenes into pictures (B, 3, P), empty masks (B, K, P) and maps of parts (B, K, P)."""
    chunk = _chunk(pixels)
    for first in range(0, len(scene), chunk):
        pictures[first : first + chunk] = _backdrop(scene[slice(first, first + chunk)], pixels)
    if (scene.clutter > 0).any():
        _draw_clutter(clutter_of(scene), pixels, pictures)
    device, coats, slots = pictures.device, _drawing().coats, masks.shape[1]
    for slot in reversed(range(slots)):  # the farthest thing first
        things = scene.things.numpy()[:, slot]
        present = np.flatnonzero(things >= 0)
        if not len(present):
            continue
        present = present[np.argsort(-coats[things[present]], kind="stable")]
        items = _items(scene, present, slot, device)
        where = torch.from_numpy(present).to(device)
        for number, plan in enumerate(_plan(items, chunk)):
            some = slice(number * chunk, (number + 1) * chunk)
            color, cover, part = _paint(items[some], plan, pixels, parts is not None)
            rows = where[some]
            pictures.index_copy_(0, rows, color.addcmul_(pictures[rows], 1 - cover[:, None]))
            solid = cover > 0.5
            if slot + 1 < slots:  # what stands behind is hidden
                masks[rows] = masks[rows] & ~solid[:, None]
            masks[rows, slot] = solid
            if parts is not None and part is not None:
                parts[rows, slot] = part


def _draw_clutter(scraps: Scene, pixels: Pixels, pictures: Tensor) -> None:
    """Draw scraps over what is in the pictures (B, 3, P), each in a window of the picture that is just large enough.

    To draw in a window is to draw a smaller picture, in which the scrap is that much larger.
    """
    device, side = pictures.device, pixels.side
    things, sizes, centers = scraps.things.numpy(), scraps.sizes.numpy(), scraps.centers.numpy()
    window = np.searchsorted(np.array(WINDOWS[:-1]), 1.45 * sizes)  # a scrap that is turned reaches out of its frame
    channel = torch.arange(3, device=device)[:, None]

    def send(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    for slot, number in product(reversed(range(things.shape[1])), range(len(WINDOWS))):
        present = np.flatnonzero((things[:, slot] >= 0) & (window[:, slot] == number))
        if not len(present):
            continue
        wide = math.ceil(WINDOWS[number] * side)
        inner, larger = Pixels.of(wide, device), side / wide
        corner = ((centers[present, slot] + 1) * (side / 2) - wide / 2).round().clip(0, side - wide)  # x, y in pixels
        middle = send((corner + wide / 2) * (2 / side) - 1)
        items = _items(scraps, present, slot, device)
        frame = items.frame
        items.frame = Frame(frame.turn, frame.size * larger, (frame.center - middle) * larger)
        steps = torch.arange(wide, device=device)
        inside = send((corner[:, 1] * side + corner[:, 0]).astype(np.int64))[:, None]
        inside = inside + (steps[:, None] * side + steps).flatten()  # (N, wide²) which pixels of the picture
        where, chunk = send(present), _chunk(inner)
        for first, plan in zip(range(0, len(present), chunk), _plan(items, chunk), strict=True):
            some = slice(first, first + chunk)
            color, cover, _ = _paint(items[some], plan, inner, False)
            rows = where[some]
            if wide == side:
                pictures.index_copy_(0, rows, color.addcmul_(pictures[rows], 1 - cover[:, None]))
            else:
                at = (rows[:, None, None], channel, inside[some, None])
                pictures.index_put_(at, color.addcmul_(pictures[at], 1 - cover[:, None]))


def tight_boxes(masks: Tensor) -> Tensor:
    """The tight boxes (..., 4) of masks (..., H, W): x0, y0, x1, y1 in pixels, far edge exclusive, −1 where empty.

    >>> tight_boxes(torch.tensor([[False, True], [False, True]])).tolist()
    [1.0, 0.0, 2.0, 2.0]
    """
    flags = masks.view(torch.uint8)
    columns, rows = flags.amax(-2), flags.amax(-1)
    width, height = columns.shape[-1], rows.shape[-1]
    x0, y0 = columns.argmax(-1), rows.argmax(-1)
    x1, y1 = width - columns.flip(-1).argmax(-1), height - rows.flip(-1).argmax(-1)
    boxes = torch.stack([x0, y0, x1, y1], -1).float()
    return torch.where(columns.amax(-1, keepdim=True) > 0, boxes, -1.0)
