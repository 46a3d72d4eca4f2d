"""Chapter 04 in a real browser, in its smallest size: it trains, and every dial of its lab changes the picture."""

from playwright.sync_api import Page, expect

from course_lib.chapters import CHAPTERS

NAME = f"{CHAPTERS[4].name}.ipynb"


def test_chapter_04(lab, page: Page, tmp_path):
    lab.run_all(page, NAME, profile="smoke")

    canvas = page.locator("img.jupyter-widgets").last
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()

    def changes(act):
        before = canvas.get_attribute("src")
        act()
        page.wait_for_function(
            "([image, before]) => image.src !== before", arg=[canvas.element_handle(), before], timeout=15_000
        )

    dials = page.get_by_role("slider")
    for number, key in enumerate(("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight")):  # crop, color, gray, chance
        dial = dials.nth(dials.count() - 4 + number)
        dial.scroll_into_view_if_needed()
        changes(lambda dial=dial, key=key: dial.press(key))
    changes(lambda: page.get_by_role("button", name="0.05").last.click())
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
