"""The lab of collapse: what it draws, what it says, and that every control does something."""

import json
from itertools import product

import ipywidgets as widgets
import numpy as np
import pytest
import torch

from course_lib import world
from course_lib.chapters.ch05_without_negatives.lab import STATES, SWITCHES, collapse, collapse_lab, run_key, state
from course_lib.evaluate import rank_me
from course_lib.pretrain import feature_std

from ..figures import apart, on_the_page, parts_of, size_of, words_of, xs, ys

STEPS = [0, 20, 100]


PICTURES = 60


def a_run(everything: bool, none: bool, seed: int) -> dict:
    """Embeddings that stay apart, fall onto one line, or fall together, and what is measured of them."""
    g = torch.Generator().manual_seed(seed)
    start = torch.randn(PICTURES, 16, generator=g)
    run: dict[str, list] = {name: [] for name in ("feature_std", "rank", "probe", "spectrum", "map", "loss")}
    for share in (0.0, 0.5, 1.0):
        keep = torch.ones(16)
        if not everything:
            keep = (1 - share) * keep + share * torch.eye(16)[0]
        middle = share * 200 * torch.eye(16)[1] * none
        z = torch.nn.functional.normalize(start * keep + middle, dim=1)
        u, s, _ = torch.linalg.svd(z - z.mean(0), full_matrices=False)
        run["feature_std"].append(feature_std(z).item())
        run["rank"].append(rank_me(z))
        run["probe"].append(0.08 + 0.3 * share * everything)
        run["spectrum"].append((s * 16**0.5 / (PICTURES - 1) ** 0.5).tolist())
        run["map"].append((u * s)[:, :2].tolist())
        run["loss"].append(1 - share)
    return run


@pytest.fixture(scope="module")
def table() -> dict:
    runs = {}
    for method, parts in SWITCHES.items():
        for chosen in product((True, False), repeat=len(parts)):
            on = [part for part, wanted in zip(parts, chosen, strict=True) if wanted]
            runs[run_key(method, on)] = a_run(all(chosen), not any(chosen), len(runs))
    families = (torch.arange(PICTURES) % len(world.FAMILIES)).tolist()
    return json.loads(json.dumps({"steps": STEPS, "dim": 16, "families": families, "runs": runs}))


def test_a_table_has_eighteen_runs(table):
    assert len(table["runs"]) == 18 and all(len(parts) in (1, 2) for parts in SWITCHES.values())
    assert "VICReg/variance+covariance" in table["runs"] and "Barlow Twins/" in table["runs"]


@pytest.mark.parametrize(
    ("spread", "rank", "name"),
    [
        (0.0, 1.0, "complete collapse"),
        (0.099, 128.0, "complete collapse"),  # where there is no spread, what fills the rest does not count
        (0.1, 3.9, "dimensional collapse"),
        (1.0, 1.0, "dimensional collapse"),
        (0.1, 4.0, "no collapse"),
        (1.1, 128.0, "no collapse"),
    ],
)
def test_the_state_by_its_rule(spread, rank, name):
    assert state(spread, rank, 128) == name and name in STATES


@pytest.mark.parametrize("numbers", [(-0.1, 1.0, 8), (0.5, -1.0, 8), (0.5, 1.0, 0), (float("nan"), 1.0, 8)])
def test_the_state_of_what_cannot_be(numbers):
    with pytest.raises(ValueError, match="a spread and a rank from 0 up, and at least one direction, got"):
        state(*numbers)


def test_the_state_of_embeddings_made_by_hand():
    g = torch.Generator().manual_seed(0)
    even, middle = torch.randn(400, 32, generator=g), 500 * torch.eye(32)[0]
    line = even[:, :1] * torch.eye(32)[3] + 1e-3 * even
    states = [state(feature_std(z).item(), rank_me(z), 32) for z in (even, even + middle, line)]
    assert states == ["no collapse", "complete collapse", "dimensional collapse"]


def test_what_happened_is_said_in_words(table):
    everything = collapse(table, "VICReg", ["covariance", "variance"], 100, "The caption.")
    run = table["runs"]["VICReg/variance+covariance"]
    assert everything.alt == (
        f"VICReg, everything on, after 100 of 100 steps. No collapse: spread {run['feature_std'][-1]:.2f}, rank "
        f"{run['rank'][-1]:.1f} of 16. A probe names 38 % of new pictures."
    )
    assert everything.caption == "The caption."
    line = collapse(table, "SimSiam", ["stop-gradient"], 100).alt
    assert line.startswith("SimSiam, predictor off, after 100 of 100 steps. Dimensional collapse: spread ")
    assert "rank 1.0 of 16" in line and " of 60 lie in one place each." in line  # the two ends of one direction
    point = collapse(table, "DINO", [], 100).alt
    assert point.startswith("DINO, centering and sharpening off, after 100 of 100 steps. Complete collapse:")
    assert "spread 0.0" in point and point.endswith("On the map, all 60 lie in one place.")


def test_nothing_has_collapsed_before_training(table):
    figure = collapse(table, "BYOL", ["predictor"], 0)
    assert figure.alt.startswith("BYOL, slow teacher off, before training. The start: spread ")
    said = " ".join(text.get_text() for text in words_of(figure))
    assert "collapse" not in said and "before training" in said


