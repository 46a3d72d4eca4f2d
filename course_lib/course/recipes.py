"""How everything in data/weights is made: a recipe for each name, run by `python -m course_lib pretrain NAME`.

The recipes stand in the chapters' rooms, each in a table RECIPES; what several of them share is here. A recipe trains,
and returns what ships together with what was measured. `--check` makes it again and compares the measurements with
those in the manifest: a CPU of another kind rounds otherwise, so weights may differ where measurements must not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from course_lib import weights, world
from course_lib.course.rooms import recipes
from course_lib.evaluate import features, knn, linear_probe
from course_lib.nn import Encoder
from course_lib.train.fit import fit

SEED = 0
CLOSE = 0.03
"""How far a measurement may lie from the manifest when a recipe is run again."""


@dataclass
class Made:
    """What a recipe gives back: what ships, and what was measured."""

    artifact: nn.Module | dict[str, Any]
    metrics: dict[str, float]


MARKS = (0, 250, 500, 1000, 2000)


def train_on_portraits(
    method: Any, steps: int = 2000, batch: int = 128, every: int = 0, change: Any = None, **how: Any
) -> dict[str, float]:
    """Train a method on portraits of 24×24, without their labels; with `every`, how well it tells kinds at MARKS."""
    stream = world.Stream(batch, size=24, mode="portrait", seed=120, change=change)
    look = (lambda method: {"kind": probe_metrics(method.encoder)["kind"]}) if every else None
    history = fit(method, stream, steps, eval_fn=look, eval_every=every or steps, **how)
    method.cpu().eval()
    return {f"kind after {step}": kind for step, kind in history.evals.get("kind", ()) if step in MARKS}


def made_with_course(method: Any, **how: Any) -> Made:
    """A method trained for 2,000 steps, and how it went."""
    on_the_way = train_on_portraits(method, eval_every=250, **how)
    return Made(method, probe_metrics(method.encoder) | on_the_way)


def probe_metrics(
    encoder: Encoder, change: Callable[[world.Scene], world.Scene] = lambda scene: scene
) -> dict[str, float]:
    """What can be read from an encoder's features of new portraits of 24×24."""
    known, new = (
        world.draw_scene(change(world.draw(2000, size=8, mode="portrait", seed=121, split=split).scene), 24)
        for split in ("train", "val")
    )
    device = next(encoder.parameters()).device
    told, asked = features(encoder, known.pictures.to(device)).cpu(), features(encoder, new.pictures.to(device)).cpu()
    found = {
        "kind": (linear_probe(told, known.labels, 0.1)(asked), new.labels),
        "kind by neighbors": (knn(told, known.labels, asked), new.labels),
        "color": (linear_probe(told, known.colors[:, 0], 0.1)(asked), new.colors[:, 0]),
    }
    return {name: (said == true).float().mean().item() for name, (said, true) in found.items()}


def made_together(methods: dict[str, Any], artifact: Callable[[Any], nn.Module], **how: Any) -> Made:
    """Several trainings in one file, in half precision to be small."""
    trained, metrics = nn.ModuleDict(), {}
    for name, method in methods.items():
        print(name)
        train_on_portraits(method, **how)
        metrics |= {f"{fact}, {name}": value for fact, value in probe_metrics(method.encoder).items()}
        trained[name] = artifact(method)
    return Made(trained.half(), metrics)


def main(names: list[str], check: bool = False) -> int:
    """Make what ships again, or with `check` compare only; without names, say what there is.

    Raises:
        ValueError: for a name that is no recipe.
    """
    table = recipes()
    unknown = [name for name in names if name not in table]
    if unknown:
        raise ValueError(f"expected names out of {', '.join(table)}, got {unknown[0]!r}")
    if not names and not check:
        for name, recipe in table.items():
            print(f"{name:12} {(recipe.__doc__ or '').splitlines()[0]}")
        return 0
    wrong = 0
    for name in names or table:
        made = table[name]()
        if not check:
            path = weights.save(name, made.artifact, made.metrics, SEED)
            print(f"{name}: {path.name}, {path.stat().st_size / 1e6:.2f} MB, {_in_words(made.metrics)}")
            continue
        shipped = weights.manifest()[name]["metrics"]
        far = {key: value for key, value in made.metrics.items() if abs(value - shipped[key]) > CLOSE}
        wrong += bool(far)
        print(f"{name}: {'differs from what ships, ' + _in_words(far) if far else 'as shipped'}", file=sys.stderr)
    return 1 if wrong else 0


def _in_words(metrics: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.3f}" for key, value in list(metrics.items())[:6])
