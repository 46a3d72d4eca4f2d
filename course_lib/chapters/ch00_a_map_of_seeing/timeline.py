"""How the field got here: papers from 2012 to today, one lane for each kind of supervision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.patches import Rectangle

from course_lib.show.figure import FONT, INK, PALETTE, QUIET, WIDTH, Figure, Sheet, deep, pale, text_width
from course_lib.show.images import wrap

LANES = (
    "labels",
    "language",
    "contrastive",
    "non-contrastive",
    "masked",
    "fusion",
    "regions & pixels",
    "making pictures",
)
"""The lanes of the timeline, from top to bottom."""


class Paper(NamedTuple):
    """One paper: when it appeared (2020.5 is July 2020), what it is called, by whom, where, and its lane."""

    when: float
    name: str
    authors: str
    where: str
    lane: str


def _arxiv(number: str, name: str, authors: str, lane: str) -> Paper:
    """A paper whose arXiv number tells when it appeared."""
    return Paper(2000 + int(number[:2]) + (int(number[2:4]) - 1) / 12, name, authors, f"arXiv {number}", lane)


PAPERS: tuple[Paper, ...] = (
    Paper(2012 + 11 / 12, "AlexNet", "Krizhevsky et al.", "NeurIPS 2012", "labels"),
    _arxiv("1409.1556", "VGG", "Simonyan and Zisserman", "labels"),
    _arxiv("1512.03385", "ResNet", "He et al.", "labels"),
    _arxiv("1912.11370", "BiT", "Kolesnikov et al.", "labels"),
    _arxiv("2010.11929", "ViT", "Dosovitskiy et al.", "labels"),
    _arxiv("2104.10972", "ImageNet-21K", "Ridnik et al.", "labels"),
    Paper(2013 + 11 / 12, "DeViSE", "Frome et al.", "NeurIPS 2013", "language"),
    _arxiv("2102.05918", "ALIGN", "Jia et al.", "language"),
    _arxiv("2103.00020", "CLIP", "Radford et al.", "language"),
    _arxiv("2204.03610", "UniCL", "Yang et al.", "language"),
    _arxiv("2205.01917", "CoCa", "Yu et al.", "language"),
    _arxiv("2303.15343", "SigLIP", "Zhai et al.", "language"),
    _arxiv("2502.14786", "SigLIP 2", "Tschannen et al.", "language"),
    _arxiv("1805.01978", "InstDisc", "Wu et al.", "contrastive"),
    _arxiv("1807.03748", "CPC", "van den Oord et al.", "contrastive"),
    _arxiv("1911.05722", "MoCo", "He et al.", "contrastive"),
    _arxiv("2002.05709", "SimCLR", "Chen et al.", "contrastive"),
    _arxiv("2006.07733", "BYOL", "Grill et al.", "non-contrastive"),
    _arxiv("2006.09882", "SwAV", "Caron et al.", "non-contrastive"),
    _arxiv("2011.10566", "SimSiam", "Chen and He", "non-contrastive"),
    _arxiv("2103.03230", "Barlow Twins", "Zbontar et al.", "non-contrastive"),
    _arxiv("2104.14294", "DINO", "Caron et al.", "non-contrastive"),
    _arxiv("2105.04906", "VICReg", "Bardes et al.", "non-contrastive"),
    _arxiv("2304.07193", "DINOv2", "Oquab et al.", "non-contrastive"),
    _arxiv("2508.10104", "DINOv3", "Siméoni et al.", "non-contrastive"),
    _arxiv("1604.07379", "Context Encoders", "Pathak et al.", "masked"),
    _arxiv("2106.08254", "BEiT", "Bao et al.", "masked"),
    _arxiv("2111.06377", "MAE", "He et al.", "masked"),
    _arxiv("2111.07832", "iBOT", "Zhou et al.", "masked"),
    _arxiv("2111.09886", "SimMIM", "Xie et al.", "masked"),
    _arxiv("2112.09133", "MaskFeat", "Wei et al.", "masked"),
    _arxiv("2202.03555", "data2vec", "Baevski et al.", "masked"),
    _arxiv("2211.07636", "EVA", "Fang et al.", "masked"),
    _arxiv("1908.02265", "ViLBERT", "Lu et al.", "fusion"),
    _arxiv("2102.03334", "ViLT", "Kim et al.", "fusion"),
    _arxiv("2204.14198", "Flamingo", "Alayrac et al.", "fusion"),
    _arxiv("2208.10442", "BEiT-3", "Wang et al.", "fusion"),
    _arxiv("1311.2524", "R-CNN", "Girshick et al.", "regions & pixels"),
    _arxiv("1703.06870", "Mask R-CNN", "He et al.", "regions & pixels"),
    _arxiv("2112.03857", "GLIP", "Li et al.", "regions & pixels"),
    _arxiv("2112.09106", "RegionCLIP", "Zhong et al.", "regions & pixels"),
    _arxiv("2303.05499", "Grounding DINO", "Liu et al.", "regions & pixels"),
    _arxiv("2304.02643", "SAM", "Kirillov et al.", "regions & pixels"),
    _arxiv("2408.00714", "SAM 2", "Ravi et al.", "regions & pixels"),
    _arxiv("1406.2661", "GAN", "Goodfellow et al.", "making pictures"),
    _arxiv("2006.11239", "DDPM", "Ho et al.", "making pictures"),
    _arxiv("2012.09841", "VQGAN", "Esser et al.", "making pictures"),
    _arxiv("2102.12092", "DALL·E", "Ramesh et al.", "making pictures"),
    _arxiv("2112.10752", "Latent Diffusion", "Rombach et al.", "making pictures"),
    _arxiv("2211.09800", "InstructPix2Pix", "Brooks et al.", "making pictures"),
    _arxiv("2302.05543", "ControlNet", "Zhang et al.", "making pictures"),
)
"""Papers this course stands on."""


def timeline(papers: Sequence[Paper] = PAPERS, caption: str = "", alt: str = "") -> Figure:
    """Papers along the years, a lane for each kind of supervision, every paper a dot with its name.

    Args:
        papers: each in one of `LANES`.
        caption: Markdown shown below the figure.
        alt: a description in words; made from the first and last paper of each lane if not given.

    Raises:
        ValueError: if a paper is in no lane.

    >>> timeline().alt[:58]
    'Timeline of 51 papers from 2012 to 2025. Labels: AlexNet 2'
    """
    strangers = {p.lane for p in papers} - set(LANES)
    if strangers or not papers:
        raise ValueError(
            f"expected papers in the lanes {', '.join(LANES)}, got {', '.join(sorted(strangers)) or 'none'}"
        )
    lanes = {name: sorted(p for p in papers if p.lane == name) for name in LANES if any(p.lane == name for p in papers)}
    first, last = int(min(p.when for p in papers)), int(max(p.when for p in papers)) + 1
    left, right, line, pad = 1.5, WIDTH - 0.12, 0.215, 0.11

    def across(when: float) -> float:
        return left + 0.1 + (when - first) / (last - first) * (right - left - 0.2)

    rows = {name: _rows([(across(p.when), p.name) for p in lane], left, right) for name, lane in lanes.items()}
    heights = {name: (1 + max(row for row, _ in places)) * line + 2 * pad for name, places in rows.items()}
    page = Sheet(WIDTH, 0.34 + sum(heights.values()) + 0.04)
    y = 0.34
    for i, (name, lane) in enumerate(lanes.items()):
        color = PALETTE[i % len(PALETTE)]
        band = Rectangle((0, y), WIDTH, heights[name] - 0.04, color=pale(color, 0.91), linewidth=0, zorder=0)
        page.axes.add_patch(band)
        words = wrap(name, left - 0.25, FONT)
        for k, word in enumerate(words):
            middle = y + heights[name] / 2 + (k - (len(words) - 1) / 2) * 0.2
            page.write(0.12, middle, word, color=deep(color), weight="bold", va="center")
        for paper, (row, side) in zip(lane, rows[name], strict=True):
            px, py = across(paper.when), y + pad + (row + 0.5) * line - 0.02
            page.axes.plot(px, py, "o", color=color, markersize=6.5, markeredgecolor="white", zorder=3)
            page.write(px + 0.09 * side, py, paper.name, ha="left" if side > 0 else "right", va="center_baseline")
        y += heights[name]
    for year in range(first, last + 1):
        page.axes.plot([across(year)] * 2, [0.34, y], color="white", lw=1.2, zorder=0.5)
        if year < last:
            page.write((across(year) + across(year + 1)) / 2, 0.2, str(year), color=QUIET, ha="center")
    page.axes.plot([left + 0.1, right - 0.1], [0.3, 0.3], color=INK, lw=1)
    said = [f"{name.capitalize()}: {_dated(lane[0])} to {_dated(lane[-1])}" for name, lane in lanes.items()]
    page.figure.caption = caption
    page.figure.alt = alt or f"Timeline of {len(papers)} papers from {first} to {last - 1}. {'; '.join(said)}."
    return page.figure


def _dated(paper: Paper) -> str:
    return f"{paper.name} {int(paper.when)}"


def _rows(dots: Sequence[tuple[float, str]], low: float, high: float) -> list[tuple[int, int]]:
    """A row for each dot and the side of its name (1 right, −1 left), so that no two names touch."""
    taken: list[list[tuple[float, float]]] = []
    places = []
    for x, name in dots:
        wide = text_width(name) + 0.17
        options = [(1, x - 0.07, x + wide), (-1, x - wide, x + 0.07)]
        options = [o for o in options if o[1] >= low and o[2] <= high]
        row = 0
        while True:
            if row == len(taken):
                taken.append([])
            free = [o for o in options if all(o[2] <= a or o[1] >= b for a, b in taken[row])]
            if free:
                side, a, b = free[0]
                taken[row].append((a - 0.05, b + 0.05))
                places.append((row, side))
                break
            row += 1
    return places
