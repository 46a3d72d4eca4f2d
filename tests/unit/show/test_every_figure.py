"""Every figure is legible, described in words, light, and leaves no trace in matplotlib."""

import io

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

from course_lib import show, world
from course_lib.chapters.ch00_a_map_of_seeing.lab import explore
from course_lib.chapters.ch00_a_map_of_seeing.timeline import timeline

from ..figures import SCENE, apart, noise, on_the_page, size_of, words_of

pytestmark = pytest.mark.slow


def a_matrix(classes: int) -> tuple[torch.Tensor, list[str]]:
    matrix = torch.eye(classes) * 80 + noise(classes, classes)
    matrix[2, 1] = 60
    return matrix, [f"thing {i}" for i in range(classes)]


def every_figure() -> dict[str, show.Figure]:
    runs = noise(3, 40).cumsum(1)
    batch = world.compose(SCENE, "meadow", size=96, seed=3)
    matrix, names = a_matrix(50)
    points, labels = noise(90, 12), torch.arange(90) % 9
    mask = torch.zeros(2, 32, 32, dtype=torch.bool)
    mask[0, 4:20, 5:15] = mask[1, 15:30, 18:30] = True
    return {
        "pictures": show.pictures(noise(20, 3, 16, 16), titles=["a red striped cat by a boat", "cat"] * 10),
        "curves": show.curves({"SimCLR": runs, "labels": 2 * runs[0]}, y="loss", levels={"chance": 3.0}),
        "bars": show.bars({"label": 5.6, "pixels": 12288}, x="bits", log=True, highlight="label"),
        "bars of runs": show.bars({"SimCLR": [0.8, 0.9], "random": 0.2}, levels={"chance": 0.02}),
        "confusion of 50": show.confusion(matrix, names, [f"family {i // 5}" for i in range(50)]),
        "confusion of 6": show.confusion(matrix[:6, :6], names[:6]),
        "embedding": show.embedding(points, labels, names[:9], pictures=noise(90, 3, 8, 8)),
        "masks": show.overlay(noise(3, 32, 32), mask, ["cat", "boat"], titles=["picture", "masks"]),
        "heat": show.overlay(noise(3, 32, 32), noise(4, 4), label="attention"),
        "boxes": show.boxes(noise(3, 32, 32), [[1, 1, 9, 9], [20, 18, 31, 31], [-1] * 4], ["cat", "boat", ""]),
        "truths": show.truths(batch),
        "timeline": timeline(),
        **{view: explore(["cat", "car"], ["red"], view=view, seed=1, size=96) for view in show.VIEWS},
    }


@pytest.fixture(scope="module")
def drawn() -> tuple[dict[str, show.Figure], dict[str, bytes]]:
    before = dict(matplotlib.rcParams)
    made = every_figure()
    files = {name: figure.png() for name, figure in made.items()}
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []
    return made, files


@pytest.fixture
def figures(drawn) -> dict[str, show.Figure]:
    return drawn[0]


def test_words_are_large_enough_for_a_classroom(figures):
    small = {name: [t.get_text() for t in words_of(f) if size_of(t) < 11] for name, f in figures.items()}
    assert small == {name: [] for name in figures}


def test_nothing_is_wider_than_a_notebook(figures):
    for name, figure in figures.items():
        assert figure.get_figwidth() * 100 <= 900, name


def test_words_stay_on_the_page(figures):
    for name, figure in figures.items():
        for text in words_of(figure):
            assert on_the_page(text.get_window_extent(), figure), f"{name}: {text.get_text()!r} leaves the page"


@pytest.mark.parametrize("name", ["timeline", "boxes", "curves", "embedding", "truths", "picture"])
def test_words_never_cover_one_another(figures, name):
    boxes = [(t.get_text(), t.get_window_extent()) for t in words_of(figures[name])]
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[:i]:
            assert apart(a, b), f"{one!r} covers {other!r}"


def test_a_file_is_sharp_and_light(drawn):
    figures, files = drawn
    for name, file in files.items():
        picture = Image.open(io.BytesIO(file))
        assert picture.width == pytest.approx(200 * figures[name].get_figwidth(), abs=2), name
        assert len(file) < 160_000, f"{name}: {len(file)} bytes"


def test_every_figure_says_what_it_shows(figures):
    for name, figure in figures.items():
        assert not figure.alt[0].islower() and figure.alt[-1] in ".!", name
        assert len(figure.alt) > 20, name
    assert "thing 2 is taken for thing 1 (" in figures["confusion of 6"].alt
    assert "cat → animal → living" in figures["truths"].alt
    assert show.bars({"a": 1}, alt="Mine.").alt == "Mine."
