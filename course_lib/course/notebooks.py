"""How chapters are made, executed and turned into pages.

A chapter is a pair of files: its text, notebooks/py/NN_slug.py, is written by hand; its notebook,
notebooks/NN_slug.ipynb, is made from the text by `python -m course_lib notebooks` and carries the outputs.
"""

import html
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from itertools import zip_longest
from pathlib import Path
from typing import Any

from course_lib.course.declare import Chapter
from course_lib.course.rooms import chapters
from course_lib.folders import ROOT

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
COLAB_GPU = {"accelerator": "GPU", "colab": {"gpuType": "T4"}}


class ChapterError(Exception):
    """Something about a chapter that its message says in one sentence."""


CHAPTERS = chapters()
"""The chapters that there are."""


def _repository() -> str:
    """The address in pyproject.toml, or in what an installation kept of it."""
    file = ROOT / "pyproject.toml"
    if file.exists():
        return tomllib.loads(file.read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
    urls = metadata.metadata("learning-to-see").get_all("Project-URL", [])
    return dict(url.split(", ", 1) for url in urls)["Repository"]


REPOSITORY = _repository()


def find_chapters(numbers: Sequence[str] = ()) -> list[Chapter]:
    """The chapters with these numbers ("2" is "02"), or all, of those whose notebook is there.

    Raises ChapterError for a number without a notebook, and says which there are.

    >>> [chapter.title for chapter in find_chapters(["0"])]
    ['A map of seeing']
    """
    return _choose(numbers, {chapter.number: chapter for chapter in CHAPTERS if chapter.ready})


def _choose(numbers: Sequence[str], there: dict[str, Chapter]) -> list[Chapter]:
    for number in numbers:
        if number.zfill(2) not in there:
            raise ChapterError(
                f"There is no chapter {number.zfill(2)}. These are there: {', '.join(there) or 'none yet'}."
            )
    return [there[number.zfill(2)] for number in numbers] or list(there.values())


# ------------------------------------------------------------------------ What is the same in every chapter


def setup_cell() -> str:
    """The text of the set-up cell: on Colab it installs the course; elsewhere it only looks whether it is there.

    COURSE_REPOSITORY overrules the address it is fetched from. Nothing that Colab brings along is changed.

    >>> len([line for line in setup_cell().splitlines() if line])
    16
    """
    return f"""\
import os
import subprocess
import sys
from importlib.util import find_spec

try:
    from google.colab import output
except ImportError:  # your own machine: only see that the course is there
    if not find_spec("course_lib"):
        raise ModuleNotFoundError("This Python does not have the course: open it with python start.py") from None
else:  # Colab: fetch the course and install it
    address = os.environ.get("COURSE_REPOSITORY", "{REPOSITORY}")
    subprocess.check_call(f"[ -d learning-to-see ] || git clone -q --depth 1 '{{address}}' learning-to-see", shell=True)
    wanted = "einops accelerate safetensors anywidget ftfy regex -e ./learning-to-see"
    subprocess.check_call(f"{{sys.executable}} -m pip install -q --no-deps {{wanted}}", shell=True)
    sys.path.insert(0, os.path.abspath("learning-to-see"))
    output.enable_custom_widget_manager()
"""


def badge(chapter: Chapter) -> str:
    """The Markdown of a chapter's badge, a picture that opens the chapter on Colab.

    >>> badge(CHAPTERS[0]).startswith("[![Open this chapter in Colab](https://")
    True
    """
    colab = "https://colab.research.google.com"
    notebook = f"{REPOSITORY.removeprefix('https://')}/blob/main/notebooks/{chapter.path.name}"
    picture = f"![Open this chapter in Colab]({colab}/assets/colab-badge.svg)"
    return f"[{picture}]({colab}/{notebook.replace('github.com', 'github', 1)})"


# ---------------------------------------------------------------------------------------- Making notebooks


def make(numbers: Sequence[str] = (), check: bool = False) -> None:
    """Make the notebooks of these chapters, or of all that have a text: write, pair, execute and clean them.

    With `check`, only say whether text and notebook agree. Raises ChapterError where they do not, and
    where a cell fails or writes to stderr.
    """
    for chapter in _choose(numbers, {chapter.number: chapter for chapter in CHAPTERS if chapter.text.exists()}):
        if check:
            if found := sync_error(chapter):
                raise ChapterError(f"{found} Make it anew: python -m course_lib notebooks {chapter.number}")
            continue
        notebook = _paired(chapter)
        _write(notebook, chapter.path)
        _execute(notebook, chapter)
        for position, cell in enumerate(_code_cells(notebook), 1):
            for output in cell.outputs:
                if output.output_type == "stream" and output.name == "stderr":
                    words = " ".join(output.text.split())
                    raise ChapterError(f"Chapter {chapter.number}, cell {position}, wrote to stderr: {words[:300]}")
        _write(notebook, chapter.path)


def sync_error(chapter: Chapter) -> str:
    """One sentence on where a chapter's text and notebook are not what they should be, or nothing.

    >>> sync_error(CHAPTERS[0])
    ''
    """
    import jupytext
    import nbformat

    if not chapter.ready:
        return f"Chapter {chapter.number} has no notebook."
    text, notebook = jupytext.read(chapter.text), nbformat.read(chapter.path, as_version=4)
    if _say(_with_common_cells(text, chapter)) != chapter.text.read_text(encoding="utf-8"):
        return f"The set-up cell, the badge or the head of {chapter.text.name} is not what the course writes there."
    if notebook.metadata != _head(chapter):
        return f"The metadata of {chapter.path.name} is not what the course writes there."
    ours, theirs = [[_essence(cell) for cell in both.cells] for both in (text, notebook)]
    if ours != theirs:
        position = next(i for i, (a, b) in enumerate(zip_longest(ours, theirs), 1) if a != b)
        return f"{chapter.text.name} and {chapter.path.name} differ from cell {position} on."
    return ""


def _essence(cell: Any) -> tuple[str, str, list[str]]:
    return cell.cell_type, cell.source, cell.metadata.get("tags", [])


def _head(chapter: Chapter) -> dict[str, Any]:
    return {"kernelspec": KERNEL} | (COLAB_GPU if chapter.wants_gpu else {})


def _say(notebook: Any) -> str:
    """A notebook as the text of a chapter."""
    import jupytext
    from jupytext.config import load_jupytext_config

    return jupytext.writes(notebook, fmt="py:percent", config=load_jupytext_config(str(ROOT / "notebooks" / "py")))


def _with_common_cells(notebook: Any, chapter: Chapter) -> Any:
    """The notebook with set-up cell, badge and metadata as they have to be."""
    for tag, source in (("badge", badge(chapter)), ("setup", setup_cell().rstrip("\n"))):
        tagged = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
        if len(tagged) != 1:
            raise ChapterError(f'{chapter.text.name} needs one cell with tags=["{tag}"], and it has {len(tagged)}.')
        tagged[0].source = source
    notebook.metadata.update(_head(chapter))
    return notebook


def _paired(chapter: Chapter) -> Any:
    """Bring the text up to date; return its notebook, with the ids and outputs of cells that stay."""
    import jupytext
    import nbformat
    from jupytext.combine import combine_inputs_with_outputs

    notebook = _with_common_cells(jupytext.read(chapter.text), chapter)
    chapter.text.write_text(_say(notebook), encoding="utf-8", newline="\n")
    if chapter.ready:
        notebook = combine_inputs_with_outputs(notebook, nbformat.read(chapter.path, as_version=4), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(_head(chapter))
    return notebook


def _write(notebook: Any, path: Path) -> None:
    """Write a notebook with its outputs, counts and ids, and nothing of the machine or the moment."""
    import nbformat

    notebook.metadata = {key: notebook.metadata[key] for key in (*COLAB_GPU, "kernelspec") if key in notebook.metadata}
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    nbformat.validate(notebook := nbformat.from_dict(notebook))
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


# ------------------------------------------------------------------------------------- Executing notebooks


def run(numbers: Sequence[str] = (), folder: Path = ROOT / "pages") -> list[Path]:
    """Execute these chapters, or all there are, and write each as a page into `folder`; return the pages.

    The notebooks stay as they are. Raises ChapterError for a chapter that is not there or a cell that fails.
    """
    import nbformat

    pages = []
    for chapter in find_chapters(numbers):
        notebook: Any = nbformat.read(chapter.path, as_version=4)
        _execute(notebook, chapter)
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / f"{chapter.name}.html"
        page.write_text(_html(notebook, chapter), encoding="utf-8")
        print(page)
        pages.append(page)
    return pages


def _html(notebook: Any, chapter: Chapter) -> str:
    """A page of an executed notebook; widgets are shown by the pictures beside them."""
    from nbconvert import HTMLExporter

    for cell in _code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)
            if "image/png" in data:  # nbconvert would leave out the words for those who cannot see it
                said = output.metadata.get("image/png", {})
                words = " ".join(
                    f'{name}="{html.escape(str(said[name]))}"' for name in ("alt", "width") if name in said
                )
                source = "data:image/png;base64," + "".join(data.pop("image/png").split())
                data["text/html"] = f'<img {words} src="{source}" style="max-width: 100%; height: auto">'
    title = f"{chapter.number} · {chapter.title}"
    return HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": title}})[0]


def _code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _execute(notebook: Any, chapter: Chapter) -> None:
    """Run all cells in a fresh kernel in notebooks/, with this library and with nobody's progress."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    code = _code_cells(notebook)
    with _progress(chapter, len(code)) as begin, tempfile.TemporaryDirectory() as scratch:
        places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "COURSE_PROGRESS": str(Path(scratch) / "progress.json"),
            "PYTHONPATH": os.pathsep.join(filter(None, places)),
        }
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],  # what a kernel says of its own transport is no part of a chapter
            timeout=None,
            resources={"metadata": {"path": str(chapter.path.parent)}},
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            on_cell_execute=begin,
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            failed = next(i for i, cell in enumerate(code, 1) if any(o.output_type == "error" for o in cell.outputs))
            message = " ".join(f"{error.ename}: {error.evalue}".split())
            raise ChapterError(f"Chapter {chapter.number} failed in cell {failed}: {message}") from None
        except DeadKernelError:
            raise ChapterError(f"Chapter {chapter.number} lost its Python: the machine may be out of memory.") from None


@contextmanager
def _progress(chapter: Chapter, cells: int) -> Iterator[Callable[[Any, int], None]]:
    """A line on stderr that says how far a chapter is; gives what nbclient calls as each cell begins."""
    start, begun, on_screen = time.monotonic(), 0, sys.stderr.isatty()

    def say(end: str) -> None:
        seconds = time.monotonic() - start
        text = f"chapter {chapter.number}: cell {begun} of {cells}, {seconds:.0f} s"
        print(("\r" if on_screen else "") + text.ljust(40), end=end, file=sys.stderr, flush=True)

    def begin(cell: Any, cell_index: int) -> None:
        nonlocal begun
        if cell.cell_type == "code":
            begun += 1
            if on_screen:
                say(end="")

    try:
        yield begin
    finally:
        say(end="\n")
