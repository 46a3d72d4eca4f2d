"""Every exercise, found and proved in the same way; then what the checking machinery promises."""

import copy
import dataclasses
import html.parser
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from einops import rearrange

from course_lib.course import Exercise, Mistake, check, hint, progress, solution
from course_lib.course.check import judge
from course_lib.course.compare import describe, difference, snapshot
from course_lib.course.page import Page, card, code, columns, fold, format_number, prose, show, table
from course_lib.course.rooms import chapters, exercises_of, find_exercise
from course_lib.course.store import keep, recall, where

EVERY = [exercise for chapter in chapters() for exercise in exercises_of(chapter.number)]
each_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A progress file of this test's own."""
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


# --- Every exercise of every chapter ---


def test_every_chapter_module_declares_exercises() -> None:
    assert chapters()[0].number == "00"
    ids = [exercise.id for exercise in EVERY]
    assert len(set(ids)) == len(ids)
    for chapter in chapters():
        own = [exercise.id for exercise in exercises_of(chapter.number)]
        assert own == [f"{chapter.number}.{i}" for i in range(1, len(own) + 1)]
        assert 3 <= len(own) <= 5


@each_exercise
def test_declaration_is_complete(exercise: Exercise) -> None:
    assert exercise.title and exercise.minutes > 0 and exercise.difficulty in (1, 2, 3)
    assert len(exercise.mistakes) >= 3
    assert len(exercise.hints) == 2 and all(exercise.hints)
    messages = [mistake.message for mistake in exercise.mistakes]
    assert len(set(messages)) == len(messages)


@each_exercise
def test_cases_grow_and_change_with_the_seed(exercise: Exercise) -> None:
    assert describe(exercise.cases(1)) == describe(exercise.cases(1))
    assert len(exercise.cases(1)) == len(exercise.cases(2))
    assert difference(exercise.cases(1), exercise.cases(2))
    sizes = [sum(_entries(argument) for argument in case) for case in exercise.cases(1)]
    assert sizes[0] == min(sizes) and sizes[-1] == max(sizes)


