"""A table of encoders and measures, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .figure import FONT, PALETTE, QUIET, Figure, pale, style, subplots

NAMES = {
    "probe": "probe", "neighbors": "k-NN", "few labels, probe": "16 labels: probe",
    "few labels, fine-tuned": "16 labels: tuned", "kind of a patch": "patch: kind",
    "part of a patch": "patch: part", "IoU": "thing or not: IoU",
}  # fmt: skip
"""What panels are called, by the names in the files that ship; others are called what they are."""


FLOORS = {"pixels": QUIET, "random": QUIET, "untrained": QUIET}
"""What has not learned is gray."""


@style()
def measures(
    rows: Mapping[str, Sequence[Mapping[str, float]]], colors: Mapping[str, str] | None = None, caption: str = ""
) -> Figure:
    """All encoders and all measures, in percent: a bar for the mean of the runs, a dot for each.

    Args:
        rows: for each encoder its runs, and for each run a number from 0 to 1 by the name of its measure.
        colors: of some encoders; of the others floors are gray, and the rest have the first of the palette.
        caption: Markdown shown below the figure.

    Raises:
        ValueError: without rows, or without measures.

    >>> measures({"random": [{"probe": 0.1}], "MAE": [{"probe": 0.4}]}).alt
    'probe: random 10, MAE 40.'
    """
    if not rows or not any(run for found in rows.values() for run in found):
        raise ValueError(f"expected rows with at least one run that has measures, got {dict(rows)}")
    order = max((list(found[0]) for found in rows.values() if found), key=len)
    tall = 0.23 * len(rows) + 0.5
    columns = min(4, len(order))
    lines = -(-len(order) // columns)
    figure, axes = subplots(lines, columns, height=lines * tall, squeeze=False)
    told = []
    for axis, measure in zip(axes.flat, order, strict=False):
        runs = {name: [100 * run[measure] for run in found if measure in run] for name, found in rows.items()}
        for place, (name, found) in enumerate(runs.items()):
            color = {**FLOORS, **(colors or {})}.get(name, PALETTE[0])
            if not found:
                axis.text(2, place, "–", va="center", fontsize=FONT - 1, color=QUIET)
                continue
            mean = sum(found) / len(found)
            axis.barh(place, mean, color=pale(color, 0.45))
            axis.plot(found, [place] * len(found), "o", color=color, markersize=3)
            axis.text(max(found) + 3, place, f"{mean:.0f}", va="center", fontsize=FONT - 1)
        axis.set(title=NAMES.get(measure, measure), xlim=(0, 115), ylim=(len(runs) - 0.4, -0.6))
        axis.set_yticks(range(len(runs)), list(runs) if axis in axes[:, 0] else [])
        axis.xaxis.set_visible(False)
        means = [f"{name} {sum(found) / len(found):.0f}" for name, found in runs.items() if found]
        told.append(f"{measure}: " + ", ".join(means))
    for axis in axes.flat[len(order) :]:
        axis.set_visible(False)
    figure.caption, figure.alt = caption, "; ".join(told) + "."
    return figure
