"""Chapter 06 in a real browser, in its smallest size: it trains, and clicks cover and uncover patches."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[6].name}.ipynb"


def test_chapter_06(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)

    canvas = page.locator("img.course-clickable").first
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()

    lab.changes(canvas, lambda: canvas.click(position={"x": 60, "y": 90}))
    lab.changes(canvas, lambda: canvas.press("ArrowRight"))
    lab.changes(canvas, lambda: page.get_by_role("button", name="in blocks").click())
    lab.changes(canvas, lambda: page.get_by_role("slider").first.press("ArrowRight"))

    codes = page.locator("img.course-clickable").last
    codes.scroll_into_view_if_needed()
    lab.changes(codes, lambda: page.get_by_role("slider").last.press("ArrowRight"))
    lab.changes(codes, lambda: codes.click(position={"x": 60, "y": 90}))
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
