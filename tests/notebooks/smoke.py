"""Every chapter in its smallest size, quickly: `python start.py test --fast` runs this.

The chapters are executed as plain code, as many at a time as there are cores, in copies of one process that has
imported already what they need. Kernels, browsers and Colab's Jupyter are left to `python start.py test`.
"""

import importlib
import multiprocessing
import os
import sys
import time
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from course_lib.course.declare import Chapter
from course_lib.course.notebooks import find_chapters

from .cells import Cell, CellFailed, code_cells, execute

HEAVY = ("accelerate", "IPython.display", "matplotlib.figure", "torch._dynamo", "torchvision.transforms.v2")
LONGEST = 1800  # seconds


def run(number: str, cells: list[Cell]) -> None:
    """Execute a chapter and end the process: with status 1, and a sentence, where a cell fails."""
    try:
        execute(cells, "smoke", threads=1)
    except CellFailed as failure:
        sys.exit(f"Chapter {number}, {failure}.")


def run_all(chapters: list[Chapter], workers: int) -> dict[str, bool]:
    """Execute chapters, so many at a time; return for each number whether it went well."""
    method = "fork" if sys.platform == "linux" else "spawn"  # a copy knows all that has been imported
    if method == "fork":
        for name in HEAVY:
            importlib.import_module(name)
    context = multiprocessing.get_context(method)
    waiting = [(chapter.number, code_cells(chapter)) for chapter in chapters]
    running: dict[str, tuple[BaseProcess, float]] = {}
    well: dict[str, bool] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                number, cells = waiting.pop()
                process = context.Process(target=run, args=(number, cells))
                process.start()
                running[number] = process, time.monotonic()
            wait([process.sentinel for process, _ in running.values()], timeout=1)
            for number, (process, begun) in list(running.items()):
                seconds = time.monotonic() - begun
                if seconds > LONGEST:
                    process.kill()
                    process.join()
                if not process.is_alive():
                    del running[number]
                    well[number] = process.exitcode == 0
                    print(f"chapter {number}: {seconds:.0f} s{'' if well[number] else ', failed'}", flush=True)
    finally:
        for process, _ in running.values():
            process.kill()
    return well


if __name__ == "__main__":
    well = run_all(find_chapters(), workers=os.cpu_count() or 1)
    sys.exit(not all(well.values()))
