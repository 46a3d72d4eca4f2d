"""Quizzes explain every answer."""

import pytest

from course_lib.course import quiz
from course_lib.course.page import Page
from course_lib.course.rooms import chapters, quiz_of


@pytest.mark.parametrize("chapter", [chapter.number for chapter in chapters()])
def test_every_question_explains_every_answer(chapter: str) -> None:
    questions = quiz_of(chapter)
    assert 3 <= len(questions) <= 5
    for question in questions:
        assert sum(option.right for option in question.options) == 1
        assert 3 <= len(question.options) <= 5
        texts = [option.text for option in question.options]
        assert len(set(texts)) == len(texts)
        assert all(len(option.because.split()) >= 8 for option in question.options)


@pytest.mark.parametrize("chapter", [chapter.number for chapter in chapters()])
def test_the_right_answer_is_not_always_in_the_same_place(chapter: str) -> None:
    places = {[option.right for option in question.options].index(True) for question in quiz_of(chapter)}
    assert len(places) > 1


@pytest.mark.parametrize("chapter", [chapter.number for chapter in chapters()])
def test_a_quiz_folds_without_a_kernel(chapter: str, shown: list[Page]) -> None:
    quiz(chapter)
    page, questions = shown[0], quiz_of(chapter)
    count = sum(len(question.options) for question in questions)
    assert page.html.count("<details ") == page.html.count("</details>") == count
    assert page.html.count("✓ Right.") == len(questions) and "<script" not in page.html


def test_a_quiz_reads_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    quiz("00")
    first, answers = capsys.readouterr().out.split("Answers\n")
    assert first.startswith(f"1. {quiz_of('00')[0].text}\n   a) ")
    assert len(answers.splitlines()) == len(quiz_of("00"))


def test_a_chapter_without_a_quiz_names_those_with_one() -> None:
    with pytest.raises(ValueError, match="There is no chapter '77'; there are 00, 01"):
        quiz("77")
