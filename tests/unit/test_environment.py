"""pyproject.toml is the one source of what the course needs; every other file agrees with it."""

import os
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDS = PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), [])
REQUIREMENTS = [Requirement(words) for words in NEEDS]


def test_conda_users_get_the_same():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == PROJECT["name"]
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    python, pip, from_pip = conda["dependencies"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    assert pip == "pip"
    assert from_pip == {"pip": ["-e .[dev,parity]"]}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_each_range_has_two_ends_and_holds_what_is_installed(requirement):
    assert {bound.operator for bound in requirement.specifier} == {">=", "<"}
    assert requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)


def test_the_ranges_hold_what_colab_has():
    colab = {"torch": "2.11.0", "torchvision": "0.26.0", "numpy": "2.1.3", "matplotlib": "3.10.0",
             "ipywidgets": "7.7.1", "ipykernel": "6.17.1", "einops": "0.8.2", "tqdm": "4.67.0"}  # fmt: skip
    ranges = {requirement.name: requirement.specifier for requirement in REQUIREMENTS}
    assert [name for name, version in colab.items() if not ranges[name].contains(version)] == []


def test_ci_runs_start_py_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "start.py test" in script.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
