"""The code cells of a chapter, and how they are executed without a kernel in a process of their own."""

import contextlib
import io
import os
import tempfile
import traceback

from course_lib.course.declare import Chapter

Cell = tuple[int, str]  # its place among the code cells as a student counts them, and its source


class CellFailed(Exception):
    """Which cell failed and why, in a few words."""


def code_cells(chapter: Chapter) -> list[Cell]:
    """The code cells of a chapter's text, without the set-up cell and with the same line ends on every machine."""
    import jupytext  # only here: what executes cells starts in half the time without it

    code = [cell for cell in jupytext.read(chapter.text).cells if cell.cell_type == "code"]
    numbered = [(number, cell) for number, cell in enumerate(code, 1) if "setup" not in cell.metadata.get("tags", [])]
    return [(number, "\n".join(cell.source.splitlines())) for number, cell in numbered]


def execute(cells: list[Cell], profile: str, threads: int) -> None:
    """Execute cells one after the other and show nothing. It changes its process for good: call it in one of its own.

    Raises CellFailed for the first cell that fails.
    """
    import matplotlib
    import torch

    torch.set_num_threads(threads)
    matplotlib.use("agg")
    namespace: dict[str, object] = {}
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(COURSE_PROFILE=profile, COURSE_DEVICE="cpu", COURSE_PROGRESS=f"{scratch}/progress.json")
        for number, source in cells:
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    exec(compile(source, f"cell {number}", "exec"), namespace)
            except Exception as error:
                reason = " ".join(traceback.format_exception_only(error)[-1].split())
                raise CellFailed(f"cell {number} failed: {reason}") from None