@each_exercise
def test_reference_passes_and_is_given_back(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    def own(*args: Any) -> Any:
        return exercise.reference(*args)

    assert check(exercise.id, own) is own
    count = len(exercise.cases(0))
    assert capsys.readouterr().out == (
        f"✓ {exercise.id} solved: your function agrees with the reference on {count} inputs.\n"
    )
    assert recall("exercises") == {exercise.id: "solved"}


@each_exercise
def test_each_mistake_gets_its_own_message(exercise: Exercise) -> None:
    """On the cases that every seed has, so that no luck is needed to tell two mistakes apart."""
    pairs = zip(exercise.cases(1), exercise.cases(2), strict=True)
    fixed = [one for one, other in pairs if not difference(one, other)]
    for cases in (lambda seed: copy.deepcopy(fixed), exercise.cases):
        for mistake in exercise.mistakes:
            verdict = judge(dataclasses.replace(exercise, cases=cases), mistake.function, 1)
            assert (verdict.state, verdict.message) == ("wrong", mistake.message)
            assert [name for name, _ in verdict.shown][-2:] == ["yours", "needed"]


@each_exercise
def test_mistake_is_shown_and_the_reference_stands_in(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    for mistake in exercise.mistakes:
        assert check(exercise.id, mistake.function) is exercise.reference
        told = capsys.readouterr().out
        assert told.startswith(f"✗ {exercise.id} is not right yet. {mistake.message}\n")
        assert "The smallest input that shows it:" in told and f'hint("{exercise.id}")' in told
    assert recall("exercises") == {exercise.id: "tried"}


def _raises(*args: Any) -> Any:
    raise NotImplementedError


@each_exercise
@pytest.mark.parametrize(
    "stub",
    [
        _raises,
        lambda *args: ...,
        lambda *args: None,
        lambda *args: (..., 1),
        lambda *args: ... * 2,
        ...,
        None,
    ],  # type: ignore[operator]
)
def test_stub_never_stops(exercise: Exercise, stub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(exercise.id, stub) is exercise.reference
    told = capsys.readouterr().out
    assert told.startswith(f"○ {exercise.id} is yours to write.") and "the reference stands in" in told
    assert recall("exercises") == {}


@each_exercise
def test_a_constant_never_passes(exercise: Exercise) -> None:
    for case in exercise.cases(0):
        constant = exercise.reference(*copy.deepcopy(case))
        assert judge(exercise, lambda *args, constant=constant: constant, 0).state == "wrong"


@each_exercise
def test_a_memory_of_earlier_cases_never_passes(exercise: Exercise) -> None:
    memory = {describe(case): exercise.reference(*copy.deepcopy(case)) for case in exercise.cases(0)}
    assert judge(exercise, lambda *args: memory.get(describe(args), 0), 1).state == "wrong"


@each_exercise
def test_changing_an_input_is_told_even_when_the_value_is_right(exercise: Exercise) -> None:
    def changing(*args: Any) -> Any:
        result = snapshot(exercise.reference(*args))
        for argument in args:
            if isinstance(argument, torch.Tensor):
                argument += 1
            elif isinstance(argument, list):
                argument.append(argument[0])
            elif isinstance(argument, dict):
                argument.popitem()
        return result

    verdict = judge(exercise, changing, 0)
    assert verdict.state == "wrong" and verdict.message.startswith("Your function changes its input `")


@each_exercise
def test_hints_and_solution_fold(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(lambda: hint(exercise.id))
    assert shown.html.count("<details ") == 2 and " open" not in shown.html.replace(" opens", "")
    for text in exercise.hints:
        assert text in shown.text
    shown = _shown(lambda: solution(exercise.id))
    assert shown.html.count("<details ") == 1
    assert f"def {exercise.reference.__name__}(" in shown.text and "return" in shown.text
    hint(exercise.id)
    assert capsys.readouterr().out.startswith(f"Hint 1 for {exercise.id}: ")


@each_exercise
def test_the_solution_passes_its_own_check(exercise: Exercise) -> None:
    source = _shown(lambda: solution(exercise.id)).text.partition("\n")[2]
    space: dict[str, Any] = {"torch": torch, "np": np, "F": F, "rearrange": rearrange}  # as chapters import them
    exec(source, space)
    assert judge(exercise, space[exercise.reference.__name__], 0).state == "solved"


# --- Answers of every strange kind ---


def _doubled(a: torch.Tensor) -> torch.Tensor:
    return 2 * a


def _double_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    return [(torch.ones(2),), *((torch.rand(3 + i, generator=generator),) for i in range(4))]


DOUBLE = Exercise(
    "99.1",
    "Double",
    1,
    1,
    _doubled,
    _double_cases,
    (Mistake(lambda a: a, "Not doubled."),),
    ("twice", "2 * a"),
)


def test_a_wrong_shape_dtype_type_and_value_are_told_apart() -> None:
    def told(function: Callable[..., Any]) -> str:
        return judge(DOUBLE, function, 0).message

    assert told(lambda a: (2 * a)[None]) == ("Your result differs: the shape is (1, 2), but (2,) is needed.")
    assert told(lambda a: (2 * a).double()) == ("Your result differs: the dtype is float64, but float32 is needed.")
    assert told(lambda a: (2 * a).numpy()) == (
        "Your result differs: it is an array of shape (2,): [2, 2], but a tensor of shape (2,) is needed."
    )
    assert told(lambda a: 3 * a) == ("Your result differs: 2 entries differ: at [0] it is 3, but 2 is needed.")
    assert told(lambda a: "two") == ("Your result differs: it is 'two', but a tensor of shape (2,) is needed.")


def test_the_smallest_failing_input_is_shown() -> None:
    verdict = judge(DOUBLE, lambda a: 2 * a if len(a) < 4 else 2 * a + 1, 0)
    assert dict(verdict.shown)["a"].startswith("a tensor of shape (4,): [")
    assert [name for name, _ in verdict.shown] == ["a", "yours", "needed"]


def test_errors_are_told_with_the_line() -> None:
    def wrong(a: torch.Tensor) -> torch.Tensor:
        return a[:, 7]

    message = judge(DOUBLE, wrong, 0).message
    assert message.startswith("Your function raises IndexError: ") and "`return a[:, 7]`" in message


def test_pythons_max_of_a_tensor_is_explained() -> None:
    message = judge(DOUBLE, lambda a: max(0, 2 * a), 0).message
    assert "Boolean value of Tensor" in message and "`.clamp(min=…)`" in message


def test_nothing_of_the_students_gets_out(capfd: pytest.CaptureFixture[str]) -> None:
    def endless(a: torch.Tensor) -> torch.Tensor:
        return endless(a)

    class Rude(Exception):
        def __str__(self) -> str:
            raise ValueError("not even a message")

    class Strange:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("do not compare me")

        def __repr__(self) -> str:
            raise RuntimeError("do not print me")

    def rude(a: torch.Tensor) -> torch.Tensor:
        raise Rude

    def leave(a: torch.Tensor) -> torch.Tensor:
        sys.exit(3)

    def chatty(a: torch.Tensor) -> torch.Tensor:
        print("hello")
        print("hello", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        torch.manual_seed(0)
        return 2 * a

    assert judge(DOUBLE, endless, 0).message.startswith("Your function calls itself without end")
    assert judge(DOUBLE, rude, 0).message.startswith("Your function raises")
    assert "SystemExit" in judge(DOUBLE, leave, 0).message
    assert judge(DOUBLE, lambda a: Strange(), 0).state == "wrong"
    assert judge(DOUBLE, lambda: 1, 0).message.startswith("Your function raises TypeError")
    assert judge(DOUBLE, 5, 0).message == "A function is needed here, but 5 was given."
    before = torch.random.get_rng_state()
    assert judge(DOUBLE, chatty, 0).state == "solved"
    assert torch.equal(before, torch.random.get_rng_state())
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_a_keyboard_interrupt_passes() -> None:
    def tired(a: torch.Tensor) -> torch.Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(DOUBLE, tired, 0)


def test_a_stub_that_says_why() -> None:
    def stub(a: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("write me")

    assert judge(DOUBLE, stub, 0).message == "It stops with NotImplementedError: write me."
    assert judge(DOUBLE, lambda a: None, 0).message == "It returns nothing yet."


def test_none_on_a_later_input_is_a_mistake_and_not_a_stub() -> None:
    verdict = judge(DOUBLE, lambda a: 2 * a if len(a) < 4 else None, 0)
    assert verdict.state == "wrong" and "it is None" in verdict.message


def test_student_and_reference_share_no_memory() -> None:
    buffer = torch.zeros(2)

    def keeps(a: torch.Tensor) -> torch.Tensor:
        nonlocal buffer
        buffer.resize_(a.shape).copy_(a)
        return buffer.mul_(2)

    assert judge(DOUBLE, keeps, 0).state == "solved"
    shared = torch.ones(2)
    exercise = dataclasses.replace(DOUBLE, cases=lambda seed: [(shared,), (shared,)])
    assert judge(exercise, lambda a: a.mul_(2), 0).message.startswith("Your function changes its input `a`")
    assert torch.equal(shared, torch.ones(2))


def test_a_changed_module_is_noticed() -> None:
    layer = torch.nn.Linear(2, 2)

    def reference(layer: torch.nn.Linear, a: torch.Tensor) -> torch.Tensor:
        return layer(a)

    def cases(seed: int) -> list[tuple]:
        return [(layer, torch.ones(2))]

    def changing(layer: torch.nn.Linear, a: torch.Tensor) -> torch.Tensor:
        result = layer(a)
        with torch.no_grad():
            layer.weight += 1
        return result

    exercise = dataclasses.replace(DOUBLE, reference=reference, cases=cases, mistakes=())
    assert judge(exercise, lambda layer, a: a @ layer.weight.T + layer.bias, 0).state == "solved"
    assert "`layer`" in judge(exercise, changing, 0).message


def test_luck_is_the_same_for_both() -> None:
    noisy = dataclasses.replace(DOUBLE, reference=lambda a: a + torch.rand(a.shape), mistakes=())
    assert judge(noisy, lambda a: torch.rand(len(a)) + a, 0).state == "solved"


def test_an_error_can_be_the_right_answer() -> None:
    def reference(a: torch.Tensor) -> torch.Tensor:
        raise ValueError

    def other(a: torch.Tensor) -> torch.Tensor:
        raise KeyError

    exercise = dataclasses.replace(DOUBLE, reference=reference, mistakes=())
    assert judge(exercise, reference, 0).state == "solved"
    assert judge(exercise, other, 0).state == "wrong"
    assert "should raise ValueError" in judge(exercise, lambda a: a, 0).message


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="There is no exercise '00.9'; there are 00.1, 00.2, 00.3, 00.4."):
        find_exercise("00.9")
    with pytest.raises(ValueError, match="There is no exercise '77.1'; there are 00.1"):
        check("77.1", ...)
    with pytest.raises(ValueError, match="There is no chapter '77'; there are 00"):
        exercises_of("77")


# --- Comparing ---


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1),
        (1.0, torch.tensor(1.0)),
        (torch.tensor(1.0), 1.0000001),
        (torch.tensor(3), 3),
        (3, np.int32(3)),
        (float("nan"), torch.tensor(float("nan"))),
        (float("inf"), float("inf")),
        ((1, 2), [1, 2]),
        ({"a": torch.ones(2)}, {"a": torch.ones(2)}),
        ("cat", "cat"),
        (None, None),
        (torch.tensor([1.0, float("nan")]), torch.tensor([1.0, float("nan")])),
        (torch.ones(2, dtype=torch.bfloat16), torch.full((2,), 1.01, dtype=torch.bfloat16)),
        (np.ones((2, 2))[::-1], np.ones((2, 2))),
        (torch.ones(2), torch.ones(2, requires_grad=True)),
    ],
)
def test_same(expected: Any, got: Any) -> None:
    assert difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, 1.0),
        (1, True),
        (True, 1),
        (1.0, True),
        (1.0, 1.01),
        (10**6, 10**6 + 1),
        (1.0, float("nan")),
        (1.0, "1"),
        (1.0, torch.ones(1)),
        ((1, 2), [1, 3]),
        ((1, 2), (1, 2, 3)),
        ({"a": 1}, {"b": 1}),
        ("cat", "dog"),
        (None, 0),
        (torch.ones(2), torch.ones(2).long()),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.tensor(1.0)),
        (torch.ones(2), [1.0, 1.0]),
        (torch.tensor([1, 2]), torch.tensor([1, 3])),
        (np.ones(2), torch.ones(2).double()),
    ],
)
def test_different(expected: Any, got: Any) -> None:
    assert difference(expected, got)


