"""Signed distances: how far each pixel is from each shape, negative inside.

Each form of `shapes` has two functions. `place_…` takes M shapes of that form and says where they stand in the
picture, as one short row of numbers a shape. `…` takes such rows and gives the distances of all pixels, (M, P), in
picture units (the picture is 2 wide). Placing costs next to nothing; the distances are where the time goes, so they
are written in place and without a copy. The formulas are the well-known ones that Inigo Quilez has collected
(iquilezles.org/articles/distfunctions2d).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Frame:
    """Where M things stand: `turn` (M, 2, 2) rotation or mirror image, `size` (M,), `center` (M, 2)."""

    turn: Tensor
    size: Tensor
    center: Tensor

    def __getitem__(self, index: Tensor | slice) -> Frame:
        return Frame(self.turn[index], self.size[index], self.center[index])

    def direction(self, x: Tensor, y: Tensor) -> Tensor:
        """Directions (M,), (M,) of a thing's own frame, in the picture's frame (M, 2)."""
        return self.turn[:, :, 0] * x[:, None] + self.turn[:, :, 1] * y[:, None]

    def point(self, x: Tensor, y: Tensor) -> Tensor:
        """Points (M,), (M,) of a thing's own frame, in the picture's frame (M, 2)."""
        return self.direction(x, y) * self.size[:, None] + self.center


@dataclass
class Pixels:
    """The pixel centers of a square picture: `axis` (side,) goes from -1 to 1, for x rightward and for y downward."""

    side: int
    axis: Tensor

    @staticmethod
    def of(side: int, device: torch.device | str = "cpu") -> Pixels:
        """The pixel centers of a picture of `side` x `side` pixels.

        >>> Pixels.of(2).axis.tolist()
        [-0.5, 0.5]
        """
        return Pixels(side, (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * (2 / side) - 1)

    def along(self, row: Tensor) -> Tensor:
        """What a·x + b·y + c is at every pixel, for rows (M, 3) of a, b, c: (M, P)."""
        across = row[:, 0:1] * self.axis
        down = torch.addcmul(row[:, 2:3], row[:, 1:2], self.axis)
        return (down[:, :, None] + across[:, None, :]).flatten(1)


def _axes(frame: Frame, x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (M, 3), (M, 3) that give a pixel's coordinates in the frame of a shape around (x, y), turned by `angle`."""
    center, c, s = frame.point(x, y), angle.cos(), angle.sin()
    return _row(frame.direction(c, s), center), _row(frame.direction(-s, c), center)


def _row(direction: Tensor, origin: Tensor) -> Tensor:
    return torch.cat([direction, -(direction * origin).sum(1, keepdim=True)], 1)


def place_ellipse(n: Tensor, frame: Frame) -> Tensor:
    """x, y, rx, ry, angle → two axes counted in radii, and how steep each is."""
    x, y, rx, ry, angle = n.unbind(1)
    u, v = _axes(frame, x, y, angle)
    rx, ry = (rx.clamp(min=1e-3) * frame.size)[:, None], (ry.clamp(min=1e-3) * frame.size)[:, None]
    return torch.cat([u / rx, v / ry, 4 / (rx * rx), 4 / (ry * ry)], 1)


def ellipse(row: Tensor, pixels: Pixels) -> Tensor:
    """The distance to first order, (value - 1) / |gradient|; exact on the outline."""
    u, v = pixels.along(row[:, 0:3]), pixels.along(row[:, 3:6])
    uu, vv = u.mul_(u), v.mul_(v)
    slope = (uu * row[:, 6:7]).addcmul_(vv, row[:, 7:8])
    return uu.add_(vv).sub_(1).mul_(slope.clamp_(min=1e-3).rsqrt_())


def place_box(n: Tensor, frame: Frame) -> Tensor:
    """x, y, half width, half height, angle, rounding → two axes, the inner half sizes, the rounding."""
    x, y, hx, hy, angle, r = n.unbind(1)
    sizes = torch.stack([hx - r, hy - r, r], 1) * frame.size[:, None]
    return torch.cat([*_axes(frame, x, y, angle), sizes], 1)


def box(row: Tensor, pixels: Pixels) -> Tensor:
    """The exact distance."""
    u = pixels.along(row[:, 0:3]).abs_().sub_(row[:, 6:7])
    v = pixels.along(row[:, 3:6]).abs_().sub_(row[:, 7:8])
    inside = torch.maximum(u, v).clamp_(max=0).sub_(row[:, 8:9])
    u.clamp_(min=0)
    v.clamp_(min=0)
    return u.mul_(u).addcmul_(v, v).sqrt_().add_(inside)


def place_stroke(n: Tensor, frame: Frame) -> Tensor:
    """x0, y0, x1, y1, r0, r1 → the axes along and across, the length, the first radius, its growth."""
    x0, y0, x1, y1, r0, r1 = n.unbind(1)
    along = frame.direction(x1 - x0, y1 - y0) * frame.size[:, None]
    length = along.norm(dim=1, keepdim=True).clamp(min=1e-4)
    along, start = along / length, frame.point(x0, y0)
    across = torch.stack([-along[:, 1], along[:, 0]], 1)
    size = frame.size[:, None]
    growth = (r1 - r0)[:, None] * size / length
    return torch.cat([_row(along, start), _row(across, start), length, r0[:, None] * size, growth], 1)


