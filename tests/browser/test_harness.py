"""The browser harness itself: widgets answer to the keyboard; a failing cell and a broken widget are seen."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
SLIDER = """
import ipywidgets as widgets

n = widgets.IntSlider(3, 0, 9, description="n")
widgets.VBox([n, widgets.interactive_output(lambda n: print(f"twice n is {2 * n}"), {"n": n})])
"""
LOST = """
view = {"version_major": 2, "version_minor": 0, "model_id": "of no widget"}
display({"application/vnd.jupyter.widget-view+json": view, "text/plain": "a widget"}, raw=True)
"""


def write(path: Path, source: str) -> None:
    """A notebook of one cell."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)], metadata=KERNEL)
    nbformat.write(book, path)


def test_a_slider_moves_what_depends_on_it(lab, page: Page):
    write(lab.folder / "slider.ipynb", SLIDER)
    lab.run_all(page, "slider.ipynb")
    said = page.locator(".jp-OutputArea-output pre").filter(has_text="twice n is")
    expect(said).to_have_text("twice n is 6")
    page.get_by_role("slider").press("ArrowRight")
    expect(said).to_have_text("twice n is 8")


@pytest.mark.parametrize(
    "source, said", [("1 / 0", "division by zero"), (LOST, "cannot be shown")], ids=["cell", "widget"]
)
def test_what_fails_is_seen(lab, page: Page, source, said):
    write(lab.folder / "failing.ipynb", source)
    with pytest.raises(AssertionError, match=said):
        lab.run_all(page, "failing.ipynb")
