"""README and docs agree with the code."""

import re

import pytest

from course_lib.course.notebooks import CHAPTERS, REPOSITORY, ROOT, badge

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("number", range(13))
def test_readme_lists_every_chapter(number):
    row = next(line for line in README.splitlines() if line.startswith(f"| {number:02} |"))
    chapter = next((chapter for chapter in CHAPTERS if chapter.ready and chapter.number == f"{number:02}"), None)
    if chapter is None:
        assert "to come" in row
    else:
        assert chapter.title in row and chapter.question in row
        assert f"(notebooks/{chapter.name}.ipynb)" in row and badge(chapter) in row


def test_readme_names_the_repository():
    assert f"git clone {REPOSITORY}" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_and_pictures_have_words(page):
    text = page.read_text(encoding="utf-8")
    for words, target in re.findall(r"!?\[([^\]]*)\]\(([^)]+)\)", text):
        assert words.strip(), f"{page.name}: a link or picture without words: {target}"
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target} does not exist"


def test_every_chapter_that_is_there_has_its_part_in_the_guide_and_the_glossary():
    guide = (ROOT / "docs" / "instructor-guide.md").read_text(encoding="utf-8")
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for chapter in CHAPTERS:
        if chapter.ready:
            assert f"### {chapter.number} · {chapter.title}" in guide
            assert len(re.findall(rf"\| {chapter.number} \|", glossary)) >= 5
