"""Figures: legible, described in words, light, and no trace of them left in matplotlib; labs and their twins."""

import datetime
import io
import re
from collections.abc import Sequence

import ipywidgets as widgets
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from course_lib import show, world
from course_lib.chapters.ch00_a_map_of_seeing.lab import explore, scene_explorer
from course_lib.chapters.ch00_a_map_of_seeing.timeline import LANES, PAPERS, Paper, timeline
from course_lib.chapters.ch01_from_convolutions_to_transformers.lab import attention_lab
from course_lib.chapters.ch03_learning_from_language.lab import matched, search_lab, uploaded
from course_lib.show.charts import flatten, short_number
from course_lib.show.figure import PIXELS_PER_INCH, deep, move_apart, pale, text_width
from course_lib.show.images import as_images, tinted
from course_lib.show.labs import VIEW

SCENE = [("cat", "orange", "striped"), ("car", "blue", "plain")]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


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
def figures() -> dict[str, show.Figure]:
    before = dict(matplotlib.rcParams)
    made = every_figure()
    for figure in made.values():
        figure.png()
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []
    return made


def words_of(figure: show.Figure) -> list[Text]:
    """All words that a reader sees."""
    figure.draw_without_rendering()
    beyond: set[Text] = set()  # matplotlib keeps the labels of ticks beyond the limits, and does not draw them
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not min(limits) <= tick.get_loc() <= max(limits):
                    beyond |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if isinstance(t, Text) and t not in beyond]
    return [t for t in texts if t.get_text().strip() and t.get_visible()]


def test_words_are_large_enough_for_a_classroom(figures):
    small = {name: [t.get_text() for t in words_of(f) if t.get_fontsize() < 11] for name, f in figures.items()}
    assert small == {name: [] for name in figures}


def test_nothing_is_wider_than_a_notebook(figures):
    for name, figure in figures.items():
        assert figure.get_figwidth() * 100 <= 900, name


def test_words_stay_on_the_page(figures):
    for name, figure in figures.items():
        for text in words_of(figure):
            box = text.get_window_extent()
            inside = box.x0 >= -2 and box.y0 >= -2 and box.x1 <= figure.bbox.x1 + 2 and box.y1 <= figure.bbox.y1 + 2
            assert inside, f"{name}: {text.get_text()!r} leaves the page"


@pytest.mark.parametrize("name", ["timeline", "boxes", "curves", "embedding", "truths", "picture"])
def test_words_never_cover_one_another(figures, name):
    boxes = [(t.get_text(), t.get_window_extent()) for t in words_of(figures[name])]
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[:i]:
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            up = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across <= 2 or up <= 3, f"{one!r} covers {other!r}"


def test_a_file_is_sharp_and_light(figures):
    for name, figure in figures.items():
        file = figure.png()
        picture = Image.open(io.BytesIO(file))
        assert picture.width == pytest.approx(200 * figure.get_figwidth(), abs=2), name
        assert len(file) < 160_000, f"{name}: {len(file)} bytes"


def test_few_colors_keep_white_white_and_rare_colors_apart():
    page = show.Sheet(8.8, 6.0)
    page.picture(as_images(noise(3, 300, 440))[0], 0, 0, 8.8, 5.0)
    for i, color in enumerate(show.PALETTE):
        page.axes.axhspan(5.1 + 0.05 * i, 5.13 + 0.05 * i, color=color)
    picture = np.asarray(Image.open(io.BytesIO(page.figure.png())).convert("RGB")).astype(int)
    assert tuple(picture[-5, 5]) == (255, 255, 255)
    for i, color in enumerate(show.PALETTE):
        there = picture[round((5.115 + 0.05 * i) * 200), 800]
        assert np.abs(there - np.array(matplotlib.colors.to_rgb(color)) * 255).max() < 16, color


def test_every_figure_says_what_it_shows(figures):
    for name, figure in figures.items():
        assert not figure.alt[0].islower() and figure.alt[-1] in ".!", name
        assert len(figure.alt) > 20, name
    assert "thing 2 is taken for thing 1 (" in figures["confusion of 6"].alt
    assert "cat → animal → living" in figures["truths"].alt
    assert show.bars({"a": 1}, alt="Mine.").alt == "Mine."


