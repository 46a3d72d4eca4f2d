"""Environments like Colab's: Jupyter of yesterday, or no course at all, with torch and the rest already there.

Such an environment sees this one's packages through a .pth file, behind its own, so that nothing large is downloaded.
"""

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from course_lib.course.notebooks import ROOT

COLAB_JUPYTER = (
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "ipywidgets==7.7.1",
    "jupyter-client<8",
    "nbclient<0.11",
    "jedi<0.19",
)
"""What Colab ran in August 2026, as far as a notebook notices."""


def pip(*words: str) -> None:
    """Run this environment's pip; skip the test where the package index cannot be reached."""
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *words]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode and "connection broken by" in said.stderr:
        pytest.skip("no package index can be reached from this machine")
    assert said.returncode == 0, said.stderr


def make_environment(folder: Path, packages: tuple[str, ...] = ()) -> Path:
    """An environment with these packages of its own that else sees this one's; the path of its Python."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "made.txt"
    mark = hashlib.sha256("\n".join([sys.version, sysconfig.get_path("purelib"), *packages]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == mark:
        return python
    venv.create(folder, clear=True, symlinks=os.name != "nt")  # pip comes from here, like torch
    if packages:
        pip("--python", str(python), "install", *packages)
    own = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    Path(own.strip(), "zz_shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    stamp.write_text(mark)
    return python


@pytest.fixture(scope="session")
def colab_python() -> Path:
    """The Python of an environment with Colab's Jupyter, kept in `.venv-colab` from one run to the next."""
    return make_environment(ROOT / ".venv-colab", COLAB_JUPYTER)


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """The Python of an environment with torch and the rest, but without the course."""
    return make_environment(tmp_path / "environment")


@pytest.fixture
def package_index(tmp_path: Path) -> None:
    """Skips the test where no package index can be reached: an installation asks it for setuptools."""
    pip("download", "--no-deps", "--dest", str(tmp_path / "downloads"), "setuptools>=77")