def test_the_figure_draws_the_numbers_of_its_run(table):
    figure = collapse(table, "BYOL", ["slow teacher"], 20)
    run, full = table["runs"]["BYOL/slow teacher"], table["runs"]["BYOL/slow teacher+predictor"]
    spread, rank, probe, spectrum, places, _ = figure.axes
    for axes, name in ((spread, "feature_std"), (rank, "rank"), (probe, "probe")):
        mark, gray, curve, dot = axes.lines
        assert list(xs(mark)) == [20, 20] and list(ys(dot)) == [run[name][1]]
        assert np.allclose(ys(gray), full[name]) and np.allclose(ys(curve), run[name])
    _, start, now = spectrum.lines
    assert np.allclose(ys(now), np.maximum(run["spectrum"][1], 1e-3))
    assert np.allclose(ys(start), np.maximum(run["spectrum"][0], 1e-3))
    shown = np.concatenate([np.asarray(cloud.get_offsets()) for cloud in places.collections])
    assert np.allclose(sorted(shown.tolist()), sorted(run["map"][1]))


def test_the_map_has_the_same_axes_in_every_run(table):
    limits = {collapse(table, *which).axes[4].get_xlim() for which in (("SimSiam", [], 0), ("DINO", [], 100))}
    assert len(limits) == 1
    reach = max(np.abs(run["map"]).max() for run in table["runs"].values())
    assert limits.pop()[1] > reach


@pytest.mark.slow
def test_every_run_is_legible(table):
    for key in table["runs"]:
        method, on = key.split("/")
        step = 0 if method == "BYOL" else 100
        figure = collapse(table, method, [part for part in on.split("+") if part], step)
        words = [(text.get_text(), text.get_window_extent(), size_of(text)) for text in words_of(figure)]
        for i, (word, box, size) in enumerate(words):
            assert size >= 11, f"{key}: {word!r} is small"
            assert on_the_page(box, figure), f"{key}: {word!r} leaves the page"
            for other, there, _ in words[:i]:
                assert apart(box, there), f"{key}: {word!r} covers {other!r}"


def test_a_collapsed_spectrum_lies_on_the_floor(table):
    gone = json.loads(json.dumps(table))
    gone["runs"]["DINO/"]["spectrum"][-1] = [0.0] * 16
    figure = collapse(gone, "DINO", [], 100)
    assert min(ys(figure.axes[3].lines[-1])) == figure.axes[3].get_ylim()[0]
    assert figure.png(quick=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: collapse(t, "SimCLR", [], 0), "a method out of SimSiam, BYOL, .*, got 'SimCLR'"),
        (
            lambda t: collapse(t, "BYOL", ["variance"], 0),
            "parts of BYOL out of slow teacher, predictor, got 'vari",
        ),
        (lambda t: collapse(t, "BYOL", [], 21), "a step out of 0, 20, 100, got 21"),
        (lambda t: collapse({**t, "runs": {"DINO/": {}}}, "BYOL", [], 0), "a run out of DINO/, got 'BYOL/'"),
        (lambda t: collapse_lab({**t, "runs": {}}), "runs of SimSiam, BYOL, .*, got a table of"),
    ],
)
def test_what_is_not_in_the_table_is_said_in_a_sentence(table, call, words):
    with pytest.raises(ValueError, match=words) as error:
        call(table)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_every_control_of_the_collapse_lab_draws_anew(table):
    lab = collapse_lab(table, "The lab.")
    canvas, words = parts_of(lab)[-2:]
    assert lab.figure.alt.startswith("SimSiam, stop-gradient off, after 100 of 100 steps.")
    assert lab.figure.caption == "The lab." and canvas.value == lab.figure.png(quick=True)
    for name, value in {"first": True, "second": False, "step": 20, "method": "VICReg"}.items():
        before = canvas.value
        lab.controls[name].value = value
        assert canvas.value != before, name
    assert canvas.value == collapse(table, "VICReg", ["variance"], 20).png(quick=True)
    assert "VICReg, covariance off, after 20 of 100 steps." in words.value


@pytest.mark.slow
def test_the_switches_bear_the_names_of_the_methods_parts(table):
    lab = collapse_lab(table)
    first, second = lab.controls["first"], lab.controls["second"]
    assert isinstance(first, widgets.Checkbox) and isinstance(second, widgets.Checkbox)
    assert lab.controls["method"].options == tuple(SWITCHES)
    for method, parts in SWITCHES.items():
        lab.controls["method"].value = method
        assert first.description == parts[0] and first.layout.visibility == "visible"
        assert second.description == (parts[1] if len(parts) > 1 else "")
        assert second.layout.visibility == ("visible" if len(parts) > 1 else "hidden")


@pytest.mark.slow
def test_a_switch_that_a_method_does_not_have_does_nothing(table):
    lab = collapse_lab(table)
    lab.controls["method"].value = "Barlow Twins"
    canvas = parts_of(lab)[-2]
    before = canvas.value
    lab.controls["second"].value = False
    assert canvas.value == before
    assert "Barlow Twins, decorrelation off" in parts_of(lab)[-1].value


def test_a_run_that_is_missing_is_said_in_the_lab(table):
    runs = {key: run for key, run in table["runs"].items() if key != "SimSiam/"}
    lab = collapse_lab({**table, "runs": runs})
    before = parts_of(lab)[-2].value
    lab.controls["second"].value = False
    assert "role='alert'" in parts_of(lab)[-1].value and "got &#x27;SimSiam/&#x27;" in parts_of(lab)[-1].value
    assert parts_of(lab)[-2].value == before
