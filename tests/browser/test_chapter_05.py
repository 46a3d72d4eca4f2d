"""Chapter 05 in a real browser, in its smallest size: it trains, and the switchboard shows every method and part."""

from playwright.sync_api import Page, expect

from course_lib.chapters import CHAPTERS

NAME = f"{CHAPTERS[5].name}.ipynb"


def test_chapter_05(lab, page: Page, tmp_path):
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

    changes(lambda: page.get_by_role("slider").last.press("ArrowLeft"))
    changes(lambda: page.get_by_label("stop-gradient").last.click())
    changes(lambda: page.get_by_label("predictor").last.click())
    changes(lambda: page.get_by_role("combobox").last.select_option("VICReg"))
    changes(lambda: page.get_by_label("covariance").last.click())
    changes(lambda: page.get_by_role("combobox").last.select_option("Barlow Twins"))
    expect(page.get_by_label("covariance")).to_have_count(0)  # Barlow Twins has one part only
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()
