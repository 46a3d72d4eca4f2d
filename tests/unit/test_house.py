"""The house: imports point one way, every folder says what it is for, every module has its tests where one looks."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.folders import ROOT

LIBRARY, TESTS = ROOT / "course_lib", ROOT / "tests"
MODULES = [path for path in sorted(LIBRARY.rglob("*.py")) if path.name != "__init__.py"]
FOLDERS = sorted(path.parent for path in LIBRARY.rglob("__init__.py"))

TESTED_ELSEWHERE = {
    "__main__.py": ("unit/course", "each command is tried where what it calls is tested"),
    "fit.py": ("unit/train/test_fit.py", "it is the loop of train, and the live curve beside it"),
    "folders.py": ("unit/photos", "it names folders, and nothing else"),
    "nn/convnet.py": ("unit/nn/test_vit.py", "what holds for every encoder is tried on all of them"),
    "nn/encoder.py": ("unit/nn/test_vit.py", "what holds for every encoder is tried on all of them"),
    "nn/positions.py": ("unit/nn/test_vit.py", "it is tried where patches have their places"),
    "nn/seeding.py": ("unit/pretrain/test_labels.py", "that seeds leave no trace is seen where they are used"),
    "nn/transformer.py": ("unit/nn/test_attention.py", "attention is the heart of it"),
    "pretrain/gather.py": ("unit/train/test_processes.py", "it needs several processes"),
    "weights/published": (
        "unit/weights/test_published.py",
        "all families are read in the same way; tests/parity has more",
    ),
    "world/backdrops.py": ("unit/world/test_render.py", "it is drawn with the rest"),
    "world/palette.py": ("unit/world/test_render.py", "it is drawn with the rest"),
    "world/sdf.py": ("unit/world/test_render.py", "it is drawn with the rest"),
    "world/shapes.py": ("unit/world/test_render.py", "it is drawn with the rest"),
    "world/things": ("unit/world/test_catalogue.py", "all kinds of things are looked at together"),
}
"""Modules and folders without a test module of their own: where they are tested, and why there."""

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold the imports of a project against the contracts in its pyproject.toml."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def test_imports_point_one_way():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(("imported", "holds"), [("below", True), ("above", False)])
def test_an_import_that_points_the_other_way_is_found(imported, holds, tmp_path):
    (tmp_path / "house").mkdir()
    for name, words in {"__init__": "", "above": "import house.below", "below": f"import house.{imported}"}.items():
        (tmp_path / "house" / f"{name}.py").write_text(words, encoding="utf-8")
    contract = '[tool.importlinter]\nroot_packages = ["house"]\n[[tool.importlinter.contracts]]\nname = "One way"\n'
    layers = 'type = "layers"\ncontainers = ["house"]\nlayers = ["above", "below"]\n'
    (tmp_path / "pyproject.toml").write_text(contract + layers, encoding="utf-8")
    done = lint_imports(tmp_path)
    assert (done.returncode == 0) == holds, done.stdout + done.stderr
    assert ("One way KEPT" if holds else "One way BROKEN") in done.stdout


def test_the_contracts_name_every_part_of_the_library():
    told = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("\nlayers = [")[2].partition("]")[0]
    parts = {word for line in told.splitlines() for word in line.strip(' ",').replace("|", ":").split(" ")} - {":", ""}
    there = {path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or path in FOLDERS}
    assert there - parts == {"__init__", "__main__"} and parts <= there


def test_every_folder_and_every_module_says_what_it_is_for():
    for file in [*MODULES, *(folder / "__init__.py" for folder in FOLDERS)]:
        words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        assert words.split("\n\n")[0][-1:] in (".", ":", "!", "?"), file.relative_to(ROOT)


def test_tests_stand_where_the_module_stands_that_they_test():
    missing = []
    for module in (path.relative_to(LIBRARY) for path in MODULES if "chapters" not in path.parts):
        own = TESTS / "unit" / module.parent / f"test_{module.stem}.py"
        if not own.exists() and not any(str(place) in TESTED_ELSEWHERE for place in (module, *module.parents)):
            missing.append(f"{module}: no {own.relative_to(ROOT)}")
    assert missing == []


def test_what_is_tested_elsewhere_is_tested_there():
    for module, (place, why) in TESTED_ELSEWHERE.items():
        assert (LIBRARY / module).exists() and (TESTS / place).exists() and why


def test_every_chapters_lab_has_its_tests():
    for lab in LIBRARY.glob("chapters/ch*/lab.py"):
        assert (TESTS / "unit" / "chapters" / f"test_{lab.parent.name[:4]}_lab.py").exists(), lab.parent.name


def test_nothing_imports_a_notebook():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "notebooks" for name in names), path