@pytest.fixture
def displayed(monkeypatch) -> list[tuple[dict, dict]]:
    """What a notebook would be given to show."""
    import IPython.display

    out = []

    def display(thing, metadata=None, raw=False):
        out.append((thing, metadata) if raw else (thing._repr_mimebundle_() or thing._repr_markdown_(), {}))

    class Markdown:
        def __init__(self, text):
            self.text = text

        def _repr_mimebundle_(self):
            return {"text/markdown": self.text}

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(IPython.display, "Markdown", Markdown)
    return out


def test_a_figure_shows_itself_once_with_alt_and_caption(displayed):
    show.bars({"a": 1}, caption="See the bar.")._ipython_display_()
    (data, metadata), (caption, _) = displayed
    assert data["image/png"][:4] == b"\x89PNG"
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Bars of values: a 1."
    assert metadata["image/png"]["width"] == 880
    assert caption == {"text/markdown": "*See the bar.*"}


def test_a_figure_without_caption_shows_nothing_below(displayed):
    show.bars({"a": 1})._ipython_display_()
    assert len(displayed) == 1


def test_style_is_undone():
    before = dict(matplotlib.rcParams)
    with show.style():
        assert matplotlib.rcParams["font.size"] == 11
    assert dict(matplotlib.rcParams) == before


# Pictures.


def test_pixels_are_shown_as_they_are():
    batch = noise(3, 3, 8, 8)
    file = show.pictures(batch, size=1.6).png()
    shown = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    pixel = shown[:320, :320].reshape(8, 40, 8, 40, 3)[:, 4:-4, :, 4:-4]
    assert np.ptp(pixel, axis=(1, 3)).max() == 0
    assert np.abs(pixel[:, 0, :, 0] / 255 - batch[0].permute(1, 2, 0).numpy()).max() < 0.01


def test_words_stand_above_their_row_and_below_the_row_before():
    figure = show.pictures(noise(4, 3, 8, 8), columns=2, rows=["here", "there"])
    assert figure.alt == "4 pictures in 2 rows: here; there."
    words = {text.get_text(): text.get_window_extent() for text in (*figure.texts, *figure.axes[0].texts)}
    pictures = [image.get_window_extent() for image in figure.axes[0].images]
    assert len(pictures) == 4 and words["here"].y0 >= pictures[0].y1 - 1
    assert pictures[0].y0 > words["there"].y1 and words["there"].y0 >= pictures[2].y1 - 1


