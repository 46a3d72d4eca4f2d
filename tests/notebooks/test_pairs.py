"""Every notebook as it is kept: in step with its text, run to its end, and good to read without a kernel.

A rule takes a notebook's file and yields a sentence for each thing that is wrong with it. All rules look at all
notebooks; and each is tried on a small notebook that breaks it, so that none is a rule that cannot fail.
"""

import re
import shutil
from collections import Counter

import nbformat
import pytest

from course_lib.course.notebooks import CHAPTERS, ROOT, badge, setup_cell, sync_error

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 1.5e6  # bytes
LONGEST = 30  # lines of code in a cell
VIEW = "application/vnd.jupyter.widget-view+json"


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    """The code cells with their numbers, counted as a student sees them: from 1."""
    return list(enumerate((cell for cell in read(path).cells if cell.cell_type == "code"), 1))


def outputs(path):
    return [(number, output) for number, cell in code_cells(path) for output in cell.outputs]


def text_of(output):
    """All that an output says in words."""
    words = [output.get("text", ""), "\n".join(output.get("traceback", []))]
    words += [str(value) for kind, value in output.get("data", {}).items() if not kind.startswith("image/")]
    return "\n".join(words)


def in_step(path):
    chapter = next((chapter for chapter in CHAPTERS if chapter.path.name == path.name), None)
    if chapter is None:
        yield f"{path.name} is no chapter of the list"
    elif found := sync_error(chapter):
        yield found


def ids(path):
    count = Counter(cell.get("id") for cell in nbformat.reader.reads(path.read_text(encoding="utf-8")).cells)
    yield from (f"cell id {name} is there {times} times" for name, times in count.items() if name and times > 1)
    if count[None]:
        yield f"{count[None]} cells have no id"


def size(path):
    if path.stat().st_size > LARGEST:
        yield f"{path.stat().st_size / 1e6:.1f} MB are too many for a page"


def run_in_order(path):
    for number, cell in code_cells(path):
        if cell.execution_count is None:
            yield f"cell {number} was never run"
        elif cell.execution_count != number:
            yield f"cell {number} ran as number {cell.execution_count}"


def no_widget_state(path):
    if "widgets" in read(path).metadata:
        yield "metadata.widgets makes GitHub show nothing"


def no_errors(path):
    for number, output in outputs(path):
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"cell {number} shows an error: {text_of(output)[:80]}"


def no_warnings(path):
    for number, output in outputs(path):
        if found := re.search(r"\w*Warning\b|\bwarning:|\bWARNING\b", text_of(output)):
            yield f"cell {number} shows a warning: {found[0]}"


def short_cells(path):
    for number, cell in code_cells(path):
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
        if len(lines) > LONGEST:
            yield f"cell {number} has {len(lines)} lines"


def described_in_text(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            yield from (f"a picture without words: {found}" for found in re.findall(r"!\[\s*\]\([^)]*\)", cell.source))
            for tag in re.findall(r"<img\b[^>]*>", cell.source):
                if not re.search(r"""\balt=["'][^"']+""", tag):
                    yield f"a picture without words: {tag}"


def common_cells(path):
    chapter = next((chapter for chapter in CHAPTERS if path.name.startswith(chapter.number)), None)
    for tag, source in (("setup", setup_cell().rstrip("\n")), ("badge", chapter and badge(chapter))):
        if [cell.source for cell in read(path).cells if tag in cell.metadata.get("tags", [])] != [source]:
            yield f"the {tag} cell is not the one of the course"


def no_machine(path):
    for number, output in outputs(path):
        if found := re.search(r"(?<![\w.:/])/(root|home|Users|work|tmp)/[\w.-]+|\b[A-Z]:\\{1,2}\w+", text_of(output)):
            yield f"cell {number} shows a place on somebody's machine: {found[0]}"


def described(path):
    for number, output in outputs(path):
        if "image/png" in output.get("data", {}) and not output.metadata.get("image/png", {}).get("alt", "").strip():
            yield f"a picture of cell {number} has no words for those who cannot see it"


def still_twins(path):
    for number, output in outputs(path):
        if VIEW in output.get("data", {}) and "image/png" not in output.data:
            yield f"the widget of cell {number} has no picture beside it"


RULES = [in_step, ids, size, run_in_order, no_widget_state, no_errors, no_warnings, short_cells, described_in_text,
         common_cells, no_machine, described, still_twins]  # fmt: skip


def test_the_first_chapter_is_there():
    assert CHAPTERS[0].path in NOTEBOOKS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_rule(path, rule):
    assert list(rule(path)) == []


# ------------------------------------------------------------------------------- Each rule, seen failing once


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(data, metadata=None):
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata or {})