def stroke(row: Tensor, pixels: Pixels) -> Tensor:
    """The distance from the nearest point of the line, less the radius there."""
    u, v = pixels.along(row[:, 0:3]), pixels.along(row[:, 3:6])
    near = torch.minimum(u.clamp(min=0), row[:, 6:7])
    u.sub_(near)
    radius = near.mul_(row[:, 8:9]).add_(row[:, 7:8])
    return u.mul_(u).addcmul_(v, v).sqrt_().sub_(radius)


def place_polygon(n: Tensor, frame: Frame) -> Tensor:
    """The corners' x and y, then the rounding → a row for each side, moved in by the rounding, then the rounding."""
    corners = [frame.point(n[:, i], n[:, i + 1]) for i in range(0, n.shape[1] - 1, 2)]
    points = torch.stack(corners, 1)  # (M, V, 2)
    edge = points.roll(-1, 1) - points
    arm = points - points.mean(1, keepdim=True)
    winding = (arm[..., 0] * edge[..., 1] - arm[..., 1] * edge[..., 0]).sum(1).sign()
    normal = torch.stack([edge[..., 1], -edge[..., 0]], -1) * winding[:, None, None]
    normal = normal / normal.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    r = (n[:, -1] * frame.size)[:, None]
    offset = r - (normal * points).sum(-1)
    return torch.cat([torch.cat([normal, offset[..., None]], -1).flatten(1), r], 1)


def polygon(row: Tensor, pixels: Pixels) -> Tensor:
    """Exact along the sides of a convex polygon; its corners are softened by the rounding."""
    inside, outside = None, None
    for i in range(0, row.shape[1] - 1, 3):
        side = pixels.along(row[:, i : i + 3])
        inside = side.clone() if inside is None else torch.maximum(inside, side, out=inside)
        side.clamp_(min=0)
        outside = side.mul_(side) if outside is None else outside.addcmul_(side, side)
    assert inside is not None and outside is not None
    return outside.sqrt_().add_(inside.clamp_(max=0)).sub_(row[:, -1:])


def place_arc(n: Tensor, frame: Frame) -> Tensor:
    """x, y, radius, half width, middle, spread → axes toward the middle and across, radius, width, end's u and v."""
    x, y, radius, width, middle, spread = n.unbind(1)
    sizes = torch.stack([radius, width], 1) * frame.size[:, None]
    ends = torch.stack([spread.cos(), spread.sin()], 1)
    return torch.cat([*_axes(frame, x, y, middle), sizes, ends], 1)


def arc(row: Tensor, pixels: Pixels) -> Tensor:
    """The exact distance: from the ring beside the arc, from its tip beyond it."""
    u, v = pixels.along(row[:, 0:3]), pixels.along(row[:, 3:6]).abs_()
    radius, width, end_u, end_v = row[:, 6:].split(1, 1)
    beyond = v * end_u > u * end_v
    ring = (u * u).addcmul_(v, v).sqrt_().sub_(radius).abs_()
    u.sub_(end_u * radius)
    v.sub_(end_v * radius)
    tip = u.mul_(u).addcmul_(v, v).sqrt_()
    return torch.where(beyond, tip, ring).sub_(width)


def place_blob(n: Tensor, frame: Frame) -> Tensor:
    """x, y, radius, wave, lobes, angle → two axes, radius, wave, lobes, how much the waves steepen the distance."""
    x, y, radius, wave, lobes, angle = n.unbind(1)
    steep = (1 + (0.6 * wave * lobes) ** 2).sqrt()
    return torch.cat([*_axes(frame, x, y, angle), torch.stack([radius * frame.size, wave, lobes, steep], 1)], 1)


def blob(row: Tensor, pixels: Pixels) -> Tensor:
    """Close to the distance while the waves are gentle."""
    u, v = pixels.along(row[:, 0:3]), pixels.along(row[:, 3:6])
    radius, wave, lobes, steep = row[:, 6:].split(1, 1)
    ripple = torch.atan2(v, u).mul_(lobes).cos_().mul_(wave).add_(1).mul_(radius)
    return u.mul_(u).addcmul_(v, v).sqrt_().sub_(ripple).div_(steep)


@dataclass(frozen=True)
class Form:
    """A form of shape: how many numbers it takes, how it is placed, and its distance."""

    numbers: int
    place: Callable[[Tensor, Frame], Tensor]
    distance: Callable[[Tensor, Pixels], Tensor]


FORMS: dict[str, Form] = {
    "ellipse": Form(5, place_ellipse, ellipse),
    "box": Form(6, place_box, box),
    "stroke": Form(6, place_stroke, stroke),
    "polygon3": Form(7, place_polygon, polygon),
    "polygon4": Form(9, place_polygon, polygon),
    "polygon5": Form(11, place_polygon, polygon),
    "polygon6": Form(13, place_polygon, polygon),
    "arc": Form(6, place_arc, arc),
    "blob": Form(6, place_blob, blob),
}
"""Every form of shape by name."""
