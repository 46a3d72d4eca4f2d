"""JupyterLab and Chromium for the browser tests: started once, stopped at the end, nothing left behind."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from playwright.sync_api import Browser, Page, sync_playwright

from course_lib.chapters import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
TOKEN = "course-browser-test"
SETTINGS = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.port_retries": 0,
    "ServerApp.open_browser": False,
    "ServerApp.allow_root": True,
    "ServerApp.jpserver_extensions": "jupyterlab_jupytext=False",
    "LabApp.extension_manager": "readonly",
    "LabApp.news_url": None,
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}


@dataclass
class Lab:
    """A running JupyterLab: its address and the folder that it shows."""

    address: str
    folder: Path

    def run_all(self, page: Page, name: str, seconds: float = 150, profile: str = "laptop") -> None:
        """Open a notebook, run all its cells, wait until the last one is done, and see that none has failed."""
        book = nbformat.read(self.folder / name, as_version=4)
        book.cells.insert(0, new_code_cell(f'import os\n\nos.environ["COURSE_PROFILE"] = "{profile}"'))
        for cell in book.cells:  # a run that counts must write its own numbers
            if cell.cell_type == "code":
                cell.execution_count, cell.outputs = None, []
        nbformat.write(book, self.folder / name)
        page.goto(f"{self.address}/lab/tree/{name}?reset&token={TOKEN}")
        idle = page.get_by_text("Python 3 (ipykernel) | Idle")
        idle.wait_for(timeout=90_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        busy = page.locator(".jp-InputPrompt").filter(has_text="[*]")
        deadline, calm = time.monotonic() + seconds, 0
        while calm < 4:  # nothing waits and the kernel rests, four looks in a row
            assert time.monotonic() < deadline, f"{name} was not done within {seconds:.0f} s"
            page.wait_for_timeout(500)
            calm = calm + 1 if idle.is_visible() and not busy.count() else 0
        # JupyterLab keeps only what is in view on the page, so the outputs are read from the saved file.
        page.keyboard.press("Control+s")
        deadline = time.monotonic() + 20
        while not (cells := self.code_cells(name)) or any(cell.execution_count is None for cell in cells):
            assert time.monotonic() < deadline, f"not every cell of {name} has run"
            page.wait_for_timeout(500)
        errors = [output.evalue for cell in cells for output in cell.outputs if output.output_type == "error"]
        assert not errors, f"{name} ended in errors: {errors}"
        broken = page.get_by_text("Error displaying widget")  # is on the page alone, never in the file
        assert not broken.count(), f"{name} has a widget that cannot be shown: {broken.first.inner_text()}"

    def code_cells(self, name: str) -> list[nbformat.NotebookNode]:
        """The code cells of a notebook as they are on disk."""
        book = nbformat.read(self.folder / name, as_version=4)
        return [cell for cell in book.cells if cell.cell_type == "code"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the chapters, so that the repository's own stay as they are."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    folder.mkdir()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = SETTINGS | {"ServerApp.port": port, "ServerApp.root_dir": folder, "IdentityProvider.token": TOKEN}
    environment = os.environ | {
        "COURSE_PROGRESS": str(folder.parent / "progress.json"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder.parent / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder.parent / "workspaces"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())]
    with (folder.parent / "jupyter.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (folder.parent / "jupyter.log").read_text()
                time.sleep(0.5)
        else:
            pytest.fail(f"JupyterLab does not answer: {(folder.parent / 'jupyter.log').read_text()}")
        yield Lab(address, folder)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, where there is one."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(CHROMIUM)} is on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, wide enough for a notebook and its lab."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    yield context.new_page()
    context.close()
