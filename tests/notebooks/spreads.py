"""What every claim of a chapter measures at three moved seeds: measured on request, kept as data in spreads/NN.json.

`python start.py test --record NN` executes the code cells of a chapter in the laptop profile, in a world whose seeds
are all moved, each time in a process of its own, and writes the file. test_spreads.py holds the files against the
chapters in every run of the tests, and executes nothing.
"""

import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from course_lib.course import claims
from course_lib.course.declare import Chapter
from course_lib.course.notebooks import find_chapters
from course_lib.world import stream

from .cells import Cell, CellFailed, code_cells, execute

FOLDER = Path(__file__).parent / "spreads"
MOVED = (1000, 2000, 3000)
HOLDS = claims._RELATIONS

Made = tuple[str, str, float, str, float, float]  # sentence, relation, margin, unit, measured, other


class SpreadError(Exception):
    """Why the spread of a chapter could not be measured, in one sentence."""


@dataclass(frozen=True)
class Claimed:
    """One claim and the numbers that it compared, at each moved seed."""

    claim: str
    relation: str
    margin: float
    unit: str
    measured: list[float]
    other: list[float]


@dataclass(frozen=True)
class Spread:
    """What one chapter claimed at the moved seeds, and of which code cells that is so."""

    chapter: str
    cells: str
    moved: list[int]
    claims: list[Claimed]


# --------------------------------------------------------------------------------- Measuring at a moved seed


def measure(cells: list[Cell], moved: int, threads: int) -> list[Made]:
    """Execute cells in a world whose seeds are moved, and return what they claimed, be it true or false.

    It changes the process it runs in for good: call it in one of its own.
    """
    claims._RELATIONS = dict.fromkeys(HOLDS, lambda measured, other, margin: True)  # judged later, all at once
    numbers = stream.scene_numbers
    stream.scene_numbers = lambda *args, seed=0, **more: numbers(*args, seed=seed + moved, **more)
    execute(cells, "laptop", threads)
    return [
        (made.text.rstrip("."), made.relation, rounded(made.margin), made.unit,
         rounded(made.measured), rounded(made.other))
        for made in claims._claims.values()
    ]  # fmt: skip


def rounded(value: float) -> float:
    """A number to six digits; a whole number stays as it is."""
    return float(f"{value:.6g}") if isinstance(value, float) else int(value)


def spread_of(chapter: Chapter, cells: Sequence[Cell], runs: Sequence[list[Made]]) -> Spread:
    """Put what a chapter claimed at each of the moved seeds side by side."""
    kinds = [[made[:4] for made in run] for run in runs]
    if any(kind != kinds[0] for kind in kinds):
        different = sorted({str(made[0]) for kind in kinds for made in set(kind) ^ set(kinds[0])})
        raise SpreadError(f"its claims are not the same at all seeds: {'; '.join(different) or 'they change places'}")
    rows = [
        Claimed(*kind, measured=[run[i][4] for run in runs], other=[run[i][5] for run in runs])
        for i, kind in enumerate(kinds[0])
    ]
    return Spread(chapter.number, mark(cells), list(MOVED), rows)