def test_describe_is_short_for_everything() -> None:
    values = [
        torch.rand(3, 64, 64),
        torch.ones(20, dtype=torch.complex64),
        torch.tensor(1 + 2j),
        np.zeros((4, 4, 4), dtype=np.uint8),
        "x" * 500,
        list(range(100)),
        {str(i): i for i in range(100)},
        (1,),
        object(),
        None,
    ]
    assert all(len(describe(value)) < 150 for value in values)
    assert describe((1,)) == "(1,)"


# --- Progress ---


def test_progress_is_kept_and_shown(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = EVERY[0], EVERY[1]
    check(right.id, right.reference)
    check(right.id, right.mistakes[0].function)  # once solved, stays solved
    check(wrong.id, wrong.mistakes[0].function)
    capsys.readouterr()
    progress()
    told = capsys.readouterr().out
    assert told.startswith(f"Your exercises: 1 of {len(EVERY)} solved\n")
    lines = {line.split()[0]: line for line in told.splitlines()[2:]}
    assert lines[right.id].endswith("✓ solved") and lines[wrong.id].endswith("… tried")
    assert lines[EVERY[2].id].endswith("○ not yet")
    assert json.loads(kept.read_text(encoding="utf-8")) == {"exercises": {right.id: "solved", wrong.id: "tried"}}
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]  # no draft is left behind


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]", '{"exercises": 5}', "null"])
def test_a_broken_progress_file_is_no_trouble(kept: Path, broken: str) -> None:
    kept.parent.mkdir()
    kept.write_text(broken)
    assert recall("exercises") == {}
    assert keep("exercises", "00.1", "solved")
    assert recall("exercises") == {"00.1": "solved"}


