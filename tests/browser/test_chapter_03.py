"""Chapter 03 in a real browser, in its smallest size: typed words find pictures, a click ranks sentences for one."""

import re

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS

NAME = f"{CHAPTERS[3].name}.ipynb"


def test_chapter_03(lab, page: Page, tmp_path):
    lab.run_all(page, NAME)
    picture = page.locator("img.course-clickable")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()

    said = page.locator("[role='status']").filter(has_text="finds 8 pictures").last
    expect(said).to_contain_text("The sentence “a red car” finds 8 pictures")
    search = page.get_by_role("textbox", name="search", exact=True)
    lab.changes(picture, lambda: (search.fill("a house"), search.press("Enter")))
    expect(said).to_contain_text("The sentence “a house” finds 8 pictures")
    expect(said).to_contain_text(re.compile("The picture in place 1 is best described by “a (red )?house”."))
    box = picture.bounding_box()
    assert box
    lab.changes(picture, lambda: picture.click(position={"x": box["width"] * 0.31, "y": box["height"] * 0.2}))
    expect(said).to_contain_text("The picture in place 3 is")
    sentences = page.get_by_role("textbox", name="rank")
    lab.changes(picture, lambda: (sentences.fill("a planet\na house\na sock"), sentences.press("Tab")))
    expect(said).to_contain_text("is best described by “a house”.")
    picture.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
