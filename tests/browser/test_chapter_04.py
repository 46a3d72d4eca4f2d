"""Chapter 04 in a real browser, in its smallest size: it trains, and every dial of its lab changes the picture."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[4].name}.ipynb"


def test_chapter_04(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)

    canvas = page.locator("img.jupyter-widgets").last
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()

    dials = page.get_by_role("slider")
    for number, key in enumerate(("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight")):  # crop, color, gray, chance
        dial = dials.nth(dials.count() - 4 + number)
        dial.scroll_into_view_if_needed()
        lab.changes(canvas, lambda dial=dial, key=key: dial.press(key))
    lab.changes(canvas, lambda: page.get_by_role("button", name="0.05").last.click())
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
