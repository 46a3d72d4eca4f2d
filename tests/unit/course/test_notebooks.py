"""Chapters are made, executed and turned into pages: tried on a course of two tiny chapters in a folder of its own."""

import json
import sys
import types
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from course_lib.__main__ import main
from course_lib.course import declare, notebooks
from course_lib.course.declare import Chapter
from course_lib.course.notebooks import CHAPTERS, REPOSITORY, ChapterError, badge, setup_cell

TEXT = """\
# %% [markdown] tags=["badge"]
# badge

# %% tags=["setup"]
# set-up

# %% [markdown]
# Words.

# %%
{code}
"""
GOOD = "import ipywidgets\nprint('seen')\nipywidgets.IntSlider()"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A function that writes chapter 02, or another one, into an empty course, and gives the chapter."""
    (tmp_path / "notebooks" / "py").mkdir(parents=True)
    for name in ("pyproject.toml", "course_lib"):
        (tmp_path / name).symlink_to(notebooks.ROOT / name)
    for module in (notebooks, declare):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    pair = (Chapter("02", "plain", "Plain", "Why?", 1, 1, False), Chapter("03", "big", "Big", "Why?", 1, 1, True))
    monkeypatch.setattr(notebooks, "CHAPTERS", pair)

    def write(code=GOOD, number="02", text=TEXT):
        chapter = next(chapter for chapter in pair if chapter.number == number)
        chapter.text.write_text(text.format(code=code), encoding="utf-8")
        return chapter

    return write


def read(chapter):
    return nbformat.read(chapter.path, as_version=4)


def test_chapters_are_found_in_their_order():
    assert [chapter.number for chapter in CHAPTERS] == [f"{n:02}" for n in range(len(CHAPTERS))]
    assert len({chapter.slug for chapter in CHAPTERS}) == len(CHAPTERS) >= 6
    for chapter in CHAPTERS:
        assert import_module(f"course_lib.chapters.ch{chapter.name}").CHAPTER is chapter
        assert chapter.slug.replace("_", "").isalpha() and chapter.slug == chapter.slug.lower()
        assert chapter.question.endswith("?")
        assert chapter.minutes_laptop <= 3 and chapter.minutes_gpu <= 10


def test_the_address_is_one_constant(monkeypatch, tmp_path):
    assert f'Repository = "{REPOSITORY}"' in (notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    told = types.SimpleNamespace(
        get_all=lambda *asked: ["Homepage, https://a.invalid", "Repository, https://b.invalid/c"]
    )
    monkeypatch.setattr(notebooks.metadata, "metadata", lambda name: told)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)  # installed, without a pyproject.toml beside it
    assert notebooks._repository() == "https://b.invalid/c"


def test_badges_and_set_up_cells_are_written_from_it():
    assert REPOSITORY in setup_cell()
    owner_and_name = REPOSITORY.split("github.com/")[1]
    for chapter in CHAPTERS:
        assert f"/github/{owner_and_name}/blob/main/notebooks/{chapter.path.name})" in badge(chapter)
        assert badge(chapter).startswith("[![Open")


def test_the_set_up_cell_is_short():
    lines = setup_cell().splitlines()
    assert len([line for line in lines if line]) <= 16
    assert max(map(len, lines)) <= 120


def test_the_set_up_cell_does_nothing_on_a_laptop(capfd):
    path = list(sys.path)
    exec(setup_cell(), {})
    assert sys.path == path
    assert capfd.readouterr() == ("", "")


def test_without_the_course_the_set_up_cell_says_what_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="open it with python start.py$"):
        exec(setup_cell(), {})


def test_the_set_up_cell_installs_the_course_on_colab(monkeypatch, tmp_path):
    commands, enabled = [], []
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: enabled.append(True))
    colab = types.SimpleNamespace(output=output)
    google = types.SimpleNamespace(colab=colab)
    for name, module in (("google", google), ("google.colab", colab), ("google.colab.output", output)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("subprocess.check_call", lambda command, shell: commands.append(command))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("COURSE_REPOSITORY", "/some where")
    monkeypatch.chdir(tmp_path)
    exec(setup_cell(), {})
    fetch, install = commands
    assert "git clone -q --depth 1 '/some where' learning-to-see" in fetch
    assert "--no-deps einops accelerate safetensors anywidget ftfy regex -e ./learning-to-see" in install
    assert sys.path[0] == str(tmp_path / "learning-to-see")
    assert enabled == [True]


def test_a_chapter_is_made(course, capfd, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "mine.json")
    chapter = course(GOOD + "\nimport os; assert os.environ['COURSE_PROGRESS'] != 'mine.json'")
    assert notebooks.sync_error(chapter) == "Chapter 02 has no notebook."
    notebooks.make(["2"])
    assert "chapter 02: cell 2 of 2" in capfd.readouterr().err
    made = read(chapter)
    assert made.cells[0].source == badge(chapter)
    assert made.cells[1].source + "\n" == setup_cell()
    assert made.cells[3].outputs[0].text == "seen\n"
    assert [cell.execution_count for cell in made.cells if cell.cell_type == "code"] == [1, 2]
    assert made.metadata == {"kernelspec": notebooks.KERNEL}
    assert all(set(cell.metadata) <= {"tags"} for cell in made.cells)
    assert notebooks.sync_error(chapter) == ""
    notebooks.make(check=True)


@pytest.mark.slow
def test_made_again_a_chapter_keeps_its_ids(course):
    chapter = course("1 + 1")
    notebooks.make()
    before = [cell.id for cell in read(chapter).cells]
    chapter.text.write_text(chapter.text.read_text(encoding="utf-8") + "\n# %%\n2 + 2\n", encoding="utf-8")
    assert "differ from cell 5 on" in notebooks.sync_error(chapter)
    notebooks.make()
    after = read(chapter).cells
    assert [cell.id for cell in after[:4]] == before
    assert after[4].outputs[0].data["text/plain"] == "4"


@pytest.mark.slow
def test_drift_is_found_wherever_it_is(course):
    chapter = course("1 + 1")
    notebooks.make()
    text, notebook = chapter.text.read_text(encoding="utf-8"), chapter.path.read_text(encoding="utf-8")
    for old, new, found in [("import subprocess", "import sys", "set-up cell"), ("Words.", "Other.", "from cell 3 on")]:
        chapter.text.write_text(text.replace(old, new), encoding="utf-8")
        assert found in notebooks.sync_error(chapter)
        with pytest.raises(ChapterError, match="Make it anew: python -m course_lib notebooks 02"):
            notebooks.make(check=True)
    chapter.text.write_text(text, encoding="utf-8")
    changed = json.loads(notebook)
    changed["metadata"]["widgets"] = {}
    chapter.path.write_text(json.dumps(changed), encoding="utf-8")
    assert "metadata" in notebooks.sync_error(chapter)


@pytest.mark.slow
def test_a_chapter_that_wants_a_gpu_asks_colab_for_one(course):
    chapter = course("1", "03")
    notebooks.make(["03"])
    assert read(chapter).metadata == {"kernelspec": notebooks.KERNEL} | notebooks.COLAB_GPU
    assert "gpuType: T4" in chapter.text.read_text(encoding="utf-8")
    assert notebooks.sync_error(chapter) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, sentence",
    [
        ("1 / 0", "Chapter 02 failed in cell 2: ZeroDivisionError: division by zero"),
        ("import warnings; warnings.warn('old')", "Chapter 02, cell 2, wrote to stderr: .*UserWarning: old"),
        ("import os; os._exit(1)", "Chapter 02 lost its Python"),
    ],
)
def test_a_cell_that_fails_or_warns_stops_the_making(course, capfd, code, sentence):
    course(code)
    with pytest.raises(ChapterError, match=sentence):
        notebooks.make()


@pytest.mark.parametrize("tag", ["badge", "setup"])
def test_a_text_without_its_common_cells_is_not_made(course, tag):
    course(text=TEXT.replace(f'tags=["{tag}"]', ""))
    with pytest.raises(ChapterError, match=f'02_plain.py needs one cell with tags=."{tag}".*it has 0'):
        notebooks.make()


@pytest.mark.slow
def test_a_chapter_becomes_a_page_and_stays_as_it_is(course, tmp_path, capfd):
    picture = "bytes.fromhex('89504e470d0a1a0a')"
    both = f"{{'image/png': {picture}, 'application/vnd.jupyter.widget-view+json': {{'model_id': 'abc'}}}}"
    alt = "{'image/png': {'alt': 'a cat in words'}}"
    chapter = course(f"from IPython.display import display\ndisplay({both}, metadata={alt}, raw=True)")
    notebooks.make()
    before = chapter.path.read_bytes()
    [page] = notebooks.run(["2"], tmp_path / "pages")
    assert page == tmp_path / "pages" / "02_plain.html"
    assert chapter.path.read_bytes() == before
    words = page.read_text(encoding="utf-8")
    assert "<title>02 · Plain</title>" in words
    assert 'alt="a cat in words"' in words
    assert '<script type="application/vnd.jupyter.widget-view+json"' not in words


@pytest.mark.slow
def test_the_command_says_what_is_wrong_and_returns_1(course, capfd):
    assert main(["run", "5"]) == 1
    assert capfd.readouterr().err == "There is no chapter 05. These are there: none yet.\n"
    chapter = course("1")
    assert main(["notebooks", "--check"]) == 1
    assert main(["notebooks", "02"]) == 0
    assert main(["notebooks", "--check"]) == 0
    capfd.readouterr()
    assert main(["run", "02", "77"]) == 1
    assert capfd.readouterr().err == "There is no chapter 77. These are there: 02.\n"
    chapter.path.write_text(chapter.path.read_text(encoding="utf-8").replace('"1"\n', '"1 / 0"\n'), encoding="utf-8")
    assert main(["run", "2"]) == 1
    assert capfd.readouterr().err.endswith("Chapter 02 failed in cell 2: ZeroDivisionError: division by zero\n")
    assert not Path("pages", "02_plain.html").exists()
