"""What ships for chapter 02: a network that names busy portraits, and the table of its lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from course_lib import world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import Epochs, balanced
from course_lib.evaluate import calibration, confusion_matrix, label_accuracy
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, wrong_labels
from course_lib.train.fit import fit


def labels() -> Made:
    """Chapter 02: names for busy portraits of 32×32, 1,500 steps."""
    method = Labels(ConvNet(seed=SEED), len(world.THINGS), seed=SEED)
    fit(method, world.Stream(128, size=32, mode="portrait", seed=100, busy=1.0), 1500)
    round_weights(method)
    calm, busy = (world.draw(2000, size=32, mode="portrait", split="val", busy=b) for b in (0.0, 1.0))
    metrics = {"accuracy": label_accuracy(method, calm), "accuracy on busy backdrops": label_accuracy(method, busy)}
    return Made(in_half(method), metrics)


NOISE = (0.0, 0.2, 0.4, 0.6)
EACH = (4, 16, 64, 128)
SMOOTHING = (0.0, 0.2, 0.5)
LAB_STEPS, LAB_EVERY = 600, 50


def labels_lab() -> Made:
    """Chapter 02's lab: 48 trainings with more or fewer labels, wrong labels, and smoothing."""
    pool = world.draw(7000, size=24, mode="portrait", seed=101)
    val = world.draw(2000, size=24, mode="portrait", seed=101, split="val")
    things = torch.tensor(world.TRAINED_THINGS)
    runs: dict[str, Any] = {}
    for each in EACH:
        chosen = pool[balanced(pool.labels, each, SEED)]
        for noise in NOISE:
            examples = replace(chosen, labels=wrong_labels(chosen.labels, noise, things, SEED))
            for smoothing in SMOOTHING:
                print(f"{each} labels of each thing, {noise:.0%} of them wrong, smoothing {smoothing}")
                runs[f"{each}/{noise}/{smoothing}"] = record_label_run(Labels, examples, val, smoothing)
    metrics = {key: run["accuracy"][-1] for key, run in runs.items() if key.endswith("/0.0")}
    return Made({"steps": list(range(0, LAB_STEPS + 1, LAB_EVERY)), "runs": runs}, metrics)


def record_label_run(method: type[Labels], examples: world.Batch, val: world.Batch, smoothing: float) -> dict[str, Any]:
    """One run of the lab: accuracy on the way, and at the end confidence and confusions of families."""
    learner = method(ConvNet(seed=SEED), len(world.THINGS), smoothing=smoothing, seed=SEED)
    found: list[Tensor] = []

    def look(learner: Labels) -> dict[str, float]:
        found.append(torch.cat([learner.logits(some) for some in val.pictures.split(500)]))
        return {"accuracy": (found[-1].argmax(1) == val.labels).float().mean().item()}

    history = fit(
        learner, Epochs(examples, 64, seed=SEED), LAB_STEPS, eval_fn=look, eval_every=LAB_EVERY, progress=False
    )
    family = world.PATHS[:, 1]
    sure, right, share, error = calibration(found[-1].softmax(1), val.labels)
    table = confusion_matrix(family[found[-1].argmax(1)], family[val.labels], len(world.FAMILIES))
    return {
        "accuracy": [round(value, 3) for _, value in history.evals["accuracy"]],
        "loss": [round(sum(history.loss[i : i + LAB_EVERY]) / LAB_EVERY, 3) for i in range(0, LAB_STEPS, LAB_EVERY)],
        "sure": [None if v != v else round(v, 3) for v in sure.tolist()],
        "right": [None if v != v else round(v, 3) for v in right.tolist()],
        "share": [round(v, 4) for v in share.tolist()],
        "error": round(error, 3),
        "families": table.tolist(),
    }


RECIPES: dict[str, Callable[[], Made]] = {
    "labels": labels,
    "labels-lab": labels_lab,
}
"""What ships for this chapter, by name."""