def test_a_disk_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert not keep("exercises", "00.1", "solved")
    assert check(EVERY[0].id, EVERY[0].reference) is EVERY[0].reference
    assert "solved" in capsys.readouterr().out


def test_a_failing_write_keeps_the_old_file(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("exercises", "00.1", "solved")

    def full(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    assert not keep("exercises", "00.2", "solved")
    assert recall("exercises") == {"00.1": "solved"}
    assert len(list(kept.parent.iterdir())) == 1


def test_progress_lives_in_the_course_or_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    assert where().parts[-3:] == ("data", "progress", "progress.json")
    monkeypatch.setattr("os.access", lambda *args: False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert where() == tmp_path / ".learning-to-see" / "progress.json"


# --- Pages ---


class _Balance(html.parser.HTMLParser):
    """Counts open tags, and fails at one closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_pages_escape_their_text() -> None:
    evil = "<script>alert('x')</script> & `a < b`"
    for markup in (
        prose(evil),
        code(evil),
        card("good", "✓", prose(evil)),
        fold(evil, prose(evil)),
        table([evil], [[evil]]),
    ):
        assert "<script" not in markup and "&lt;script&gt;" in markup
        balance = _Balance()
        balance.feed(markup)
        assert balance.open == []


def test_numbers_and_columns() -> None:
    shown = {-0.0: "0", 1e-7: "1e-7", 2.5e12: "2.5e12", 1234.5: "1,230", 12: "12", 0.5: "0.5"}
    assert {value: format_number(value) for value in shown} == shown
    assert format_number(float("nan")) == "nan" and format_number(float("-inf")) == "-inf"
    assert columns([["a", ""], ["bb", "c"]]) == "a\nbb  c"


def test_a_console_without_checkmarks_prints_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        encoding = "cp1252"
        written = ""

        def write(self, text: str) -> None:
            self.written += text.encode("cp1252").decode("cp1252")

        def flush(self) -> None: ...

    old = Old()
    monkeypatch.setattr(sys, "stdout", old)
    show(Page("", "✓ done"))
    assert old.written == "? done\n"


def test_in_a_notebook_the_page_is_displayed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = _shown(lambda: check("00.1", ...))
    assert page.html.startswith("<div") and repr(page) == page.text


def _shown(action: Callable[[], Any]) -> Page:
    """The page that an action shows in a notebook."""
    with pytest.MonkeyPatch.context() as patch:
        pages: list[Page] = []
        patch.setattr("course_lib.course.page.get_ipython", lambda: object())
        patch.setattr("course_lib.course.page.display", pages.append)
        action()
    return pages[0]


def _entries(argument: Any) -> int:
    return argument.numel() if isinstance(argument, torch.Tensor) else 1


def test_nothing_finite_is_close_to_infinity() -> None:
    infinite = torch.tensor(float("inf"))
    assert difference(infinite, torch.tensor(125.0)) and difference(float("inf"), 125.0)
    assert difference(infinite, infinite) is None and difference(-infinite, infinite)
