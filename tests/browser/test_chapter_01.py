"""Chapter 01 in a real browser, in its smallest size: a click on the picture of its lab moves the patch that looks."""

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[1].name}.ipynb"


def test_chapter_01(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)
    picture = page.locator("img.course-clickable")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()

    box = picture.bounding_box()
    assert box
    lab.changes(picture, lambda: picture.click(position={"x": box["width"] * 0.05, "y": box["height"] * 0.15}))
    said = page.locator("[role='status']").filter(has_text="look from").last
    expect(said).to_have_text("Where 4 heads in each of 4 blocks look from the patch in row 1, column 1.")
    lab.changes(picture, lambda: picture.press("ArrowRight"))
    expect(said).to_have_text("Where 4 heads in each of 4 blocks look from the patch in row 1, column 2.")
    lab.changes(picture, lambda: page.get_by_role("button", name="the class token").click())
    expect(said).to_have_text("Where 4 heads in each of 4 blocks look from the class token.")
    dial = page.get_by_role("slider").last
    lab.changes(picture, lambda: dial.press("ArrowRight"))
    picture.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