def test_batches_lists_arrays_and_gray_pictures_are_pictures():
    batch = noise(2, 3, 8, 8)
    assert np.allclose(as_images(batch), as_images(list(batch)))
    assert np.allclose(as_images(batch.numpy()), as_images(batch))
    assert as_images(batch[:, :1]).shape == (2, 8, 8, 3)
    assert as_images(world.compose(SCENE, size=16)).shape == (1, 16, 16, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: show.pictures(torch.randn(2, 3, 8, 8) * 9), r"in \[0, 1\], these go from"),
        (lambda: show.pictures(torch.full((1, 3, 8, 8), torch.nan)), "these go from nan"),
        (lambda: show.pictures(torch.rand(2, 8, 8, 3)), r"\(N, 3, H, W\), got \(2, 8, 8, 3\)"),
        (lambda: show.pictures(noise(2, 3, 8, 8), ["one"]), "one title for each of the 2 pictures, got 1"),
        (lambda: show.pictures(noise(4, 3, 8, 8), columns=2, rows=["a"]), "each of the 2 rows, got 1"),
        (lambda: show.overlay(noise(3, 8, 8), torch.ones(4, 4, dtype=torch.bool)), r"\(K, 8, 8\) like the"),
        (lambda: show.overlay(noise(3, 8, 8), noise(2, 4, 4)), r"\(h, w\), got \(2, 4, 4\)"),
        (lambda: show.boxes(noise(3, 8, 8), [1, 2, 3, 4]), r"\(K, 4\), got \(4,\)"),
        (lambda: show.boxes(noise(3, 8, 8), [[1, 2, 3, 4]], ["a", "b"]), "1 boxes, got 2"),
        (lambda: show.curves({}), "at least one curve"),
        (lambda: show.curves({"a": ([1, 2], [1, 2, 3])}), "same length"),
        (lambda: show.curves({"a": [1, 2]}, band="iqr"), "'range' or 'deviation', got 'iqr'"),
        (lambda: show.bars({}), "at least one bar"),
        (lambda: show.bars({"a": 0}, log=True), "above zero"),
        (lambda: show.confusion([[1, 2]], ["a", "b"]), r"\(2, 2\) for 2 names, got \(1, 2\)"),
        (lambda: show.confusion([[1, 2], [2, 1]], ["a", "b"], ["x"]), "each of the 2 names, got 1"),
        (lambda: show.embedding(noise(5)), r"\(N, D\) with D at least 2, got \(5,\)"),
        (lambda: show.embedding(noise(5, 2), [1, 2]), "one label for each of the 5 points, got 2"),
        (lambda: show.embedding(noise(5, 2), pictures=noise(3, 3, 8, 8)), "one picture for each of the 5"),
        (lambda: timeline([Paper(2020.0, "A", "B", "C", "audio")]), "got audio"),
        (lambda: timeline([]), "got none"),
        (lambda: explore(["unicorn"]), "unicorn"),
        (lambda: explore(["cat", "cat"]), "different kinds"),
        (lambda: explore(["cat"], [], ["striped"]), "1 patterns, 0 colors"),
        (lambda: explore(["cat"], view="x-ray"), "expected a view out of picture, boxes"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


def test_truths_of_a_scene_that_is_not_there():
    with pytest.raises(IndexError, match="from 0 to 0, got 3"):
        show.truths(world.compose(SCENE, size=16), 3)


def test_a_mask_changes_its_own_pixels_alone():
    image = as_images(noise(3, 16, 16))[0]
    mask = np.zeros((1, 16, 16), bool)
    mask[0, 4:9, 5:12] = True
    out = tinted(image, mask, ["#0072B2"])
    assert (np.abs(out - image).sum(-1) > 0).tolist() == mask[0].tolist()


# Charts.


def test_a_curve_of_runs_is_their_mean_and_range():
    axes = show.curves({"a": [[1.0, 2.0], [3.0, 6.0]]}).axes[0]
    assert axes.lines[0].get_ydata().tolist() == [2.0, 4.0]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (1.0, 6.0)
    deviation = show.curves({"a": [[1.0, 2.0], [3.0, 6.0]]}, band="deviation").axes[0]
    assert deviation.collections[0].get_paths()[0].vertices[:, 1].min() == pytest.approx(2 - 2**0.5)


def test_a_curve_may_bring_its_own_x():
    axes = show.curves({"a": (torch.tensor([10, 20]), torch.tensor([1.0, 2.0], requires_grad=True))}).axes[0]
    assert axes.lines[0].get_xdata().tolist() == [10, 20]


def test_confusion_groups_families_and_counts_in_shares():
    figure = show.confusion([[8, 0, 2], [0, 5, 5], [0, 0, 1]], ["cat", "car", "dog"], ["animal", "vehicle", "animal"])
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cat", "dog", "car"]
    assert np.allclose(axes.images[0].get_array(), [[0.8, 0.2, 0], [0, 1, 0], [0, 0.5, 0.5]])


def test_a_class_that_was_never_seen_is_an_empty_row():
    assert np.allclose(show.confusion([[0, 0], [1, 3]], ["a", "b"]).axes[0].images[0].get_array()[0], 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 30), st.integers(2, 9), st.integers(0, 99))
def test_the_map_is_principal_component_analysis(n, d, seed):
    x = noise(n, d, seed=seed).double()
    flat, kept = flatten(x)
    centered = x - x.mean(0)
    values, vectors = torch.linalg.eigh(centered.T @ centered)
    assert np.allclose((flat**2).sum(0), values.flip(0)[:2].clamp_min(0).numpy(), atol=1e-9)
    assert kept == pytest.approx((values[-2:].sum() / values.sum()).item(), abs=1e-9)
    assert np.array_equal(flat, flatten(x.clone())[0])


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0.05, 0.8))
def test_spread_keeps_order_distance_and_bounds(places, gap):
    moved = move_apart(places, gap, 0.0, 10.0)
    order = np.argsort(places, kind="stable")
    assert (np.diff(np.array(moved)[order]) >= gap - 1e-6).all()
    assert min(moved) >= -1e-6 and max(moved) <= 10 + 1e-6
    if len(places) == 1 or np.diff(np.sort(places)).min() >= gap:
        assert moved == pytest.approx(places, abs=1e-6)