def measure_all(chapters: Sequence[Chapter]) -> Iterator[tuple[Chapter, Spread | SpreadError]]:
    """The spread of each chapter, or why it has none, measured now: minutes for each chapter that trains."""
    cores = os.cpu_count() or 1
    workers = min(len(MOVED), cores)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        try:
            waiting: list[tuple[Chapter, list[Cell], list[Future[list[Made]]]]] = []
            for chapter in chapters:
                cells = code_cells(chapter)
                runs = [pool.submit(measure, cells, moved, cores // workers) for moved in MOVED]
                waiting.append((chapter, cells, runs))
            for chapter, cells, runs in waiting:
                try:
                    yield chapter, spread_of(chapter, cells, list(results(runs)))
                except SpreadError as error:
                    yield chapter, error
        finally:
            pool.shutdown(cancel_futures=True)


def results(runs: Sequence[Future[list[Made]]]) -> Iterator[list[Made]]:
    """What was claimed at each moved seed, as soon as it is there."""
    for moved, run in zip(MOVED, runs, strict=True):
        try:
            yield run.result()
        except CellFailed as failure:
            raise SpreadError(f"with its seeds moved by {moved}, {failure}") from None
        except BrokenProcessPool:
            raise SpreadError("its process died: the machine may be out of memory") from None


# ------------------------------------------------------------------------------------------------- The files


def file_of(chapter: Chapter) -> Path:
    """Where the spread of a chapter is kept."""
    return FOLDER / f"{chapter.number}.json"


def read(path: Path) -> Spread:
    """A spread from its file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Spread(**kept | {"claims": [Claimed(**row) for row in kept["claims"]]})


def mark(cells: Sequence[Cell]) -> str:
    """What tells whether a spread was measured with these cells."""
    return hashlib.sha256(json.dumps([source for _, source in cells]).encode()).hexdigest()


def text_of(spread: Spread) -> str:
    """A spread as JSON, with a line for each fact of a claim, so that a change is easy to see."""

    def row(name: str, value: object, indent: int) -> str:
        return f"{' ' * indent}{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"

    kept = asdict(spread)
    rows = [",\n".join(row(name, value, 6) for name, value in claim.items()) for claim in kept.pop("claims")]
    head = "".join(row(name, value, 2) + ",\n" for name, value in kept.items())
    blocks = ",\n".join(f"    {{\n{block}\n    }}" for block in rows)
    return f'{{\n{head}  "claims": [\n{blocks}\n  ]\n}}\n'


def sentences(chapter: Chapter) -> list[str]:
    """The sentences in the table of claims that the chapter's notebook shows."""
    import nbformat

    shown = [
        output.get("data", {}).get("text/plain", "")
        for cell in nbformat.read(chapter.path, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    table = next((text for text in reversed(shown) if text.startswith("What this chapter claimed")), "")
    return re.findall(r"^[✓✗·] +(.+?)  ", table, flags=re.MULTILINE)


def false_claims(spread: Spread) -> Iterator[str]:
    """A sentence for each claim and moved seed where it is not so."""
    for row in spread.claims:
        if not len(row.measured) == len(row.other) == len(spread.moved):
            yield f"“{row.claim}” has not one pair of numbers for each of the {len(spread.moved)} moved seeds."
            continue
        for moved, measured, other in zip(spread.moved, row.measured, row.other, strict=True):
            if not HOLDS[row.relation](measured, other, row.margin):
                needed = f"{row.relation} {other:g}" + (f" by {row.margin:g}" if row.margin else "")
                yield f"“{row.claim}” is not so with the seeds moved by {moved}: {measured:g}, needed {needed}."


def faults(chapter: Chapter) -> Iterator[str]:
    """A sentence for each thing that is wrong with the file of a chapter."""
    path, remedy = file_of(chapter), f"python start.py test --record {chapter.number}"
    if not path.exists():
        yield f"Chapter {chapter.number} has no {FOLDER.name}/{path.name}: {remedy}"
        return
    spread = read(path)
    if (spread.chapter, spread.moved) != (chapter.number, list(MOVED)):
        yield f"{path.name} is not about chapter {chapter.number} at the seeds {MOVED}: {remedy}"
    if spread.cells != mark(code_cells(chapter)):
        yield f"The code cells of chapter {chapter.number} have changed since {path.name} was measured: {remedy}"
    kept, shown = [row.claim for row in spread.claims], sentences(chapter)
    if not shown:
        yield f"The notebook of chapter {chapter.number} shows no table of claims."
    for claim in [text for text in shown if text not in kept]:
        yield f"{path.name} has no “{claim}”, which the notebook claims: {remedy}"
    for claim in [text for text in kept if text not in shown]:
        yield f"{path.name} has “{claim}”, which the notebook does not claim: {remedy}"
    yield from false_claims(spread)


def record(chapters: Sequence[Chapter]) -> int:
    """Measure the spread of these chapters and write their files; return the exit status.

    A chapter that fails or claims what is false at a moved seed keeps the file it has.
    """
    begun, status = time.monotonic(), 0
    print(f"Executing {len(MOVED)} times each: {', '.join(chapter.number for chapter in chapters)}", flush=True)
    for chapter, spread in measure_all(chapters):
        wrong = [f"{spread}."] if isinstance(spread, SpreadError) else list(false_claims(spread))
        minutes = "{}:{:02d}".format(*divmod(int(time.monotonic() - begun), 60))
        if isinstance(spread, Spread) and not wrong:
            FOLDER.mkdir(exist_ok=True)
            file_of(chapter).write_text(text_of(spread), encoding="utf-8", newline="\n")
            print(f"{minutes}  chapter {chapter.number}: all {len(spread.claims)} claims hold.", flush=True)
        else:
            status = 1
            print(f"{minutes}  chapter {chapter.number}: nothing is written.", *wrong, sep="\n  ", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(record(find_chapters(sys.argv[1:])))
