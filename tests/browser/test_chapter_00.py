"""Chapter 00 in a real browser: it runs, and its lab, predictions and quiz answer."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from course_lib.course.notebooks import CHAPTERS


def guesses(kept: Path) -> dict[str, str]:
    """The guesses that are kept in a file, which may not be there yet."""
    return json.loads(kept.read_text(encoding="utf-8")).get("guesses", {}) if kept.exists() else {}


def test_chapter_00(lab, page: Page, tmp_path):
    lab.run_all(page, f"{CHAPTERS[0].name}.ipynb", profile="laptop")

    # Each claim has its tick, and so has its row of the table.
    cells = lab.code_cells(f"{CHAPTERS[0].name}.ipynb")
    said = [output.get("data", {}).get("text/plain", "") for cell in cells for output in cell.outputs]
    ticks = [text for text in said if text.startswith("✓ ")]
    title = page.get_by_text(re.compile(r"^What this chapter claimed: (\d+) of \1 hold$"))
    title.scroll_into_view_if_needed()
    expect(title).to_have_text(f"What this chapter claimed: {len(ticks)} of {len(ticks)} hold")
    expect(title.locator("xpath=ancestor::*[.//table][1]").locator("tr", has_text="✓")).to_have_count(len(ticks))

    # A guess is kept.
    guess = page.get_by_role("button", name="the cat at night", exact=True)
    guess.scroll_into_view_if_needed()
    guess.click()
    lab.until(page, lambda: guesses(lab.folder.parent / "progress.json").get("00.cats") == "the cat at night")

    # The lab: every control changes the picture.
    canvas = page.locator("img.jupyter-widgets").last
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_be_visible()

    thing = page.locator("select").filter(has=page.locator("option", has_text="rabbit")).first
    lab.changes(canvas, lambda: thing.select_option(label="rabbit"))
    lab.changes(canvas, lambda: page.get_by_role("button", name="parts", exact=True).click())
    lab.changes(canvas, lambda: page.get_by_role("button", name="boxes", exact=True).click())
    slider = page.get_by_role("slider").first
    slider.scroll_into_view_if_needed()
    lab.changes(canvas, lambda: slider.press("ArrowRight"))
    canvas.screenshot(path=tmp_path / "lab.png")
    assert not page.locator("[role='alert']").filter(has_text="Error").count()

    # The quiz: a click on an answer opens its reason.
    answer = page.locator(".jp-OutputArea details").last
    answer.scroll_into_view_if_needed()
    answer.locator("summary").click()
    expect(answer).to_have_attribute("open", "")