def test_the_palette_is_told_apart_and_read_on_white():
    def light(color: str) -> float:
        rgb = np.array(matplotlib.colors.to_rgb(color))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    assert len(set(show.PALETTE)) == 8
    for color in show.PALETTE:
        assert 1.05 / (light(deep(color)) + 0.05) >= 4.4, color  # the contrast that small text needs
        assert light(pale(color)) > light(color)


def test_numbers_as_readers_want_them():
    assert [short_number(v) for v in (0, 1, 12288, 0.0312, 98.6, 1234.5)] == [
        "0",
        "1",
        "12,288",
        "0.0312",
        "98.6",
        "1,234",
    ]
    assert text_width("wide", 22) == pytest.approx(2 * text_width("wide", 11), rel=0.05)


# The timeline.


def test_the_papers_are_dated_and_told_apart():
    assert len({p.name for p in PAPERS}) == len({p.where for p in PAPERS}) == len(PAPERS)
    assert {p.lane for p in PAPERS} == set(LANES)
    for paper in PAPERS:
        assert 2012 <= paper.when < 2026
        found = re.fullmatch(r"arXiv (\d\d)(\d\d)\.(\d{4,5})", paper.where)
        if found:
            year, month, serial = found.groups()
            assert 1 <= int(month) <= 12
            assert int(paper.when) == 2000 + int(year)
            assert len(serial) == (5 if int(year) >= 15 else 4)  # arXiv went to five digits in 2015
        else:
            assert paper.where == f"NeurIPS {int(paper.when)}"


# One scene, every truth.


def test_truths_show_what_is_known():
    batch = world.compose(SCENE, "meadow", size=96, seed=3)
    said = " ".join(t.get_text() for t in words_of(show.truths(batch)))
    for words in (*batch.questions[0], *batch.answers[0], "animal", "living", "cat", "car", *world.PARTS["cat"][:2]):
        assert words in said
    for word in batch.captions[0].rstrip(".!").split():
        assert word.rstrip(",") in said


def test_a_phrase_has_the_color_of_its_box():
    batch = world.compose(SCENE, "meadow", size=64, seed=3)
    figure = show.truths(batch)
    caption = {t.get_text(): t.get_color() for t in words_of(figure) if t.get_fontsize() in (14, 17)}
    for slot, span in enumerate(batch.spans[0]):
        if span is not None:
            noun = batch.captions[0][slice(*span)].split()[-1]
            assert caption[noun] == deep(show.PALETTE[slot])


def test_views_differ_and_follow_the_seed():
    drawn = {view: explore(["cat"], ["red"], ["plain"], view=view, size=64).png(quick=True) for view in show.VIEWS}
    assert len(set(drawn.values())) == len(show.VIEWS)
    assert explore(["cat"], size=64).png() == explore(["cat"], size=64).png()
    assert explore(["cat"], seed=1, size=64).png() != explore(["cat"], seed=2, size=64).png()


def test_an_explored_scene_is_what_was_asked_for():
    alt = explore(["car", "cat"], ["red", "blue"], ["dotted", "plain"], "snow", "masks", size=32).alt
    assert alt.startswith("The masks of a scene: car, cat. 2 masks of 1,024 yes or no: 2,048 bits.")
    assert "What is the nearest thing? car." in alt
    assert "Where is this? snow." in alt


# Labs.


def squares(n: int, color: str = "red") -> show.Figure:
    if n == 7:
        raise ValueError("seven <is> not allowed")
    return show.bars({color: n * n})


@pytest.fixture
def lab() -> show.Lab:
    return show.lab(squares, {"n": widgets.IntSlider(2, 0, 9), "color": widgets.Text("red")})


