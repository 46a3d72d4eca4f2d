"""Chapter 05 in a real browser, in its smallest size: it trains, and the switchboard shows every method and part."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[5].name}.ipynb"


def test_chapter_05(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)

    canvas = page.locator("img.jupyter-widgets").last
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()

    lab.changes(canvas, lambda: page.get_by_role("slider").last.press("ArrowLeft"))
    lab.changes(canvas, lambda: page.get_by_label("stop-gradient").last.click())
    lab.changes(canvas, lambda: page.get_by_label("predictor").last.click())
    lab.changes(canvas, lambda: page.get_by_role("combobox").last.select_option("VICReg"))
    lab.changes(canvas, lambda: page.get_by_label("covariance").last.click())
    lab.changes(canvas, lambda: page.get_by_role("combobox").last.select_option("Barlow Twins"))
    expect(page.get_by_label("covariance")).to_have_count(0)  # Barlow Twins has one part only
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
