"""How everything in data/weights is made: a recipe for each name, run by `python -m course_lib pretrain NAME`.

The recipes stand in the chapters' rooms, each in a table RECIPES; what several of them share is here. A recipe trains,
and returns what ships together with what was measured. `--check` makes it again and compares the measurements with
those in the manifest: a CPU of another kind rounds otherwise, so weights may differ where measurements must not.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from course_lib import weights, world
from course_lib.course.rooms import recipes
from course_lib.evaluate import features, knn, probe_accuracies
from course_lib.nn import Encoder
from course_lib.train.fit import fit

SEED = 0
CLOSE = 0.03
"""How far a measurement may lie from the manifest when a recipe is run again."""
MARKS = (0, 250, 500, 1000, 2000)
"""After how many steps `train_and_watch` notes what a method has learned so far."""


@dataclass
class Made:
    """What a recipe gives back: what ships, and what was measured."""

    artifact: nn.Module | dict[str, Any]
    metrics: dict[str, float]


def round_weights(method: nn.Module) -> None:
    """Round trained weights to half precision, in place and on the CPU: what is measured then is what ships.

    >>> layer = nn.Linear(2, 2)
    >>> round_weights(layer)
    >>> layer.weight.equal(layer.weight.half().float())
    True
    """
    method.cpu().eval().half().float()


def in_half(part: nn.Module) -> nn.Module:
    """What ships of a method: a copy of the part that chapters open, with its weights in half precision.

    >>> in_half(nn.Linear(2, 2)).weight.dtype
    torch.float16
    """
    return copy.deepcopy(part).cpu().half()


def train_on_portraits(
    method: Any, steps: int = 2000, batch: int = 128, eval_every: int = 0, change: Any = None, **how: Any
) -> dict[str, float]:
    """Train a method on portraits of 24×24, without their labels; with `eval_every`, say what it knew at MARKS."""
    stream = world.Stream(batch, size=24, mode="portrait", seed=120, change=change)
    look = (lambda method: {"kind": probe_features(method.encoder)["kind"]}) if eval_every else None
    history = fit(method, stream, steps, eval_fn=look, eval_every=eval_every or steps, **how)
    round_weights(method)
    return {f"kind after {step}": kind for step, kind in history.evals.get("kind", ()) if step in MARKS}


def train_and_watch(method: Any, **how: Any) -> dict[str, float]:
    """Train a method for 2,000 steps; what can be read from its features afterwards, and from time to time before."""
    on_the_way = train_on_portraits(method, eval_every=250, **how)
    return probe_features(method.encoder) | on_the_way


def train_each(methods: dict[str, Any], ship: Callable[[Any], nn.Module], **how: Any) -> Made:
    """Train several methods, each in the same way; what `ship` takes of each goes into one file."""
    trained, metrics = nn.ModuleDict(), {}
    for name, method in methods.items():
        print(name)
        train_on_portraits(method, **how)
        metrics |= {f"{fact}, {name}": value for fact, value in probe_features(method.encoder).items()}
        trained[name] = ship(method)
    return Made(in_half(trained), metrics)


def probe_features(
    encoder: Encoder, change: Callable[[world.Scene], world.Scene] = lambda scene: scene
) -> dict[str, float]:
    """Measure what can be read from an encoder's features of new portraits of 24×24, whose scenes are changed first."""
    known, new = (
        world.draw_scene(change(world.draw(2000, size=8, mode="portrait", seed=121, split=split).scene), 24)
        for split in ("train", "val")
    )
    probed = probe_accuracies(encoder, known, new, {"kind": _kind_of, "color": _color_of})
    voted = knn(features(encoder, known.pictures), known.labels, features(encoder, new.pictures)).cpu()
    by_neighbors = (voted == new.labels).float().mean().item()
    return {"kind": probed["kind"], "kind by neighbors": by_neighbors, "color": probed["color"]}


def _kind_of(batch: world.Batch) -> Tensor:
    return batch.labels


def _color_of(batch: world.Batch) -> Tensor:
    return batch.colors[:, 0]


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
            print(f"{name:20} {(recipe.__doc__ or '').splitlines()[0]}")
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
