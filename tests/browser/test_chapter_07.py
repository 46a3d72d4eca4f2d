"""Chapter 07 in a real browser, in its smallest size: it trains, a bias is added, and a click asks for neighbors."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[7].name}.ipynb"


def test_chapter_07(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)

    unseen = page.locator("img.jupyter-widgets").first
    unseen.scroll_into_view_if_needed()
    expect(unseen).to_be_visible()
    lab.changes(unseen, lambda: page.get_by_role("slider").first.press("ArrowRight"))
    lab.changes(unseen, lambda: page.get_by_role("button", name="labels", exact=True).click())

    patches = page.locator("img.course-clickable").first
    patches.scroll_into_view_if_needed()
    lab.changes(patches, lambda: patches.click(position={"x": 60, "y": 120}))
    lab.changes(patches, lambda: page.get_by_role("slider").last.press("ArrowRight"))
    patches.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
