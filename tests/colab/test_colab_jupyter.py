"""The course's tools and its chapters under the IPython, ipykernel and ipywidgets that Colab runs."""

import os
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.course.notebooks import CHAPTERS, ROOT

VIEW = "application/vnd.jupyter.widget-view+json"

VERSIONS = (
    "import IPython, ipykernel, ipywidgets as w; print(IPython.__version__, ipykernel.__version__, w.__version__)"
)
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient
from jupyter_client import KernelManager

book = nbformat.read(sys.argv[1], as_version=4)
manager = KernelManager(kernel_name="python3")
NotebookClient(book, timeout=1800, km=manager).execute(cwd=sys.argv[2])
nbformat.write(book, sys.argv[1])
"""


TOOLS = [
    (
        "from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution",
        [],
    ),
    ("right = check('00.1', lambda picture, x, y: picture[:, y, x])", ["✓ 00.1 solved"]),
    (
        "wrong = check('00.1', lambda picture, x, y: picture[:, x, y])",
        ["✗ 00.1 is not right yet. x and y look swapped"],
    ),
    ("hint('00.1')", ["Hint 1 for 00.1"]),
    ("solution('00.1')", ["Solution of 00.1"]),
    ("claim('Two is more than one', 2, '>', 1)", ["✓ Two is more than one: 2 > 1"]),
    ("claims_table()", ["What this chapter claimed: 1 of 1 hold"]),
    ("predict('00.cats', 'Is it so?', ['yes', 'no'])", ["Predict before you run: Is it so?"]),
    ("reveal('00.cats', 'no', '1 against 2')", ["○ The answer is “no”: 1 against 2. You made no guess"]),
    ("quiz('00')", ["1. Why"]),
    ("progress()", ["Your exercises: 1 of "]),
    (
        "from course_lib.chapters.ch00_a_map_of_seeing.lab import scene_explorer; lab = scene_explorer(); lab",
        ["The picture of a scene: cat, car"],
    ),
]
"""Each tool, and how what it shows begins for those who read it as text."""

MOVES = """
from course_lib.course.predictions import Prediction

canvas = lab.view.children[-2]
for name, value in (("thing_1", "rabbit"), ("backdrop", "sea"), ("seed", 7), ("size", 32), ("view", "boxes")):
    before = canvas.value
    lab.controls[name].value = value
    assert canvas.value != before, name

Prediction("00.cats", "Is it so?", ["yes", "no"], "").choice.value = "no"
reveal("00.cats", "no")
"""
"""What a student does with a mouse: every control of the lab draws anew, and a guess is kept."""


def execute(python: Path, cells: list[nbformat.NotebookNode], folder: Path, profile: str) -> list[list]:
    """The outputs of each code cell under Colab's Jupyter, where none fails and none writes to stderr."""
    environment = os.environ | {
        "COURSE_PROFILE": profile,
        "COURSE_PROGRESS": str(folder / "progress.json"),
        "PYTHONPATH": str(ROOT),
        "JUPYTER_PATH": "",
    }
    book = folder / "book.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(VERSIONS), *cells]), book)
    done = subprocess.run([python, "-c", EXECUTE, book, folder], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [cell.outputs for cell in nbformat.read(book, as_version=4).cells if cell.cell_type == "code"]
    assert outputs[0][0].text.split() == ["7.34.0", "6.17.1", "7.7.1"]
    assert not [o.text for each in outputs for o in each if o.output_type == "stream" and o.name == "stderr"]
    assert not [o.evalue for each in outputs for o in each if o.output_type == "error"]
    return outputs[1:]


def with_widget(outputs: list[list]) -> list[dict]:
    return [o.data for each in outputs for o in each if VIEW in o.get("data", {})]


def test_every_tool_under_colabs_jupyter(colab_python, tmp_path):
    cells = [new_code_cell(source) for source in [*(source for source, _ in TOOLS), MOVES]]
    *shown, moved = execute(colab_python, cells, tmp_path, "laptop")
    for (source, begins), outputs in zip(TOOLS, shown, strict=True):
        texts = [o.data["text/plain"] for o in outputs if "text/markdown" not in o.data]  # a caption is Markdown
        assert len(texts) == len(begins), source
        assert all(text.startswith(words) for text, words in zip(texts, begins, strict=True)), (source, texts)
    assert [o.data["text/plain"] for o in moved] == ["✓ The answer is “no”. So you guessed."]
    widgets = with_widget(shown)
    assert len(widgets) == 2 and all("image/png" in data for data in widgets)


@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if c.ready], ids=lambda chapter: chapter.number)
def test_a_chapter_under_colabs_jupyter(chapter, colab_python, tmp_path):
    widgets = with_widget(execute(colab_python, nbformat.read(chapter.path, 4).cells, tmp_path, "smoke"))
    assert len(widgets) >= 3 and all("image/png" in data for data in widgets)
