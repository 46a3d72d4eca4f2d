"""Where a training shows how far it is: nowhere, in a bar, or in a notebook's live curve."""

from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace

import pytest

from course_lib.fit import LOG_EVERY, fit
from course_lib.show.training import LiveCurve
from course_lib.train import progress
from course_lib.train.history import History

from .doubling import Doubling, Endless


def test_a_terminal_gets_a_bar(tmp_path, capsys):
    fit(Doubling(), Endless(), LOG_EVERY, folder=tmp_path)
    words = capsys.readouterr().err
    assert f"{LOG_EVERY}/{LOG_EVERY}" in words and "loss" in words and "pictures/s" in words


def test_without_a_notebook_there_is_a_bar_with_its_title(capsys):
    seen = progress.screen(10, History(), "The course")
    assert type(seen) is progress.Bar
    seen.close()
    assert "The course:" in capsys.readouterr().err


def test_nothing_is_shown_where_nothing_is_wanted(capsys):
    seen = progress.screen(10, History(), False)
    assert type(seen) is progress.Screen
    for told in (seen.update, seen.finish):
        told(History([1.0]))
    seen.close()
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this ran in a notebook."""
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: SimpleNamespace(kernel=object()))


def test_a_notebook_gets_what_is_there_for_notebooks(notebook, monkeypatch):
    asked = []

    class Note(progress.Screen):
        def __init__(self, steps: int, history: History, title: str):
            asked.append((steps, len(history), title))

    monkeypatch.setattr(progress, "in_notebook", Note)
    assert isinstance(progress.screen(10, History([1.0]), True), Note)
    assert isinstance(progress.screen(20, History(), "SimCLR"), Note)
    assert type(progress.screen(20, History(), False)) is progress.Screen
    assert asked == [(10, 1, ""), (20, 0, "SimCLR")]


def test_importing_fit_puts_the_live_curve_into_notebooks():
    assert progress.in_notebook is LiveCurve
    spec = find_spec("course_lib.train.progress")
    assert spec is not None and spec.loader is not None
    alone = module_from_spec(spec)
    spec.loader.exec_module(alone)  # as it is before course_lib.fit is imported: it knows nothing of figures
    assert alone.in_notebook is alone.Bar
