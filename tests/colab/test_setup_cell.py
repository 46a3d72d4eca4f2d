"""The set-up cell where Colab is: it fetches the course, installs it, and leaves the rest alone."""

import os
import subprocess
import sys
from pathlib import Path

from course_lib.course.notebooks import ROOT, setup_cell

PLACE = "import course_lib; print(course_lib.__file__)"
OWN = """
import sysconfig
from importlib.metadata import distributions
print(sorted(found.name for found in distributions(path=[sysconfig.get_path("purelib")])))"""


def run(python: Path, code: str, folder: Path, **variables: str) -> str:
    """What a fresh Python prints, without the repository on its path."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables
    done = subprocess.run([python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_colab(bare_python, package_index, tmp_path):
    repository, notebooks, stand_in = tmp_path / "repository", tmp_path / "content", tmp_path / "stand_in"
    subprocess.check_call(["git", "clone", "-q", "--no-hardlinks", ROOT, repository])
    (stand_in / "google" / "colab").mkdir(parents=True)
    (stand_in / "google" / "__init__.py").touch()
    (stand_in / "google" / "colab" / "__init__.py").touch()
    (stand_in / "google" / "colab" / "output.py").write_text(
        "def enable_custom_widget_manager():\n    print('widgets enabled')\n"
    )
    notebooks.mkdir()
    nothing = "from importlib.util import find_spec; print(find_spec('course_lib'))"
    assert run(bare_python, nothing, notebooks).strip() == "None"

    assert run(bare_python, OWN, notebooks).strip() == "[]"
    use = """
import course_lib
from course_lib import world
print(course_lib.__file__, world.draw(1, size=16).pictures.shape)"""
    for _ in range(2):  # a second run of the cell does no harm
        said = run(
            bare_python, setup_cell() + use, notebooks, PYTHONPATH=str(stand_in), COURSE_REPOSITORY=str(repository)
        )
        assert "widgets enabled" in said and "torch.Size([1, 3, 16, 16])" in said
        assert str(notebooks / "learning-to-see" / "course_lib") in said
    # A Python that never ran the cell finds the course, and nothing else was installed.
    assert run(bare_python, PLACE, notebooks).strip().startswith(str(notebooks / "learning-to-see"))
    assert run(bare_python, OWN, notebooks).strip() == "['learning-to-see']"


def test_on_a_laptop_it_does_nothing_and_says_nothing(tmp_path):
    said = subprocess.check_output([sys.executable, "-c", setup_cell()], cwd=ROOT, text=True)
    assert said == ""


def test_without_the_course_it_says_what_to_do(bare_python, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [bare_python, "-c", setup_cell()]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode and "python start.py" in done.stderr.splitlines()[-1]