@pytest.fixture
def notebook(tmp_path):
    """A function that writes a small notebook that keeps every rule, after a change to its cells or metadata."""

    def write(change=lambda made: None):
        new = nbformat.v4
        good = [
            stream("torch.Size([1, 3]) at 5/tmp and https://host.invalid/tmp/x\n"),
            shown({"image/png": "AAAA", VIEW: {"model_id": "a"}}, {"image/png": {"alt": "a cat"}}),
        ]
        setup = new.new_code_cell(setup_cell().rstrip("\n"), execution_count=1, metadata={"tags": ["setup"]})
        cells = [
            new.new_markdown_cell(badge(CHAPTERS[0]), metadata={"tags": ["badge"]}),
            setup,
            new.new_code_cell("# words\n\n" * 40 + "x = 1\n" * LONGEST, execution_count=2, outputs=good),
        ]
        made = new.new_notebook(cells=cells, metadata={})
        change(made)
        path = tmp_path / CHAPTERS[0].path.name
        path.write_text(nbformat.v4.writes(made), encoding="utf-8")
        return path

    return write


def put(output):
    return lambda made: made.cells[2].outputs.append(output)


BROKEN = [
    (ids, lambda made: made.cells[2].update(id=made.cells[1].id), "is there 2 times"),
    (ids, lambda made: made.cells[2].pop("id"), "1 cells have no id"),
    (size, put(stream("x" * 1_600_000)), "1.6 MB"),
    (run_in_order, lambda made: made.cells[2].update(execution_count=None), "cell 2 was never run"),
    (run_in_order, lambda made: made.cells[2].update(execution_count=5), "cell 2 ran as number 5"),
    (no_widget_state, lambda made: made.metadata.update(widgets={}), "metadata.widgets"),
    (no_errors, put(stream("oh", "stderr")), "cell 2 shows an error: .*oh"),
    (no_errors, put(nbformat.v4.new_output("error", ename="E", evalue="", traceback=["E: no"])), "E: no"),
    (no_warnings, put(stream("x.py:1: UserWarning: old")), "UserWarning"),
    (no_warnings, put(shown({"text/html": "WARNING: old"})), "WARNING"),
    (short_cells, lambda made: made.cells[2].update(source="x = 1\n" * (LONGEST + 1)), "cell 2 has 31 lines"),
    (described_in_text, lambda made: made.cells[0].update(source="![](cat.png)"), "without words"),
    (described_in_text, lambda made: made.cells[0].update(source="<img src='cat.png' alt=''>"), "without words"),
    (common_cells, lambda made: made.cells[1].update(source="import os"), "the setup cell"),
    (common_cells, lambda made: made.cells.pop(0), "the badge cell"),
    *((no_machine, put(stream(f"kept in {place}")), "somebody's machine")
      for place in ("/root/x", "/home/ann/x", "/work/x", "/tmp/x", "'/Users/ann'", "C:\\Users", "C:\\\\Users")),
    (described, put(shown({"image/png": "AAAA"})), "a picture of cell 2"),
    (described, put(shown({"image/png": "AAAA"}, {"image/png": {"alt": " "}})), "a picture of cell 2"),
    (still_twins, put(shown({VIEW: {"model_id": "a"}})), "the widget of cell 2"),
]  # fmt: skip


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule is not in_step], ids=lambda rule: rule.__name__)
def test_a_good_notebook_breaks_no_rule(notebook, rule):
    assert list(rule(notebook())) == []


NAMES = [f"{i}-{row[0].__name__}" for i, row in enumerate(BROKEN)]


@pytest.mark.parametrize("rule, change, sentence", BROKEN, ids=NAMES)
def test_each_rule_can_fail(notebook, rule, change, sentence):
    assert re.search(sentence, "\n".join(rule(notebook(change))))


def test_being_in_step_can_fail(notebook, tmp_path, monkeypatch):
    path, chapter = notebook(), CHAPTERS[0]
    files = {"pyproject.toml": ROOT / "pyproject.toml", f"notebooks/py/{chapter.text.name}": chapter.text}
    for place, file in {**files, f"notebooks/{path.name}": path}.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tmp_path / place)
    for module in ("notebooks", "declare"):
        monkeypatch.setattr(f"course_lib.course.{module}.ROOT", tmp_path)
    assert "metadata" in next(in_step(path))
    assert list(in_step(path.rename(tmp_path / "99_other.ipynb"))) == ["99_other.ipynb is no chapter of the list"]


def test_every_rule_is_tried():
    assert {row[0] for row in BROKEN} | {in_step} == set(RULES)