def test_a_lab_is_its_function(lab):
    picture = lab.view.children[1]
    assert picture.value == squares(2).png(quick=True)
    lab.controls["n"].value = 5
    assert picture.value == squares(5).png(quick=True)
    lab.controls["color"].value = "green"
    assert picture.value == squares(5, "green").png(quick=True)
    assert "green 25" in lab.view.children[2].value


def test_a_lab_says_what_went_wrong_in_one_line_and_goes_on(lab):
    picture, words = lab.view.children[1:]
    before = picture.value
    lab.controls["n"].value = 7
    assert picture.value == before
    assert "seven &lt;is&gt; not allowed" in words.value and "Traceback" not in words.value
    lab.controls["n"].value = 3
    assert picture.value == squares(3).png(quick=True)
    assert "seven" not in words.value


def test_a_lab_draws_when_the_slider_is_let_go(lab):
    assert lab.controls["n"].continuous_update is False
    assert lab.controls["color"].continuous_update is False


def test_a_lab_brings_its_still_twin(lab, displayed):
    lab._ipython_display_()
    ((data, metadata),) = displayed
    assert data[VIEW]["model_id"] == lab.view.model_id
    assert data["image/png"] == squares(2).png()
    assert metadata["image/png"]["alt"] == data["text/plain"] == "Bars of values: red 4."


def test_every_control_of_the_explorer_draws_anew():
    lab = scene_explorer("The lab.")
    picture = lab.view.children[2]
    moves = {"view": "parts", "color_1": "pink", "thing_2": "nothing", "seed": 5, "size": 32}
    for control, value in moves.items():
        before = picture.value
        lab.controls[control].value = value
        assert picture.value != before, control
    assert lab.figure.caption == "The lab."


def test_the_explorer_asks_for_at_least_one_thing():
    lab = scene_explorer()
    for i in (1, 2):
        lab.controls[f"thing_{i}"].value = "nothing"
    assert "choose at least one thing" in lab.view.children[-1].value


def test_a_lab_can_be_clicked():
    seen = []

    def draw(n, at):
        seen.append((n, at))
        return show.bars({"n": n, "x": at[0]})

    lab = show.lab(draw, {"n": widgets.IntSlider(3, 1, 9)}, click=(0.5, 0.25), step=(0.1, 0.2))
    canvas = lab.controls["at"]
    before = canvas.value
    canvas.at = (0.75, 0.25)
    lab.controls["n"].value = 4
    assert seen == [(3, (0.5, 0.25)), (3, (0.75, 0.25)), (4, (0.75, 0.25))]
    assert canvas.value != before and canvas.step == (0.1, 0.2) and canvas.width == 880


def test_attention_maps_say_who_looks_and_mark_the_patch():
    attention = torch.eye(17).expand(2, 3, 17, 17)  # every token looks at itself
    figure = show.attention_maps(torch.rand(3, 32, 32), attention, (1, 2))
    assert figure.alt == "Where 3 heads in each of 2 blocks look from the patch in row 2, column 3."
    marked, *maps = figure.axes[0].images
    assert len(maps) == 6 and len(figure.axes[0].patches) == 2
    heat = np.asarray(maps[0].get_array())[..., 0]
    assert heat[8:16, 16:24].min() > heat[:8].max()  # bright where it stands, dark elsewhere
    assert "the class token" in show.attention_maps(torch.rand(3, 32, 32), attention).alt
    with pytest.raises(ValueError, match="a row and a column from 0 to 3, got .4, 0."):
        show.attention_maps(torch.rand(3, 32, 32), attention, (4, 0))
    with pytest.raises(ValueError, match="expected attention .blocks, heads, N, N. of one picture"):
        show.attention_maps(torch.rand(3, 32, 32), attention[0])


def test_a_click_in_the_attention_lab_finds_its_patch():
    pictures, attention = torch.rand(2, 3, 32, 32), torch.rand(2, 2, 2, 17, 17)
    lab = attention_lab(pictures, attention)
    said = [child for child in lab.view.children if isinstance(child, widgets.HTML)][-1]
    width, height = lab.figure.get_figwidth(), lab.figure.get_figheight()
    for row in range(4):
        for column in range(4):
            lab.controls["at"].at = ((column + 0.5) * 3.9 / 4 / width, (0.32 + (row + 0.5) * 3.9 / 4) / height)
            assert f"row {row + 1}, column {column + 1}" in said.value
    lab.controls["looking"].value = "class"
    assert "the class token" in said.value


