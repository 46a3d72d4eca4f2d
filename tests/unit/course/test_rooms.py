"""Every chapter's room is found by itself."""

import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from course_lib.course import check, rooms
from course_lib.course.rooms import chapters, exercises_of, find_exercise, quiz_of

from .every import EVERY


def test_every_chapter_module_declares_exercises() -> None:
    assert chapters()[0].number == "00"
    ids = [exercise.id for exercise in EVERY]
    assert len(set(ids)) == len(ids)
    for chapter in chapters():
        own = [exercise.id for exercise in exercises_of(chapter.number)]
        assert own == [f"{chapter.number}.{i}" for i in range(1, len(own) + 1)]
        assert 3 <= len(own) <= 5


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="There is no exercise '00.9'; there are 00.1, 00.2, 00.3, 00.4."):
        find_exercise("00.9")
    with pytest.raises(ValueError, match="There is no exercise '77.1'; there are 00.1"):
        check("77.1", ...)
    with pytest.raises(ValueError, match="There is no chapter '77'; there are 00"):
        exercises_of("77")


ROOM = '''"""Chapter 98."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter("98", "a_room", title="A room", question="Why?", minutes_laptop=1, minutes_gpu=1, wants_gpu=False)
'''
EXERCISES = '''"""Its exercises and its quiz."""

from course_lib.course.declare import Exercise, Option, Question

EXERCISES = (Exercise("98.1", "Nothing", 1, 1, lambda: 0, lambda seed: [()], (), ("a", "b")),)
QUIZ = (Question("Why?", (Option("Because.", True, "It is so."), Option("No.", False, "It is not so."))),)
'''


@pytest.fixture
def new_rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder beside course_lib/chapters where rooms are found too."""
    import course_lib.chapters as home

    before = set(vars(home))
    monkeypatch.setattr(home, "__path__", [*home.__path__, str(tmp_path)])
    rooms._rooms.cache_clear()
    yield tmp_path
    rooms._rooms.cache_clear()
    for name in set(vars(home)) - before:
        delattr(home, name)
    for name in [name for name in sys.modules if name.startswith(f"{home.__name__}.ch98")]:
        del sys.modules[name]


def a_room(folder: Path, **modules: str) -> None:
    folder.mkdir()
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    invalidate_caches()


def test_a_new_room_is_found_by_itself(new_rooms: Path) -> None:
    known, recipes = chapters(), set(rooms.recipes())
    made = 'RECIPES = {"something": print}'
    a_room(new_rooms / "ch98_a_room", __init__=ROOM, exercises=EXERCISES, recipes=made)
    (new_rooms / "pictures").mkdir()  # not a room, and not a package
    (new_rooms / "ch97.py").write_text("raise ValueError")  # not a room
    rooms._rooms.cache_clear()
    assert [chapter.number for chapter in chapters()] == [*(chapter.number for chapter in known), "98"]
    assert chapters()[-1].title == "A room"
    assert find_exercise("98.1").title == "Nothing" and len(quiz_of("98")) == 1
    assert set(rooms.recipes()) == recipes | {"something"}
    with pytest.raises(ValueError, match="There is no exercise '98.2'; there are 98.1.$"):
        find_exercise("98.2")


def test_a_room_may_be_empty(new_rooms: Path) -> None:
    a_room(new_rooms / "ch98_a_room", __init__=ROOM)
    rooms._rooms.cache_clear()
    assert chapters()[-1].number == "98"
    assert list(exercises_of("98")) == list(quiz_of("98")) == [] and "98" not in {e.id[:2] for e in EVERY}
    assert rooms.recipes()  # of the others
