"""Chapter 02 in a real browser, in its smallest size: it trains, and every dial of its lab changes the picture."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[2].name}.ipynb"


def test_chapter_02(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)

    # The live curve has become the curve of the whole training, with its caption; no bar is left behind.
    cells = lab.code_cells(NAME)
    (training,) = [cell for cell in cells if "namer = NameIt(" in cell.source]
    shown = [output.get("data", {}) for output in training.outputs]
    assert ["image/png" in data for data in shown] == [True, False]
    assert (
        shown[0]["text/plain"].startswith("The loss over 4 steps")
        and "4 steps, 128 pictures" in shown[1]["text/markdown"]
    )
    assert not [output for output in training.outputs if output.output_type == "stream"]

    canvas = page.locator("img.jupyter-widgets").last
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()
    dials = page.get_by_role("slider")
    for number in range(3):
        dial = dials.nth(dials.count() - 3 + number)
        dial.scroll_into_view_if_needed()
        lab.changes(canvas, lambda dial=dial: dial.press("ArrowLeft"))
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
