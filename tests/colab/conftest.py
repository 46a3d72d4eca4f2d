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

from course_lib.chapters import ROOT

COLAB_JUPYTER = (
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "ipywidgets==7.7.1",
    "jupyter-client<8",
    "nbclient<0.11",
    "jedi<0.19",
)
"""What Colab ran in August 2026, as far as a notebook notices."""


def make_environment(folder: Path, packages: tuple[str, ...] = ()) -> Path:
    """An environment with these packages of its own that else sees this one's; the path of its Python."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "made.txt"
    mark = hashlib.sha256("\n".join([sys.version, sysconfig.get_path("purelib"), *packages]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == mark:
        return python
    venv.create(folder, with_pip=True, clear=True)
    if packages:
        said = subprocess.run(
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
            capture_output=True,
            text=True,
        )
        if "onnection" in said.stderr and said.returncode:
            pytest.skip("the packages of Colab's Jupyter cannot be had: no network")
        assert said.returncode == 0, said.stderr
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