# --- Pictures and texts that meet ---


class _Towers:
    """A picture points where its mean color does, a text to red, green or blue by the word in it."""

    def encode_image(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(pictures.mean((2, 3)), dim=1)

    def encode_text(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.stack([torch.eye(3)[["red", "green", "blue"].index(text.split()[-1])] for text in texts])


def _plain_pictures() -> torch.Tensor:
    return torch.eye(3).repeat(4, 1)[:, :, None, None].expand(-1, -1, 8, 8).clone()


def test_a_sentence_finds_the_pictures_it_describes():
    pictures, towers = _plain_pictures(), _Towers()
    found = matched(towers, pictures, towers.encode_image(pictures), "all green", ["all red", "all green"], chosen=2)
    assert "The picture in place 3 is best described by “all green”." in found.alt
    with pytest.raises(ValueError, match="type some words"):
        matched(towers, pictures, towers.encode_image(pictures), " ", ["all red"])


def test_the_lab_takes_a_picture_of_ones_own_from_either_kind_of_upload():
    file = io.BytesIO()
    Image.new("RGB", (40, 20), (0, 0, 255)).save(file, "png")
    assert uploaded({"blue.png": {"content": file.getvalue()}}, 8).shape == (3, 8, 8)
    lab = search_lab(_Towers(), _plain_pictures(), "all red", ["all red", "all blue"])
    assert "described by “all red”" in lab.figure.alt
    lab.controls["own"].value = ({"name": "blue.png", "type": "", "size": 1, "content": file.getvalue(),
                                  "last_modified": datetime.datetime.now(datetime.UTC)},)  # fmt: skip
    assert "described by “all blue”" in lab.view.children[-1].value
    lab.controls["at"].at = (0.5, 0.2)
    assert "place 4 is best described by “all red”" in lab.view.children[-1].value
    with pytest.raises(ValueError, match="expected a picture, such as a PNG or JPEG file"):
        uploaded(({"content": b"no picture"},), 8)


def test_a_table_of_matches_needs_as_many_of_each():
    with pytest.raises(ValueError, match="expected N pictures, N texts"):
        show.match_table(_plain_pictures(), ["one"], torch.eye(12))


def test_a_table_of_matches_prints_its_scores_as_they_are():
    scores = torch.tensor([[1.0, -0.384, -0.001], [0.0, 0.5, 0.1], [10.5, 0.2, 0.3]])
    figure = show.match_table(_plain_pictures()[:3], ["a $5 cat", "$_$ and", "c"], scores)
    printed = [text.get_text() for text in figure.axes[0].texts]
    assert {"1.00", "-.38", ".00", "10.50", "a $5 cat", "$_$ and"} <= set(printed) and "-.00" not in printed
    assert figure.alt.endswith("2 of 3 pictures fit their own text best.")
    assert figure.png()


def test_a_sentence_may_be_long_and_hold_any_sign():
    pictures, towers = _plain_pictures(), _Towers()
    long = "$a_$ " + 30 * "very " + "green"
    found = matched(towers, pictures, towers.encode_image(pictures), long, [long, "red"])
    FigureCanvasAgg(found).draw()
    for text in found.axes[0].texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 and box.x1 <= found.bbox.x1
        assert text.get_ha() != "right" or box.x0 > 2.2 * PIXELS_PER_INCH  # clear of the picture
    with pytest.raises(ValueError, match="at least 8 pictures"):
        matched(towers, pictures[:3], towers.encode_image(pictures[:3]), "red", ["red"])


def test_the_name_of_a_curve_stands_at_its_end():
    figure = show.curves({"falls": (range(100), np.linspace(1.0, 0.5, 100)), "lies": (range(100), np.full(100, 0.1))})
    axes = figure.axes[0]
    ends = axes.transAxes.inverted().transform(axes.transData.transform([(99, 0.5), (99, 0.1)]))
    assert [text.get_position()[1] for text in axes.texts] == pytest.approx(ends[:, 1].tolist(), abs=0.01)
