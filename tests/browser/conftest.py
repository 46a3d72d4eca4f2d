"""JupyterLab and Chromium for the browser tests: started once, stopped at the end, nothing left behind.

All waiting is for a state. The limit is there only for what hangs: a machine may be slow, or busy with other things.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from course_lib.course.notebooks import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
TOKEN = "course-browser-test"
LIMIT = 900  # seconds
SETTINGS = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.port_retries": 100,
    "ServerApp.open_browser": False,
    "ServerApp.allow_root": True,
    "ServerApp.jpserver_extensions": "jupyterlab_jupytext=False",
    "LabApp.expose_app_in_browser": True,  # the page then tells when a command is done
    "LabApp.extension_manager": "readonly",
    "LabApp.news_url": None,
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}
DO = """async ([commands, seconds]) => {
    const late = new Promise((_, no) => setTimeout(() => no(new Error("not done in time")), 1000 * seconds));
    for (const command of commands) await Promise.race([window.jupyterapp.commands.execute(command), late]);
}"""

expect.set_options(timeout=1000 * LIMIT)


@dataclass
class Lab:
    """A running JupyterLab: its address and the folder that it shows."""

    address: str
    folder: Path

    def run_all(self, page: Page, name: str, profile: str = "smoke") -> None:
        """Open a notebook, run all its cells, wait until the last one is done, and see that none has failed."""
        book = nbformat.read(self.folder / name, as_version=4)
        book.cells.insert(0, new_code_cell(f'import os\n\nos.environ["COURSE_PROFILE"] = "{profile}"'))
        for cell in book.cells:  # a run that counts must write its own numbers
            if cell.cell_type == "code":
                cell.execution_count, cell.outputs = None, []
        nbformat.write(book, self.folder / name)
        page.goto(f"{self.address}/lab/tree/{name}?reset&token={TOKEN}")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        # JupyterLab keeps only what is in view on the page, so the outputs are read from the saved file.
        page.evaluate(DO, [["notebook:run-all-cells", "docmanager:save"], LIMIT])
        cells = self.code_cells(name)
        errors = [output.evalue for cell in cells for output in cell.outputs if output.output_type == "error"]
        assert not errors, f"{name} ended in errors: {errors}"
        assert all(cell.execution_count for cell in cells), f"not every cell of {name} has run"
        expect(page.get_by_text("Loading widget...")).to_have_count(0)
        broken = page.get_by_text("Error displaying widget")  # is on the page alone, never in the file
        assert not broken.count(), f"{name} has a widget that cannot be shown: {broken.first.inner_text()}"

    def code_cells(self, name: str) -> list[nbformat.NotebookNode]:
        """The code cells of a notebook as they are on disk."""
        book = nbformat.read(self.folder / name, as_version=4)
        return [cell for cell in book.cells if cell.cell_type == "code"]

    def ask(self, path: str, method: str = "GET") -> Any:
        """What the server answers to a request to its API."""
        request = urllib.request.Request(f"{self.address}/api/{path}?token={TOKEN}", method=method)
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return json.loads(answer.read() or "null")

    def changes(self, picture: Locator, act: Callable[[], object]) -> None:
        """Do something, and wait until a picture shows something else."""
        before = picture.get_attribute("src")
        act()
        expect(picture).not_to_have_attribute("src", before or "")

    def until(self, page: Page, there: Callable[[], object]) -> None:
        """Wait until something is so that the page does not show."""
        deadline = time.monotonic() + LIMIT
        while not there():
            assert time.monotonic() < deadline, f"it was not so within {LIMIT} s"
            page.wait_for_timeout(100)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the chapters, so that the repository's own stay as they are."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    folder.mkdir()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    settings = SETTINGS | {"ServerApp.root_dir": folder, "IdentityProvider.token": TOKEN}
    environment = os.environ | {
        "COURSE_PROGRESS": str(folder.parent / "progress.json"),
        "JUPYTER_RUNTIME_DIR": str(folder.parent / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder.parent / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder.parent / "workspaces"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())]
    said = folder.parent / "jupyter.log"
    with said.open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + LIMIT
    try:
        while not (running := running_lab(folder)):
            assert server.poll() is None and time.monotonic() < deadline, said.read_text()
            time.sleep(0.2)
        yield running
    finally:
        server.terminate()  # it ends its kernels; and should it be killed, they notice, and end themselves
        try:
            server.wait(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def running_lab(folder: Path) -> Lab | None:
    """The JupyterLab over a folder, as soon as it answers: it chose its port itself, and wrote it down."""
    for written in (folder.parent / "runtime").glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError):
            found = Lab(json.loads(written.read_text())["url"].rstrip("/"), folder)
            found.ask("status")
            return found
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, where there is one."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(CHROMIUM)} is on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=1000 * LIMIT)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A fresh page, wide enough for a notebook and its lab; its kernels end with it, for they hold much memory."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    context.set_default_timeout(1000 * LIMIT)
    yield context.new_page()
    context.close()
    for session in lab.ask("sessions"):
        lab.ask(f"sessions/{session['id']}", "DELETE")
